import { cloneDeep, omit, pick } from 'lodash-es';
import type { KubernetesObject } from '../../api/object.ts';
import type { KindInfo } from './kind-info.ts';
import { prune } from './schema.ts';

/** What only the API server sets. */
export const systemFields = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

/** What no writer can set: neither apply strategy sends it. */
export const unwritableFields: readonly string[] = ['selfLink', ...systemFields, 'managedFields'];

/** Core kinds are decoded into Go types: other fields are dropped, and empty maps do not survive omitempty. */
const typedFields: Record<string, readonly string[]> = {
  ConfigMap: ['immutable', 'data', 'binaryData'],
  Secret: ['immutable', 'data', 'stringData', 'type'],
};

type Typed = KubernetesObject & {
  data?: Record<string, string | null> | null;
  binaryData?: Record<string, string> | null;
  stringData?: Record<string, string> | null;
};

/** An object as the API server keeps it, which is not always what it was sent. A copy. */
export function storedForm(kind: KindInfo, object: KubernetesObject): KubernetesObject {
  const { apiVersion, metadata } = object;
  const copy: Typed = { ...content(kind, object), apiVersion, kind: object.kind, metadata: { ...cloneDeep(metadata) } };
  if (!kind.namespaced || copy.metadata.namespace === '') delete copy.metadata.namespace;
  for (const field of ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const)
    if (Object.keys(copy.metadata[field] ?? {}).length === 0) delete copy.metadata[field];
  if (kind.apiVersion !== 'v1') return copy;
  if (kind.kind === 'Namespace')
    copy.metadata.labels = { ...copy.metadata.labels, 'kubernetes.io/metadata.name': copy.metadata.name };
  if (kind.kind === 'Secret') {
    const { stringData, ...secret } = copy;
    return withoutEmpty({
      ...secret,
      data: { ...secret.data, ...encoded(stringData) },
      type: secret['type'] || 'Opaque',
    });
  }
  return kind.kind === 'ConfigMap' ? withoutEmpty(copy) : copy;
}

function content(kind: KindInfo, object: KubernetesObject): object {
  const rest = omit(object, ['apiVersion', 'kind', 'metadata']);
  if (kind.schema !== undefined) return cloneDeep(prune(rest, kind.schema)) as object;
  const fields = kind.apiVersion === 'v1' ? typedFields[kind.kind] : undefined;
  return cloneDeep(fields === undefined ? rest : pick(rest, fields));
}

function encoded(stringData: Record<string, string> | null | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(stringData ?? {}).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
}

function withoutEmpty(object: Typed): Typed {
  const copy = { ...object };
  for (const field of ['data', 'binaryData'] as const)
    if (copy[field] === null || (copy[field] !== undefined && Object.keys(copy[field]).length === 0))
      delete copy[field];
  // A null in a map of strings decodes as the empty string.
  if (copy.data && Object.values(copy.data).includes(null))
    copy.data = Object.fromEntries(Object.entries(copy.data).map(([key, value]) => [key, value ?? '']));
  return copy;
}

export function systemFieldsOf({ metadata }: KubernetesObject): Partial<KubernetesObject['metadata']> {
  const fields = metadata as Record<string, unknown>;
  return Object.fromEntries(
    systemFields.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]),
  );
}
