/**
 * The name under which Fluent Bit knows a property of a YAML file: it reads camelCase as snake_case (only where the
 * key begins in lower case and has no underscore) and compares without case. Whoever compares names as written is
 * evaded by `Match`, `MATCH_REGEX` or `matchRegex` (fact: property-names).
 */
export function canonicalProperty(name: string): string {
  const camel = /^[a-z]/.test(name) && !name.includes('_');
  return (camel ? name.replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`) : name).toLowerCase();
}

/** What a property may be called at all: nothing that could end a YAML key or hide in print. */
export const propertyNamePattern = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/;
