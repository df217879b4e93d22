declare const mark: unique symbol;

/**
 * A value that is frozen to its last leaf: what was found out about it holds for ever, and may be kept beside it. Only
 * `remember` makes one, and nothing else in hooks/ freezes anything.
 */
export type Remembered<T> = T & { readonly [mark]?: true };

/** Freezes lists and plain objects, to their last leaf. What is of a class stays as it is, and is not to be changed. */
export function remember<T>(value: T): Remembered<T> {
  if (isPlain(value) && !Object.isFrozen(value)) {
    for (const inner of Object.values(value)) remember(inner);
    Object.freeze(value);
  }
  return value as Remembered<T>;
}

export function isRemembered<T>(value: T): value is Remembered<T> {
  return Object.isFrozen(value);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}
