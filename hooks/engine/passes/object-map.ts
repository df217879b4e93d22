import type { KubernetesObject } from '../../api/object.ts';
import type { ObjectMap } from '../../api/wire/metacontroller.ts';
import { groupKey, type KindInfo } from '../stores/kind-info.ts';
import { objectKey } from '../stores/store.ts';

interface Scope {
  version: 'v1' | 'v2';
  parent: KubernetesObject;
  parentNamespaced: boolean;
}

/**
 * Objects as they go over the wire: an entry for every kind, even an empty one. v1 shows a namespaced parent only
 * its own namespace, under bare names; v2 shows all, under `namespace/name`.
 */
export function objectMap(
  groups: Iterable<readonly [KindInfo, readonly KubernetesObject[]]>,
  { version, parent, parentNamespaced }: Scope,
): ObjectMap {
  const map: ObjectMap = {};
  for (const [kind, objects] of groups) {
    const group: ObjectMap[string] = map[groupKey(kind)] ?? {};
    map[groupKey(kind)] = group;
    for (const object of objects) {
      const { name, namespace } = object.metadata;
      if (version === 'v1' && parentNamespaced && namespace !== parent.metadata.namespace) continue;
      const bare = version === 'v1' && (parentNamespaced || !kind.namespaced);
      group[bare ? name : objectKey(kind.namespaced ? namespace : undefined, name)] = object;
    }
  }
  return map;
}
