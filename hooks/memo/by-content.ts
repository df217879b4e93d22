import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type Remembered, remember } from './freeze.ts';
import { isOn, register } from './registry.ts';

interface Bounds {
  /** Characters of all contents together that are kept the results of. */
  size: number;
  /** Characters of one; the result of a longer one is not kept. */
  entrySize?: number;
  /** How many. */
  count?: number;
}

/**
 * A function that makes something of a content once, and then gives the very same, frozen: for what comes again under
 * other identities.
 *
 * @param name of the memory, in metrics and benches
 * @returns `(content, make)`: `content` is a text, or whatever JSON tells apart, and all that `make` looks at
 */
export function byContent<T extends NonNullable<unknown>>(name: string, { size, entrySize = size, count }: Bounds) {
  const known = new LRUCache<string, Remembered<T>>({
    maxSize: size,
    maxEntrySize: entrySize,
    ...(count === undefined ? {} : { max: count }),
  });
  const memory = register(name, () => known.clear());
  return (content: unknown, make: () => T): Remembered<T> => {
    if (!isOn(name)) return remember(make());
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    // The digest, for a content may be a secret, and long.
    const key = hash('sha256', text, 'base64');
    const found = known.get(key);
    if (found !== undefined) {
      memory.hits += 1;
      return found;
    }
    memory.misses += 1;
    const made = remember(make());
    known.set(key, made, { size: text.length + 1 });
    return made;
  };
}
