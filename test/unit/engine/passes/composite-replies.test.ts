import { describe, expect, it } from 'vitest';
import { Answer, child, composite, crdOf, type Hook, Rig, widget } from '../rig.ts';

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
