import type { KubernetesObject } from '../../api/object.ts';
import type { KindInfo } from '../stores/kind-info.ts';
import { ApiError, type Store } from '../stores/store.ts';

/** Attempts of client-go's DefaultBackoff. */
const attempts = 4;

/**
 * Changes the live object whatever has happened to it since it was read; undefined from `change` leaves it alone.
 * Returns it as it then is. One that is gone, or replaced by another of the same name, is NotFound.
 */
export async function atomicUpdate(
  store: Store,
  kind: KindInfo,
  object: KubernetesObject,
  change: (live: KubernetesObject) => KubernetesObject | undefined,
  write: (object: KubernetesObject) => Promise<KubernetesObject> = (next) => store.update(next),
): Promise<KubernetesObject> {
  const { namespace, name, uid } = object.metadata;
  for (let attempt = 1; ; attempt++) {
    const live = await store.live(kind, namespace, name);
    if (live === undefined || live.metadata.uid !== uid)
      throw new ApiError('NotFound', `${kind.resource} "${name}" not found`);
    const next = change(live);
    if (next === undefined) return live;
    try {
      return await write(next);
    } catch (error) {
      if (attempt === attempts || !(error instanceof ApiError) || error.reason !== 'Conflict') throw error;
    }
  }
}
