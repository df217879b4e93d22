import { isEqual } from 'lodash-es';

/** A structural schema of a CRD, as far as the engine checks by it. CEL rules are not evaluated. */
export interface Schema {
  type?: string;
  nullable?: boolean;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  required?: readonly string[];
  enum?: readonly unknown[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: readonly string[];
  'x-kubernetes-map-type'?: string;
}

type JsonObject = Record<string, unknown>;

const isObject = (value: unknown): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/**
 * Drops what a structural schema does not know, as the API server does silently. That also drops nulls that are not
 * allowed; here they stay, so that whoever wrote one offline hears of it. Of children, lint finds them.
 */
export function prune(value: unknown, schema: Schema): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => prune(item, items));
  }
  if (!isObject(value)) return value;
  const unknownStay =
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema.additionalProperties === true ||
    (schema.properties === undefined && schema.type !== 'object');
  const kept = Object.entries(value).flatMap(([key, inner]) => {
    const known = fieldSchema(schema, key);
    if (known === undefined) return unknownStay ? [[key, inner] as const] : [];
    return [[key, prune(inner, known)] as const];
  });
  return Object.fromEntries(kept);
}

function fieldSchema(schema: Schema, key: string): Schema | undefined {
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, key)) return schema.properties[key];
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

/** The first thing at which a value does not fit a schema. */
export function violation(value: unknown, schema: Schema, path: string): string | undefined {
  if (value === null && schema.nullable === true) return undefined;
  if (!ofType(value, schema)) return `${path}: must be of type ${schema.type ?? 'integer or string'}`;
  if (schema.enum !== undefined && !schema.enum.some((one) => isEqual(one, value))) return `${path}: unsupported value`;
  if (typeof value === 'string') return ofString(value, schema, path);
  if (typeof value === 'number') return within(value, schema.minimum, schema.maximum, path);
  if (Array.isArray(value)) return ofList(value, schema, path);
  return isObject(value) ? ofObject(value, schema, path) : undefined;
}

function ofType(value: unknown, schema: Schema): boolean {
  if (schema['x-kubernetes-int-or-string'] === true) return typeof value === 'string' || Number.isInteger(value);
  switch (schema.type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === schema.type;
    default:
      return true;
  }
}

function ofString(value: string, schema: Schema, path: string): string | undefined {
  if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value))
    return `${path}: does not match ${schema.pattern}`;
  return within([...value].length, schema.minLength, schema.maxLength, path);
}

function ofList(value: readonly unknown[], schema: Schema, path: string): string | undefined {
  const size = within(value.length, schema.minItems, schema.maxItems, path);
  if (size !== undefined) return size;
  const identity = identityIn(schema);
  if (identity !== undefined) {
    const ids = value.map((item) => JSON.stringify(identity(item)));
    const twice = ids.findIndex((id, index) => ids.indexOf(id) !== index);
    if (twice >= 0) return `${path}[${twice}]: duplicate value`;
  }
  const { items } = schema;
  return items === undefined ? undefined : first(value, (item, index) => violation(item, items, `${path}[${index}]`));
}

function identityIn(schema: Schema): ((item: unknown) => unknown) | undefined {
  if (schema['x-kubernetes-list-type'] === 'set') return (item) => item;
  if (schema['x-kubernetes-list-type'] !== 'map') return undefined;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  return (item) => keys.map((key) => (isObject(item) ? item[key] : undefined));
}

function ofObject(value: JsonObject, schema: Schema, path: string): string | undefined {
  const size = within(Object.keys(value).length, schema.minProperties, schema.maxProperties, path);
  if (size !== undefined) return size;
  const dropped = (key: string) => value[key] === null && fieldSchema(schema, key)?.nullable !== true;
  const missing = schema.required?.find((key) => !Object.hasOwn(value, key) || dropped(key));
  if (missing !== undefined) return `${path}.${missing}: required value`;
  return first(Object.entries(value), ([key, inner]) => {
    const known = fieldSchema(schema, key);
    return known === undefined || dropped(key) ? undefined : violation(inner, known, `${path}.${key}`);
  });
}

function within(count: number, least: number | undefined, most: number | undefined, path: string): string | undefined {
  if (least !== undefined && count < least) return `${path}: less than ${least}`;
  return most !== undefined && count > most ? `${path}: more than ${most}` : undefined;
}

function first<T>(items: readonly T[], check: (item: T, index: number) => string | undefined): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = check(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
