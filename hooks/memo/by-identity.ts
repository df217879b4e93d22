import { isRemembered } from './freeze.ts';
import { isOn, register } from './registry.ts';

/**
 * A function that finds out something about an object once: for what comes again as the very same object. It is kept
 * only of objects that are remembered, for any other may be changed.
 *
 * @param name of the memory, in metrics and benches
 * @returns `(object, make, ...rest)`: `rest` is all else that `make` looks at, objects in it are remembered ones, too;
 *   where it looks at more after all, it says so, and its result is not kept
 */
export function byIdentity<K extends object, T>(name: string) {
  let known = new WeakMap<K, { rest: readonly unknown[]; made: T }>();
  const memory = register(name, () => {
    known = new WeakMap();
  });
  return (object: K, make: (doNotKeep: () => void) => T, ...rest: readonly unknown[]): T => {
    let kept = isOn(name);
    const found = kept ? known.get(object) : undefined;
    if (found !== undefined && isSame(found.rest, rest)) {
      memory.hits += 1;
      return found.made;
    }
    memory.misses += 1;
    const made = make(() => {
      kept = false;
    });
    if (kept && isRemembered(object) && rest.every((one) => isRemembered(one))) known.set(object, { rest, made });
    return made;
  };
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
