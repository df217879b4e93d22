import type { z } from 'zod';
import { Groups, type ObjectMap } from '../api/metacontroller.ts';
import { KubernetesObject } from '../api/object.ts';

/** A request that is none: the caller's fault, said without a word of its content. */
export class BadRequest extends Error {}

export function read<T extends z.ZodType>(schema: T, body: unknown, at = ''): z.infer<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => `${[at, ...issue.path].filter(Boolean).join('.')}: ${issue.code}`);
  throw new BadRequest(`no request of Metacontroller (${[...new Set(where)].slice(0, 3).join(', ')})`);
}

/** A request whose maps of objects are read when somebody looks at them: they may be large, and not all are needed. */
export function lazily<T extends z.ZodType<object>, K extends 'children' | 'attachments'>(
  schema: T,
  body: unknown,
  own: K,
): z.infer<T> & Record<K | 'related', ObjectMap> {
  const request = { ...read(schema, body) } as z.infer<T> & Record<K | 'related', ObjectMap>;
  for (const field of [own, 'related'] as const) {
    let found: ObjectMap | undefined;
    Object.defineProperty(request, field, {
      enumerable: true,
      get: () => (found ??= objectsIn((body as Record<string, unknown>)[field], field)),
    });
  }
  return request;
}

function objectsIn(map: unknown, field: string): ObjectMap {
  const before = knownMaps.get(map as object);
  if (before !== undefined) return before;
  const groups = Object.entries(read(Groups, map, field));
  const objects = Object.fromEntries(
    groups.map(([group, found]) => [
      group,
      Object.fromEntries(Object.entries(found).map(([name, object]) => [name, readObject(object, field)])),
    ]),
  );
  if (typeof map !== 'object' || map === null || !Object.isFrozen(map)) return objects;
  for (const group of Object.values(objects)) Object.freeze(group);
  knownMaps.set(map, Object.freeze(objects));
  return objects;
}

/** The same of all of them together. */
const knownMaps = new WeakMap<object, ObjectMap>();

/** Of objects that the server remembers, which are frozen and come again, what was read of them before. */
const known = new WeakMap<object, KubernetesObject>();

function readObject(value: unknown, field: string): KubernetesObject {
  const before = known.get(value as object);
  if (before !== undefined) return before;
  const object = read(KubernetesObject, value, field);
  if (Object.isFrozen(value)) {
    Object.freeze(object.metadata);
    known.set(value as object, Object.freeze(object));
  }
  return object;
}
