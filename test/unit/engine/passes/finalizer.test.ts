import { describe, expect, it } from 'vitest';
import { managesChildren, removeFinalizer, syncFinalizer } from '../../../../hooks/engine/passes/finalizer.ts';
import { MemoryStore } from '../../../../hooks/engine/stores/memory-store.ts';
import { crds, widget } from '../rig.ts';

const ours = 'metacontroller.io/compositecontroller-widgets';
const deletionTimestamp = '2026-06-01T00:00:00Z';

describe('children are managed', () => {
  it.each([
    ['of a living parent', {}, false, true],
    ['of a living parent with a hook', { finalizers: [ours] }, true, true],
    ['not of a deleted parent without a hook', { deletionTimestamp, finalizers: ['x/y'] }, false, false],
    ['not where the hook was taken away', { deletionTimestamp, finalizers: [ours] }, false, false],
    ['of a deleted parent that we hold', { deletionTimestamp, finalizers: [ours] }, true, true],
    ['not of a deleted parent that others hold', { deletionTimestamp, finalizers: ['x/y'] }, true, false],
    [
      'not while children are deleted in the foreground',
      { deletionTimestamp, finalizers: [ours, 'foregroundDeletion'] },
      true,
      false,
    ],
    ['not while children are orphaned', { deletionTimestamp, finalizers: [ours, 'orphan'] }, true, false],
  ])('%s', (_, metadata, declared, expected) => {
    expect(managesChildren(widget('w', { metadata }), ours, declared)).toBe(expected);
  });
});

async function stage(finalizers: string[] = [], deleted = false) {
  const store = new MemoryStore(() => new Date(0), crds);
  const kind = store.kindOf('test.example/v1', 'Widget');
  if (kind === undefined) throw new Error('no kind');
  const created = await store.create(widget('w', { metadata: { finalizers } }));
  if (deleted) await store.delete(created);
  const parent = store.get(kind, 'a', 'w');
  if (parent === undefined) throw new Error('no parent');
  return { store, kind, parent, standing: () => store.get(kind, 'a', 'w')?.metadata.finalizers };
}

describe('the finalizer', () => {
  it.each([
    ['is added to others', ['x/y'], false, true, ['x/y', ours]],
    ['stays', [ours], false, true, [ours]],
    ['is taken away without a hook', ['x/y', ours], false, false, ['x/y']],
    ['is not added to what is being deleted', ['x/y'], true, true, ['x/y']],
    ['is taken away from what is being deleted', ['x/y', ours], true, false, ['x/y']],
  ])('%s', async (_, finalizers, deleted, declared, expected) => {
    const { store, kind, parent, standing } = await stage(finalizers, deleted);
    const result = await syncFinalizer(store, kind, parent, ours, declared);
    expect(result.metadata.finalizers).toEqual(expected);
    expect(standing()).toEqual(expected);
  });

  it('is written on the live object, whatever changed since', async () => {
    const { store, kind, parent } = await stage();
    await store.update({ ...parent, spec: { changed: true } });
    const result = await syncFinalizer(store, kind, parent, ours, true);
    expect(result).toMatchObject({ spec: { changed: true }, metadata: { finalizers: [ours], generation: 2 } });
  });

  it('is an error for an object that is gone, or another by now', async () => {
    const { store, kind, parent } = await stage();
    await store.delete(parent);
    await expect(syncFinalizer(store, kind, parent, ours, true)).rejects.toMatchObject({ reason: 'NotFound' });
    await store.create(widget());
    await expect(syncFinalizer(store, kind, parent, ours, true)).rejects.toMatchObject({ reason: 'NotFound' });
  });

  it('has a name of at most 63 characters after its prefix, so a controller one of 43', async () => {
    const { store, kind, parent } = await stage();
    const named = (length: number) => `metacontroller.io/compositecontroller-${'n'.repeat(length)}`;
    await expect(syncFinalizer(store, kind, parent, named(44), true)).rejects.toMatchObject({ reason: 'Invalid' });
    await expect(syncFinalizer(store, kind, parent, named(43), true)).resolves.toBeDefined();
  });

  it('that is asked to go and is not there leaves the live object as the result', async () => {
    const { store, kind, parent } = await stage();
    await store.update({ ...parent, spec: { changed: true } });
    expect(await removeFinalizer(store, kind, parent, ours)).toMatchObject({ metadata: { generation: 2 } });
  });

  it('gets four attempts where others write at the same time', async () => {
    for (const [conflicts, fails] of [
      [3, false],
      [4, true],
    ] as const) {
      const { store, kind, parent, standing } = await stage();
      let left: number = conflicts;
      const live = store.live.bind(store);
      store.live = async (...of) => {
        const found = await live(...of);
        if (found !== undefined && left-- > 0) await store.update({ ...found, spec: { left } });
        return found;
      };
      const result = syncFinalizer(store, kind, parent, ours, true);
      if (fails) await expect(result).rejects.toMatchObject({ reason: 'Conflict' });
      else await result;
      expect(standing()).toEqual(fails ? undefined : [ours]);
    }
  });
});
