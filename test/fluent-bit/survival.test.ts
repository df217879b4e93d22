import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { outputsIn } from '../../hooks/shards/node-data.ts';
import { list } from '../../hooks/sidecar/buffers/chunk.ts';
import { NodeState, remove } from '../../hooks/sidecar/buffers/node-state.ts';
import { type AgentHost, agentHost, buildOnce } from '../support/fluent-bit/agent-host.ts';
import { type CountingSink, countingSink } from '../support/fluent-bit/counting-sink.ts';
import { eventually, fluentBit, takes } from '../support/fluent-bit/fluent-bit.ts';
import { type LeaseSink, leaseSink } from '../support/fluent-bit/lease-sink.ts';
import { localCluster, tenant } from '../support/fluent-bit/tenants-on-a-node.ts';
import { shardFiles } from '../support/node/agent-node.ts';
import { make, type World } from '../support/world.ts';

describe.skipIf(fluentBit === undefined)('an agent in changing times', { timeout: 240_000 }, () => {
  let main: string;
  let host: AgentHost;
  let sink: CountingSink;
  let leases: LeaseSink;
  let world: World;

  beforeAll(() => {
    main = buildOnce();
  });
  afterEach(async () => {
    await host.stop();
    sink.close();
    leases.close();
  });

  async function up(...objects: Parameters<World['apply']>): Promise<void> {
    leases = await leaseSink();
    host = await agentHost(main, leases.environment);
    await world.apply(...objects);
    host.carry(world);
    host.start();
    await eventually(() => leases.report()?.healthy === true, 60);
  }

  const missing = (name: string, written: number) =>
    Array.from({ length: written }, (_, line) => `line ${line}`).filter((line) => !sink.lines(`/${name}`).has(line));

  it('brings in a tenant, a rotated secret and a template update; names what cannot start, and keeps the rest', async () => {
    sink = await countingSink();
    world = await localCluster();
    const { port } = sink;
    const template = (note: string) =>
      make.template('collector', {
        placeholders: [{ name: 'token', secretKey: 'token', sensitive: true }],
        filters: [{ plugin: 'modify', rules: [`set log ${note}`] }],
        outputs: [
          {
            plugin: 'http',
            properties: { host: '127.0.0.1', port, uri: '/bound', format: 'json', header: ['Authorization $(token)'] },
          },
        ],
      });
    const binding = make.binding(
      'logs',
      { templateRef: { name: 'collector' }, secretRef: { name: 'backend' } },
      'bound',
    );
    await up(
      template('first'),
      make.secret('backend', { token: 'bound 1' }, 'bound'),
      binding,
      ...tenant('a', { port }),
    );
    host.write('bound', 'x');
    let written = 0;
    const writing = setInterval(() => {
      for (const name of ['a', 'bound']) host.write(name, `line ${written}`);
      written += 1;
    }, 20);
    await eventually(() => sink.lines('/bound').has('first') && sink.lines('/a').size > 0);
    host.write('new', 'early');
    await world.apply(...tenant('new', { port }));
    host.carry(world);
    const newTenant = await takes(() => sink.lines('/new').has('early'));
    await world.apply(make.secret('backend', { token: 'bound 2' }, 'bound'));
    host.carry(world);
    const secret = await takes(() => sink.tokens('/bound').includes('bound 2'));
    await world.apply(template('second'));
    host.carry(world);
    const update = await takes(() => sink.lines('/bound').has('second'));
    // What the hooks would let through: the node tries it itself.
    const bad = host.pipeline('bad', { port, token: '1', filter: 'no_such_property: x' });
    const killer = host.pipeline('killer', { port, token: '1', database: '/nowhere/killer.db' });
    await world.apply(...tenant('late', { port }));
    host.write('late', 'late');
    host.carry(world, { others: [shardFiles(99, [bad, killer])] });
    const settled = () => leases.report()?.healthy === true && leases.report()?.pending === 0;
    await eventually(() => leases.report()?.refused.length === 2 && settled() && sink.lines('/late').has('late'), 90);
    clearInterval(writing);
    await eventually(() => missing('a', written).length === 0, 60);
    console.info('seconds until live', { newTenant, secret, update });
    const refused = leases.report()?.refused.map(({ namespace, name, reason }) => `${namespace}/${name} ${reason}`);
    expect(refused?.sort()).toEqual(['shop/bad TrialRefused', 'shop/killer ReloadDied']);
    expect(leases.report()).toMatchObject({ live: 4, pending: 0, healthy: true });
    expect(Math.max(newTenant, secret, update)).toBeLessThan(15);
    expect(sink.tokens('/bound')).toEqual(['bound 1', 'bound 2']);
    expect(host.sidecar.output + JSON.stringify(leases.report())).not.toMatch(/bound [12]/);
  });

  it('loses no line when either is killed at random moments while configurations change', async () => {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    console.info('SEED', seed);
    const random = generator(seed);
    sink = await countingSink();
    world = await localCluster();
    const { port } = sink;
    const names = ['a', 'b', 'c'];
    await up(...names.flatMap((name) => tenant(name, { port, token: `${name} 0` })));
    let written = 0;
    const writing = setInterval(() => {
      for (const name of names) host.write(name, `line ${written}`);
      written += 1;
    }, 10);
    const last = 15;
    for (let round = 1; round <= last; round++) {
      const name = names[Math.floor(random() * names.length)] ?? '';
      await world.apply(...tenant(name, { port, token: `${name} ${round}` }));
      if (round % 4 === 0) await world.apply(...tenant('guest', { port, token: String(round) }));
      if (round % 4 === 2 && round > 4) await world.remove('LoggingConfiguration', 'logs', 'guest');
      host.carry(world);
      await wait(random() * 4000);
      const victims = random();
      if (victims < 0.6) host.agent.kill();
      if (victims > 0.4) host.sidecar.kill();
      await wait(random() * 3000);
    }
    for (const name of names) await world.apply(...tenant(name, { port, token: `${name} end` }));
    host.carry(world);
    const before = Date.now();
    await eventually(() => names.every((name) => sink.tokens(`/${name}`).includes(`${name} end`)), 90);
    clearInterval(writing);
    await eventually(() => names.every((name) => missing(name, written).length === 0), 60);
    await eventually(() => Date.parse(leases.report()?.time ?? '') > before && leases.report()?.healthy === true, 60);
    const repeated = names.map((name) => [...sink.lines(`/${name}`).values()].filter((count) => count > 1).length);
    console.info('lines', { written, repeated, starts: [host.agent.starts, host.sidecar.starts] });
    expect(leases.report()).toMatchObject({ refused: [], kept: [], pending: 0 });
  });

  it('keeps what was written while a pipeline is removed, moved to another shard or renamed', async () => {
    const answers: Parameters<typeof countingSink>[0] = {};
    sink = await countingSink(answers);
    world = await localCluster();
    const { port } = sink;
    const names = ['gone', 'moved', 'renamed', 'stays'];
    await up(...names.flatMap((name) => tenant(name, { port })));
    let written = 0;
    const writing = setInterval(() => {
      for (const name of names) host.write(name, `line ${written}`);
      written += 1;
    }, 20);
    await eventually(() => names.every((name) => sink.lines(`/${name}`).size > 0));
    // Its backend fails, so that some of it waits on the disk when it is removed.
    answers['/gone'] = { status: 503 };
    await wait(2000);
    const { generation = 0 } = leases.report() ?? {};
    await world.remove('LoggingConfiguration', 'logs', 'gone');
    await world.remove('LoggingConfiguration', 'logs', 'renamed');
    await world.apply(...tenant('renamed', { port, name: 'other' }));
    host.carry(world);
    await eventually(() => (leases.report()?.generation ?? 0) > generation && leases.report()?.live === 3, 60);
    delete answers['/gone'];
    await wait(2000);
    // Another number of shards, first in the running pod, and then in the new one that it brings in the end.
    host.carry(world, { shards: 5 });
    await wait(8000);
    await world.apply(...tenant('gone', { port }));
    host.carry(world, { shards: 5 });
    await eventually(() => leases.report()?.live === 4, 60);
    await host.renew(() => host.carry(world, { shards: 3 }));
    clearInterval(writing);
    await eventually(() => names.every((name) => missing(name, written).length === 0), 60);
    await wait(2000);
    const repeated = (name: string) => [...sink.lines(`/${name}`).values()].filter((count) => count > 1).length;
    console.info('lines', { written, repeated: names.map((name) => [name, repeated(name)]) });
    // A new name is a new position: its log is read from the beginning.
    expect(names.map((name) => [name, repeated(name) > 0])).toEqual([
      ['gone', true],
      ['moved', false],
      ['renamed', true],
      ['stays', false],
    ]);
    await world.remove('LoggingConfiguration', 'logs', 'moved');
    host.carry(world, { shards: 3 });
    await eventually(() => leases.report()?.live === 3, 60);
    const hour = 3_600_000;
    const state = new NodeState(host.node.places.state, hour, 1e9);
    const files = [world.file('logs', 'gone'), world.file('other', 'renamed'), world.file('logs', 'stays')];
    const live = new Map(files.flatMap((text) => outputsIn(text ?? '').ids.map((id) => [id, 1e9] as const)));
    state.look(live, 0);
    remove(state.look(live, hour).gone);
    const left = list(host.node.places.state).filter((name) => name.startsWith('p'));
    expect(new Set(left.map((name) => name.split('.')[0]))).toEqual(new Set(live.keys()));
  });
});

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
