import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { outputsIn } from '../../hooks/shards/node-data.ts';
import { list } from '../../hooks/sidecar/buffers/chunk.ts';
import { NodeState, remove } from '../../hooks/sidecar/buffers/node-state.ts';
import { type AgentHost, agentHost, buildOnce } from '../support/fluent-bit/agent-host.ts';
import { type CountingSink, countingSink } from '../support/fluent-bit/counting-sink.ts';
import { eventually, fluentBit } from '../support/fluent-bit/fluent-bit.ts';
import { tenant } from '../support/fluent-bit/tenants-on-a-node.ts';
import { make, World } from '../support/world.ts';

const hour = 3_600_000;

describe.skipIf(fluentBit === undefined)('two agents on one node', { timeout: 120_000 }, () => {
  let main: string;
  let hosts: AgentHost[] = [];
  let sink: CountingSink;

  beforeAll(() => {
    main = buildOnce();
  });
  afterEach(async () => {
    await Promise.all(hosts.map((host) => host.stop()));
    sink.close();
  });

  it('lose nothing of a namespace that moves between them, and keep nothing of it', async () => {
    const answers: Parameters<typeof countingSink>[0] = {};
    sink = await countingSink(answers);
    const world = await World.start({ now: new Date().toISOString() });
    const agent = (name: string, operator: string) =>
      make.agent(name, {
        namespace: name,
        shards: 2,
        namespaceSelector: { matchExpressions: [{ key: 'apart', operator }] },
        policy: { destinations: { allow: ['*', '127.0.0.1'] } },
      });
    const { port } = sink;
    await world.apply(
      ...['here', 'apart', 'stays', 'moves'].map((name) => make.namespace(name)),
      agent('here', 'DoesNotExist'),
      agent('apart', 'Exists'),
      ...tenant('stays', { port }),
      ...tenant('moves', { port }),
    );
    const [here, apart] = [await agentHost(main), await agentHost(main)];
    hosts = [here, apart];
    mkdirSync(join(here.node.folder, 'var/log/pods'), { recursive: true });
    mkdirSync(join(apart.node.folder, 'var/log'), { recursive: true });
    symlinkSync(join(here.node.folder, 'var/log/pods'), join(apart.node.folder, 'var/log/pods'));
    const carry = () => {
      here.carry(world, { agents: 'here' });
      apart.carry(world, { agents: 'apart' });
    };
    carry();
    for (const host of hosts) host.start();
    let written = 0;
    const writing = setInterval(() => {
      for (const name of ['stays', 'moves']) here.write(name, `line ${written}`);
      written += 1;
    }, 20);
    await eventually(() => sink.lines('/stays').size > 0 && sink.lines('/moves').size > 0);
    // Some of it waits on the disk of one agent while the other takes over, and back again.
    for (const labels of [{ apart: 'yes' }, {}]) {
      answers['/moves'] = { status: 503 };
      await wait(2000);
      await world.apply(make.namespace('moves', labels));
      world.turn(601_000);
      await world.settle();
      carry();
      await wait(2000);
      delete answers['/moves'];
      const seen = written;
      await eventually(() => sink.lines('/moves').has(`line ${seen}`), 40);
    }
    clearInterval(writing);
    const missing = (name: string) =>
      Array.from({ length: written }, (_, line) => `line ${line}`).filter((line) => !sink.lines(`/${name}`).has(line));
    await eventually(() => missing('stays').length + missing('moves').length === 0, 40);
    expect([...sink.lines('/stays').values()].filter((count) => count > 1)).toEqual([]);
    expect(hosts.map((host) => host.agent.starts)).toEqual([1, 1]);
    // Another agent has positions of its own: what it carries, it reads from the beginning.
    expect([...sink.lines('/moves').values()].some((count) => count > 1)).toBe(true);
    const ids = ['stays', 'moves'].flatMap((name) => outputsIn(world.file('logs', name) ?? '').ids);
    const left = hosts.map((host) => {
      const carried = new Map((host === here ? ids : []).map((id) => [id, 1e9]));
      const state = new NodeState(host.node.places.state, hour, 1e9);
      state.look(carried, 0);
      remove(state.look(carried, hour).gone);
      const kept = list(host.node.places.state).map((name) => name.split('.')[0] ?? '');
      return new Set(kept.filter((name) => /^p[0-9a-f]{16}$/.test(name)));
    });
    expect(left).toEqual([new Set(ids), new Set()]);
  });
});
