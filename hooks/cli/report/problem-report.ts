import type { KubernetesObject } from '../../api/object.ts';
import type { Problem } from '../../api/problems/problem.ts';
import { advises } from '../../api/problems/reasons.ts';
import type { Manifest, Manifests } from '../input/manifests.ts';
import { locate, pointer } from '../input/position.ts';

/** A problem where a user finds it: the object, and the file if it came from one. */
export interface Report {
  severity: 'error' | 'warning';
  place: string;
  text: string;
  excerpt: string | undefined;
}

/** Objects that may simply not be among the files: in a cluster they are there, or will be. */
const elsewhere = ['SecretNotFound', 'ConfigMapNotFound', 'TemplateNotFound', 'NamespaceNotFound', 'InputNotFound'];

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
  const at =
    manifest === undefined
      ? undefined
      : pointer(locate(manifest.file, manifest.document, manifest.root + problem.path));
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
    return { severity: 'error', place, text: message, excerpt: holdsSecrets(at.file.text) ? undefined : excerpt };
  });
}

/** What is wrong with a Secret is said without the line: logs of pipelines are read by many. */
function holdsSecrets(text: string): boolean {
  return /kind["']?\s*:\s*["']?Secret\b/.test(text);
}

export function printed({ severity, place, text, excerpt }: Report): string {
  return `${visible(place)}: ${severity}: ${visible(text)}\n${excerpt === undefined ? '' : `${visible(excerpt)}\n`}`;
}

/** Files come from anywhere: what would move the cursor, or turn the reading direction, is written out. */
function visible(text: string): string {
  return text
    .replace(/\r$/gm, '')
    .replace(
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}
