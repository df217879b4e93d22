import { describe, expect, it } from 'vitest';
import { Answer, child, configMap, crdOf, decorator, type Hook, object, Rig, widget } from '../rig.ts';

const attachments = 'ConfigMap.v1';
const finalizer = 'metacontroller.io/decoratorcontroller-deco';
const stamp = 'metacontroller.k8s.io/decorator-controller';
const target = { apiVersion: 'test.example/v1', resource: 'widgets' };

describe('the target', () => {
  it('is written before its attachments', async () => {
    const reply = { labels: { l: '1' }, status: { ok: true }, attachments: [child('c')] };
    const rig = new Rig({ sync: () => reply }, [decorator({}, ['sync', 'finalize'])]);
    expect(await rig.during(() => rig.create(widget()))).toEqual([
      'added Widget w',
      'modified Widget w',
      'sync',
      'modified Widget w',
      'modified Widget w',
      'added ConfigMap c',
      'sync',
    ]);
    const [first, second] = rig.called('sync');
    expect(Object.keys(first ?? {})).toEqual(['controller', 'object', 'attachments', 'related', 'finalizing']);
    expect(first).toMatchObject({ attachments: { [attachments]: {} }, related: {}, finalizing: false });
    expect(Object.keys(second?.attachments[attachments] ?? {})).toEqual(['a/c']);
  });

  it.each([
    ['a text sets, null removes, the rest stays', { set: '1', gone: null }, { kept: 'k', set: '1' }],
    ['a text replaces', { kept: 'new' }, { kept: 'new', gone: 'g' }],
    ['null for what is not there is nothing', { never: null }, { kept: 'k', gone: 'g' }],
    ['no patch is nothing', null, { kept: 'k', gone: 'g' }],
    ['an empty patch is nothing', {}, { kept: 'k', gone: 'g' }],
  ])('labels and annotations: %s', async (_, patch, expected) => {
    const before = { kept: 'k', gone: 'g' };
    const rig = new Rig({ sync: () => ({ labels: patch, annotations: patch }) }, [decorator()]);
    await rig.create(widget('w', { metadata: { labels: { ...before }, annotations: { ...before } } }));
    const { labels, annotations, resourceVersion } = rig.need('Widget', 'w').metadata;
    expect([labels, annotations]).toEqual([expected, expected]);
    expect(await rig.during(() => rig.engine.resync())).toEqual(['sync']);
    expect(rig.need('Widget', 'w').metadata.resourceVersion).toBe(resourceVersion);
  });

  it.each([
    ['replaces the one before, without a generation', { b: 1 }, { b: 1 }],
    ['absent leaves it', undefined, { a: 1 }],
    ['null leaves it', null, { a: 1 }],
    ['empty empties it', {}, {}],
  ])('a status that is %s', async (_, status, expected) => {
    const rig = new Rig({ sync: () => ({ status: { a: 1 } }) }, [decorator()]);
    await rig.create(widget());
    rig.hooks = { sync: () => (status === undefined ? {} : { status }) };
    await rig.during(() => rig.engine.resync());
    expect(rig.need('Widget', 'w')['status']).toEqual(expected);
  });

  it('without the status subresource gets its status like any content', async () => {
    const spec = { resources: [{ apiVersion: 'test.example/v1', resource: 'plains' }] };
    const rig = new Rig({ sync: () => ({ status: { ok: true } }) }, [decorator(spec)]);
    await rig.create(object('Plain', 'p', { spec: {} }));
    expect(rig.need('Plain', 'p')['status']).toEqual({ ok: true });
  });

  it('may be of a kind without a CRD', async () => {
    const spec = { resources: [{ apiVersion: 'v1', resource: 'secrets' }] };
    const rig = new Rig({ sync: () => ({ annotations: { seen: 'yes' } }) }, [decorator(spec)]);
    await rig.create(object('Secret', 's'));
    expect(rig.need('Secret', 's').metadata.annotations).toEqual({ seen: 'yes' });
  });

  it('that changed meanwhile ends the pass without an error, and the next one goes on', async () => {
    const rig = new Rig({}, [decorator()]);
    let edits = 0;
    const sync: Hook = ({ object: { spec, ...seen } }) => {
      if (edits++ === 0) void rig.store.update({ ...seen, spec: { n: 1 } } as typeof seen);
      return { labels: { l: '1' }, attachments: [child('c', { spec: JSON.stringify(spec) })] };
    };
    rig.hooks = { sync };
    expect(await rig.during(() => rig.create(widget()))).toEqual([
      'added Widget w',
      'sync',
      'modified Widget w',
      'sync',
      'modified Widget w',
      'added ConfigMap c',
      'sync',
    ]);
    expect(rig.need('ConfigMap', 'c')['data']).toEqual({ spec: '{"n":1}' });
    expect([rig.engine.errors, rig.wait]).toEqual([[], undefined]);
  });

  it.each([
    ['a label that is none', { labels: { l: 'no label' } }, 'metadata.labels.l'],
    ['an annotation that is too long', { annotations: { l: 'x'.repeat(300_000) } }, 'metadata.annotations: Too long'],
    ['a status that does not fit', { status: { n: 'x' } }, 'status.n: must be of type integer'],
  ])('%s fails before the attachments', async (_, reply, message) => {
    const status = { type: 'object', properties: { n: { type: 'integer' } } };
    const schema = { type: 'object', properties: { spec: { type: 'object' }, status } };
    const rig = new Rig({ sync: () => ({ ...reply, attachments: [child('c')] }) }, [decorator()], {
      crds: [crdOf('Widget', { schema })],
    });
    await rig.create(widget());
    expect(rig.engine.errors[0]?.message).toContain(message);
    expect(rig.get('ConfigMap', 'c')).toBeUndefined();
    expect(rig.wait).toBe(5);
  });
});

