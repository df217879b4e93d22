import { pickBy } from 'lodash-es';
import { afterEach, describe, expect, it } from 'vitest';
import type { Sidecar } from '../../../hooks/sidecar/sidecar.ts';
import { shardFiles } from '../../support/node/agent-node.ts';
import { pipeline, settle, Workbench } from './workbench.ts';

let bench: Workbench;
afterEach(() => bench.end());

describe('the sidecar', () => {
  it('starts with what passes, and brings in what changes without a restart', async () => {
    bench = new Workbench();
    bench.mount(shardFiles(0, [pipeline('a', 1), pipeline('b', 1)]), shardFiles(1, [pipeline('c', 1)]));
    const sidecar = await bench.start();
    expect(bench.running()).toEqual({ a: '1', b: '1', c: '1' });
    bench.mount(shardFiles(0, [pipeline('a', 2), pipeline('d', 1)]), shardFiles(1, [pipeline('c', 1)]));
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '2', c: '1', d: '1' });
    expect(bench.agent).toMatchObject({ starts: 1, deaths: 0, reloads: 1, mixed: [] });
    expect(bench.report(sidecar)).toMatchObject({ live: 3, refused: [], kept: [], pending: 0, healthy: true });
    expect(bench.node.liveTree()).toHaveProperty('shop.d.yaml');
  });

  it.each(['config first', 'secret first'])('takes a shard only when all of it is there: %s', async (order) => {
    bench = new Workbench();
    const before = shardFiles(0, [pipeline('a', 1)]);
    const after = shardFiles(0, [pipeline('a', 2)]);
    bench.mount(before);
    const sidecar = await bench.start();
    bench.node.mount(...(order === 'config first' ? [after.config, before.secret] : [before.config, after.secret]));
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '1' });
    bench.mount(after);
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '2' });
    expect(bench.agent.mixed).toEqual([]);
  });

  it('keeps what it has while a manifest stays that its contents have left, and takes none of it without', async () => {
    const before = shardFiles(0, [pipeline('a', 1), pipeline('b', 1)]);
    const after = shardFiles(0, [pipeline('a', 2), pipeline('b', 1)]);
    const manifests = pickBy(before.config, (_, key) => key.startsWith('manifest-'));
    expect(manifests).not.toEqual({});
    const stale = { ...after, config: { ...after.config, ...manifests } };
    bench = new Workbench();
    bench.mount(before);
    const sidecar = await bench.start();
    bench.mount(stale);
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '1', b: '1' });
    bench.mount(after);
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '2', b: '1' });
    expect(bench.agent.mixed).toEqual([]);
    bench.end();
    bench = new Workbench();
    bench.mount(stale);
    const another = await bench.start();
    expect(bench.running()).toEqual({});
    expect(bench.report(another)).toMatchObject({ incomplete: { 0: expect.stringContaining('is not there') } });
  });

  it('takes over what moves to another shard, whether or not the former is seen without it', async () => {
    bench = new Workbench();
    const [a, b] = [pipeline('a', 1), pipeline('b', 1)];
    bench.mount(shardFiles(0, [a]), shardFiles(1, [b]));
    const sidecar = await bench.start();
    bench.mount(shardFiles(0, []), shardFiles(2, [a, b]));
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '1', b: '1' });
    bench.mount(shardFiles(2, [b]));
    await settle(sidecar);
    expect(bench.running()).toEqual({ b: '1' });
    bench.mount(shardFiles(2, []));
    await settle(sidecar);
    expect(bench.running()).toEqual({});
  });

  it('keeps the last good of what its trial refuses, leaves out what has none, and names both', async () => {
    bench = new Workbench();
    bench.mount(shardFiles(0, [pipeline('a', 1), pipeline('b', 1)]));
    const sidecar = await bench.start();
    const bad = (name: string, revision: number) => {
      const own = pipeline(name, revision);
      return { ...own, text: own.text.replace('env:', 'parsers:\n  - name: is_bad\nenv:') };
    };
    bench.mount(shardFiles(0, [bad('a', 2), pipeline('b', 2), bad('c', 1)]));
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '1', b: '2' });
    expect(bench.report(sidecar)).toMatchObject({
      live: 2,
      refused: [
        { namespace: 'shop', name: 'a', reason: 'TrialRefused', line: 'unknown plugin' },
        { namespace: 'shop', name: 'c', reason: 'TrialRefused', line: 'unknown plugin' },
      ],
      kept: [{ namespace: 'shop', name: 'a' }],
    });
    const { tried } = bench;
    bench.mount(shardFiles(0, [bad('a', 2), pipeline('b', 3), bad('c', 1)]));
    await settle(sidecar);
    expect(bench.tried).toBeLessThanOrEqual(tried + 1);
    bench.mount(shardFiles(0, [pipeline('a', 3), pipeline('b', 3)]));
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '3', b: '3' });
    expect(bench.refusals(sidecar)).toEqual([]);
  });

  it('leaves nothing behind of what is gone, and keeps two generations', async () => {
    bench = new Workbench();
    const sidecar = await ((): Promise<Sidecar> => {
      bench.mount(shardFiles(0, [pipeline('a', 0)]));
      return bench.start();
    })();
    for (let revision = 1; revision < 5; revision++) {
      bench.mount(shardFiles(0, [pipeline('a', revision)]));
      await settle(sidecar);
    }
    expect(bench.workspace?.trees.numbers()).toHaveLength(2);
    bench.mount(shardFiles(0, []));
    await settle(sidecar);
    expect(bench.running()).toEqual({});
    expect(bench.workspace?.blobs.has(`f-${'0'.repeat(64)}`)).toBe(false);
  });
});
