import { describe, expect, it, vi } from 'vitest';
import type { KubernetesObject } from '../../../../hooks/api/object.ts';
import { lastAppliedAnnotation } from '../../../../hooks/engine/apply/dynamic-apply.ts';
import { child, composite, configMap, type Hook, object, Rig, widget } from '../rig.ts';

/** Children with what the spec of their parent says. */
const fromSpec: Hook = ({ parent }) => ({ children: (parent['spec'] as { children?: object[] }).children ?? [] });
const declaring = (resources: Record<string, string>, method?: string) => ({
  childResources: Object.entries(resources).map(([resource, apiVersion]) => ({
    apiVersion,
    resource,
    ...(method === undefined ? {} : { updateStrategy: { method } }),
  })),
});

async function stage(children: object[], spec: object = {}): Promise<Rig> {
  const rig = new Rig({ sync: fromSpec }, [composite({ ...spec })]);
  await rig.create(widget('w', { spec: { children } }));
  return rig;
}

const want = (rig: Rig, ...children: object[]) =>
  rig.during(() => rig.edit('Widget', 'w', (parent) => Object.assign(parent, { spec: { children } })));
const secret = (name: string, data: object = {}) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, data });
const plain = (name: string, spec: object) => ({
  apiVersion: 'test.example/v1',
  kind: 'Plain',
  metadata: { name },
  spec,
});
const noted = (map: KubernetesObject) => map.metadata.annotations?.[lastAppliedAnnotation];

describe('a new child', () => {
  it('gets a note of what was desired, and its owner', async () => {
    const rig = await stage([child('c', { b: '<&>', a: '1' })]);
    const { uid } = rig.need('Widget', 'w').metadata;
    const map = rig.need('ConfigMap', 'c');
    expect(noted(map)).toBe(
      `{"apiVersion":"v1","data":{"a":"1","b":"\\u003c\\u0026\\u003e"},"kind":"ConfigMap","metadata":{"labels":{"controller-uid":"${uid}"},"name":"c","namespace":"a"}}`,
    );
    expect(map.metadata.ownerReferences).toEqual([
      { apiVersion: 'test.example/v1', kind: 'Widget', name: 'w', uid, controller: true, blockOwnerDeletion: true },
    ]);
    expect(Object.keys(map.metadata).sort()).toEqual([
      'annotations',
      'creationTimestamp',
      'labels',
      'name',
      'namespace',
      'ownerReferences',
      'resourceVersion',
      'uid',
    ]);
  });

  it('whose name is taken is passed over without a word', async () => {
    const rig = new Rig({ sync: fromSpec }, [composite()]);
    const taken = await rig.store.create(configMap('c', { own: '1' }));
    await rig.create(widget('w', { spec: { children: [child('c'), child('d')] } }));
    expect(rig.need('ConfigMap', 'c')).toEqual(taken);
    expect(rig.need('ConfigMap', 'd')).toBeDefined();
    expect([rig.engine.errors, rig.wait]).toEqual([[], undefined]);
  });

  it('that is there twice is the last of them', async () => {
    const rig = await stage([child('c', { n: '1' }), child('c', { n: '2' })]);
    expect(rig.need('ConfigMap', 'c')['data']).toEqual({ n: '2' });
    expect(rig.engine.errors).toEqual([]);
  });

  it.each([
    ['a name that is none', child('No_Name'), 'metadata.name: invalid value "No_Name"'],
    ['no name', child(''), 'metadata.name: name or generateName is required'],
    ['a resourceVersion', child('c', {}, { resourceVersion: '1' }), 'resourceVersion should not be set'],
    ['a number in its data', child('c', { n: 1 }), 'data.n: must be a string'],
    ['a kind that nobody knows', { ...child('c'), kind: 'Nothing' }, "can't find kind Nothing in apiVersion v1"],
    ['no apiVersion', { ...child('c'), apiVersion: undefined }, "can't find kind ConfigMap in apiVersion "],
    ['a note of 256 KiB', child('c', { k: 'x'.repeat(262_144) }), 'metadata.annotations: Too long'],
    ['data that is no base64', secret('c', { k: '#' }), 'data.k: illegal base64 data'],
    ['a namespace that is none', child('c', {}, { namespace: 'No Name' }), 'metadata.namespace: invalid value'],
  ])('with %s fails, and holds up no other', async (_, bad, message) => {
    const rig = await stage([bad, child('good')], declaring({ configmaps: 'v1', secrets: 'v1' }, 'InPlace'));
    expect(rig.engine.errors[0]?.message).toContain(message);
    expect(rig.need('ConfigMap', 'good')).toBeDefined();
    expect(rig.need('Widget', 'w')['status']).toEqual({ observedGeneration: 1 });
    expect(rig.wait).toBeGreaterThan(0);
  });

  it('fails together with others in one error', async () => {
    const rig = await stage([child('A'), child('B')]);
    expect(rig.engine.errors[0]?.message).toMatch(/invalid value "A"; .*invalid value "B"/);
  });

  it('in a foreign namespace goes to the garbage collector, and is made again on every pass', async () => {
    const rig = await stage([child('c', {}, { namespace: 'b' })]);
    expect(rig.get('ConfigMap', 'c', 'b')).toBeUndefined();
    expect(await rig.during(() => rig.engine.resync())).toEqual(['sync', 'added ConfigMap c', 'deleted ConfigMap c']);
    expect(rig.engine.errors).toEqual([]);
  });

  it('of an undeclared kind is made, and then neither seen nor changed nor deleted, until its parent goes', async () => {
    const rig = await stage([secret('s', { k: 'djE=' })]);
    const before = rig.need('Secret', 's');
    expect(before.metadata.ownerReferences).toMatchObject([{ name: 'w', controller: true }]);
    expect(await want(rig, secret('s', { k: 'djI=' }))).toEqual([
      'modified Widget w',
      'sync',
      'modified Widget w',
      'sync',
    ]);
    await want(rig);
    expect(rig.need('Secret', 's')).toEqual(before);
    expect(rig.called('sync').at(-1)?.children).toEqual({ 'ConfigMap.v1': {} });
    await rig.remove('Widget', 'w');
    expect(rig.get('Secret', 's')).toBeUndefined();
  });
});

