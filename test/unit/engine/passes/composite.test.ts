import { describe, expect, it } from 'vitest';
import { child, composite, configMap, crds, Rig, widget } from '../rig.ts';

const children = 'ConfigMap.v1';
const finalizer = 'metacontroller.io/compositecontroller-widgets';
const selector = { matchLabels: { app: 'w' } };
const labels = { app: 'w' };

describe('a pass', () => {
  it('adds the finalizer, claims, asks customize, calls the hook, manages children, writes the status', async () => {
    const hooks = {
      sync: () => ({ status: { ok: true }, children: [child('c', {}, { labels })] }),
      customize: () => ({ relatedResources: [] }),
    };
    const rig = new Rig(hooks, [composite({ generateSelector: false }, ['sync', 'finalize', 'customize'])]);
    await rig.store.create(configMap('old', {}, { labels }));
    expect(await rig.during(() => rig.create(widget('w', { spec: { selector } })))).toEqual([
      'added Widget w',
      'modified Widget w',
      'modified ConfigMap old',
      'customize',
      'sync',
      'deleted ConfigMap old',
      'added ConfigMap c',
      'modified Widget w',
      'sync',
    ]);
    const [first, second] = rig.called('sync');
    expect(first).toMatchObject({ finalizing: false, related: {}, parent: { metadata: { finalizers: [finalizer] } } });
    expect(first?.controller).toMatchObject({ kind: 'CompositeController', metadata: { name: 'widgets' } });
    expect(Object.keys(first?.children[children] ?? {})).toEqual(['a/old']);
    expect(Object.keys(second?.children[children] ?? {})).toEqual(['a/c']);
  });

  it.each([
    ['v2', { 'ConfigMap.v1': { 'a/c': {} }, 'Secret.v1': {} }],
    ['v1', { 'ConfigMap.v1': { c: {} }, 'Secret.v1': {} }],
  ])('%s shows children by kind and key, with an entry for a kind without any', async (version, shown) => {
    const childResources = [
      { apiVersion: 'v1', resource: 'configmaps' },
      { apiVersion: 'v1', resource: 'secrets' },
    ];
    const hooks = { sync: { version, webhook: { url: 'http://test/sync' } } };
    const rig = new Rig({ sync: () => ({ children: [child('c')] }) }, [composite({ childResources, hooks })]);
    await rig.create(widget());
    const last = rig.called('sync').at(-1)?.children ?? {};
    expect(last).toMatchObject(shown);
    expect(Object.keys(last)).toEqual(Object.keys(shown));
  });

  it('ignores a parent that the label selector does not take', async () => {
    const parentResource = {
      apiVersion: 'test.example/v1',
      resource: 'widgets',
      labelSelector: { matchLabels: { on: '1' } },
    };
    const rig = new Rig({ sync: () => ({ children: [] }) }, [composite({ parentResource })]);
    await rig.create(widget());
    expect(rig.calls).toEqual([]);
    await rig.edit('Widget', 'w', ({ metadata }) => Object.assign(metadata, { labels: { on: '1' } }));
    expect(rig.called('sync')).not.toEqual([]);
  });
});

