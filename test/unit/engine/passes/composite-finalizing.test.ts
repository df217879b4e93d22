import { describe, expect, it } from 'vitest';
import { Answer, child, composite, type Hook, Rig, widget } from '../rig.ts';

const children = 'ConfigMap.v1';
const finalizer = 'metacontroller.io/compositecontroller-widgets';

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
