import type { KubernetesObject } from '../api/object.ts';
import type { ObjectMap, RelatedRule } from '../api/wire/metacontroller.ts';

/** Kind and group of objects on the wire, and the resource that rules name them by. */
export interface ResourceKind {
  apiVersion: string;
  kind: string;
  resource: string;
}

/** The group of a kind in the objects of a request. */
export function groupOf({ kind, apiVersion }: Pick<ResourceKind, 'kind' | 'apiVersion'>): string {
  return `${kind}.${apiVersion}`;
}

/**
 * The one place where a hook looks an object up. It is found by its whole key only, so that nothing of another
 * namespace can be taken for it, whatever the request holds.
 */
export function lookup(
  objects: ObjectMap,
  kind: ResourceKind,
  namespace: string | undefined,
  name: string,
): KubernetesObject | undefined {
  const found = objects[groupOf(kind)]?.[namespace === undefined ? name : `${namespace}/${name}`];
  return found !== undefined && found.metadata.name === name && found.metadata.namespace === namespace
    ? found
    : undefined;
}

/** All objects of a cluster-scoped kind, by name: there is no namespace that one could be taken from. */
export function everyClusterScoped(objects: ObjectMap, kind: ResourceKind): KubernetesObject[] {
  return Object.values(objects[groupOf(kind)] ?? {})
    .filter((object) => object.metadata.namespace === undefined)
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** All objects of a kind in one namespace, by name. */
export function everyIn(objects: ObjectMap, kind: ResourceKind, namespace: string): KubernetesObject[] {
  return Object.values(objects[groupOf(kind)] ?? {})
    .filter((object) => object.metadata.namespace === namespace)
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** A rule for objects by name; undefined where there is no name, because a rule without names selects everything. */
export function byName(
  kind: ResourceKind,
  namespace: string | undefined,
  names: readonly (string | undefined)[],
): RelatedRule | undefined {
  const unique = [...new Set(names.filter((name): name is string => name !== undefined && name !== ''))].sort();
  if (unique.length === 0) return undefined;
  return {
    apiVersion: kind.apiVersion,
    resource: kind.resource,
    ...(namespace === undefined ? {} : { namespace }),
    names: unique,
  };
}
