import type { KubernetesObject } from '../../api/object.ts';
import type { ServerSideApply } from '../apply/server-side-apply.ts';
import { groupOf, type KindInfo } from '../stores/kind-info.ts';
import type { Store } from '../stores/store.ts';
import type { Customize } from './customize.ts';
import type { HookTransport } from './hook-client.ts';

/** What a pass needs besides the parent. */
export interface Surroundings {
  store: Store;
  transport: HookTransport;
  customize: Customize;
  serverSide?: ServerSideApply | undefined;
  /** Asks for a pass later; whatever comes of this one. */
  resyncAfter: (kind: KindInfo, parent: KubernetesObject, seconds: number) => void;
  /** Receives what Metacontroller would accept silently; absent where nobody lints. */
  lint?: ((parent: KubernetesObject, faults: readonly string[]) => void) | undefined;
}

/** One controller: which parents it has, how an event leads to them, and what a pass does. */
export interface Reconciler {
  name: string;
  parentKinds: readonly KindInfo[];
  childKinds: readonly KindInfo[];
  ignoresStatus: (kind: KindInfo) => boolean;
  /** A parent that neither is selected nor has the finalizer is none. */
  cares: (parent: KubernetesObject) => boolean;
  /** Whether an object without a controller could be adopted by the parent. */
  couldAdopt: (parent: KubernetesObject, object: KubernetesObject) => boolean;
  reconcile: (kind: KindInfo, parent: KubernetesObject) => Promise<void>;
}

export function required<T>(
  kind: T | undefined,
  { apiVersion, resource }: { apiVersion: string; resource: string },
): T {
  if (kind === undefined) throw new Error(`discovery: can't find resource ${resource} in apiVersion ${apiVersion}`);
  return kind;
}

/** By group and kind: Metacontroller ignores the version where it looks up selectors and update strategies. */
export function groupKind({ apiVersion, kind }: { apiVersion: string; kind: string }): string {
  return `${kind}.${groupOf(apiVersion)}`;
}

/** A child without a namespace is in that of its parent, whatever its kind. */
export function ownNamespace(child: KubernetesObject, parent: KubernetesObject): KubernetesObject {
  const { namespace } = parent.metadata;
  return child.metadata.namespace || namespace === undefined
    ? child
    : { ...child, metadata: { ...child.metadata, namespace } };
}

/** By kind and name; of two the last one wins. */
export function keyed(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return [
    ...new Map(
      objects.map((object) => [
        `${object.apiVersion}/${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`,
        object,
      ]),
    ).values(),
  ];
}
