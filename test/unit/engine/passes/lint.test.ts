import { describe, expect, it } from 'vitest';
import { child, composite, decorator, type Hook, type Hooks, object, Rig, widget } from '../rig.ts';

const inPlace = (apiVersion: string, resource: string) => ({
  apiVersion,
  resource,
  updateStrategy: { method: 'InPlace' },
});
const childResources = [
  inPlace('v1', 'configmaps'),
  inPlace('v1', 'secrets'),
  inPlace('test.example/v1', 'plains'),
  inPlace('test.example/v1', 'gadgets'),
];
const all = ['sync', 'finalize', 'customize'] as const;

async function faults(hooks: Hooks, spec: object = {}, parent = widget()): Promise<string[]> {
  const names = all.filter((name) => hooks[name] !== undefined);
  const rig = new Rig(hooks, [composite({ childResources, ...spec }, names)], { lint: true });
  await rig.create(parent);
  return [...new Set(rig.engine.findings.map(({ fault }) => fault))];
}

const returning = (...children: object[]): Hooks => ({ sync: () => ({ children }) });
const asking = (rule: object): Hooks => ({
  sync: () => ({ children: [] }),
  customize: () => ({ relatedResources: [{ apiVersion: 'v1', resource: 'secrets', ...rule }] }),
});
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } };
const plain = (spec: object) => ({ apiVersion: 'test.example/v1', kind: 'Plain', metadata: { name: 'p' }, spec });
const twice = [{ name: 'x' }, { name: 'x' }];

