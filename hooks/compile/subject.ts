import { fieldPath } from '../api/problems/problem.ts';
import type { CompleteSpec } from '../binding/complete.ts';
import type { Subject } from '../binding/resolve.ts';

/** How messages call the variables and files of a LoggingConfiguration, and the fields that they are declared in. */
export function subjectIn(spec: CompleteSpec): (name: string) => Subject {
  return (name) => {
    const variable = spec.variables.findIndex((v) => v.name === name);
    if (variable >= 0) return { called: `variable ${name}`, path: fieldPath(['spec', 'variables', variable]) };
    return { called: `file ${name}`, path: fieldPath(['spec', 'files', spec.files.findIndex((f) => f.name === name)]) };
  };
}
