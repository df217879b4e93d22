import { afterEach, describe, expect, it } from 'vitest';
import { shardFiles } from '../../support/node/agent-node.ts';
import { calm, pipeline, prove, settle, Workbench } from './workbench.ts';

let bench: Workbench;
afterEach(() => bench.end());

describe('the sidecar', () => {
  it.each([
    ['refuse', 'ReloadRefused'],
    ['die', 'ReloadDied'],
    ['hang', 'ReloadHung'],
    ['crash', 'ReloadDied'],
  ])(
    'finds the one of seven that makes Fluent Bit %s, and brings in the others',
    async (fate, reason) => {
      bench = new Workbench();
      const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
      bench.mount(
        shardFiles(
          0,
          names.map((name) => pipeline(name, 1)),
        ),
      );
      const sidecar = await bench.start();
      bench.mount(
        shardFiles(
          0,
          names.map((name) => (name === 'e' ? pipeline(name, 2, fate) : pipeline(name, 2))),
        ),
      );
      await settle(sidecar);
      expect(bench.refusals(sidecar)).toEqual([`e: ${reason}`]);
      expect(bench.running()).toEqual({ a: '2', b: '2', c: '2', d: '2', e: '1', f: '2', g: '2' });
      expect(bench.report(sidecar)).toMatchObject({ live: 7, kept: [{ name: 'e' }], healthy: true });
      const { deaths } = bench.agent;
      // Another process knows of it, and does not try it again.
      await settle(bench.sidecar());
      expect(bench.agent.deaths).toBe(deaths);
      expect(bench.agent.mixed).toEqual([]);
    },
    30_000,
  );

  it.each([
    ['one of seven', ['a', 'b', 'c', 'd', 'e', 'f', 'g']],
    ['the only one', ['e']],
  ])(
    'takes back what ends Fluent Bit only after a while: %s',
    async (_, changed) => {
      bench = new Workbench();
      const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
      const all = (revision: number, fate?: string) =>
        names.map((name) => pipeline(name, changed.includes(name) ? revision : 1, name === 'e' ? fate : undefined));
      bench.mount(shardFiles(0, all(1)));
      const sidecar = await bench.start();
      await prove(sidecar);
      bench.mount(shardFiles(0, all(2, 'late')));
      await prove(sidecar);
      expect(bench.refusals(sidecar)).toEqual(['e: ReloadDied']);
      const revisions = (of: string[]) =>
        Object.fromEntries(names.map((name) => [name, of.includes(name) ? '2' : '1']));
      expect(bench.running()).toEqual(revisions(changed.filter((name) => name !== 'e')));
      expect(bench.report(sidecar)).toMatchObject({ live: 7, kept: [{ name: 'e' }], pending: 0, healthy: true });
      // What a container starts with from now on is good, and another sidecar knows who it was.
      const { deaths } = bench.agent;
      bench.agent.kill();
      await prove(bench.sidecar());
      expect(bench.agent.deaths).toBe(deaths + 1);
      expect(bench.agent.mixed).toEqual([]);
    },
    30_000,
  );

  it('finds it among those with which a new pod starts', async () => {
    bench = new Workbench();
    bench.mount(shardFiles(0, [pipeline('a', 1), pipeline('b', 1, 'late'), pipeline('c', 1)]));
    const sidecar = await bench.start();
    await prove(sidecar);
    expect(bench.running()).toEqual({ a: '1', c: '1' });
    expect(bench.refusals(sidecar)).toEqual(['b: ReloadDied']);
  }, 30_000);

  it('goes on with it after a kill of the sidecar, and while others change', async () => {
    bench = new Workbench();
    bench.mount(shardFiles(0, [pipeline('a', 1), pipeline('b', 1)]));
    await prove(await bench.start());
    let sidecar = bench.sidecar();
    await sidecar.pass();
    for (let revision = 2; revision < 40 && bench.refusals(sidecar).length === 0; revision++) {
      bench.mount(shardFiles(0, [pipeline('a', revision), pipeline('b', 2, 'late')]));
      if (revision % 4 === 0) sidecar = bench.sidecar();
      for (let passes = 0; passes < 6; passes++) await sidecar.pass();
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    await prove(sidecar);
    expect(bench.refusals(sidecar)).toEqual(['b: ReloadDied']);
    expect(bench.running()).toMatchObject({ b: '1' });
  }, 30_000);

  it('takes an accident for one, and blames nobody for what goes on without the change', async () => {
    bench = new Workbench();
    bench.mount(shardFiles(0, [pipeline('a', 1), pipeline('b', 1)]));
    const sidecar = await bench.start();
    await prove(sidecar);
    const accident = async () => {
      const { starts } = bench.agent;
      await sidecar.pass();
      bench.agent.kill();
      while (bench.agent.starts === starts || !bench.agent.isUp) await new Promise((resolve) => setTimeout(resolve, 5));
      await sidecar.pass();
    };
    bench.mount(shardFiles(0, [pipeline('a', 2), pipeline('b', 1)]));
    await accident();
    expect(bench.running()).toEqual({ a: '2', b: '1' });
    expect(bench.refusals(sidecar)).toEqual([]);
    await accident();
    expect(bench.running()).toEqual({ a: '1', b: '1' });
    expect(bench.refusals(sidecar)).toEqual(['a: ReloadDied']);
    await accident();
    await prove(sidecar);
    expect(bench.running()).toEqual({ a: '2', b: '1' });
    expect(bench.refusals(sidecar)).toEqual([]);
  }, 30_000);

  it('blames a single change at once, and tries nobody else with it', async () => {
    bench = new Workbench();
    bench.mount(shardFiles(0, [pipeline('a', 1), pipeline('b', 1)]));
    const sidecar = await bench.start();
    await prove(sidecar);
    bench.mount(shardFiles(0, [pipeline('a', 1), pipeline('b', 2, 'die')]));
    await settle(sidecar);
    expect(bench.logged.filter((line) => 'outcome' in line)).toMatchObject([{ outcome: 'died' }]);
    expect(bench.refusals(sidecar)).toEqual(['b: ReloadDied']);
    expect(bench.running()).toEqual({ a: '1', b: '1' });
  });

  it('keeps suspects away for a while when they have cost too many restarts, and others go on', async () => {
    bench = new Workbench({ deaths: { count: 1, within: 600_000 } });
    bench.mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = await bench.start();
    const some = [pipeline('a', 1), pipeline('x', 1, 'die'), pipeline('y', 1)];
    bench.mount(shardFiles(0, some));
    await sidecar.pass();
    await calm(sidecar);
    expect(bench.report(sidecar)).toMatchObject({ live: 1, pending: 2, refused: [] });
    expect(bench.running()).toEqual({ a: '1' });
    const { deaths } = bench.agent;
    bench.mount(shardFiles(0, [...some, pipeline('z', 1)]));
    await calm(sidecar);
    expect(bench.running()).toEqual({ a: '1', z: '1' });
    expect(bench.agent.deaths).toBe(deaths);
    bench.timing.deaths.within = 0;
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '1', y: '1', z: '1' });
    expect(bench.refusals(sidecar)).toEqual(['x: ReloadDied']);
  });
});
