import type { KubernetesObject } from '../api/object.ts';
import type { Problem } from '../api/problem.ts';
import { advises } from '../api/reasons.ts';
import type { Manifest, Manifests } from './manifests.ts';
import { locate, pointer } from './position.ts';

/** A problem where a user finds it: the object, and the file if it came from one. */
export interface Report {
  severity: 'error' | 'warning';
  place: string;
  text: string;
  excerpt: string | undefined;
}

/** Objects that may simply not be among the files: in a cluster they are there, or will be. */
const elsewhere = ['SecretNotFound', 'ConfigMapNotFound', 'TemplateNotFound'];

function called(object: KubernetesObject): string {
  const { name, namespace } = object.metadata;
  return `${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

export function reportProblem(
  problem: Problem,
  object: KubernetesObject,
  manifest: Manifest | undefined,
  strict: boolean,
): Report {
  const at = manifest === undefined ? undefined : pointer(locate(manifest.file, manifest.document, problem.path));
  const mild = advises(problem.reason) || (!strict && elsewhere.includes(problem.reason));
  const severity = mild ? 'warning' : 'error';
  return {
    severity,
    place: at?.place ?? called(object),
    text: `${problem.reason}: ${at === undefined ? '' : `${called(object)}, `}${problem.path}: ${problem.message}${problem.hint === '' ? '' : `\n        ${problem.hint}`}`,
    excerpt: at?.excerpt,
  };
}

export function reportFaults({ faults }: Manifests): Report[] {
  return faults.map(({ at, message }) => {
    const { place, excerpt } = pointer(at);
    return { severity: 'error', place, text: message, excerpt };
  });
}

export function printed({ severity, place, text, excerpt }: Report): string {
  return `${place}: ${severity}: ${text}\n${excerpt === undefined ? '' : `${excerpt}\n`}`;
}
