import { describe, expect, it } from 'vitest';
import { Answer, child, composite, configMap, decorator, type Hook, object, Rig, widget } from './rig.ts';

const keep: Hook = () => ({ status: { ok: true }, children: [child('c')] });
const widgets = { apiVersion: 'test.example/v1', resource: 'widgets' };

async function stage(spec: object = {}): Promise<Rig> {
  const rig = new Rig({ sync: keep }, [composite({ ...spec })]);
  await rig.create(widget());
  return rig;
}

const edited =
  (kind: string, name: string, change: (object: Record<string, unknown> & { metadata: object }) => void) =>
  (rig: Rig) =>
    rig.edit(kind, name, change as never);
const meta = (kind: string, name: string, change: object) =>
  edited(kind, name, ({ metadata }) => Object.assign(metadata, change));
const status = async (rig: Rig, value: object) => {
  const { resourceVersion: _, ...metadata } = rig.need('Widget', 'w').metadata;
  await rig.store.updateStatus({ ...rig.need('Widget', 'w'), metadata, status: value });
};

describe('what calls sync', () => {
  it.each([
    ['another spec', edited('Widget', 'w', (parent) => Object.assign(parent, { spec: { n: 1 } })), true],
    ['another label of the parent', meta('Widget', 'w', { labels: { x: 'y' } }), true],
    ['a status that somebody else writes', (rig: Rig) => status(rig, { ok: false }), true],
    ['a write that changes nothing', edited('Widget', 'w', () => undefined), false],
    ['a child that somebody changes', edited('ConfigMap', 'c', (map) => Object.assign(map, { data: {} })), true],
    ['a child that somebody deletes', (rig: Rig) => rig.remove('ConfigMap', 'c'), true],
    ['an object of another kind', (rig: Rig) => rig.create(object('Secret', 's')), false],
    ['an object of the kind of its children', (rig: Rig) => rig.create(configMap('x')), false],
    ['a new parent', (rig: Rig) => rig.create(widget('v')), true],
    ['a parent that goes', (rig: Rig) => rig.remove('Widget', 'w'), false],
    ['the resync', (rig: Rig) => rig.engine.resync(), true],
  ] as [string, (rig: Rig) => unknown, boolean][])('%s: %#', async (_, action, called) => {
    const rig = await stage();
    const log = await rig.during(() => action(rig));
    expect(log.includes('sync')).toBe(called);
  });

  it('only the parent is synced that an owner reference names, by uid', async () => {
    const rig = await stage();
    await rig.create(widget('v'));
    const owner = (uid: string) => ({ ...widgets, kind: 'Widget', name: 'w', uid, controller: true });
    const refs = (uid: string) => ({ ownerReferences: [owner(uid)] });
    expect(await rig.during(() => rig.create(configMap('x', {}, refs('of another w'))))).toEqual(['added ConfigMap x']);
    const { uid = '' } = rig.need('Widget', 'w').metadata;
    rig.calls.length = 0;
    await rig.create(configMap('y', {}, refs(uid)));
    expect(new Set(rig.called('sync').map(({ parent }) => parent.metadata.name))).toEqual(new Set(['w']));
  });

  it('what is desired is brought back, and then all is quiet', async () => {
    const rig = await stage();
    const vandalize = edited('ConfigMap', 'c', (map) => Object.assign(map, { data: { k: 'x', own: 'y' } }));
    await vandalize(rig);
    expect(rig.need('ConfigMap', 'c')['data']).toEqual({ k: 'v', own: 'y' });
    await rig.remove('ConfigMap', 'c');
    expect(rig.need('ConfigMap', 'c')['data']).toEqual({ k: 'v' });
    const { writes } = rig.store;
    expect(await rig.during(() => rig.engine.resync())).toEqual(['sync']);
    expect([rig.store.writes - writes, await rig.next()]).toEqual([0, false]);
  });

  it.each([
    [false, 10],
    [true, 1],
  ])(
    'with ignoreStatusChanges %s a status that never rests is written %s times',
    async (ignoreStatusChanges, times) => {
      let count = 0;
      const parentResource = { ...widgets, ignoreStatusChanges };
      const sync: Hook = () => ({ status: { count: Math.min(++count, 10) }, children: [] });
      const rig = new Rig({ sync }, [composite({ parentResource })]);
      await rig.create(widget());
      expect(rig.need('Widget', 'w')['status']).toMatchObject({ count: times });
    },
  );

  it.each([
    ['status', (rig: Rig) => status(rig, { ok: false }), false],
    ['a finalizer', meta('Widget', 'w', { finalizers: ['test.example/x'] }), false],
    ['spec', edited('Widget', 'w', (parent) => Object.assign(parent, { spec: { n: 1 } })), true],
    ['a label', meta('Widget', 'w', { labels: { x: 'y' } }), true],
    ['an annotation', meta('Widget', 'w', { annotations: { x: 'y' } }), true],
    ['the resync', (rig: Rig) => rig.engine.resync(), true],
    ['a deleted child', (rig: Rig) => rig.remove('ConfigMap', 'c'), true],
  ] as [string, (rig: Rig) => unknown, boolean][])('with ignoreStatusChanges, %s: %#', async (_, action, called) => {
    const rig = await stage({ parentResource: { ...widgets, ignoreStatusChanges: true } });
    const log = await rig.during(() => action(rig));
    expect(log.includes('sync')).toBe(called);
  });

  it('with ignoreStatusChanges, nothing of a parent that is being deleted is passed over', async () => {
    const rig = await stage({ parentResource: { ...widgets, ignoreStatusChanges: true } });
    await meta('Widget', 'w', { finalizers: ['test.example/x'] })(rig);
    await rig.remove('Widget', 'w');
    expect((await rig.during(() => status(rig, { ok: false }))).includes('sync')).toBe(true);
  });

  it('ignoreStatusChanges of a decorator is for its kind', async () => {
    let count = 0;
    const resources = [{ ...widgets, ignoreStatusChanges: true }];
    const sync: Hook = () => ({ status: { count: Math.min(++count, 10) } });
    const rig = new Rig({ sync }, [decorator({ resources })]);
    await rig.create(widget());
    expect(rig.called('sync')).toHaveLength(1);
  });
});

