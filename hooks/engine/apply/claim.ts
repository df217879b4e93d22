import type { KubernetesObject, OwnerReference } from '../../api/object.ts';
import type { KindInfo } from '../stores/kind-info.ts';
import { ApiError, objectKey, type Store } from '../stores/store.ts';
import { atomicUpdate } from './atomic-update.ts';

export function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((ref) => ref.controller === true);
}

export function ownerReference(parent: KubernetesObject): OwnerReference {
  const { apiVersion, kind, metadata } = parent;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true };
}

/** What a parent does with an object of a kind of its children (controller_ref_manager.go). */
export function claimAction(
  object: KubernetesObject,
  parent: KubernetesObject,
  matches: boolean,
): 'keep' | 'release' | 'adopt' | 'ignore' {
  const deleting = Boolean(parent.metadata.deletionTimestamp);
  const owner = controllerOf(object);
  if (owner !== undefined) {
    if (owner.uid !== parent.metadata.uid) return 'ignore';
    return matches ? 'keep' : deleting ? 'ignore' : 'release';
  }
  return !deleting && matches && !object.metadata.deletionTimestamp ? 'adopt' : 'ignore';
}

export interface Claimant {
  kind: KindInfo;
  parent: KubernetesObject;
  matches: (object: KubernetesObject) => boolean;
}

/**
 * The children of a parent among the objects of a kind. Errors are collected, and then end the pass. One that is
 * adopted is returned as it was before, as from Metacontroller's cache: an update of it in the same pass conflicts.
 */
export async function claim(kind: KindInfo, claimant: Claimant, store: Store): Promise<KubernetesObject[]> {
  const { parent, matches } = claimant;
  const claimed: KubernetesObject[] = [];
  const errors: string[] = [];
  let permission: Promise<void> | undefined;
  const adopt = async (object: KubernetesObject) => {
    permission ??= mayAdopt(claimant, store);
    await permission;
    await atomicUpdate(store, kind, object, (live) => withOwner(live, parent));
  };
  for (const object of store.list(kind, claimant.kind.namespaced ? parent.metadata.namespace : undefined)) {
    const what = claimAction(object, parent, matches(object));
    if (what === 'ignore') continue;
    try {
      if (what === 'adopt') await adopt(object);
      if (what === 'release') await atomicUpdate(store, kind, object, (live) => withoutOwner(live, parent));
      else claimed.push(object);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.reason !== 'NotFound') errors.push(error.message);
    }
  }
  if (errors.length > 0) throw new Error(`can't claim ${kind.kind} children: ${errors.join('; ')}`);
  return claimed;
}

/** Asked of the live parent, once, before the first adoption. */
async function mayAdopt({ kind, parent }: Claimant, store: Store): Promise<void> {
  const { namespace, name, uid } = parent.metadata;
  const live = await store.live(kind, namespace, name);
  const called = `${parent.kind} ${objectKey(namespace, name)}`;
  if (live === undefined) throw new ApiError('NotFound', `${called} not found`);
  if (live.metadata.uid !== uid) throw new ApiError('Conflict', `can't adopt: the original ${called} is gone`);
  if (live.metadata.deletionTimestamp) throw new ApiError('Conflict', `can't adopt: ${called} has just been deleted`);
}

function withOwner(object: KubernetesObject, parent: KubernetesObject): KubernetesObject {
  const owner = ownerReference(parent);
  const others = object.metadata.ownerReferences ?? [];
  const ownerReferences = others.some((ref) => ref.uid === owner.uid)
    ? others.map((ref) => (ref.uid === owner.uid ? owner : ref))
    : [...others, owner];
  return { ...object, metadata: { ...object.metadata, ownerReferences } };
}

function withoutOwner(object: KubernetesObject, parent: KubernetesObject): KubernetesObject {
  const ownerReferences = (object.metadata.ownerReferences ?? []).filter((ref) => ref.uid !== parent.metadata.uid);
  return { ...object, metadata: { ...object.metadata, ownerReferences } };
}
