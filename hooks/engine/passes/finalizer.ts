import type { KubernetesObject } from '../../api/object.ts';
import { isQualifiedName } from '../../kubernetes/selector.ts';
import { atomicUpdate } from '../apply/atomic-update.ts';
import type { KindInfo } from '../stores/kind-info.ts';
import { ApiError, type Store } from '../stores/store.ts';

export function hasFinalizer(object: KubernetesObject, name: string): boolean {
  return object.metadata.finalizers?.includes(name) === true;
}

/**
 * Before anything else of a pass: the finalizer of a controller is there if and only if it declares a finalize hook;
 * an object that is being deleted gets none any more. Returns the object as it then is.
 */
export async function syncFinalizer(
  store: Store,
  kind: KindInfo,
  parent: KubernetesObject,
  name: string,
  declared: boolean,
): Promise<KubernetesObject> {
  if (hasFinalizer(parent, name) === declared) return parent;
  if (!declared) return removeFinalizer(store, kind, parent, name);
  if (parent.metadata.deletionTimestamp) return parent;
  // A controller's name of more than 43 characters ends here.
  if (!isQualifiedName(name)) throw new ApiError('Invalid', `metadata.finalizers: invalid value "${name}"`);
  return atomicUpdate(store, kind, parent, (live) =>
    hasFinalizer(live, name) ? undefined : withFinalizers(live, [...(live.metadata.finalizers ?? []), name]),
  );
}

export function removeFinalizer(
  store: Store,
  kind: KindInfo,
  parent: KubernetesObject,
  name: string,
): Promise<KubernetesObject> {
  return atomicUpdate(store, kind, parent, (live) =>
    hasFinalizer(live, name) ? withoutFinalizer(live, name) : undefined,
  );
}

export function withoutFinalizer(object: KubernetesObject, name: string): KubernetesObject {
  return withFinalizers(
    object,
    (object.metadata.finalizers ?? []).filter((finalizer) => finalizer !== name),
  );
}

function withFinalizers(object: KubernetesObject, finalizers: string[]): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, finalizers } };
}

/** Children of a parent that is being deleted are managed only while our finalizer holds it and no cascade runs. */
export function managesChildren(parent: KubernetesObject, finalizer: string, declared: boolean): boolean {
  const finalizers = parent.metadata.finalizers ?? [];
  if (!parent.metadata.deletionTimestamp) return true;
  return (
    declared &&
    finalizers.includes(finalizer) &&
    !finalizers.includes('foregroundDeletion') &&
    !finalizers.includes('orphan')
  );
}
