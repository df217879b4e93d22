import { createHash } from 'node:crypto';
import { isEqual, omit } from 'lodash-es';
import type { KubernetesObject } from '../../api/object.ts';
import { canonicalJson } from '../../kubernetes/digest.ts';
import type { UpdateMethod } from '../definition.ts';
import type { KindInfo } from '../stores/kind-info.ts';
import { groupKey } from '../stores/kind-info.ts';
import { ApiError, objectKey, type Store } from '../stores/store.ts';
import { unwritableFields } from '../stores/stored-form.ts';
import { admit } from '../stores/validity.ts';
import { atomicUpdate } from './atomic-update.ts';
import { ownerReference } from './claim.ts';
import { lastAppliedAnnotation, withoutLastApplied } from './dynamic-apply.ts';

/** Metacontroller's own name among field managers. */
const manager = 'metacontroller';

interface Applied {
  digest: string;
  uid: string | undefined;
  generation: number | undefined;
  resourceVersion: string | undefined;
}

/**
 * Children by server-side apply, always by force (manage_children.go of 4.17). What was applied is remembered, and
 * not applied again while the object has the same uid and generation: so of kinds that have one, foreign edits of
 * labels and annotations stay until the desired object changes.
 */
export class ServerSideApply {
  readonly #applied = new Map<string, Applied>();

  async apply(
    kind: KindInfo,
    observed: KubernetesObject | undefined,
    returned: KubernetesObject,
    { parent, method, store }: { parent: KubernetesObject; method: UpdateMethod; store: Store },
  ): Promise<void> {
    if (observed?.metadata.deletionTimestamp) return;
    const desired = sanitized(owned(returned, parent));
    const key = `${groupKey(desired)} ${objectKey(desired.metadata.namespace, desired.metadata.name)}`;
    const digest = createHash('sha256').update(canonicalJson(desired)).digest('hex');
    const remember = ({ metadata }: KubernetesObject) => {
      const { uid, generation, resourceVersion } = metadata;
      this.#applied.set(key, { digest, uid, generation, resourceVersion });
    };
    if (observed !== undefined) {
      if (isCurrent(this.#applied.get(key), digest, observed)) return;
      if (method === 'OnDelete') return remember(observed);
      if (method === 'Recreate') {
        if (!(await this.#differs(desired, observed, store))) return remember(observed);
        this.#applied.delete(key);
        return store.delete(observed);
      }
      if (observed.metadata.annotations?.[lastAppliedAnnotation] !== undefined)
        await atomicUpdate(store, kind, observed, withoutLastApplied);
    }
    admit(kind, desired);
    try {
      remember(await store.apply(desired, { manager }));
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'Conflict') throw error;
    }
  }

  /** A trial in the API server; it counts a generation up, which Metacontroller takes for somebody else's change. */
  async #differs(desired: KubernetesObject, observed: KubernetesObject, store: Store): Promise<boolean> {
    const outcome = await store.apply(desired, { manager, dryRun: true });
    const { generation, uid } = observed.metadata;
    if (outcome.metadata.generation !== generation || outcome.metadata.uid !== uid)
      throw new ApiError('Invalid', 'generation or UID changed during dry run for server-side apply');
    return !isEqual(sanitized(outcome), sanitized(observed));
  }
}

function isCurrent(applied: Applied | undefined, digest: string, { metadata }: KubernetesObject): boolean {
  if (applied === undefined || applied.uid !== metadata.uid || applied.digest !== digest) return false;
  if (!metadata.generation && applied.resourceVersion !== metadata.resourceVersion) return false;
  return applied.generation === metadata.generation;
}

function owned(object: KubernetesObject, parent: KubernetesObject): KubernetesObject {
  const { ownerReferences = [] } = object.metadata;
  const owner = ownerReference(parent);
  if (ownerReferences.some((ref) => ref.uid === owner.uid)) return object;
  return { ...object, metadata: { ...object.metadata, ownerReferences: [...ownerReferences, owner] } };
}

function sanitized(object: KubernetesObject): KubernetesObject {
  const { metadata, status: _, ...content } = withoutLastApplied(object);
  return { ...content, metadata: omit(metadata, unwritableFields) } as KubernetesObject;
}
