import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../../hooks/api/object.ts';
import { claim, claimAction, ownerReference } from '../../../../hooks/engine/apply/claim.ts';
import { MemoryStore } from '../../../../hooks/engine/stores/memory-store.ts';
import { ApiError, type Store } from '../../../../hooks/engine/stores/store.ts';
import { configMap, crds, object, widget } from '../rig.ts';

const parent = widget('w', { metadata: { uid: 'u1' } });
const deleted = widget('w', { metadata: { uid: 'u1', deletionTimestamp: '2026-06-01T00:00:00Z' } });
const child = (owner?: string, deleting = false) =>
  configMap(
    'c',
    {},
    {
      ...(owner === undefined ? {} : { ownerReferences: [{ ...ownerReference(parent), uid: owner }] }),
      ...(deleting ? { deletionTimestamp: '2026-06-01T00:00:00Z' } : {}),
    },
  );

describe('what a parent does with an object', () => {
  it.each([
    ['ours, labels match', child('u1'), parent, true, 'keep'],
    ['ours, labels match, object is being deleted', child('u1', true), parent, true, 'keep'],
    ['ours, labels match, parent is being deleted', child('u1'), deleted, true, 'keep'],
    ['ours, labels do not match', child('u1'), parent, false, 'release'],
    ['ours, labels do not match, object is being deleted', child('u1', true), parent, false, 'release'],
    ['ours, labels do not match, parent is being deleted', child('u1'), deleted, false, 'ignore'],
    ['of another, labels match', child('u2'), parent, true, 'ignore'],
    ['of another, labels do not match', child('u2'), parent, false, 'ignore'],
    ['of nobody, labels match', child(), parent, true, 'adopt'],
    ['of nobody, labels match, object is being deleted', child(undefined, true), parent, true, 'ignore'],
    ['of nobody, labels match, parent is being deleted', child(), deleted, true, 'ignore'],
    ['of nobody, labels do not match', child(), parent, false, 'ignore'],
  ] as const)('%s: %s', (_, subject, owner, matches, expected) => {
    expect(claimAction(subject, owner, matches)).toBe(expected);
  });

  it('an owner that is no controller does not count', () => {
    const ownerReferences = [{ ...ownerReference(parent), controller: false }];
    expect(claimAction(configMap('c', {}, { ownerReferences }), parent, true)).toBe('adopt');
  });
});

const labelled = { labels: { app: 'web' } };
const matches = ({ metadata }: KubernetesObject) => metadata.labels?.['app'] === 'web';

async function stage(...objects: KubernetesObject[]) {
  const store = new MemoryStore(() => new Date(0), crds);
  const owner = await store.create(widget());
  for (const each of objects) await store.create(each);
  return { store, owner, ...kindsOf(store) };
}

function kindsOf(store: Store) {
  const [maps, widgets] = [store.kindOf('v1', 'ConfigMap'), store.kindOf('test.example/v1', 'Widget')];
  if (maps === undefined || widgets === undefined) throw new Error('no kind');
  return { maps, widgets };
}

const names = (objects: readonly KubernetesObject[]) =>
  objects.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort();