describe('lint of a reply', () => {
  it.each([
    [
      'an undeclared kind',
      returning({ ...secret, kind: 'Service' }),
      ['Service a/s: an undeclared kind is never updated nor deleted'],
    ],
    [
      'a foreign namespace',
      returning(child('c', { k: 'v' }, { namespace: 'b' })),
      ['ConfigMap b/c: a child in a foreign namespace is never cleaned up'],
    ],
    [
      'a cluster-scoped child',
      returning(object('Gadget', 'g', { spec: {} })),
      ['Gadget a/g: a cluster-scoped child of a namespaced parent is never seen again'],
    ],
    ['a status', returning({ ...plain({}), status: {} }), ['Plain a/p: a status in a child is dropped or fought over']],
    [
      'stringData',
      returning({ ...secret, stringData: { k: 'v' } }),
      [
        'Secret a/s: stringData is written on every pass',
        'Secret a/s: is written on every pass, and never as it is desired',
      ],
    ],
    ['null', returning(plain({ x: { y: null } })), ['Plain a/p.spec.x.y: null is written on every pass']],
    ['null in a list', returning(plain({ x: [null] })), ['Plain a/p.spec.x[0]: null is written on every pass']],
    [
      'no labels',
      returning(child('c', { k: 'v' }, { labels: {} })),
      ['ConfigMap a/c.metadata.labels: an empty field is written on every pass'],
    ],
    [
      'no data',
      returning(child('c', {})),
      [
        'ConfigMap a/c.data: an empty field is written on every pass',
        'ConfigMap a/c: is written on every pass, and never as it is desired',
      ],
    ],
    ['one child twice', returning(child('c'), child('c')), ['ConfigMap a/c is there twice; the last one wins']],
    [
      '200 KiB',
      returning(child('c', { k: 'x'.repeat(200 * 1024) })),
      ['ConfigMap a/c: too large for the annotation of dynamic apply'],
    ],
    [
      '200 KiB by quotes that are escaped',
      returning(child('c', { k: '"'.repeat(110 * 1024) })),
      ['ConfigMap a/c: too large for the annotation of dynamic apply'],
    ],
    [
      'items of one name',
      returning(plain({ items: twice })),
      [
        'Plain a/p.spec.items: items with the same name are merged into one',
        'Plain a/p.spec.items: dynamic apply never gets there',
      ],
    ],
    ['nothing', { sync: () => ({}) }, ['an empty reply deletes every child']],
    ['null as a whole', { sync: () => null }, ['an empty reply deletes every child']],
    ['finalized', { sync: () => ({ children: [], finalized: true }) }, ['finalized while not finalizing loops']],
    [
      'a rule without a restriction',
      asking({}),
      ['rule for secrets: without names, namespace or selector it takes everything'],
    ],
    [
      'a rule with an empty selector',
      asking({ labelSelector: {} }),
      ['rule for secrets: without names, namespace or selector it takes everything'],
    ],
    [
      'a rule of names only',
      asking({ names: ['s'] }),
      ['rule for secrets: names without a namespace take those of every namespace'],
    ],
  ] as [string, Hooks, string[]][])('%s', async (_, hooks, expected) => {
    expect(new Set(await faults(hooks))).toEqual(new Set(expected));
  });

  it.each([
    ['a namespace', { namespace: 'a' }],
    ['labels', { labelSelector: { matchLabels: { x: 'y' } } }],
    ['an expression', { labelSelector: { matchExpressions: [{ key: 'x', operator: 'Exists' }] } }],
    ['labels of namespaces', { namespaceSelector: { matchLabels: { x: 'y' } } }],
  ])('nothing of a rule with %s', async (_, rule) => {
    expect(await faults(asking(rule))).toEqual([]);
  });

  it('a namespaced child of a cluster-scoped parent', async () => {
    const spec = { parentResource: { apiVersion: 'test.example/v1', resource: 'gadgets' } };
    const expected = 'ConfigMap /c: a namespaced child of a cluster-scoped parent needs a namespace';
    expect(await faults(returning(child('c')), spec, object('Gadget', 'g'))).toEqual([expected]);
  });

  it('a field that loose mode drops', async () => {
    const webhook = { url: 'http://test/sync', responseUnMarshallMode: 'loose' };
    const spec = { hooks: { sync: { version: 'v2', webhook } } };
    const sync: Hook = () => ({ Children: [child('c')], children: [] });
    expect(await faults({ sync }, spec)).toEqual(['Children: an unknown field is dropped']);
  });

  it('two replies to one request', async () => {
    let calls = 0;
    const sync: Hook = () => ({ status: { first: calls++ === 0 }, children: [] });
    expect(await faults({ sync })).toEqual(['two calls with one request gave two replies']);
  });

  it('an order that dynamic apply keeps as it was', async () => {
    const sync: Hook = ({ parent }) => ({ children: [plain(parent['spec'] as object)] });
    const rig = new Rig({ sync }, [composite({ childResources })], { lint: true });
    const items = [{ name: 'x' }, { name: 'y' }];
    await rig.create(widget('w', { spec: { items } }));
    expect(rig.engine.findings).toEqual([]);
    await rig.edit('Widget', 'w', (parent) => Object.assign(parent, { spec: { items: items.toReversed() } }));
    expect(rig.engine.findings[0]).toEqual({
      parent: 'Widget a/w',
      fault: 'Plain a/p.spec.items: dynamic apply never gets there',
    });
  });

  it.each([
    ['composite', composite({}, all), {}],
    ['decorator', decorator({}, all), { labels: { l: '1' } }],
  ])('nothing of a good %s controller', async (type, definition, more) => {
    const field = type === 'composite' ? 'children' : 'attachments';
    const names = { apiVersion: 'v1', resource: 'secrets', namespace: 'a', names: ['s'] };
    const hooks: Hooks = {
      sync: () => ({ ...more, status: { ok: true }, [field]: [child('c')] }),
      finalize: () => ({ [field]: [], finalized: true }),
      customize: () => ({ relatedResources: [names] }),
    };
    const rig = new Rig(hooks, [definition], { lint: true });
    await rig.create(widget());
    await rig.remove('Widget', 'w');
    expect(rig.get('Widget', 'w')).toBeUndefined();
    expect([rig.engine.findings, rig.engine.errors]).toEqual([[], []]);
  });

  it('of a decorator, too', async () => {
    const attachments = [{ ...secret, kind: 'Service' }, child('c', {}, { namespace: 'b' })];
    const rig = new Rig({ sync: () => ({ attachments, finalized: true }) }, [decorator()], { lint: true });
    await rig.create(widget());
    expect(rig.engine.findings.map(({ fault }) => fault)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('undeclared kind'),
        expect.stringContaining('foreign namespace'),
        expect.stringContaining('finalized while not finalizing'),
        expect.stringContaining('an empty field'),
      ]),
    );
  });

  it('is for those only who want it; hooks are called once else', async () => {
    const passes = async (lint: boolean) => {
      const rig = new Rig({ sync: () => ({ status: { ok: true } }) }, [composite()], { lint });
      await rig.create(widget());
      return [rig.called('sync').length, rig.engine.passes, rig.engine.findings.length];
    };
    expect(await passes(false)).toEqual([2, 2, 0]);
    expect(await passes(true)).toEqual([4, 2, 0]);
  });
});
