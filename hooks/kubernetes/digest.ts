import { createHmac } from 'node:crypto';

/**
 * A keyed digest. Revisions stand where people may read them who may not read the Secret: without a key they
 * could test guesses of a weak password against them.
 */
export function digest(key: string, content: unknown): string {
  return createHmac('sha256', key).update(canonicalJson(content)).digest('hex').slice(0, 32);
}

/** JSON with sorted keys: equal content gives equal bytes, whatever order it came in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/** Sorted first: a replacer is called for each value, and takes several times as long. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
