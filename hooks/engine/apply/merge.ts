import { isEqual } from 'lodash-es';
import { canonicalJson } from '../../kubernetes/digest.ts';

type Json = unknown;
type JsonObject = Record<string, unknown>;

const isObject = (value: Json): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** Fields by which Metacontroller takes a list for a map, in its order of preference. */
export const mergeKeys = ['containerPort', 'port', 'mountPath', 'name', 'uid', 'ip', 'path'] as const;

/**
 * Metacontroller's three-way merge of dynamic apply (pkg/dynamic/apply of 4.17), with its surprises: an object that
 * becomes a scalar never does, and a list whose items all have one of the keys keeps its old order and merges
 * duplicates. `observed` is not changed.
 */
export function merge(observed: Json, lastApplied: Json, desired: Json): Json {
  if (isObject(observed))
    return mergeObjects(observed, isObject(lastApplied) ? lastApplied : {}, isObject(desired) ? desired : {});
  if (Array.isArray(observed))
    return mergeArrays(
      observed,
      Array.isArray(lastApplied) ? lastApplied : [],
      Array.isArray(desired) ? desired : undefined,
    );
  return desired;
}

function mergeObjects(observed: JsonObject, lastApplied: JsonObject, desired: JsonObject): JsonObject {
  const merged = mergeMaps(entriesOf(observed), entriesOf(lastApplied), entriesOf(desired));
  return Object.fromEntries(merged);
}

/** Maps, because a key may be one that every object inherits, such as `constructor`. */
function mergeMaps(
  observed: ReadonlyMap<string, Json>,
  lastApplied: ReadonlyMap<string, Json>,
  desired: ReadonlyMap<string, Json>,
): Map<string, Json> {
  const result = new Map(observed);
  for (const key of lastApplied.keys()) if (!desired.has(key)) result.delete(key);
  for (const [key, value] of desired) result.set(key, merge(result.get(key), lastApplied.get(key), value));
  return result;
}

function entriesOf(object: JsonObject): Map<string, Json> {
  return new Map(Object.entries(object));
}

export function mergeKeyOf(items: readonly Json[]): (typeof mergeKeys)[number] | undefined {
  if (items.length === 0 || !items.every(isObject)) return undefined;
  return mergeKeys.find((key) => items.every((item) => Object.hasOwn(item as JsonObject, key)));
}

/** What identifies an item of a list that is taken for a map. */
export function mergeId(item: Json, key: string): string {
  const value = (item as JsonObject)[key];
  if (value === null) return '<nil>';
  return typeof value === 'object' ? canonicalJson(value) : String(value);
}

function mergeArrays(observed: Json[], lastApplied: Json[], desired: Json[] | undefined): Json {
  const key = mergeKeyOf([...observed, ...lastApplied, ...(desired ?? [])]);
  // A nil slice in Go, null on the wire.
  if (key === undefined) return desired ?? null;
  const byId = (items: readonly Json[]) => new Map(items.map((item) => [mergeId(item, key), item]));
  const merged = mergeMaps(byId(observed), byId(lastApplied), byId(desired ?? []));
  const kept = observed.map((item) => mergeId(item, key)).filter((id) => merged.has(id));
  const added = new Set((desired ?? []).map((item) => mergeId(item, key)).filter((id) => !kept.includes(id)));
  return [...kept, ...added].map((id) => merged.get(id));
}

/** Paths at which what was merged is not what is desired, and so never will be: see `merge`. */
export function unreachable(desired: Json, merged: Json, path = ''): string[] {
  if (isObject(desired)) {
    if (!isObject(merged)) return [path];
    return Object.entries(desired).flatMap(([key, value]) =>
      unreachable(value, Object.hasOwn(merged, key) ? merged[key] : undefined, `${path}.${key}`),
    );
  }
  if (!Array.isArray(desired) || !Array.isArray(merged)) return isEqual(desired, merged) ? [] : [path];
  const key = mergeKeyOf([...desired, ...merged]);
  if (key === undefined) return isEqual(desired, merged) ? [] : [path];
  const wanted = desired.map((item) => mergeId(item, key));
  // Items that others added may stand between.
  const kept = merged.filter((item) => wanted.includes(mergeId(item, key)));
  const order = kept.map((item) => mergeId(item, key));
  if (!isEqual(order, wanted) || new Set(wanted).size < wanted.length) return [path];
  return desired.flatMap((item, index) => unreachable(item, kept[index], `${path}[${index}]`));
}