describe('claiming', () => {
  it('adopts what matches, with a controller reference, and shows it as it was before', async () => {
    const { store, owner, maps, widgets } = await stage(configMap('c', {}, labelled), configMap('d'));
    const claimed = await claim(maps, { kind: widgets, parent: owner, matches }, store);
    expect(names(claimed)).toEqual(['a/c']);
    expect(claimed[0]?.metadata.ownerReferences).toBeUndefined();
    expect(store.get(maps, 'a', 'c')?.metadata.ownerReferences).toEqual([
      {
        apiVersion: 'test.example/v1',
        kind: 'Widget',
        name: 'w',
        uid: owner.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    expect(store.get(maps, 'a', 'd')?.metadata.ownerReferences).toBeUndefined();
  });

  it('makes a reference that is there to the controller, in its place', async () => {
    const { store, owner, maps, widgets } = await stage();
    const other = await store.create(widget('other'));
    const plain = { ...ownerReference(owner), controller: false };
    const ownerReferences = [plain, { ...ownerReference(other), controller: false }];
    await store.create(configMap('c', {}, { ...labelled, ownerReferences }));
    await claim(maps, { kind: widgets, parent: owner, matches }, store);
    expect(store.get(maps, 'a', 'c')?.metadata.ownerReferences).toEqual([ownerReference(owner), ownerReferences[1]]);
  });

  it('releases what does not match any more, and keeps other owners', async () => {
    const { store, owner, maps, widgets } = await stage();
    const other = await store.create(widget('other'));
    const second = { ...ownerReference(other), controller: false };
    await store.create(configMap('c', {}, { ownerReferences: [ownerReference(owner), second] }));
    expect(await claim(maps, { kind: widgets, parent: owner, matches }, store)).toEqual([]);
    expect(store.get(maps, 'a', 'c')?.metadata.ownerReferences).toEqual([second]);
  });

  it.each([
    ['namespaced parent sees its namespace only', 'Widget', ['a/c']],
    ['cluster-scoped parent sees all', 'Gadget', ['a/c', 'b/c']],
  ])('a %s', async (_, kind, expected) => {
    const { store, maps } = await stage(
      configMap('c', {}, labelled),
      configMap('c', {}, { ...labelled, namespace: 'b' }),
    );
    const owner = await store.create(object(kind, 'p'));
    const parentKind = store.kindOf(owner.apiVersion, kind);
    if (parentKind === undefined) throw new Error('no kind');
    expect(names(await claim(maps, { kind: parentKind, parent: owner, matches }, store))).toEqual(expected);
  });

  it('nothing is adopted for a parent that has just been deleted', async () => {
    const { store, maps, widgets } = await stage(configMap('c', {}, labelled));
    const owner = await store.create(widget('late', { metadata: { finalizers: ['x/y'] } }));
    await store.delete(owner);
    await expect(claim(maps, { kind: widgets, parent: owner, matches }, store)).rejects.toThrow(/just been deleted/);
    expect(store.get(maps, 'a', 'c')?.metadata.ownerReferences).toBeUndefined();
  });

  it('nothing is adopted for a parent that was replaced by another of its name', async () => {
    const { store, maps, widgets } = await stage(configMap('c', {}, labelled));
    const owner = await store.create(widget('late'));
    await store.delete(owner);
    await store.create(widget('late'));
    await expect(claim(maps, { kind: widgets, parent: owner, matches }, store)).rejects.toThrow(/is gone/);
    expect(store.get(maps, 'a', 'c')?.metadata.ownerReferences).toBeUndefined();
  });

  it('goes on after an error and then reports it; one that vanished meanwhile is none', async () => {
    const { store, owner, maps, widgets } = await stage(
      configMap('c', {}, labelled),
      configMap('d', {}, labelled),
      configMap('e', {}, labelled),
    );
    const failing: Store = Object.create(store, {
      update: {
        value: (next: KubernetesObject) => {
          if (next.metadata.name === 'c') return Promise.reject(new ApiError('Forbidden', 'not you'));
          if (next.metadata.name === 'd') return Promise.reject(new ApiError('NotFound', 'no d'));
          return store.update(next);
        },
      },
      live: { value: store.live.bind(store) },
      list: { value: store.list.bind(store) },
    }) as Store;
    await expect(claim(maps, { kind: widgets, parent: owner, matches }, failing)).rejects.toThrow(
      "can't claim ConfigMap children: not you",
    );
    expect(store.get(maps, 'a', 'e')?.metadata.ownerReferences).toHaveLength(1);
  });

  it('adopts what changed since it was read', async () => {
    const { store, owner, maps, widgets } = await stage(configMap('c', {}, labelled));
    const stale: Store = Object.create(store, {
      list: { value: () => [configMap('c', {}, { ...labelled, uid: store.get(maps, 'a', 'c')?.metadata.uid })] },
      live: { value: store.live.bind(store) },
      update: { value: store.update.bind(store) },
    }) as Store;
    await store.update(configMap('c', { changed: 'yes' }, labelled));
    await claim(maps, { kind: widgets, parent: owner, matches }, stale);
    expect(store.get(maps, 'a', 'c')).toMatchObject({ data: { changed: 'yes' }, metadata: { ownerReferences: [{}] } });
  });
});
