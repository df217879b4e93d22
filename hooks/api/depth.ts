/**
 * Levels of lists and maps in an object. Nothing that Kubernetes or fluentbind knows has a fourth of it, and whoever
 * follows a value level by level runs out of stack at some thousands; the API server stores ten thousand.
 */
const maxDepth = 100;

/** Whether a value has no more levels than that. Without recursion. */
export function isShallow(value: unknown, most: number = maxDepth): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return false;
    const next: unknown[] = [];
    for (const one of level)
      if (typeof one === 'object' && one !== null)
        for (const inner of Object.values(one)) if (typeof inner === 'object' && inner !== null) next.push(inner);
    level = next;
  }
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
