import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../hooks/api/object.ts';
import { objectMap } from '../../../../hooks/engine/passes/object-map.ts';
import { groupKey } from '../../../../hooks/engine/stores/kind-info.ts';
import { MemoryStore } from '../../../../hooks/engine/stores/memory-store.ts';
import { configMap, crds, object, widget } from '../rig.ts';

const store = new MemoryStore(() => new Date(0), crds);
const kind = (apiVersion: string, name: string) => {
  const found = store.kindOf(apiVersion, name);
  if (found === undefined) throw new Error('no kind');
  return found;
};
const maps = kind('v1', 'ConfigMap');
const gadgets = kind('test.example/v1', 'Gadget');
const groups: (readonly [typeof maps, readonly KubernetesObject[]])[] = [
  [maps, [configMap('one'), configMap('one', {}, { namespace: 'b' })]],
  [gadgets, [object('Gadget', 'g')]],
  [kind('v1', 'Secret'), []],
];

describe('object map', () => {
  it.each([
    ['v1, namespaced parent: bare names, its own namespace only', 'v1', widget(), ['one'], []],
    ['v2, namespaced parent: all', 'v2', widget(), ['a/one', 'b/one'], ['g']],
    ['v1, cluster-scoped parent', 'v1', object('Gadget', 'p'), ['a/one', 'b/one'], ['g']],
    ['v2, cluster-scoped parent', 'v2', object('Gadget', 'p'), ['a/one', 'b/one'], ['g']],
  ] as const)('%s', (_, version, parent, configMaps, cluster) => {
    const map = objectMap(groups, { version, parent, parentNamespaced: parent.metadata.namespace !== undefined });
    expect(Object.fromEntries(Object.entries(map).map(([key, group]) => [key, Object.keys(group)]))).toEqual({
      'ConfigMap.v1': configMaps,
      'Gadget.test.example/v1': cluster,
      'Secret.v1': [],
    });
  });

  it('puts two lists of one kind into one group', () => {
    const twice = [[maps, [configMap('one')]] as const, [maps, [configMap('two')]] as const];
    const map = objectMap(twice, { version: 'v2', parent: widget(), parentNamespaced: true });
    expect(map).toEqual({ 'ConfigMap.v1': { 'a/one': configMap('one'), 'a/two': configMap('two') } });
  });

  it.each([
    ['v1', 'Pod', 'Pod.v1'],
    ['apps/v1', 'Deployment', 'Deployment.apps/v1'],
    ['test.example/v1', 'Widget', 'Widget.test.example/v1'],
  ])('calls %s %s %s', (apiVersion, name, key) => {
    expect(groupKey({ apiVersion, kind: name })).toBe(key);
  });
});
