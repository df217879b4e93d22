/** Reading of values out of JSON documents, as Secrets and ConfigMaps hold them. */

import { isObject, type Json, parseObject } from '../kubernetes/json-object.ts';

/**
 * The property at a path such as `auth.token` or `hosts[0]`. A key with dots is found by its whole name first. A
 * string that holds a JSON object is stepped into: the BTP operator nests documents so. Own properties only.
 */
export function propertyAt(value: Json, path: string): Json | undefined {
  const container = typeof value === 'string' ? parseObject(value) : value;
  if (Array.isArray(container)) {
    const match = /^\[?(\d+)\]?(?:\.?)(.*)$/.exec(path);
    const item = match === null ? undefined : container[Number(match[1])];
    return item === undefined || match?.[2] === '' ? item : propertyAt(item, match?.[2] ?? '');
  }
  if (!isObject(container)) return undefined;
  if (Object.hasOwn(container, path)) return container[path];
  // The longest key first: `a.b.c` may be `{"a.b": {"c": 1}}`.
  for (let end = path.length - 1; end > 0; end--) {
    if (path[end] !== '.' && path[end] !== '[') continue;
    const key = path.slice(0, end);
    if (!Object.hasOwn(container, key)) continue;
    const rest = path[end] === '.' ? path.slice(end + 1) : path.slice(end);
    const found = propertyAt(container[key] as Json, rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A JSON value as text: strings as they are, all else as JSON, as the BTP operator writes it. */
export function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
