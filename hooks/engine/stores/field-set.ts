import { cloneDeep, isEqual } from 'lodash-es';
import { canonicalJson } from '../../kubernetes/digest.ts';
import type { Schema } from './schema.ts';

type JsonObject = Record<string, unknown>;

const isObject = (value: unknown): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** One step into a value: a field, or an item of a list that is a map (its keys) or a set (the item itself). */
type Step = { field: string } | { item: string };

/** Fields of an object, each by its path; what a field manager owns. */
export type FieldSet = ReadonlyMap<string, readonly Step[]>;

/** Lists of core types that are maps, by the name of their field (patchMergeKey and listType of k8s.io/api). */
const listMapKeys: Readonly<Record<string, readonly string[]>> = {
  ownerReferences: ['uid'],
  containers: ['name'],
  initContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  ports: ['containerPort', 'protocol'],
  imagePullSecrets: ['name'],
  conditions: ['type'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
};

type ListType = 'atomic' | 'set' | readonly string[];

function listType(name: string, schema: Schema | undefined): ListType {
  if (name === 'finalizers') return 'set';
  if (schema === undefined) return listMapKeys[name] ?? 'atomic';
  const type = schema['x-kubernetes-list-type'];
  return type === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? 'atomic') : type === 'set' ? 'set' : 'atomic';
}

const isAtomic = (schema: Schema | undefined) => schema?.['x-kubernetes-map-type'] === 'atomic';

function inner(schema: Schema | undefined, field: string): Schema | undefined {
  const own = schema?.properties?.[field];
  if (own !== undefined) return own;
  return typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

function itemId(item: unknown, type: Exclude<ListType, 'atomic'>): string {
  if (type === 'set') return canonicalJson(item);
  return canonicalJson(type.map((key) => (isObject(item) ? item[key] : undefined) ?? null));
}

/** What one who applies the object owns: its leaves, and the items of lists that are maps or sets. */
export function fieldsOf(object: JsonObject, schema?: Schema): FieldSet {
  const fields = new Map<string, readonly Step[]>();
  const add = (path: readonly Step[]) => fields.set(JSON.stringify(path), path);
  const visit = (value: unknown, at: Schema | undefined, name: string, path: readonly Step[]): void => {
    if (isObject(value) && Object.keys(value).length > 0 && !isAtomic(at)) {
      for (const [key, item] of Object.entries(value)) visit(item, inner(at, key), key, [...path, { field: key }]);
      return;
    }
    const type = Array.isArray(value) ? listType(name, at) : 'atomic';
    if (!Array.isArray(value) || type === 'atomic' || value.length === 0) return void add(path);
    for (const item of value) {
      const step = [...path, { item: itemId(item, type) }];
      add(step);
      if (type !== 'set') visit(item, at?.items, '', step);
    }
  };
  visit(object, schema, '', []);
  return fields;
}

/** The live object with what is applied laid over it: maps key by key, lists by what their type says. */
export function overlaid(live: unknown, applied: unknown, schema?: Schema, name = ''): unknown {
  if (isObject(live) && isObject(applied) && !isAtomic(schema)) {
    const result: JsonObject = { ...live };
    for (const [key, value] of Object.entries(applied))
      result[key] = overlaid(live[key], value, inner(schema, key), key);
    return result;
  }
  if (!Array.isArray(live) || !Array.isArray(applied)) return cloneDeep(applied);
  const type = listType(name, schema);
  if (type === 'atomic') return cloneDeep(applied);
  const items = new Map(live.map((item) => [itemId(item, type), item]));
  for (const item of applied) {
    const id = itemId(item, type);
    items.set(id, items.has(id) ? overlaid(items.get(id), item, schema?.items) : cloneDeep(item));
  }
  return [...items.values()];
}

/** The object without some of its fields; what gets empty by it goes, too. */
export function without(object: JsonObject, fields: FieldSet, schema?: Schema): JsonObject {
  let result: unknown = object;
  for (const path of fields.values()) result = dropped(result, path, schema, '');
  return isObject(result) ? result : {};
}

function dropped(value: unknown, [step, ...rest]: readonly Step[], schema: Schema | undefined, name: string): unknown {
  if (step === undefined) return undefined;
  if ('field' in step) {
    if (!isObject(value) || !Object.hasOwn(value, step.field)) return value;
    const { [step.field]: old, ...others } = value;
    const next = dropped(old, rest, inner(schema, step.field), step.field);
    if (next !== undefined) return { ...value, [step.field]: next };
    return Object.keys(others).length === 0 ? undefined : others;
  }
  const type = listType(name, schema);
  if (!Array.isArray(value) || type === 'atomic') return value;
  const items = value.flatMap((item) => {
    if (itemId(item, type) !== step.item) return [item];
    const next = rest.length === 0 ? undefined : dropped(item, rest, schema?.items, '');
    return next === undefined ? [] : [next];
  });
  return items.length === 0 ? undefined : items;
}

/** The fields in which two objects differ, as fields of the second. */
export function changedFields(before: JsonObject, after: JsonObject, schema?: Schema): FieldSet {
  const old = fieldsOf(before, schema);
  const changed = new Map<string, readonly Step[]>();
  for (const [id, path] of fieldsOf(after, schema))
    if (!old.has(id) || !isEqual(valueAt(before, path, schema), valueAt(after, path, schema))) changed.set(id, path);
  return changed;
}

/** The value of a field; undefined where there is none. */
export function valueAt(value: unknown, [step, ...rest]: readonly Step[], schema?: Schema, name = ''): unknown {
  if (step === undefined) return value;
  if ('field' in step) {
    const next = isObject(value) && Object.hasOwn(value, step.field) ? value[step.field] : undefined;
    return valueAt(next, rest, inner(schema, step.field), step.field);
  }
  const type = listType(name, schema);
  if (!Array.isArray(value) || type === 'atomic') return undefined;
  const item = value.find((other) => itemId(other, type) === step.item);
  return item === undefined ? undefined : valueAt(item, rest, schema?.items);
}