describe('which targets', () => {
  const both = {
    labelSelector: { matchLabels: { on: '1' } },
    annotationSelector: {
      matchAnnotations: { a: 'x' },
      matchExpressions: [{ key: 'b', operator: 'Exists' }],
    },
  };
  it.each([
    ['no selector takes everything', {}, {}, true],
    ['all selectors hold', both, { labels: { on: '1' }, annotations: { a: 'x', b: '' } }, true],
    ['a label differs', both, { labels: { on: '2' }, annotations: { a: 'x', b: '' } }, false],
    ['an annotation differs', both, { labels: { on: '1' }, annotations: { a: 'y', b: '' } }, false],
    ['an annotation is not there', both, { labels: { on: '1' }, annotations: { a: 'x' } }, false],
    ['labels are no annotations', both, { labels: { on: '1', a: 'x', b: '' } }, false],
  ])('%s: %#', async (_, selectors, metadata, taken) => {
    const rig = new Rig({ sync: () => ({}) }, [decorator({ resources: [{ ...target, ...selectors }] })]);
    await rig.create(widget('w', { metadata }));
    expect(rig.calls.length > 0).toBe(taken);
  });

  it('of two rules for a kind the later holds', async () => {
    const rule = (on: string) => ({ ...target, labelSelector: { matchLabels: { on } } });
    const rig = new Rig({ sync: () => ({}) }, [decorator({ resources: [rule('1'), rule('2')] })]);
    await rig.create(
      widget('first', { metadata: { labels: { on: '1' } } }),
      widget('second', { metadata: { labels: { on: '2' } } }),
    );
    expect(new Set(rig.called('sync').map((request) => request.object.metadata.name))).toEqual(new Set(['second']));
  });

  it('one that is not selected any more keeps its attachments, where there is no finalize hook', async () => {
    const resources = [{ ...target, labelSelector: { matchLabels: { on: '1' } } }];
    const rig = new Rig({ sync: () => ({ attachments: [child('c')] }) }, [decorator({ resources })]);
    await rig.create(widget('w', { metadata: { labels: { on: '1' } } }));
    const leave = () => rig.edit('Widget', 'w', ({ metadata }) => Object.assign(metadata, { labels: {} }));
    expect(await rig.during(leave)).toEqual(['modified Widget w']);
    expect(rig.need('ConfigMap', 'c')).toBeDefined();
  });
});

