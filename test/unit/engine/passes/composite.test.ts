import { describe, expect, it } from 'vitest';
import { Answer, child, composite, configMap, crdOf, crds, type Hook, Rig, widget } from '../rig.ts';

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

describe('a reply that is none', () => {
  const failed = 'sync hook failed for Widget a/w: sync hook failed (version=v2): ';
  const cases: [string, Hook, string][] = [
    ['500', () => new Answer(500, '{"error":"boom"}'), `${failed}unsupported status code: 500 body: {"error":"boom"}`],
    ['404', () => new Answer(404), `${failed}unsupported status code: 404 body: `],
    ['201', () => new Answer(201, '{"children":[]}'), `${failed}unsupported status code: 201`],
    ['302', () => new Answer(302), `${failed}unsupported status code: 302`],
    [
      'no answer in time',
      () => {
        throw new Error('too late');
      },
      `${failed}http error: too late`,
    ],
    ['malformed JSON', () => new Answer(200, '{"children":[}'), 'the body is not JSON'],
    ['nothing', () => new Answer(200, ''), 'the body is not JSON'],
    ['more than one document', () => new Answer(200, '{}{}'), 'the body is not JSON'],
    ['a list', () => [], 'expected object, received array'],
    ['a null child', () => ({ children: [null] }), 'a null child ends the process of Metacontroller'],
    ['children that are no list', () => ({ children: {} }), 'children: '],
    [
      'a child without a kind',
      () => ({ children: [{ apiVersion: 'v1', metadata: { name: 'c' } }] }),
      'children.0.kind',
    ],
    ['a status that is no object', () => ({ status: 'fine', children: [] }), 'status: '],
    ['a text for a number', () => ({ resyncAfterSeconds: '5', children: [] }), 'resyncAfterSeconds: '],
    ['an unknown field', () => ({ error: 'x', children: [] }), 'strict validation failed: unknown field "error"'],
    ['a field in another case', () => ({ Children: [] }), 'unknown field "Children"'],
  ];

  it.each(cases)('%s: nothing changes, and the hook is called again later and later', async (_, bad, message) => {
    const good: Hook = ({ parent }) => ({ status: { seen: parent['spec'] }, children: [child('c')] });
    const rig = new Rig({ sync: good }, [composite()]);
    await rig.create(widget());
    const before = rig.need('ConfigMap', 'c');
    rig.hooks = { sync: bad };
    await rig.edit('Widget', 'w', (parent) => Object.assign(parent, { spec: { n: 1 } }));
    const waits = [rig.wait];
    for (let failure = 2; failure <= 4; failure++) {
      await rig.next();
      waits.push(rig.wait);
    }
    expect(waits).toEqual([5, 10, 20, 40]);
    expect(rig.engine.errors).toHaveLength(4);
    expect(rig.engine.errors[0]).toMatchObject({ controller: 'widgets', parent: 'Widget a/w' });
    expect(rig.engine.errors[0]?.message).toContain(message);
    expect(rig.need('ConfigMap', 'c')).toEqual(before);
    expect(rig.need('Widget', 'w')['status']).toEqual({ seen: {}, observedGeneration: 1 });

    rig.hooks = { sync: good };
    await rig.next();
    expect(rig.need('Widget', 'w')['status']).toEqual({ seen: { n: 1 }, observedGeneration: 2 });
    expect(rig.wait).toBeUndefined();
    rig.hooks = { sync: bad };
    await rig.edit('Widget', 'w', (parent) => Object.assign(parent, { spec: { n: 2 } }));
    expect(rig.wait).toBe(5);
  });

  it.each([
    ['v2', undefined, true],
    ['v2', 'strict', true],
    ['v2', 'loose', false],
    ['v1', undefined, false],
    ['v1', 'strict', true],
    ['v1', 'loose', false],
  ])('%s in mode %s refuses unknown fields: %s', async (version, mode, refused) => {
    const webhook = { url: 'http://test/sync', ...(mode === undefined ? {} : { responseUnMarshallMode: mode }) };
    const rig = new Rig({ sync: () => ({ children: [child('c')] }) }, [
      composite({ hooks: { sync: { version, webhook } } }),
    ]);
    await rig.create(widget());
    rig.hooks = { sync: () => ({ Children: [child('c')] }) };
    await rig.edit('Widget', 'w', (parent) => Object.assign(parent, { spec: { n: 1 } }));
    expect(rig.engine.errors.length > 0).toBe(refused);
    expect(rig.get('ConfigMap', 'c') !== undefined).toBe(refused);
  });

  it.each([
    ['null', null],
    ['{}', {}],
    ['children: null', { children: null }],
  ])('%s is a reply without children and without a status', async (_, reply) => {
    const rig = new Rig({ sync: () => ({ status: { ok: true }, children: [child('c')] }) }, [composite()]);
    await rig.create(widget());
    rig.hooks = { sync: () => reply };
    await rig.edit('Widget', 'w', (parent) => Object.assign(parent, { spec: { n: 1 } }));
    expect(rig.engine.errors).toEqual([]);
    expect(rig.get('ConfigMap', 'c')).toBeUndefined();
    expect(rig.need('Widget', 'w')['status']).toEqual({ observedGeneration: 2 });
  });

  it('429 is no error and no step of the backoff', async () => {
    const rig = new Rig({ sync: () => new Answer(429, '', 7) }, [composite()]);
    await rig.create(widget());
    for (let call = 1; call <= 3; call++) {
      expect([rig.wait, rig.called('sync').length]).toEqual([7000, call]);
      await rig.next();
    }
    expect(rig.engine.errors).toEqual([]);
    rig.hooks = { sync: () => new Answer(500) };
    await rig.next();
    expect([rig.wait, rig.engine.errors.length]).toEqual([5, 1]);
  });

  it.each([
    [undefined, 10_000],
    ['3s', 3000],
    ['1m30s', 90_000],
    ['250ms', 250],
    ['0s', 10_000],
    ['-5s', 10_000],
    ['soon', 10_000],
  ])('timeout %s waits %s ms', async (timeout, milliseconds) => {
    const webhook = { url: 'http://test/sync', ...(timeout === undefined ? {} : { timeout }) };
    const rig = new Rig({ sync: () => ({}) }, [composite({ hooks: { sync: { version: 'v2', webhook } } })]);
    await rig.create(widget());
    expect(rig.calls[0]?.timeout).toBe(milliseconds);
  });

  it('says that there is no sync hook', async () => {
    const rig = new Rig({}, [composite({ hooks: {} })]);
    await rig.create(widget());
    expect(rig.engine.errors[0]?.message).toContain('sync hook failed for Widget a/w');
  });
});

