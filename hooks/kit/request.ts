import { isPlainObject, mapValues } from 'lodash-es';
import type { z } from 'zod';
import { cut, isShallow } from '../api/depth.ts';
import { KubernetesObject } from '../api/object.ts';
import { isKubernetesObject } from '../api/wire/fast-shape.ts';
import { CustomizeRequest, Groups, type ObjectMap } from '../api/wire/metacontroller.ts';
import { byIdentity } from '../memo/by-identity.ts';

/** A request that is none: the caller's fault, said without a word of its content. */
export class BadRequest extends Error {}

function read<T extends z.ZodType>(schema: T, body: unknown, at = ''): z.infer<T> {
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
  const subject = own === 'children' ? 'parent' : 'object';
  const request = (envelope(body, subject) ?? { ...read(schema, body) }) as z.infer<T> &
    Record<K | 'related', ObjectMap>;
  for (const field of [own, 'related'] as const) {
    let found: ObjectMap | undefined;
    Object.defineProperty(request, field, {
      enumerable: true,
      get: () => (found ??= objectsIn((body as Record<string, unknown>)[field], field)),
    });
  }
  return request;
}

/** What a request says besides the objects that stand around, where nothing is wrong with it. */
function envelope(body: unknown, subject: 'parent' | 'object'): object | undefined {
  if (!isPlainObject(body)) return undefined;
  const { [subject]: object, finalizing } = body as Record<string, unknown>;
  const said = typeof (finalizing ?? false) === 'boolean';
  return said && isKubernetesObject(object) ? { [subject]: cut(object), finalizing: Boolean(finalizing) } : undefined;
}

export function readCustomize(body: unknown): CustomizeRequest {
  const { controller, parent } = (body ?? {}) as { controller?: unknown; parent?: unknown };
  const right = isKubernetesObject(parent) && (controller === undefined || isKubernetesObject(controller));
  return right
    ? { ...(body as CustomizeRequest), parent: cut(parent) as KubernetesObject }
    : read(CustomizeRequest, body);
}

function objectsIn(map: unknown, field: string): ObjectMap {
  if (isObjectMap(map)) return map;
  // Nothing, or something that is wrong; the schemas say what.
  const groups = Object.entries(read(Groups, map, field));
  return Object.fromEntries(
    groups.map(([group, objects]) => [
      group,
      mapValues(objects, (object) => cut(read(KubernetesObject, object, field))),
    ]),
  );
}

/**
 * Without it one change takes 1.04 and onboarding 1.07 times the CPU (`npm run bench -- memory`).
 */
const wellFormed = byIdentity<object, boolean>('well-formed objects');

function isObjectMap(map: unknown): map is ObjectMap {
  return isEach(map, (group) => isEach(group, isObject));
}

/** Whether it is a plain object of such values. Most of what the codec remembers comes again. */
function isEach(map: unknown, holds: (value: unknown) => boolean): boolean {
  return isPlainObject(map) && wellFormed(map as object, () => Object.values(map as object).every(holds));
}

function isObject(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    wellFormed(value, () => isKubernetesObject(value) && isShallow(value))
  );
}