describe('labels of children', () => {
  it('get controller-uid under generateSelector, besides their own', async () => {
    const rig = new Rig({ sync: () => ({ children: [child('c', {}, { labels: { x: 'y' } })] }) }, [composite()]);
    await rig.create(widget());
    const { uid } = rig.need('Widget', 'w').metadata;
    expect(rig.need('ConfigMap', 'c').metadata.labels).toEqual({ x: 'y', 'controller-uid': uid });
  });

  it.each([
    ['controller-uid of another', true, { 'controller-uid': 'other' }],
    ['labels that the selector of the parent does not take', false, { app: 'other' }],
    ['no labels where the parent has a selector', false, {}],
    ['a label that is no text', true, { x: 1 }],
  ])('%s: neither a child nor a status is written', async (_, generateSelector, wrong) => {
    const good = child('b', {}, { labels: generateSelector ? {} : labels });
    const reply = { status: { ok: true }, children: [good, child('c', {}, { labels: wrong })] };
    const rig = new Rig({ sync: () => reply }, [composite({ generateSelector })]);
    await rig.create(widget('w', { spec: { selector } }));
    expect(rig.store.list(rig.kind('ConfigMap'))).toEqual([]);
    expect(rig.need('Widget', 'w')['status']).toBeUndefined();
    expect(rig.engine.errors[0]?.message).toContain('labels on desired child ConfigMap a/c');
    expect(rig.wait).toBe(5);
  });

  it.each([
    ['no selector', {}],
    ['an empty one', { selector: {} }],
  ])('%s in the parent is an error without generateSelector', async (_, spec) => {
    const rig = new Rig({ sync: () => ({ children: [] }) }, [composite({ generateSelector: false })]);
    await rig.create(widget('w', { spec }));
    expect(rig.calls).toEqual([]);
    expect(rig.engine.errors[0]?.message).toContain('.spec.selector must have');
  });

  it('that somebody takes away release the child for ever, without an error', async () => {
    const rig = new Rig({ sync: () => ({ children: [child('c')] }) }, [composite()]);
    await rig.create(widget());
    await rig.edit('ConfigMap', 'c', ({ metadata }) => Object.assign(metadata, { labels: {} }));
    expect(rig.need('ConfigMap', 'c').metadata.ownerReferences).toBeUndefined();
    expect(rig.called('sync').at(-1)?.children[children]).toEqual({});
    await rig.during(() => rig.engine.resync());
    expect(rig.need('ConfigMap', 'c').metadata.ownerReferences).toBeUndefined();
    expect([rig.engine.errors, rig.wait]).toEqual([[], undefined]);
  });

  it('that match make an orphan a child; nobody takes one from another', async () => {
    const rig = new Rig(
      {
        sync: ({ children: seen }) => ({
          status: { seen: Object.keys(seen[children] ?? {}) },
          children: [child('c', {}, { labels })],
        }),
      },
      [composite({ generateSelector: false })],
    );
    await rig.create(widget('w', { spec: { selector } }));
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'foreign', controller: true };
    const elsewhere = { ...configMap('elsewhere'), metadata: { name: 'elsewhere', namespace: 'b', labels } };
    expect(await rig.during(() => rig.create(elsewhere))).toEqual(['added ConfigMap elsewhere']);
    await rig.create(
      configMap('orphan', {}, { labels }),
      configMap('foreign', {}, { labels, ownerReferences: [owner] }),
      configMap('other', {}, { labels: { app: 'x' } }),
    );
    const seen = rig.called('sync').map((request) => Object.keys(request.children[children] ?? {}));
    expect(seen).toContainEqual(['a/c', 'a/orphan']);
    expect(new Set(seen.flat())).toEqual(new Set(['a/c', 'a/orphan']));
    expect(rig.store.list(rig.kind('ConfigMap')).map(({ metadata }) => metadata.name)).toEqual([
      'c',
      'elsewhere',
      'foreign',
      'other',
    ]);
  });
});

describe('resyncAfterSeconds', () => {
  it.each([
    [30, 30_000],
    [0.5, 500],
    [0, undefined],
    [-1, undefined],
    [null, undefined],
  ])('%s: the next pass is in %s ms', async (resyncAfterSeconds, wait) => {
    const rig = new Rig({ sync: () => ({ children: [], resyncAfterSeconds }) }, [composite()]);
    await rig.create(widget());
    expect(rig.wait).toBe(wait);
    const calls = rig.called('sync').length;
    expect(await rig.next()).toBe(wait !== undefined);
    expect(rig.called('sync').length - calls).toBe(wait === undefined ? 0 : 1);
  });

  it('keeps the earliest time, whatever pass comes between', async () => {
    const rig = new Rig({ sync: () => ({ children: [], resyncAfterSeconds: 10 }) }, [composite()]);
    await rig.create(widget());
    rig.now += 4000;
    rig.hooks = { sync: () => ({ children: [], resyncAfterSeconds: 60 }) };
    await rig.during(() => rig.engine.resync());
    expect(rig.wait).toBe(6000);
    await rig.next();
    expect(rig.wait).toBe(60_000);
  });
});

describe('a definition that cannot work', () => {
  const of = (resource: string, apiVersion = 'test.example/v1') => ({ parentResource: { apiVersion, resource } });
  const rolling = (method: string) => ({
    childResources: [{ apiVersion: 'v1', resource: 'configmaps', updateStrategy: { method } }],
  });
  it.each([
    ['a parent without a CRD', of('configmaps', 'v1'), 'has to have a CRD'],
    ['a parent without the status subresource', of('plains'), 'needs the status subresource'],
    ['an unknown parent', of('gizmos'), "can't find resource gizmos in apiVersion test.example/v1"],
    ['unknown children', { childResources: [{ apiVersion: 'v1', resource: 'x' }] }, "can't find resource x"],
    ['RollingInPlace', rolling('RollingInPlace'), 'RollingInPlace does not work'],
    ['RollingRecreate', rolling('RollingRecreate'), 'RollingRecreate does not work'],
    ['a webhook without an address', { hooks: { sync: { webhook: {} } } }, "must specify either a full 'url'"],
  ])('%s', (_, spec, message) => {
    expect(() => new Rig({}, [composite(spec)], { crds })).toThrow(message);
  });
});
