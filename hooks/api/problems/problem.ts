import { z } from 'zod';
import { type Reason, reasons } from './reasons.ts';

/**
 * One thing that a user can mend. The same object becomes a condition, an admission cause and a CLI line.
 * `path` is the field as users write it (`spec.outputs[0].properties.host`); `message` says what is wrong and
 * names keys, never values of a Secret; `hint` says what to do.
 */
export const Problem = z.strictObject({
  reason: z.string().max(64).describe('CamelCase reason, as listed in the reference.'),
  path: z.string().max(1024).describe('The field, such as spec.values[0].value.'),
  message: z.string().max(2048).describe('What is wrong.'),
  hint: z.string().max(1024).describe('What to do.'),
});

export interface Problem {
  reason: Reason;
  path: string;
  message: string;
  hint: string;
}

/** Bounds keep a status small whatever a user wrote. */
export function problem(reason: Reason, path: string, message: string, hint: string = reasons[reason].help): Problem {
  return { reason, path: clip(path, 1024), message: clip(message, 2048), hint: clip(hint, 1024) };
}

function clip(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

/** `['spec', 'outputs', 0, 'properties', 'tls.verify']` → `spec.outputs[0].properties.tls.verify`. */
export function fieldPath(segments: readonly PropertyKey[]): string {
  let path = '';
  for (const segment of segments) {
    if (typeof segment === 'number') path += `[${segment}]`;
    else if (/^[A-Za-z_][\w.-]*$/.test(String(segment))) path += path === '' ? String(segment) : `.${String(segment)}`;
    else path += `[${JSON.stringify(String(segment))}]`;
  }
  return path;
}

/** Names for a message: as many as help. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 30).join(', ');
  return names.length === 0 ? 'none' : names.length > 30 ? `${shown} and ${names.length - 30} more` : shown;
}
