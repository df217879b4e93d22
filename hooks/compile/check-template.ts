import type { TemplateSpec } from '../api/kinds/template.ts';
import type { KubernetesObject } from '../api/object.ts';
import { fieldPath, type Problem, problem } from '../api/problems/problem.ts';
import { complete } from '../binding/complete.ts';
import { matchesPattern, typeFault } from '../binding/value-type.ts';
import { openPolicy } from '../fluentbit/policy/policy-problems.ts';
import { Sealed } from '../kubernetes/sealed.ts';
import type { Value } from '../kubernetes/value.ts';
import { checkAndRender } from './compile.ts';

/** What can be said of a template before anybody binds it: with something in the place of every value. */
export function checkTemplate(
  object: KubernetesObject,
  spec: TemplateSpec,
): { problems: Problem[]; advice: Problem[] } {
  const { placeholders = [], description: _, ...pipeline } = spec;
  const bound = complete(pipeline);
  const declared = [
    ...placeholders.map((p) => ({ name: p.name, file: p.type === 'file' })),
    ...bound.variables.map((v) => ({ name: v.name, file: v.type === 'file' })),
    ...bound.files.map((f) => ({ name: f.name, file: true })),
  ];
  const values = new Map<string, Value>();
  const problems: Problem[] = [];
  for (const { name, file } of declared) {
    if (values.has(name))
      problems.push(
        problem(
          'DuplicateName',
          'spec.placeholders',
          `${name} is declared twice among placeholders, variables and files.`,
        ),
      );
    values.set(name, { name, file, content: Sealed.fromText('-'), standIn: true });
  }
  for (const [index, placeholder] of placeholders.entries()) {
    const path = fieldPath(['spec', 'placeholders', index]);
    if (placeholder.pattern !== undefined && matchesPattern(placeholder.pattern, '') === undefined) {
      problems.push(
        problem('TemplateInvalid', `${path}.pattern`, `The pattern of ${placeholder.name} does not compile (RE2).`),
      );
    }
    const fault = placeholder.default === undefined ? undefined : defaultFault(placeholder, placeholder.default);
    if (fault !== undefined)
      problems.push(problem('InvalidValue', `${path}.default`, `The default of ${placeholder.name} ${fault}.`));
  }
  const { namespace = 'default', name } = object.metadata;
  const checked = checkAndRender({ namespace, name, generation: 1 }, bound, values, openPolicy);
  return { problems: [...problems, ...checked.problems], advice: checked.advice };
}

function defaultFault(
  placeholder: NonNullable<TemplateSpec['placeholders']>[number],
  value: string,
): string | undefined {
  const fault = placeholder.part === undefined ? typeFault(placeholder.type ?? 'string', value) : undefined;
  if (fault !== undefined) return fault;
  if (placeholder.enum !== undefined && !placeholder.enum.includes(value)) return 'is not in its enum';
  return placeholder.pattern !== undefined && matchesPattern(placeholder.pattern, value) === false
    ? `does not match ${placeholder.pattern}`
    : undefined;
}
