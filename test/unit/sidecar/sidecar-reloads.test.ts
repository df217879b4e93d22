import { afterEach, describe, expect, it } from 'vitest';
import { disk } from '../../../hooks/sidecar/store/disk.ts';
import { shardFiles } from '../../support/node/agent-node.ts';
import { pipeline, prove, settle, Workbench } from './workbench.ts';

let bench: Workbench;
afterEach(() => bench.end());

describe('the sidecar', () => {
  it('waits for a slow reload instead of blaming somebody', async () => {
    bench = new Workbench();
    bench.mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = await bench.start();
    bench.agent.slow = 130;
    bench.mount(shardFiles(0, [pipeline('a', 2)]));
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '2' });
    expect(bench.refusals(sidecar)).toEqual([]);
    expect(bench.agent.starts).toBe(1);
  });

  it.each([
    ['says so', { reload: 'in progress', status: -2 }, 400],
    ['says that it is done', { reload: 'done', status: 0 }, 110],
  ])('asks again where Fluent Bit drops what it is asked right after a reload, and %s', async (_, excuse, deaf) => {
    // To wait until it counts as refused would outlast the test.
    bench = new Workbench({ refused: 600_000, again: 100 });
    bench.mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = await bench.start();
    await prove(sidecar);
    Object.assign(bench.agent, { deaf, excuse });
    for (let revision = 2; revision < 5; revision++) {
      bench.mount(shardFiles(0, [pipeline('a', revision)]));
      await sidecar.pass();
      expect(bench.running()).toEqual({ a: String(revision) });
    }
    expect(bench.logged.filter((line) => 'outcome' in line)).toHaveLength(3);
    expect(bench.refusals(sidecar)).toEqual([]);
    expect(bench.agent).toMatchObject({ starts: 1, reloads: 3 });
  });

  it('does not take the end of a reload for its own that another process asked for', async () => {
    bench = new Workbench();
    bench.mount(shardFiles(0, [pipeline('a', 1)]));
    await bench.start();
    bench.agent.lingers = 150;
    bench.mount(shardFiles(0, [pipeline('a', 2)]));
    let killed = false;
    const files = new Proxy(disk, {
      get: (target, property) => (killed ? () => expect.fail('killed') : Reflect.get(target, property)),
    });
    const unheard = bench
      .sidecar(files)
      .pass()
      .catch((error: unknown) => error);
    while (bench.running()['a'] !== '2') await new Promise((resolve) => setTimeout(resolve, 2));
    killed = true;
    bench.mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = bench.sidecar();
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '1' });
    expect(bench.report(sidecar)).toMatchObject({ live: 1, refused: [], healthy: true });
    expect(await unheard).toMatchObject({ message: 'killed' });
  });

  it('comes up without pipelines where a new pod does not start with what passed, and brings in the rest', async () => {
    bench = new Workbench({ start: 500 });
    bench.mount(shardFiles(0, [pipeline('a', 1), pipeline('b', 1, 'die')]));
    const sidecar = await bench.start();
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '1' });
    expect(bench.refusals(sidecar)).toEqual(['b: ReloadDied']);
  });

  it('goes on from the last good when sidecar and Fluent Bit are killed in the middle of it', async () => {
    bench = new Workbench();
    bench.mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = await bench.start();
    bench.mount(shardFiles(0, [pipeline('a', 2)]));
    const first = sidecar.pass();
    await new Promise((resolve) => setTimeout(resolve, 5));
    bench.agent.kill();
    await first;
    await settle(bench.sidecar());
    expect(bench.running()).toEqual({ a: '2' });
    expect(bench.refusals(sidecar)).toEqual([]);
  });

  it('does nothing to a Fluent Bit that is down, and blames nobody', async () => {
    bench = new Workbench();
    bench.mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = await bench.start();
    bench.agent.restartAfter = 300;
    bench.agent.kill();
    bench.mount(shardFiles(0, [pipeline('a', 2)]));
    await sidecar.pass();
    expect(bench.report(sidecar)).toMatchObject({ healthy: false, refused: [], kept: [{ name: 'a' }] });
    expect(bench.node.liveTree()).toEqual({ 'shop.a.yaml': pipeline('a', 1).text });
    await new Promise((resolve) => setTimeout(resolve, 350));
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '2' });
  });

  it('says so where Fluent Bit is down though nothing changes, looks again soon, and says when it is back', async () => {
    bench = new Workbench({ proof: 50 });
    bench.mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = await bench.start();
    bench.agent.restartAfter = 300;
    for (let crash = 0; crash < 2; crash++) {
      do {
        await new Promise((resolve) => setTimeout(resolve, 20));
        await sidecar.pass();
      } while (sidecar.isWatching);
      expect(bench.report(sidecar)).toMatchObject({ healthy: true, live: 1, refused: [] });
      bench.agent.kill();
      await sidecar.pass();
      expect(bench.report(sidecar)).toMatchObject({ healthy: false, live: 1, refused: [], kept: [] });
      expect(bench.metrics.text()).toContain('fluentbind_agent_up 0');
      expect(sidecar.isWatching).toBe(true);
    }
    await new Promise((resolve) => setTimeout(resolve, 400));
    await sidecar.pass();
    expect(bench.report(sidecar)).toMatchObject({ healthy: true, refused: [] });
    expect(bench.running()).toEqual({ a: '1' });
  });
});
