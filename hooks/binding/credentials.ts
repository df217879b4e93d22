import type { SecretObject } from '../api/object.ts';
import { listed, type Problem, problem } from '../api/problems/problem.ts';
import { isObject, type Json, parseObject } from '../kubernetes/json-object.ts';
import { propertyAt } from './document.ts';
import { refusedType } from './secret-type.ts';

/** Where a value stands in a Secret. */
export interface Location {
  key: string;
  property?: string;
}

/**
 * The credentials of a Secret, in whichever of the BTP operator's formats it holds them: plain keys, one JSON
 * document beside the attributes of the instance (`secretKey`), one document with everything (`secretRootKey`), or
 * what a `secretTemplate` made. `find` gives the place of a credential, never its value.
 */
export interface Credentials {
  find: (name: string) => Location | undefined;
  /** The names that `find` knows, for messages. */
  names: string[];
}

/** In the default format these overwrite credentials of the same name, so they come first in the others, too. */
const instanceAttributes = new Set(['instance_guid', 'instance_name', 'plan', 'label', 'type', 'tags']);

/** The BTP operator describes the default formats under this key, in random order: read, never counted as content. */
const metadataKey = '.metadata';

export function readCredentials(
  secret: SecretObject,
  documentKey: string | undefined,
  path: string,
): Credentials | Problem {
  const data: Readonly<Record<string, unknown>> = isObject(secret.data) ? secret.data : {};
  const name = `${secret.metadata.namespace ?? ''}/${secret.metadata.name}`;
  const refused = refusedType(secret);
  if (refused !== undefined)
    return problem('SecretNotAllowed', `${path}.name`, `Secret ${name} is of type ${refused}.`);
  const keys = Object.keys(data).filter((key) => key !== metadataKey);
  if (keys.length === 0) return problem('SecretInvalid', path, `Secret ${name} is empty.`);
  if (documentKey !== undefined && !keys.includes(documentKey)) {
    return problem('KeyNotFound', `${path}.key`, `Secret ${name} has no key ${documentKey} (keys: ${listed(keys)}).`);
  }
  const container = documentKey ?? recogniseContainer(data, keys);
  const document = container === undefined ? undefined : parseObject(decode(data[container]));
  if (documentKey !== undefined && document === undefined) {
    return problem(
      'SecretInvalid',
      `${path}.key`,
      `Key ${documentKey} of Secret ${name} holds no JSON object.`,
      'Leave spec.secretRef.key out where each credential has a key of its own.',
    );
  }

  const plain = (credential: string): Location | undefined => {
    if (keys.includes(credential)) return { key: credential };
    const key = keys.filter((k) => credential.startsWith(`${k}.`)).sort((a, b) => b.length - a.length)[0];
    if (key === undefined) return undefined;
    const property = credential.slice(key.length + 1);
    return propertyAt(decode(data[key]), property) === undefined ? undefined : { key, property };
  };
  const inDocument = (credential: string): Location | undefined => {
    if (container === undefined || document === undefined) return undefined;
    const property = propertyIn(document, credential);
    return property === undefined ? undefined : { key: container, property };
  };
  const documentFirst = (credential: string) => documentKey !== undefined && !instanceAttributes.has(credential);
  return {
    find: (credential) =>
      documentFirst(credential)
        ? (inDocument(credential) ?? plain(credential))
        : (plain(credential) ?? inDocument(credential)),
    names: [
      ...new Set([
        ...keys.filter((key) => key !== container),
        ...(document === undefined ? [] : Object.keys(flatten(document))),
      ]),
    ].sort(),
  };
}

/** `container: true` in `.metadata`, else the one key that holds a JSON object. */
function recogniseContainer(data: Readonly<Record<string, unknown>>, keys: readonly string[]): string | undefined {
  const described = parseObject(decode(data[metadataKey]))?.['credentialProperties'];
  if (Array.isArray(described)) {
    const container = described.find((entry) => isObject(entry) && entry['container'] === true);
    return isObject(container) && typeof container['name'] === 'string' && keys.includes(container['name'])
      ? container['name']
      : undefined;
  }
  const documents = keys.filter((key) => parseObject(decode(data[key])) !== undefined);
  return documents.length === 1 ? documents[0] : undefined;
}

/** The property under its own name, with `_` for its spaces as in plain keys, or inside the one nested document. */
function propertyIn(document: { [key: string]: Json }, credential: string): string | undefined {
  if (propertyAt(document, credential) !== undefined) return credential;
  const spaced = Object.keys(document).find((key) => key.replaceAll(' ', '_') === credential);
  if (spaced !== undefined) return spaced;
  const nested = nestedDocument(document);
  return nested !== undefined && propertyAt(nested.document, credential) !== undefined
    ? `${nested.key}.${credential}`
    : undefined;
}

/** With `secretKey` and `secretRootKey` both, the credentials are JSON text inside the root document. */
function nestedDocument(document: {
  [key: string]: Json;
}): { key: string; document: { [key: string]: Json } } | undefined {
  const nested = Object.entries(document).flatMap(([key, value]) => {
    const inner = typeof value === 'string' ? parseObject(value) : undefined;
    return inner === undefined ? [] : [{ key, document: inner }];
  });
  return nested.length === 1 ? nested[0] : undefined;
}

function flatten(document: { [key: string]: Json }): { [key: string]: Json } {
  const nested = nestedDocument(document);
  if (nested === undefined) return document;
  const { [nested.key]: _, ...rest } = document;
  return { ...rest, ...nested.document };
}

/** Kubernetes keeps a key without a value as null. */
function decode(base64: unknown): string {
  return typeof base64 === 'string' ? Buffer.from(base64, 'base64').toString('utf8') : '';
}