describe('attachments', () => {
  it('bear the name of their controller and an owner, and no label', async () => {
    const rig = new Rig({ sync: () => ({ attachments: [child('c', {}, { annotations: { x: 'y' } })] }) }, [
      decorator(),
    ]);
    await rig.create(widget());
    const { annotations = {}, labels, ownerReferences } = rig.need('ConfigMap', 'c').metadata;
    expect(annotations).toMatchObject({ x: 'y', [stamp]: 'deco' });
    expect(labels).toBeUndefined();
    expect(ownerReferences).toMatchObject([{ kind: 'Widget', name: 'w', controller: true, blockOwnerDeletion: true }]);
  });

  it.each([
    ['with its owner and its controller', 'deco', 'own', true],
    ['of another controller', 'other', 'own', false],
    ['without a controller', undefined, 'own', false],
    ['of another owner', 'deco', 'foreign', false],
    ['of nobody', 'deco', undefined, false],
  ])('one %s is seen, or not: %#', async (_, controller, owner, seen) => {
    const rig = new Rig({ sync: () => ({}) }, [decorator()]);
    const parent = await rig.store.create(widget());
    const { apiVersion, kind, metadata } = parent;
    const uid = owner === 'own' ? (metadata.uid ?? '') : 'foreign';
    await rig.create(
      configMap(
        'c',
        {},
        {
          ...(controller === undefined ? {} : { annotations: { [stamp]: controller } }),
          ...(owner === undefined ? {} : { ownerReferences: [{ apiVersion, kind, name: 'w', uid, controller: true }] }),
        },
      ),
    );
    expect(rig.called('sync')[0]?.attachments[attachments]).toEqual(seen ? { 'a/c': expect.anything() } : {});
    expect(rig.get('ConfigMap', 'c') === undefined).toBe(seen);
  });

  it('follow the strategy of their kind, and go when they are not returned any more', async () => {
    const sync: Hook = ({ object: { spec } }) => ({ attachments: [child('a'), child('b', spec as object as never)] });
    const rig = new Rig({ sync }, [decorator()]);
    await rig.create(widget('w', { spec: { v: '1' } }));
    const edit = () => rig.edit('Widget', 'w', (parent) => Object.assign(parent, { spec: { v: '2' } }));
    expect(await rig.during(edit)).toEqual(['modified Widget w', 'sync', 'modified ConfigMap b', 'sync']);
    rig.hooks = { sync: () => ({ attachments: [child('a')] }) };
    expect(await rig.during(() => rig.engine.resync())).toEqual(['sync', 'deleted ConfigMap b', 'sync']);
  });

  it('stay as they are when the hook fails, and so does the target', async () => {
    const rig = new Rig({ sync: () => ({ labels: { l: '1' }, attachments: [child('c')] }) }, [decorator()]);
    await rig.create(widget());
    const before = [rig.need('Widget', 'w'), rig.need('ConfigMap', 'c')];
    for (const bad of [new Answer(500), { attachments: [null] }, { labels: { l: 1 } }, { children: [] }]) {
      rig.hooks = { sync: () => bad };
      expect(await rig.during(() => rig.engine.resync())).toEqual(['sync']);
    }
    expect(rig.engine.errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('sync hook failed (version=v2): unsupported status code: 500'),
      expect.stringContaining('a null child'),
      expect.stringContaining('labels.l'),
      expect.stringContaining('unknown field "children"'),
    ]);
    expect([rig.need('Widget', 'w'), rig.need('ConfigMap', 'c')]).toEqual(before);
    expect(rig.wait).toBe(5);
  });

  it('fail without holding up the target', async () => {
    const rig = new Rig({ sync: () => ({ labels: { l: '1' }, attachments: [child('Bad_'), child('c')] }) }, [
      decorator(),
    ]);
    await rig.create(widget());
    expect(rig.need('Widget', 'w').metadata.labels).toEqual({ l: '1' });
    expect(rig.need('ConfigMap', 'c')).toBeDefined();
    expect(rig.engine.errors[0]?.message).toContain("can't reconcile children for Widget a/w");
  });

  it('come again after the time that the hook says', async () => {
    const rig = new Rig({ sync: () => ({ resyncAfterSeconds: 3 }) }, [decorator()]);
    await rig.create(widget());
    expect(rig.wait).toBe(3000);
  });
});

describe('finalizing', () => {
  const both = decorator({}, ['sync', 'finalize']);
  const sync: Hook = () => ({ annotations: { mark: '1' }, attachments: [child('c')] });

  it('removes attachments and marks, then the finalizer', async () => {
    const finalize: Hook = ({ attachments: seen }) => ({
      annotations: { mark: null },
      attachments: [],
      finalized: Object.keys(seen[attachments] ?? {}).length === 0,
    });
    const rig = new Rig({ sync, finalize }, [both]);
    await rig.create(widget());
    expect(rig.need('Widget', 'w').metadata.finalizers).toEqual([finalizer]);
    expect(await rig.during(() => rig.remove('Widget', 'w'))).toEqual([
      'modified Widget w',
      'finalize',
      'modified Widget w',
      'deleted ConfigMap c',
      'finalize',
      'deleted Widget w',
    ]);
    expect(rig.called('finalize').every((request) => request.finalizing)).toBe(true);
  });

  it('is for a target, too, that is not selected any more', async () => {
    const resources = [{ ...target, labelSelector: { matchLabels: { on: '1' } } }];
    const finalize: Hook = () => ({ annotations: { mark: null }, attachments: [], finalized: true });
    const rig = new Rig({ sync, finalize }, [decorator({ resources }, ['sync', 'finalize'])]);
    await rig.create(widget('w', { metadata: { labels: { on: '1' } } }));
    await rig.edit('Widget', 'w', ({ metadata }) => Object.assign(metadata, { labels: {} }));
    const { finalizers, annotations } = rig.need('Widget', 'w').metadata;
    expect([finalizers, annotations, rig.get('ConfigMap', 'c')]).toEqual([undefined, undefined, undefined]);
    expect(rig.called('finalize')).toHaveLength(1);
  });

  it('holds the target while the hook fails', async () => {
    const rig = new Rig({ sync, finalize: () => new Answer(500) }, [both]);
    await rig.create(widget());
    await rig.remove('Widget', 'w');
    await rig.next();
    expect(rig.engine.errors[0]?.message).toContain('finalize hook failed (version=v2)');
    expect([rig.get('Widget', 'w'), rig.get('ConfigMap', 'c')]).toEqual([expect.anything(), expect.anything()]);
    rig.hooks = { finalize: () => ({ finalized: true }) };
    await rig.next();
    expect([rig.get('Widget', 'w'), rig.get('ConfigMap', 'c')]).toEqual([undefined, undefined]);
  });
});
