import { afterEach, describe, expect, it } from 'vitest';
import {
  agent,
  condition,
  expectNoFaults,
  report,
  roll,
  routed,
  shards,
  start,
  status,
  template,
} from './fleet-world.ts';

afterEach(expectNoFaults);

describe('a FluentBitAgent', () => {
  it('sums up its shards', async () => {
    const world = await start();
    await world.apply(agent());
    await roll(world, 2);
    const remark = (name: string, reason: string, kept: boolean) => ({ namespace: 'shop', name, reason, kept });
    await report(world, 'edge-0', {
      pipelines: 3,
      filled: 20,
      remarks: [remark('b', 'Forged', true)],
      remarksInAll: 1,
    });
    const more = [remark('a', 'PolicyPending', true), remark('c', 'TooLarge', false)];
    await report(world, 'edge-2', { pipelines: 4, filled: 93, remarks: more, remarksInAll: 40 });
    expect(status(world)).toMatchObject({
      shards: { count: 4, filled: 93 },
      pipelines: { accepted: 7, pending: 1, kept: 1, refused: 1 },
      remarksInAll: 41,
    });
    expect((status(world)['remarks'] as { name: string }[]).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(condition(world, 'Complete')).toMatchObject({ status: 'False', reason: 'NearlyFull' });
    expect(condition(world, 'Complete')?.message).toMatch(/shop\/b \(Forged, kept\).*38 more.*93 %: raise spec\.parts/);
    // One tenant's fault is not that of the agent.
    expect(condition(world, 'Ready')).toMatchObject({ status: 'True' });
  });

  it('keeps shards that leave until all are empty, and replaces the pods once', async () => {
    const world = await start();
    await world.apply(agent());
    await roll(world, 2);
    for (const name of shards(world)) await report(world, name, { pipelines: 1 });
    const before = JSON.stringify(template(world));
    await world.apply(agent({ shards: 2 }));
    expect([routed(world), shards(world).length]).toEqual([2, 4]);
    await report(world, 'edge-3', { pipelines: 0 });
    expect([JSON.stringify(template(world)), shards(world).length]).toEqual([before, 4]);
    await report(world, 'edge-2', { pipelines: 0 });
    expect(shards(world)).toEqual(['edge-0', 'edge-1']);
    expect(JSON.stringify(template(world))).not.toContain('edge-shard-2-0');
  });

  it('sends nobody to a new shard before every pod mounts it', async () => {
    const world = await start();
    await world.apply(agent());
    await roll(world, 2);
    await world.apply(agent({ shards: 6 }));
    expect([routed(world), shards(world).length]).toEqual([4, 6]);
    await roll(world, 1, 2);
    expect(routed(world)).toBe(4);
    await roll(world, 2);
    expect(routed(world)).toBe(6);
  });

  it('fills no new part before every pod mounts it, and none that goes', async () => {
    const world = await start();
    await world.apply(agent());
    await roll(world, 2);
    const { parts: before } = agent().spec as { parts: number };
    const parts = () =>
      world.store
        .all()
        .flatMap(({ kind, spec }) => (kind === 'FluentBitShard' ? [(spec as { parts: number }).parts] : []));
    const all = (count: number) => Array.from({ length: 4 }, () => count);
    await world.apply(agent({ parts: before + 3 }));
    expect(JSON.stringify(template(world))).toContain(`edge-shard-3-${before + 2}`);
    expect(parts()).toEqual(all(before));
    await roll(world, 1, 2);
    expect(parts()).toEqual(all(before));
    await roll(world, 2);
    expect(parts()).toEqual(all(before + 3));
    await world.apply(agent({ parts: before }));
    expect(parts()).toEqual(all(before));
  });
});