describe('status', () => {
  it.each([
    ['is replaced as a whole', { b: 1 }, { b: 1, observedGeneration: 2 }],
    ['is emptied by null', null, { observedGeneration: 2 }],
    ['has the generation that the hook saw', { observedGeneration: 99 }, { observedGeneration: 2 }],
  ])('%s', async (_, status, stored) => {
    const rig = new Rig({ sync: () => ({ status: { a: 1 }, children: [] }) }, [composite()]);
    await rig.create(widget());
    expect(rig.need('Widget', 'w')['status']).toEqual({ a: 1, observedGeneration: 1 });
    rig.hooks = { sync: () => ({ status, children: [] }) };
    await rig.edit('Widget', 'w', (parent) => Object.assign(parent, { spec: { n: 1 } }));
    expect(rig.need('Widget', 'w')['status']).toEqual(stored);
  });

  it('is not written when it stands so already', async () => {
    const rig = new Rig({ sync: () => ({ status: { a: [1] }, children: [] }) }, [composite()]);
    await rig.create(widget());
    const { resourceVersion } = rig.need('Widget', 'w').metadata;
    expect(await rig.during(() => rig.engine.resync())).toEqual(['sync']);
    expect(rig.need('Widget', 'w').metadata.resourceVersion).toBe(resourceVersion);
  });

  it('is written although a child failed', async () => {
    const reply = { status: { ok: true }, children: [child('Not_A_Name'), child('good')] };
    const rig = new Rig({ sync: () => reply }, [composite()]);
    await rig.create(widget());
    expect(rig.need('ConfigMap', 'good')).toBeDefined();
    expect(rig.need('Widget', 'w')['status']).toEqual({ ok: true, observedGeneration: 1 });
    expect(rig.engine.errors[0]?.message).toMatch(
      /^can't reconcile children for Widget a\/w: .*invalid value "Not_A_Name"/,
    );
    expect(rig.wait).toBeGreaterThan(0);
  });

  it('that does not fit the schema fails after the children', async () => {
    const schema = {
      type: 'object',
      properties: {
        spec: { type: 'object' },
        status: {
          type: 'object',
          properties: { seen: { type: 'integer' }, observedGeneration: { type: 'integer' } },
        },
      },
    };
    const options = { crds: [crdOf('Widget', { schema })] };
    const rig = new Rig({ sync: () => ({ status: { seen: 'x' }, children: [child('c')] }) }, [composite()], options);
    await rig.create(widget());
    expect(rig.need('ConfigMap', 'c')).toBeDefined();
    expect(rig.need('Widget', 'w')['status']).toBeUndefined();
    expect(rig.engine.errors[0]?.message).toMatch(
      /^can't update status for Widget a\/w: .*status.seen: must be of type integer/,
    );

    rig.hooks = { sync: () => ({ status: { seen: 1, unknown: true }, children: [] }) };
    await rig.next();
    expect(rig.need('Widget', 'w')['status']).toEqual({ seen: 1, observedGeneration: 1 });
  });

  it('of a spec that changed meanwhile is stored, with the generation that it is of', async () => {
    const rig = new Rig({}, [composite()]);
    const statuses: unknown[] = [];
    rig.store.subscribe(({ kind, object }) => kind.kind === 'Widget' && statuses.push(object['status']));
    let edits = 0;
    rig.hooks = {
      sync: ({ parent }) => {
        const { resourceVersion: _, ...metadata } = parent.metadata;
        if (edits++ === 0) void rig.store.update({ ...parent, metadata, spec: { n: 1 } });
        return { status: { seen: parent['spec'] }, children: [] };
      },
    };
    await rig.create(widget());
    expect(statuses).toEqual([
      undefined,
      undefined,
      { seen: {}, observedGeneration: 1 },
      { seen: { n: 1 }, observedGeneration: 2 },
    ]);
    expect(rig.engine.errors).toEqual([]);
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

describe('finalizing', () => {
  const both = composite({}, ['sync', 'finalize']);
  const keep: Hook = () => ({ status: { phase: 'live' }, children: [child('x'), child('y')] });
  const maps = (rig: Rig) => rig.store.list(rig.kind('ConfigMap')).map(({ metadata }) => metadata.name);

  it('shrinks the children while it is not finalized, and lets the parent go then', async () => {
    const shrink: Hook = ({ children: seen }) => {
      const left = Object.keys(seen[children] ?? {}).length;
      return { status: { left }, children: left === 2 ? [child('x')] : [], finalized: left === 0 };
    };
    const rig = new Rig({ sync: keep, finalize: shrink }, [both]);
    await rig.create(widget());
    expect(rig.need('Widget', 'w').metadata.finalizers).toEqual([finalizer]);
    expect(await rig.during(() => rig.remove('Widget', 'w'))).toEqual([
      'modified Widget w',
      'finalize',
      'deleted ConfigMap y',
      'modified Widget w',
      'finalize',
      'deleted ConfigMap x',
      'modified Widget w',
      'finalize',
      'deleted Widget w',
    ]);
    expect(rig.called('finalize').map((request) => request.finalizing)).toEqual([true, true, true]);
    expect(rig.engine.errors).toEqual([]);
  });

  it('does not apply the children of the reply that says finalized; the garbage collector takes the rest', async () => {
    const rig = new Rig({ sync: keep, finalize: () => ({ children: [child('late')], finalized: true }) }, [both]);
    await rig.create(widget());
    const log = await rig.during(() => rig.remove('Widget', 'w'));
    expect(log).not.toContain('added ConfigMap late');
    expect([rig.get('Widget', 'w'), maps(rig)]).toEqual([undefined, []]);
  });

  it('keeps the parent while the hook fails', async () => {
    const rig = new Rig({ sync: keep, finalize: () => new Answer(500) }, [both]);
    await rig.create(widget());
    await rig.remove('Widget', 'w');
    await rig.next();
    expect(rig.engine.errors[0]?.message).toContain('finalize hook failed (version=v2): unsupported status code: 500');
    expect(rig.need('Widget', 'w').metadata.deletionTimestamp).toBeDefined();
    expect(maps(rig)).toEqual(['x', 'y']);
    rig.hooks = { finalize: () => ({ finalized: true }) };
    await rig.next();
    expect(rig.get('Widget', 'w')).toBeUndefined();
  });

  it('calls finalize without a webhook never: the finalizer is there, and sync decides', async () => {
    const url = 'http://test/sync';
    const hooks = { sync: { version: 'v2', webhook: { url } }, finalize: { version: 'v2' } };
    const sync: Hook = ({ parent }) => ({ children: [], finalized: parent.metadata.deletionTimestamp !== undefined });
    const rig = new Rig({ sync }, [composite({ hooks })]);
    await rig.create(widget());
    expect(rig.need('Widget', 'w').metadata.finalizers).toEqual([finalizer]);
    await rig.remove('Widget', 'w');
    expect(rig.called('sync').at(-1)?.finalizing).toBe(false);
    expect(rig.get('Widget', 'w')).toBeUndefined();
  });

  const selecting = {
    parentResource: { apiVersion: 'test.example/v1', resource: 'widgets', labelSelector: { matchLabels: { on: '1' } } },
  };
  const on = widget('w', { metadata: { labels: { on: '1' } } });

  it('is for a parent, too, that leaves the selector: it lives, and so do the children that are returned', async () => {
    const finalize: Hook = () => ({ status: { phase: 'left' }, children: [child('x')], finalized: true });
    const rig = new Rig({ sync: keep, finalize }, [composite(selecting, ['sync', 'finalize'])]);
    await rig.create(on);
    await rig.edit('Widget', 'w', ({ metadata }) => Object.assign(metadata, { labels: {} }));
    const [request, more] = rig.called('finalize');
    expect([request?.finalizing, request?.parent.metadata.deletionTimestamp, more]).toEqual([
      true,
      undefined,
      undefined,
    ]);
    expect(rig.need('Widget', 'w').metadata.finalizers).toBeUndefined();
    expect(rig.need('Widget', 'w')['status']).toMatchObject({ phase: 'left' });
    expect(maps(rig)).toEqual(['x']);
    expect(await rig.during(() => rig.engine.resync())).toEqual([]);
  });

  it('is not for one that leaves the selector where there is no such hook: its children stay', async () => {
    const rig = new Rig({ sync: keep }, [composite(selecting)]);
    await rig.create(on);
    expect(
      await rig.during(() => rig.edit('Widget', 'w', ({ metadata }) => Object.assign(metadata, { labels: {} }))),
    ).toEqual(['modified Widget w']);
    expect(maps(rig)).toEqual(['x', 'y']);
  });

  it('without such a hook syncs a parent that others hold, for its status only', async () => {
    const rig = new Rig({ sync: keep }, [composite()]);
    await rig.create(widget('w', { metadata: { finalizers: ['test.example/other'] } }));
    rig.hooks = { sync: () => ({ status: { phase: 'going' }, children: [] }) };
    await rig.remove('Widget', 'w');
    expect(rig.called('sync').at(-1)?.finalizing).toBe(false);
    expect(rig.need('Widget', 'w')['status']).toMatchObject({ phase: 'going' });
    expect(maps(rig)).toEqual(['x', 'y']);
  });

  it.each([['foregroundDeletion'], ['orphan']])('leaves children alone under %s', async (cascade) => {
    const finalize: Hook = () => ({ status: { phase: 'going' }, children: [] });
    const rig = new Rig({ sync: keep, finalize }, [both]);
    await rig.create(widget('w', { metadata: { finalizers: [cascade] } }));
    await rig.remove('Widget', 'w');
    expect(rig.called('finalize')).not.toEqual([]);
    expect(maps(rig)).toEqual(['x', 'y']);
    rig.hooks = { finalize: () => ({ finalized: true }) };
    await rig.during(() => rig.engine.resync());
    expect(rig.need('Widget', 'w').metadata.finalizers).toEqual([cascade]);
  });

  it('adds no finalizer to what is being deleted already', async () => {
    const rig = new Rig({ finalize: () => ({ children: [child('c')] }) }, [both]);
    const parent = await rig.store.create(widget('w', { metadata: { finalizers: ['test.example/other'] } }));
    await rig.store.delete(parent);
    await rig.engine.settle();
    expect(rig.called('finalize')).not.toEqual([]);
    expect(rig.need('Widget', 'w').metadata.finalizers).toEqual(['test.example/other']);
    expect(maps(rig)).toEqual([]);
  });

  it('strips the finalizer when the hook is not declared any more', async () => {
    const rig = new Rig({ sync: keep, finalize: () => ({}) }, [both]);
    await rig.create(widget());
    rig.engine.define(composite());
    await rig.engine.settle();
    expect(rig.need('Widget', 'w').metadata.finalizers).toBeUndefined();
  });

  it('strips it from a parent, too, that is not selected any more, and calls nothing then', async () => {
    const rig = new Rig({ sync: keep, finalize: () => new Answer(500) }, [composite(selecting, ['sync', 'finalize'])]);
    await rig.create(on);
    await rig.edit('Widget', 'w', ({ metadata }) => Object.assign(metadata, { labels: {} }));
    expect(rig.need('Widget', 'w').metadata.finalizers).toEqual([finalizer]);
    expect(await rig.during(() => rig.engine.define(composite(selecting)))).toEqual(['modified Widget w']);
    expect(rig.need('Widget', 'w').metadata.finalizers).toBeUndefined();
  });

  it('takes the finalizer off at finalized from sync, and puts it on again: a loop', async () => {
    let times = 3;
    const sync: Hook = () => ({ children: [], finalized: times-- > 0 });
    const rig = new Rig({ sync, finalize: () => ({}) }, [both]);
    let removals = 0;
    rig.store.subscribe(({ object: { metadata }, old }) => {
      if (old?.metadata.finalizers !== undefined && metadata.finalizers === undefined) removals += 1;
    });
    await rig.create(widget());
    expect(removals).toBe(3);
    expect(rig.need('Widget', 'w').metadata.finalizers).toEqual([finalizer]);
  });

  it('fails where the name of the controller is too long for a finalizer', async () => {
    const definition = (length: number) => ({ ...both, metadata: { name: 'n'.repeat(length) } });
    const errors = async (length: number) => {
      const rig = new Rig({ sync: keep }, [definition(length)]);
      await rig.create(widget());
      return rig.engine.errors.map(({ message }) => message.slice(0, 19));
    };
    expect(await errors(40)).toEqual([]);
    expect(await errors(43)).toEqual([]);
    expect(await errors(44)).toEqual(['metadata.finalizers']);
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