describe('a child that is there', () => {
  it.each([
    [undefined, []],
    ['OnDelete', []],
    ['InPlace', ['modified ConfigMap c']],
    ['Recreate', ['deleted ConfigMap c', 'added ConfigMap c']],
  ])('under %s: %j', async (method, changes) => {
    const rig = await stage([child('c', { k: '1' })], declaring({ configmaps: 'v1' }, method));
    const { uid } = rig.need('ConfigMap', 'c').metadata;
    const log = await want(rig, child('c', { k: '2' }));
    expect(log.filter((line) => line.includes('ConfigMap'))).toEqual(changes);
    const map = rig.need('ConfigMap', 'c');
    expect(map['data']).toEqual({ k: changes.length === 0 ? '1' : '2' });
    expect(map.metadata.uid === uid).toBe(method !== 'Recreate');
    expect(await want(rig)).toContain('deleted ConfigMap c');
  });

  it('is made again by Recreate in a later pass', async () => {
    const rig = await stage([child('c', { k: '1' })], declaring({ configmaps: 'v1' }, 'Recreate'));
    const log = await want(rig, child('c', { k: '2' }));
    const [deleted, added] = [log.indexOf('deleted ConfigMap c'), log.indexOf('added ConfigMap c')];
    expect(log.slice(deleted, added)).toContain('sync');
  });

  it('keeps what others put there, loses what was ours, and gets ours back', async () => {
    const rig = await stage([child('c', { kept: '1', gone: '1' }, { labels: { gone: 'g' } })]);
    await rig.edit('ConfigMap', 'c', (map) => {
      Object.assign(map, { data: { kept: 'x', gone: '1', theirs: 't' } });
      Object.assign(map.metadata.labels ?? {}, { theirs: 't' });
    });
    expect(rig.need('ConfigMap', 'c')['data']).toEqual({ kept: '1', gone: '1', theirs: 't' });
    await want(rig, child('c', { kept: '2' }));
    const { data, metadata } = rig.need('ConfigMap', 'c');
    expect(data).toEqual({ kept: '2', theirs: 't' });
    expect(metadata.labels).toEqual({ 'controller-uid': rig.need('Widget', 'w').metadata.uid, theirs: 't' });
    expect(JSON.parse(noted(rig.need('ConfigMap', 'c')) ?? '')).toMatchObject({ data: { kept: '2' } });
  });

  it('keeps its system fields and its status, whatever is desired', async () => {
    const rig = await stage([plain('p', { n: 1 })], declaring({ plains: 'test.example/v1' }, 'InPlace'));
    await rig.edit('Plain', 'p', (it) => Object.assign(it, { status: { by: 'others' } }));
    const { uid, creationTimestamp } = rig.need('Plain', 'p').metadata;
    const metadata = { name: 'p', uid: 'mine', creationTimestamp: '1999-01-01T00:00:00Z', generation: 99 };
    await want(rig, { ...plain('p', { n: 2 }), metadata, status: { by: 'me' } });
    const now = rig.need('Plain', 'p');
    expect(now).toMatchObject({ spec: { n: 2 }, status: { by: 'others' }, metadata: { uid, creationTimestamp } });
    expect(now.metadata.generation).toBe(3);
  });

  it('is left alone while it is being deleted, and is seen', async () => {
    const rig = await stage([child('c', { k: '1' }, { finalizers: ['test.example/x'] })]);
    expect(await want(rig)).toEqual(['modified Widget w', 'sync', 'modified ConfigMap c', 'modified Widget w', 'sync']);
    expect(rig.called('sync').at(-1)?.children['ConfigMap.v1']).toHaveProperty('a/c.metadata.deletionTimestamp');
    const deletions = vi.spyOn(rig.store, 'delete');
    await rig.during(() => rig.engine.resync());
    expect(deletions).not.toHaveBeenCalled();
    await want(rig, child('c', { k: '2' }));
    expect(rig.need('ConfigMap', 'c')['data']).toEqual({ k: '1' });
    expect(
      await rig.during(() => rig.edit('ConfigMap', 'c', ({ metadata }) => Object.assign(metadata, { finalizers: [] }))),
    ).toEqual(['deleted ConfigMap c', 'sync', 'added ConfigMap c', 'sync']);
    expect(rig.need('ConfigMap', 'c')['data']).toEqual({ k: '2' });
  });

  it('with a note that is no JSON fails', async () => {
    const rig = await stage([child('c')]);
    await rig.edit('ConfigMap', 'c', ({ metadata }) => {
      metadata.annotations = { [lastAppliedAnnotation]: '{' };
    });
    expect(rig.engine.errors[0]?.message).toContain(`can't unmarshal "${lastAppliedAnnotation}" annotation`);
  });
});

it('all deletions come first, then kind by kind, by group, version and kind', async () => {
  const resources = { plains: 'test.example/v1', secrets: 'v1', deployments: 'apps/v1', configmaps: 'v1' };
  const deployment = (name: string) => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: {} });
  const all = (name: string) => [plain(name, {}), secret(name), deployment(name), child(name)];
  const rig = await stage(all('old'), declaring(resources));
  const kinds = ['ConfigMap', 'Secret', 'Deployment', 'Plain'];
  const changes = (await want(rig, ...all('new'))).filter((line) => !/sync|Widget/.test(line));
  expect(changes).toEqual([...kinds.map((kind) => `deleted ${kind} old`), ...kinds.map((kind) => `added ${kind} new`)]);
  expect(rig.get('Secret', 'new')).toMatchObject(object('Secret', 'new'));
});
