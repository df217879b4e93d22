import { describe, expect, it } from 'vitest';
import { Answer, composite, configMap, decorator, type Hook, object, Rig, widget } from '../rig.ts';

const rule = (names: string[]) => ({ apiVersion: 'v1', resource: 'secrets', namespace: 'a', names });
const asks =
  (...relatedResources: object[]): Hook =>
  () => ({ relatedResources });
const quiet: Hook = () => ({ children: [] });
const both = composite({}, ['sync', 'customize']);
const minutes = 60_000;

async function stage(customize: Hook = asks(rule(['s']))): Promise<Rig> {
  const rig = new Rig({ sync: quiet, customize }, [both]);
  await rig.create(widget());
  return rig;
}

/** The keys of related Secrets that the last call of sync saw. */
const seen = (rig: Rig) => Object.keys(rig.called('sync').at(-1)?.related['Secret.v1'] ?? {});

describe('answers of customize', () => {
  const edit = (change: object) => (rig: Rig) => rig.edit('Widget', 'w', (parent) => Object.assign(parent, change));
  const meta = (change: object) => (rig: Rig) =>
    rig.edit('Widget', 'w', ({ metadata }) => Object.assign(metadata, change));
  const later = (milliseconds: number) => async (rig: Rig) => {
    rig.now += milliseconds;
    rig.engine.resync();
    await rig.engine.settle();
  };
  const actions: [string, (rig: Rig) => Promise<unknown>, number][] = [
    ['another spec', edit({ spec: { n: 1 } }), 1],
    ['another label', meta({ labels: { x: 'y' } }), 0],
    ['another annotation', meta({ annotations: { x: 'y' } }), 0],
    ['another finalizer', meta({ finalizers: ['test.example/x'] }), 0],
    [
      'another status',
      async (rig) => {
        await rig.store.updateStatus({ ...rig.need('Widget', 'w'), status: { x: 1 } });
        await rig.engine.settle();
      },
      0,
    ],
    ['a related object', (rig) => rig.create(object('Secret', 's')), 0],
    [
      'an object of the same name',
      async (rig) => {
        await rig.store.delete(rig.need('Widget', 'w'));
        await rig.create(widget());
      },
      1,
    ],
    ['19 minutes', later(19 * minutes), 0],
    ['20 minutes and a moment', later(20 * minutes + 1), 1],
    [
      'a controller with another spec',
      async (rig) => {
        rig.engine.define(composite({ resyncPeriodSeconds: 60 }, ['sync', 'customize']));
        await rig.engine.settle();
      },
      1,
    ],
    [
      'a controller with other metadata',
      async (rig) => {
        rig.engine.define({ ...both, metadata: { name: 'widgets', annotations: { x: 'y' } } });
        await rig.engine.settle();
      },
      0,
    ],
  ];
  it.each(actions)('%s: %#', async (_, action, calls) => {
    const rig = await stage();
    const before = rig.called('customize').length;
    expect(before).toBe(1);
    await action(rig);
    expect(rig.called('customize').length - before).toBe(calls);
  });

  it('are not prolonged by use', async () => {
    const rig = await stage();
    for (const pause of [15, 6]) await later(pause * minutes)(rig);
    expect(rig.called('customize')).toHaveLength(2);
  });

  it('are asked for anew when the parent is being deleted, for its generation changes', async () => {
    const definition = composite({}, ['sync', 'finalize', 'customize']);
    const rig = new Rig({ sync: quiet, finalize: () => ({ finalized: true }), customize: asks() }, [definition]);
    await rig.create(widget());
    await rig.remove('Widget', 'w');
    expect(rig.called('customize').map(({ parent }) => parent.metadata.generation)).toEqual([1, 2]);
    expect(rig.log.slice(-3)).toEqual(['customize', 'finalize', 'deleted Widget w']);
  });

  it('for a target without a generation hold for 20 minutes, whatever becomes of it', async () => {
    const resources = [{ apiVersion: 'v1', resource: 'configmaps' }];
    const rig = new Rig({ sync: () => ({}), customize: asks() }, [decorator({ resources }, ['sync', 'customize'])]);
    await rig.create(configMap('m'));
    expect(rig.called('customize')[0]?.parent.metadata.name).toBe('m');
    await rig.edit('ConfigMap', 'm', (map) => Object.assign(map, { data: { other: '1' } }));
    expect([rig.called('sync').length, rig.called('customize').length]).toEqual([2, 1]);
    await later(20 * minutes + 1)(rig);
    expect(rig.called('customize')).toHaveLength(2);
  });

  it.each([
    ['500', () => new Answer(500), 'unsupported status code: 500'],
    ['malformed', () => new Answer(200, 'x'), 'the body is not JSON'],
    ['an unknown field', () => ({ relatedResources: [], x: 1 }), 'unknown field "x"'],
    ['an unknown field in a rule', asks({ ...rule(['s']), name: 's' }), 'unknown field "relatedResources[0].name"'],
    [
      'an unknown field in a selector',
      asks({ apiVersion: 'v1', resource: 'secrets', labelSelector: { matchlabels: {} } }),
      'unknown field "relatedResources[0].labelSelector.matchlabels"',
    ],
  ] as [string, Hook, string][])('%s: sync is not called, and customize is called again', async (_, bad, message) => {
    const rig = await stage(bad);
    await rig.next();
    expect([rig.called('customize').length, rig.called('sync').length, rig.wait]).toEqual([2, 0, 10]);
    expect(rig.engine.errors[0]?.message).toContain(message);
    rig.hooks = { sync: quiet, customize: asks() };
    await rig.next();
    expect([rig.called('customize').length, rig.called('sync').length, rig.wait]).toEqual([3, 2, undefined]);
  });

  it.each([
    ['names and a selector', { ...rule(['s']), labelSelector: {} }, 'names and selectors'],
    ['namespace and namespaceSelector', { ...rule([]), namespaceSelector: {} }, 'namespace and namespaceSelector'],
    ['an unknown resource', { ...rule(['s']), resource: 'secret' }, "can't find resource secret"],
  ])('%s: the rules fail for 20 minutes, even though the hook is mended', async (_, bad, message) => {
    const rig = await stage(asks(bad));
    rig.hooks = { sync: quiet, customize: asks(rule(['s'])) };
    for (let pass = 2; pass <= 5; pass++) await rig.next();
    expect(rig.engine.errors).toHaveLength(5);
    expect(rig.engine.errors[4]?.message).toContain(message);
    expect([rig.called('customize').length, rig.called('sync').length]).toEqual([1, 0]);
    await later(20 * minutes + 1)(rig);
    expect([rig.called('customize').length, rig.called('sync').length]).toEqual([2, 2]);
  });
});

