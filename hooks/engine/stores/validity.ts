import { isEqual, omit } from 'lodash-es';
import type { KubernetesObject } from '../../api/object.ts';
import { dataKey, dnsLabel, dnsSubdomain } from '../../api/object.ts';
import { isLabelValue, isQualifiedName } from '../../kubernetes/selector.ts';
import type { KindInfo } from './kind-info.ts';
import { prune, violation } from './schema.ts';
import { ApiError } from './store.ts';

/** All annotations of an object together, in bytes (apimachinery's TotalAnnotationSizeLimitB). */
const annotationLimit = 262144;
/** All values of a ConfigMap or Secret together, in bytes. */
const dataLimit = 1024 * 1024;

/**
 * Refuses a child as the API server would. It is asked for what controllers write only: objects of users may be
 * anything in a store, for hooks have to live with what another schema once let through.
 */
export function admit(kind: KindInfo, object: KubernetesObject): void {
  const fault = metadataFault(object) ?? contentFault(kind, object);
  if (fault !== undefined) throw invalid(object, fault);
}

/** The same for what a decorator writes of a target that is not its own. */
export function admitMetadata(object: KubernetesObject): void {
  const fault = metadataFault(object);
  if (fault !== undefined) throw invalid(object, fault);
}

/** The same for a status. */
export function admitStatus(kind: KindInfo, object: KubernetesObject): void {
  const schema = kind.schema?.properties?.['status'];
  if (schema === undefined || object['status'] === undefined) return;
  const fault = violation(prune(object['status'], schema), schema, 'status');
  if (fault !== undefined) throw invalid(object, fault);
}

/** What server-side apply refuses, and others drop silently: a field that the schema does not know. */
export function admitApplied(kind: KindInfo, object: KubernetesObject): void {
  if (kind.schema === undefined) return;
  const content = omit(object, ['apiVersion', 'kind', 'metadata']);
  if (!isEqual(prune(content, kind.schema), content)) throw invalid(object, 'field not declared in schema');
}

function invalid(object: KubernetesObject, fault: string): ApiError {
  return new ApiError('Invalid', `${object.kind} "${object.metadata.name}" is invalid: ${fault}`);
}

function metadataFault({ kind, metadata }: KubernetesObject): string | undefined {
  const { name, namespace, labels, annotations, ownerReferences } = metadata;
  if (!name) return 'metadata.name: name or generateName is required';
  const named = ['Namespace', 'Service'].includes(kind) ? dnsLabel : dnsSubdomain;
  if (!named.safeParse(name).success) return `metadata.name: invalid value "${name}"`;
  if (namespace && !dnsLabel.safeParse(namespace).success) return `metadata.namespace: invalid value "${namespace}"`;
  for (const [key, value] of Object.entries(labels ?? {})) {
    if (!isQualifiedName(key)) return `metadata.labels: invalid key "${key}"`;
    if (!isLabelValue(value)) return `metadata.labels.${key}: invalid value`;
  }
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    if (!isQualifiedName(key.toLowerCase())) return `metadata.annotations: invalid key "${key}"`;
    if (typeof value !== 'string') return `metadata.annotations.${key}: must be a string`;
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > annotationLimit) return `metadata.annotations: Too long: may not be more than ${annotationLimit} bytes`;
  if ((ownerReferences ?? []).filter((ref) => ref.controller === true).length > 1)
    return 'metadata.ownerReferences: Only one reference can have Controller set to true';
  return undefined;
}

function contentFault(kind: KindInfo, object: KubernetesObject): string | undefined {
  if (kind.apiVersion === 'v1' && kind.kind === 'ConfigMap')
    return dataFault('data', object['data'], false) ?? dataFault('binaryData', object['binaryData'], true);
  if (kind.apiVersion === 'v1' && kind.kind === 'Secret') return dataFault('data', object['data'], true);
  if (kind.schema === undefined) return undefined;
  const { apiVersion: _, kind: __, metadata: ___, ...content } = object;
  const { metadata: ____, ...properties } = kind.schema.properties ?? {};
  return violation(prune(content, kind.schema), { ...kind.schema, properties }, object.kind);
}

function dataFault(field: string, data: unknown, base64: boolean): string | undefined {
  if (data === undefined || data === null) return undefined;
  if (typeof data !== 'object' || Array.isArray(data)) return `${field}: must be a map`;
  let size = 0;
  for (const [key, value] of Object.entries(data)) {
    if (!dataKey.safeParse(key).success || ['.', '..'].includes(key)) return `${field}: invalid key "${key}"`;
    if (value === null) continue;
    if (typeof value !== 'string') return `${field}.${key}: must be a string`;
    if (base64 && !isBase64(value)) return `${field}.${key}: illegal base64 data`;
    size += base64 ? Buffer.from(value, 'base64').length : Buffer.byteLength(value);
  }
  return size > dataLimit ? `${field}: Too long: may not be more than ${dataLimit} bytes` : undefined;
}

/** Standard base64 with padding, the only one that Go decodes; line breaks are allowed. */
function isBase64(value: string): boolean {
  const text = value.replace(/[\r\n]/g, '');
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