describe('controllers', () => {
  it('find parents that were there before them', async () => {
    const rig = new Rig({ sync: keep }, []);
    await rig.create(widget());
    rig.engine.define(composite());
    await rig.engine.settle();
    expect(rig.need('ConfigMap', 'c')).toBeDefined();
  });

  it('begin anew, without their backoff, with another spec; other metadata does nothing', async () => {
    const rig = new Rig({ sync: () => [] }, [composite()]);
    await rig.create(widget());
    for (let failure = 2; failure <= 5; failure++) await rig.next();
    expect(rig.wait).toBe(80);
    const renoted = { ...composite(), metadata: { name: 'widgets', labels: { x: 'y' } } };
    expect(await rig.during(() => rig.engine.define(renoted))).toEqual([]);
    expect(rig.wait).toBe(80);
    expect(await rig.during(() => rig.engine.define(composite({ resyncPeriodSeconds: 60 })))).toEqual(['sync']);
    expect(rig.wait).toBe(5);
  });

  it('one fails without holding up another parent, nor another controller', async () => {
    const sync: Hook = ({ parent, object: target }) => {
      if (parent?.metadata.name === 'bad') return [];
      return parent === undefined
        ? { labels: { deco: target.metadata.name } }
        : { children: [child(parent.metadata.name)] };
    };
    const rig = new Rig({ sync }, [composite(), decorator()]);
    await rig.create(widget('bad'), widget('good'));
    expect(rig.need('ConfigMap', 'good')).toBeDefined();
    expect(rig.need('Widget', 'bad').metadata.labels).toEqual({ deco: 'bad' });
    expect(new Set(rig.engine.errors.map((error) => error.parent))).toEqual(new Set(['Widget a/bad']));
  });

  it('of one parent and one kind of children do not see those of each other; the composite releases what it finds', async () => {
    const sync: Hook = ({ parent }) =>
      parent === undefined ? { attachments: [child('d')] } : { children: [child('c')] };
    const rig = new Rig({ sync }, [composite(), decorator()]);
    await rig.create(widget());
    const keys = (field: 'children' | 'attachments') =>
      new Set(rig.called('sync').flatMap((request) => Object.keys(request[field]?.['ConfigMap.v1'] ?? {})));
    expect([keys('children'), keys('attachments')]).toEqual([new Set(['a/c']), new Set()]);
    expect(rig.need('ConfigMap', 'c').metadata.ownerReferences).toHaveLength(1);
    expect(rig.need('ConfigMap', 'd').metadata.ownerReferences).toBeUndefined();
  });

  it('of cluster-scoped parents have children in many namespaces', async () => {
    const parentResource = { apiVersion: 'test.example/v1', resource: 'gadgets' };
    const maps = ['a', 'b'].map((namespace) => child('c', {}, { namespace }));
    const rig = new Rig({ sync: () => ({ children: maps }) }, [composite({ parentResource })]);
    await rig.create(object('Gadget', 'g'));
    expect(Object.keys(rig.called('sync').at(-1)?.children['ConfigMap.v1'] ?? {})).toEqual(['a/c', 'b/c']);
    expect(await rig.during(() => rig.store.delete(rig.need('ConfigMap', 'c', 'b')))).toEqual([
      'deleted ConfigMap c',
      'sync',
      'added ConfigMap c',
      'sync',
    ]);
    rig.hooks = { sync: () => ({ children: [child('c')] }) };
    await rig.during(() => rig.engine.resync());
    expect(rig.engine.errors[0]?.message).toContain('an empty namespace may not be set during creation');
  });

  it('that never come to rest are stopped, as by 429 without a time to wait', async () => {
    const rig = new Rig({}, [composite()]);
    rig.hooks = {
      sync: () => {
        rig.calls.length = 0;
        return new Answer(429);
      },
    };
    await expect(rig.create(widget())).rejects.toThrow('no end after 100000 passes');
  });
});