describe('related objects', () => {
  it('are in the request, a group for every rule, and what changes of them calls sync', async () => {
    const rig = await stage(asks(rule(['s', 't']), { ...rule([]), resource: 'configmaps', names: ['m'] }));
    expect(rig.called('sync')[0]?.related).toEqual({ 'Secret.v1': {}, 'ConfigMap.v1': {} });
    expect(await rig.during(() => rig.create(object('Secret', 's')))).toEqual(['added Secret s', 'sync']);
    expect(seen(rig)).toEqual(['a/s']);
    const touch = () => rig.edit('Secret', 's', ({ metadata }) => Object.assign(metadata, { annotations: { x: 'y' } }));
    expect(await rig.during(touch)).toEqual(['modified Secret s', 'sync']);
    expect(await rig.during(() => rig.create(object('Secret', 'other')))).toEqual(['added Secret other']);
    expect(await rig.during(() => rig.remove('Secret', 's'))).toEqual(['deleted Secret s', 'sync']);
    expect(seen(rig)).toEqual([]);
  });

  it('that leave a selection are noticed', async () => {
    const labelSelector = { matchLabels: { on: '1' } };
    const rig = await stage(asks({ apiVersion: 'v1', resource: 'secrets', namespace: 'a', labelSelector }));
    await rig.create(object('Secret', 's', { metadata: { labels: { on: '1' } } }));
    expect(seen(rig)).toEqual(['a/s']);
    const leave = () => rig.edit('Secret', 's', ({ metadata }) => Object.assign(metadata, { labels: {} }));
    expect(await rig.during(leave)).toEqual(['modified Secret s', 'sync']);
    expect(seen(rig)).toEqual([]);
    const touch = () => rig.edit('Secret', 's', ({ metadata }) => Object.assign(metadata, { labels: { x: 'y' } }));
    expect(await rig.during(touch)).toEqual(['modified Secret s']);
  });

  it('by name only are those of every namespace under v2', async () => {
    const elsewhere = { ...object('Secret', 's'), metadata: { name: 's', namespace: 'b' } };
    const rig = await stage(asks({ apiVersion: 'v1', resource: 'secrets', names: ['s'] }));
    await rig.create(object('Secret', 's'), elsewhere);
    expect(seen(rig)).toEqual(['a/s', 'b/s']);
  });

  it('are under bare names, and of the own namespace, where sync is v1', async () => {
    const hook = (version: string, name: string) => ({ version, webhook: { url: `http://test/${name}` } });
    const hooks = { sync: hook('v1', 'sync'), customize: hook('v2', 'customize') };
    const customize = asks({ apiVersion: 'v1', resource: 'secrets', names: ['s'] });
    const rig = new Rig({ sync: quiet, customize }, [composite({ hooks })]);
    await rig.create(object('Secret', 's'), { ...object('Secret', 's'), metadata: { name: 's', namespace: 'b' } });
    await rig.create(widget());
    expect(seen(rig)).toEqual(['s']);
  });

  it('namespaces that change their labels call nobody, but the next pass goes by them', async () => {
    const namespaceSelector = { matchLabels: { team: 'x' } };
    const rig = await stage(asks({ apiVersion: 'v1', resource: 'secrets', namespaceSelector }));
    await rig.create(object('Namespace', 'a'), object('Secret', 's'));
    expect(seen(rig)).toEqual([]);
    const join = () => rig.edit('Namespace', 'a', ({ metadata }) => Object.assign(metadata, { labels: { team: 'x' } }));
    expect(await rig.during(join)).toEqual(['modified Namespace a']);
    await rig.during(() => rig.engine.resync());
    expect(seen(rig)).toEqual(['a/s']);
  });

  it('have every parent asked, even one that is not selected', async () => {
    const labelSelector = { matchLabels: { on: '1' } };
    const parentResource = { apiVersion: 'test.example/v1', resource: 'widgets', labelSelector };
    const rig = new Rig({ sync: quiet, customize: asks(rule(['s'])) }, [
      composite({ parentResource }, ['sync', 'customize']),
    ]);
    await rig.create(widget('on', { metadata: { labels: { on: '1' } } }), widget('off'));
    const asked = () => rig.called('customize').map(({ parent }) => parent.metadata.name);
    expect(asked()).toEqual(['on']);
    const log = await rig.during(() => rig.create(object('Secret', 's')));
    expect(asked()).toEqual(['on', 'off']);
    expect(log).toEqual(['added Secret s', 'customize', 'sync']);
    expect(rig.called('sync').at(-1)?.parent.metadata.name).toBe('on');
  });

  it('are missed while customize fails, until the next resync', async () => {
    const rig = await stage();
    rig.now += 20 * minutes + 1;
    rig.hooks = { sync: quiet, customize: () => new Answer(500) };
    expect(await rig.during(() => rig.create(object('Secret', 's')))).toEqual(['added Secret s', 'customize']);
    expect([rig.engine.errors, rig.wait]).toEqual([[], undefined]);
    rig.hooks = { sync: quiet, customize: asks(rule(['s'])) };
    await rig.during(() => rig.engine.resync());
    expect(seen(rig)).toEqual(['a/s']);
  });
});
