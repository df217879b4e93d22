/**
 * Levels of lists and maps in an object. Nothing that Kubernetes or fluentbind knows has a fourth of it, and whoever
 * follows a value level by level runs out of stack at some thousands; the API server stores ten thousand.
 */
const maxDepth = 100;

/** Whether a value has no more levels than that; it looks no deeper either. */
export function isShallow(value: unknown, most: number = maxDepth): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (most === 0) return false;
  for (const key in value) if (!isShallow((value as Record<string, unknown>)[key], most - 1)) return false;
  return true;
}

/** The value with null in the place of what is deeper; whatever schema it has to fit refuses it long before that. */
export function cut<T>(value: T): T {
  return isShallow(value) ? value : (cutBelow(value, maxDepth) as T);
}

function cutBelow(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return null;
  if (Array.isArray(value)) return value.map((inner) => cutBelow(inner, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cutBelow(inner, depth - 1)]));
}