describe('the garbage collector', () => {
  const ref = (kind: string, name: string, uid: string | undefined, controller = false) => ({
    apiVersion: 'test.example/v1',
    kind,
    name,
    uid,
    controller,
  });

  it.each([
    ['of one that goes', ['w'], 'w', false],
    ['of one that stays', ['v'], 'w', true],
    ['of two of which one goes', ['w', 'v'], 'w', true],
    ['of one whom nobody ever saw', ['nobody'], 'w', true],
    ['of nobody', [], 'w', true],
  ])('an object %s: %#', async (_, owners, goes, stays) => {
    const rig = new Rig({}, []);
    await rig.create(widget('w'), widget('v'));
    const ownerReferences = owners.map((name) =>
      ref('Widget', name, name === 'nobody' ? 'unseen' : rig.need('Widget', name).metadata.uid),
    );
    await rig.create(configMap('m', {}, { ownerReferences }));
    await rig.remove('Widget', goes);
    expect(rig.get('ConfigMap', 'm') !== undefined).toBe(stays);
  });

  it('follows owners of owners, and waits for finalizers', async () => {
    const rig = new Rig({}, []);
    await rig.create(widget('w'));
    const owned = (kind: string, name: string) => ({
      ownerReferences: [ref(kind, name, rig.need(kind, name).metadata.uid)],
    });
    await rig.create(widget('v', { metadata: { ...owned('Widget', 'w'), finalizers: ['test.example/x'] } as never }));
    await rig.create(configMap('m', {}, owned('Widget', 'v')));
    await rig.remove('Widget', 'w');
    expect(rig.need('Widget', 'v').metadata.deletionTimestamp).toBeDefined();
    expect(rig.need('ConfigMap', 'm')).toBeDefined();
    await meta('Widget', 'v', { finalizers: [] })(rig);
    expect([rig.get('Widget', 'v'), rig.get('ConfigMap', 'm')]).toEqual([undefined, undefined]);
  });

  it('takes the children of a parent', async () => {
    const rig = await stage();
    expect(await rig.during(() => rig.remove('Widget', 'w'))).toEqual(['deleted Widget w', 'deleted ConfigMap c']);
  });
});
