import type { KubernetesObject } from '../../api/object.ts';
import type { KindInfo } from './kind-info.ts';

export interface StoreEvent {
  type: 'added' | 'modified' | 'deleted';
  kind: KindInfo;
  object: KubernetesObject;
  /** The object before, of a modification. */
  old?: KubernetesObject;
}

/** An error as the API server answers it. */
export class ApiError extends Error {
  readonly reason: 'NotFound' | 'AlreadyExists' | 'Conflict' | 'Invalid' | 'Forbidden' | 'Unavailable';

  constructor(reason: ApiError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A cache is still being filled. It is no error: the pass runs again. */
export class NotSyncedError extends Error {}

/**
 * What a controller needs of an API server: reads from a cache that events keep current, and writes. Objects that
 * come out are never changed in place.
 */
export interface Store {
  kindOf: (apiVersion: string, kind: string) => KindInfo | undefined;
  resource: (apiVersion: string, resource: string) => KindInfo | undefined;
  get: (kind: KindInfo, namespace: string | undefined, name: string) => KubernetesObject | undefined;
  list: (kind: KindInfo, namespace?: string) => KubernetesObject[];
  /** Read past the cache. */
  live: (kind: KindInfo, namespace: string | undefined, name: string) => Promise<KubernetesObject | undefined>;
  create: (object: KubernetesObject) => Promise<KubernetesObject>;
  /** Replaces all but the status; a resourceVersion that is set must be the current one. */
  update: (object: KubernetesObject) => Promise<KubernetesObject>;
  /** Server-side apply by force; the object as it then is, or would be. */
  apply: (object: KubernetesObject, how: { manager: string; dryRun?: boolean }) => Promise<KubernetesObject>;
  updateStatus: (object: KubernetesObject) => Promise<KubernetesObject>;
  delete: (object: KubernetesObject) => Promise<void>;
  subscribe: (listener: (event: StoreEvent) => void) => void;
}

/** Key of an object inside its kind: `namespace/name`, or `name`. */
export function objectKey(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}
