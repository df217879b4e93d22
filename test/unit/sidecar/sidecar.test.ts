import { pickBy } from 'lodash-es';
import { afterEach, describe, expect, it } from 'vitest';
import type { Sidecar } from '../../../hooks/sidecar/sidecar.ts';
import { disk } from '../../../hooks/sidecar/store/disk.ts';
import { baseText, shardFiles } from '../../support/node/agent-node.ts';
import { pipeline, settle, Workbench } from './workbench.ts';

let bench: Workbench;
afterEach(() => bench.end());

const mount = (...shards: ReturnType<typeof shardFiles>[]) =>
  bench.node.mount(...shards.flatMap(({ config, secret }) => [config, secret]));

/** Passes until nothing is left to do, and all of it is proven. */
async function prove(sidecar: Sidecar): Promise<void> {
  for (let passes = 0; passes < 1000; passes++) {
    await sidecar.pass();
    if (!sidecar.isBusy && !sidecar.isWatching) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it is never proven');
}

/** As long as it takes until Fluent Bit is up again, and then often enough that whatever it does next is done. */
async function calm(sidecar: Sidecar): Promise<void> {
  for (let passes = 0; passes < 1000 && !sidecar.ready; passes++) {
    await sidecar.pass();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  for (let passes = 0; passes < 20; passes++) await sidecar.pass();
  expect(sidecar.ready).toBe(true);
}

const refusals = (sidecar: Sidecar) => bench.report(sidecar).refused.map(({ name, reason }) => `${name}: ${reason}`);

describe('the sidecar', () => {
  it('starts with what passes, and brings in what changes without a restart', async () => {
    bench = new Workbench();
    mount(shardFiles(0, [pipeline('a', 1), pipeline('b', 1)]), shardFiles(1, [pipeline('c', 1)]));
    const sidecar = await bench.start();
    expect(bench.running()).toEqual({ a: '1', b: '1', c: '1' });
    mount(shardFiles(0, [pipeline('a', 2), pipeline('d', 1)]), shardFiles(1, [pipeline('c', 1)]));
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
    mount(before);
    const sidecar = await bench.start();
    bench.node.mount(...(order === 'config first' ? [after.config, before.secret] : [before.config, after.secret]));
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '1' });
    mount(after);
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
    mount(before);
    const sidecar = await bench.start();
    mount(stale);
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '1', b: '1' });
    mount(after);
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '2', b: '1' });
    expect(bench.agent.mixed).toEqual([]);
    bench.end();
    bench = new Workbench();
    mount(stale);
    const another = await bench.start();
    expect(bench.running()).toEqual({});
    expect(bench.report(another)).toMatchObject({ incomplete: { 0: expect.stringContaining('is not there') } });
  });

  it('takes over what moves to another shard, whether or not the former is seen without it', async () => {
    bench = new Workbench();
    const [a, b] = [pipeline('a', 1), pipeline('b', 1)];
    mount(shardFiles(0, [a]), shardFiles(1, [b]));
    const sidecar = await bench.start();
    mount(shardFiles(0, []), shardFiles(2, [a, b]));
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '1', b: '1' });
    mount(shardFiles(2, [b]));
    await settle(sidecar);
    expect(bench.running()).toEqual({ b: '1' });
    mount(shardFiles(2, []));
    await settle(sidecar);
    expect(bench.running()).toEqual({});
  });

  it('keeps the last good of what its trial refuses, leaves out what has none, and names both', async () => {
    bench = new Workbench();
    mount(shardFiles(0, [pipeline('a', 1), pipeline('b', 1)]));
    const sidecar = await bench.start();
    const bad = (name: string, revision: number) => {
      const own = pipeline(name, revision);
      return { ...own, text: own.text.replace('env:', 'parsers:\n  - name: is_bad\nenv:') };
    };
    mount(shardFiles(0, [bad('a', 2), pipeline('b', 2), bad('c', 1)]));
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
    mount(shardFiles(0, [bad('a', 2), pipeline('b', 3), bad('c', 1)]));
    await settle(sidecar);
    expect(bench.tried).toBeLessThanOrEqual(tried + 1);
    mount(shardFiles(0, [pipeline('a', 3), pipeline('b', 3)]));
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '3', b: '3' });
    expect(refusals(sidecar)).toEqual([]);
  });

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
      mount(
        shardFiles(
          0,
          names.map((name) => pipeline(name, 1)),
        ),
      );
      const sidecar = await bench.start();
      mount(
        shardFiles(
          0,
          names.map((name) => (name === 'e' ? pipeline(name, 2, fate) : pipeline(name, 2))),
        ),
      );
      await settle(sidecar);
      expect(refusals(sidecar)).toEqual([`e: ${reason}`]);
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
      mount(shardFiles(0, all(1)));
      const sidecar = await bench.start();
      await prove(sidecar);
      mount(shardFiles(0, all(2, 'late')));
      await prove(sidecar);
      expect(refusals(sidecar)).toEqual(['e: ReloadDied']);
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
    mount(shardFiles(0, [pipeline('a', 1), pipeline('b', 1, 'late'), pipeline('c', 1)]));
    const sidecar = await bench.start();
    await prove(sidecar);
    expect(bench.running()).toEqual({ a: '1', c: '1' });
    expect(refusals(sidecar)).toEqual(['b: ReloadDied']);
  }, 30_000);

  it('goes on with it after a kill of the sidecar, and while others change', async () => {
    bench = new Workbench();
    mount(shardFiles(0, [pipeline('a', 1), pipeline('b', 1)]));
    await prove(await bench.start());
    let sidecar = bench.sidecar();
    await sidecar.pass();
    for (let revision = 2; revision < 40 && refusals(sidecar).length === 0; revision++) {
      mount(shardFiles(0, [pipeline('a', revision), pipeline('b', 2, 'late')]));
      if (revision % 4 === 0) sidecar = bench.sidecar();
      for (let passes = 0; passes < 6; passes++) await sidecar.pass();
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    await prove(sidecar);
    expect(refusals(sidecar)).toEqual(['b: ReloadDied']);
    expect(bench.running()).toMatchObject({ b: '1' });
  }, 30_000);

  it('keeps a base configuration back that ends Fluent Bit after a while', async () => {
    bench = new Workbench();
    mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = await bench.start();
    await prove(sidecar);
    bench.node.setBase(`${baseText('flush: 2')}# late\n`);
    mount(shardFiles(0, [pipeline('a', 2)]));
    await prove(sidecar);
    expect(bench.running()).toEqual({ a: '2' });
    expect(bench.report(sidecar)).toMatchObject({ refused: [], base: { reason: 'ReloadDied' } });
  }, 30_000);

  it('takes an accident for one, and blames nobody for what goes on without the change', async () => {
    bench = new Workbench();
    mount(shardFiles(0, [pipeline('a', 1), pipeline('b', 1)]));
    const sidecar = await bench.start();
    await prove(sidecar);
    const accident = async () => {
      const { starts } = bench.agent;
      await sidecar.pass();
      bench.agent.kill();
      while (bench.agent.starts === starts || !bench.agent.isUp) await new Promise((resolve) => setTimeout(resolve, 5));
      await sidecar.pass();
    };
    mount(shardFiles(0, [pipeline('a', 2), pipeline('b', 1)]));
    await accident();
    expect(bench.running()).toEqual({ a: '2', b: '1' });
    expect(refusals(sidecar)).toEqual([]);
    await accident();
    expect(bench.running()).toEqual({ a: '1', b: '1' });
    expect(refusals(sidecar)).toEqual(['a: ReloadDied']);
    await accident();
    await prove(sidecar);
    expect(bench.running()).toEqual({ a: '2', b: '1' });
    expect(refusals(sidecar)).toEqual([]);
  }, 30_000);

  it('blames a single change at once, and tries nobody else with it', async () => {
    bench = new Workbench();
    mount(shardFiles(0, [pipeline('a', 1), pipeline('b', 1)]));
    const sidecar = await bench.start();
    await prove(sidecar);
    mount(shardFiles(0, [pipeline('a', 1), pipeline('b', 2, 'die')]));
    await settle(sidecar);
    expect(bench.logged.filter((line) => 'outcome' in line)).toMatchObject([{ outcome: 'died' }]);
    expect(refusals(sidecar)).toEqual(['b: ReloadDied']);
    expect(bench.running()).toEqual({ a: '1', b: '1' });
  });

  it('keeps suspects away for a while when they have cost too many restarts, and others go on', async () => {
    bench = new Workbench({ deaths: { count: 1, within: 600_000 } });
    mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = await bench.start();
    const some = [pipeline('a', 1), pipeline('x', 1, 'die'), pipeline('y', 1)];
    mount(shardFiles(0, some));
    await sidecar.pass();
    await calm(sidecar);
    expect(bench.report(sidecar)).toMatchObject({ live: 1, pending: 2, refused: [] });
    expect(bench.running()).toEqual({ a: '1' });
    const { deaths } = bench.agent;
    mount(shardFiles(0, [...some, pipeline('z', 1)]));
    await calm(sidecar);
    expect(bench.running()).toEqual({ a: '1', z: '1' });
    expect(bench.agent.deaths).toBe(deaths);
    bench.timing.deaths.within = 0;
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '1', y: '1', z: '1' });
    expect(refusals(sidecar)).toEqual(['x: ReloadDied']);
  });

  it('waits for a slow reload instead of blaming somebody', async () => {
    bench = new Workbench();
    mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = await bench.start();
    bench.agent.slow = 130;
    mount(shardFiles(0, [pipeline('a', 2)]));
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '2' });
    expect(refusals(sidecar)).toEqual([]);
    expect(bench.agent.starts).toBe(1);
  });

  it.each([
    ['says so', { reload: 'in progress', status: -2 }, 400],
    ['says that it is done', { reload: 'done', status: 0 }, 110],
  ])('asks again where Fluent Bit drops what it is asked right after a reload, and %s', async (_, excuse, deaf) => {
    // To wait until it counts as refused would outlast the test.
    bench = new Workbench({ refused: 600_000, again: 100 });
    mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = await bench.start();
    await prove(sidecar);
    Object.assign(bench.agent, { deaf, excuse });
    for (let revision = 2; revision < 5; revision++) {
      mount(shardFiles(0, [pipeline('a', revision)]));
      await sidecar.pass();
      expect(bench.running()).toEqual({ a: String(revision) });
    }
    expect(bench.logged.filter((line) => 'outcome' in line)).toHaveLength(3);
    expect(refusals(sidecar)).toEqual([]);
    expect(bench.agent).toMatchObject({ starts: 1, reloads: 3 });
  });

  it('does not take the end of a reload for its own that another process asked for', async () => {
    bench = new Workbench();
    mount(shardFiles(0, [pipeline('a', 1)]));
    await bench.start();
    bench.agent.lingers = 150;
    mount(shardFiles(0, [pipeline('a', 2)]));
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
    mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = bench.sidecar();
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '1' });
    expect(bench.report(sidecar)).toMatchObject({ live: 1, refused: [], healthy: true });
    expect(await unheard).toMatchObject({ message: 'killed' });
  });

  it('keeps the base configuration as it was where the new one is refused', async () => {
    bench = new Workbench();
    mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = await bench.start();
    bench.node.setBase(`${baseText('flush: 2')}# refuse\n`);
    mount(shardFiles(0, [pipeline('a', 2)]));
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '2' });
    expect(bench.report(sidecar)).toMatchObject({ refused: [], base: { reason: 'ReloadRefused' } });
    bench.node.setBase(baseText('flush: 3'));
    await settle(sidecar);
    expect(bench.report(sidecar)).not.toHaveProperty('base');
  });

  const bad = `${baseText('flush: 2')}pipeline:\n  outputs:\n    - name: is_bad\n`;
  it.each([
    ['bad', 'unknown plugin'],
    ['without a server', 'The service section of the base configuration does not set http_server: on.'],
    ['misspelt', 'The service section of the base configuration does not set http_server, hot_reload: on.'],
    ['no YAML', 'The base configuration is no YAML.'],
  ])('lets no base configuration near Fluent Bit that is %s', async (what, line) => {
    const texts: Record<string, string> = {
      bad,
      'without a server': 'service:\n  hot_reload: on\n',
      misspelt: baseText().replace('service', 'servce'),
      'no YAML': 'service: [\n',
    };
    bench = new Workbench();
    mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = await bench.start();
    await prove(sidecar);
    bench.node.setBase(texts[what] ?? '');
    mount(shardFiles(0, [pipeline('a', 2)]));
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '2' });
    expect(bench.report(sidecar)).toMatchObject({ base: { reason: 'TrialRefused', line }, pending: 0 });
    expect(bench.agent).toMatchObject({ starts: 1, deaths: 0 });
    // A new pod on this node starts with the last that was proven here.
    bench.agent.kill();
    bench.node.forget();
    expect(await bench.once()).toEqual({ live: 1, left: 0, base: line });
    expect(bench.node.liveBase()).toContain('flush: 1');
    const next = bench.sidecar();
    await settle(next);
    expect(bench.report(next)).toMatchObject({ base: { reason: 'TrialRefused', line }, healthy: true });
  });

  it('says what is wrong with the only base configuration that there is', async () => {
    bench = new Workbench();
    bench.node.setBase(bad);
    mount(shardFiles(0, []));
    await expect(bench.once()).rejects.toThrow(/no former one: unknown plugin$/);
  });

  it('comes up without pipelines where a new pod does not start with what passed, and brings in the rest', async () => {
    bench = new Workbench({ start: 500 });
    mount(shardFiles(0, [pipeline('a', 1), pipeline('b', 1, 'die')]));
    const sidecar = await bench.start();
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '1' });
    expect(refusals(sidecar)).toEqual(['b: ReloadDied']);
  });

  it('goes on from the last good when sidecar and Fluent Bit are killed in the middle of it', async () => {
    bench = new Workbench();
    mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = await bench.start();
    mount(shardFiles(0, [pipeline('a', 2)]));
    const first = sidecar.pass();
    await new Promise((resolve) => setTimeout(resolve, 5));
    bench.agent.kill();
    await first;
    await settle(bench.sidecar());
    expect(bench.running()).toEqual({ a: '2' });
    expect(refusals(sidecar)).toEqual([]);
  });

  it('does nothing to a Fluent Bit that is down, and blames nobody', async () => {
    bench = new Workbench();
    mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = await bench.start();
    bench.agent.restartAfter = 300;
    bench.agent.kill();
    mount(shardFiles(0, [pipeline('a', 2)]));
    await sidecar.pass();
    expect(bench.report(sidecar)).toMatchObject({ healthy: false, refused: [], kept: [{ name: 'a' }] });
    expect(bench.node.liveTree()).toEqual({ 'shop.a.yaml': pipeline('a', 1).text });
    await new Promise((resolve) => setTimeout(resolve, 350));
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '2' });
  });

  it('says so where Fluent Bit is down though nothing changes, looks again soon, and says when it is back', async () => {
    bench = new Workbench({ proof: 50 });
    mount(shardFiles(0, [pipeline('a', 1)]));
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

  it('leaves nothing behind of what is gone, and keeps two generations', async () => {
    bench = new Workbench();
    const sidecar = await ((): Promise<Sidecar> => {
      mount(shardFiles(0, [pipeline('a', 0)]));
      return bench.start();
    })();
    for (let revision = 1; revision < 5; revision++) {
      mount(shardFiles(0, [pipeline('a', revision)]));
      await settle(sidecar);
    }
    expect(bench.workspace?.trees.numbers()).toHaveLength(2);
    mount(shardFiles(0, []));
    await settle(sidecar);
    expect(bench.running()).toEqual({});
    expect(bench.workspace?.blobs.has(`f-${'0'.repeat(64)}`)).toBe(false);
  });
});
