import { isEqual, omit } from 'lodash-es';
import type { KubernetesObject } from '../../api/object.ts';
import { canonicalJson } from '../../kubernetes/digest.ts';
import type { UpdateMethod } from '../definition.ts';
import type { KindInfo } from '../stores/kind-info.ts';
import { ApiError, objectKey, type Store } from '../stores/store.ts';
import { unwritableFields } from '../stores/stored-form.ts';
import { admit } from '../stores/validity.ts';
import { ownerReference } from './claim.ts';
import { merge, unreachable } from './merge.ts';

export const lastAppliedAnnotation = 'metacontroller.k8s.io/last-applied-configuration';

export function called(object: KubernetesObject): string {
  return `${object.kind} ${objectKey(object.metadata.namespace, object.metadata.name)}`;
}

/** JSON in the bytes of Go's encoder, because its length counts: five characters are escaped that JSON.stringify keeps. */
export function appliedJson(desired: unknown): string {
  return canonicalJson(desired).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function withLastApplied(object: KubernetesObject, desired: KubernetesObject): KubernetesObject {
  const annotations = { ...object.metadata.annotations, [lastAppliedAnnotation]: appliedJson(desired) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

export async function create(
  kind: KindInfo,
  desired: KubernetesObject,
  parent: KubernetesObject,
  store: Store,
): Promise<void> {
  const object = withLastApplied(desired, desired);
  const { ownerReferences = [], resourceVersion } = desired.metadata;
  const owner = ownerReference(parent);
  const owners = ownerReferences.some((ref) => ref.uid === owner.uid) ? ownerReferences : [...ownerReferences, owner];
  const child = { ...object, metadata: { ...object.metadata, ownerReferences: owners } };
  if (resourceVersion) throw new ApiError('Invalid', 'resourceVersion should not be set on objects to be created');
  admit(kind, child);
  await store.create(child);
}

export async function update(
  kind: KindInfo,
  observed: KubernetesObject,
  returned: KubernetesObject,
  { method, report }: { method: (kind: KindInfo) => UpdateMethod; report?: ((fault: string) => void) | undefined },
  store: Store,
): Promise<void> {
  const desired = withoutLastApplied(returned);
  const next = merged(observed, desired);
  for (const path of report === undefined ? [] : unreachable(desired, next))
    report?.(`${called(desired)}${path}: dynamic apply never gets there`);
  if (isEqual(next, observed) || observed.metadata.deletionTimestamp) return;
  switch (method(kind)) {
    case 'OnDelete':
      return;
    case 'Recreate':
    case 'RollingRecreate':
      return swallow(['NotFound'], () => store.delete(observed));
    default:
      return swallow(['NotFound', 'Conflict'], async () => {
        admit(kind, next);
        const stored = await store.update(next);
        if (stored.metadata.resourceVersion === observed.metadata.resourceVersion)
          report?.(`${called(desired)}: is written on every pass, and never as it is desired`);
      });
  }
}

async function swallow(reasons: readonly ApiError['reason'][], action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof ApiError) || !reasons.includes(error.reason)) throw error;
  }
}

/** What dynamic apply would write over an observed child. */
function merged(observed: KubernetesObject, desired: KubernetesObject): KubernetesObject {
  const result = merge(observed, lastAppliedOf(observed), desired) as KubernetesObject;
  const metadata: Record<string, unknown> = { ...result.metadata };
  for (const field of unwritableFields) {
    const value = (observed.metadata as Record<string, unknown>)[field];
    if (value === undefined) delete metadata[field];
    else metadata[field] = value;
  }
  const { status: _, ...content } = result;
  return withLastApplied(
    {
      ...content,
      apiVersion: result.apiVersion,
      kind: result.kind,
      metadata: metadata as KubernetesObject['metadata'],
      ...('status' in observed ? { status: observed['status'] } : {}),
    },
    desired,
  );
}

/** A hook that copies a child brings the annotation along; it must not be taken for content. */
export function withoutLastApplied(object: KubernetesObject): KubernetesObject {
  const { annotations } = object.metadata;
  if (annotations?.[lastAppliedAnnotation] === undefined) return object;
  return { ...object, metadata: { ...object.metadata, annotations: omit(annotations, lastAppliedAnnotation) } };
}

function lastAppliedOf(object: KubernetesObject): unknown {
  const note = object.metadata.annotations?.[lastAppliedAnnotation];
  if (!note) return undefined;
  try {
    const value: unknown = JSON.parse(note);
    if (typeof value === 'object' && !Array.isArray(value)) return value ?? undefined;
  } catch {
    // Reported below, as any other content that is no object.
  }
  throw new ApiError('Invalid', `can't unmarshal "${lastAppliedAnnotation}" annotation of ${called(object)}`);
}
