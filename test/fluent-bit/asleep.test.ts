import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentHost, agentHost, buildOnce } from '../support/fluent-bit/agent-host.ts';
import { eventually, fluentBit } from '../support/fluent-bit/fluent-bit.ts';
import { make, World } from '../support/world.ts';

const teams = Array.from({ length: 8 }, (_, index) => `team-${index}`);

describe.skipIf(fluentBit === undefined)('pipelines without a pod on their node', { timeout: 180_000 }, () => {
  const lines = new Map<string, string[]>();
  const sink = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const records = JSON.parse(Buffer.concat(chunks).toString()) as { log: string }[];
      const url = request.url ?? '';
      lines.set(url, [...(lines.get(url) ?? []), ...records.map(({ log }) => log)]);
      response.end();
    });
  });
  let host: AgentHost;
  let world: World;

  beforeAll(async () => {
    await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
    world = await World.start({ now: new Date().toISOString() });
    const policy = { destinations: { allow: ['*', '127.0.0.1'] } };
    await world.apply(make.namespace('logging'), make.agent('here', { namespace: 'logging', shards: 2, policy }));
    const { port } = sink.address() as AddressInfo;
    for (const team of teams) {
      const properties = { host: '127.0.0.1', port, uri: `/${team}`, format: 'json' };
      await world.apply(
        make.namespace(team),
        make.logging('logs', { outputs: [{ plugin: 'http', properties }] }, team),
      );
    }
    host = await agentHost(buildOnce(), { FLUENTBIND_ANYWAY: '0' }, { flush: 1 });
    host.carry(world);
  });
  afterAll(async () => {
    await host.stop();
    sink.close();
    sink.closeAllConnections();
  });

  const live = () => {
    const tree = host.node.liveTree();
    return typeof tree === 'string' ? tree : Object.keys(tree).map((file) => file.split('.')[0]);
  };
  const arrived = (team: string, count: number) => eventually(() => (lines.get(`/${team}`) ?? []).length >= count, 60);

  it('are not in Fluent Bit until one comes, and then miss no line', async () => {
    const [first = '', ...others] = teams;
    const expected = new Map<string, string[]>();
    const log = (team: string, line: string) => {
      host.write(team, line);
      expected.set(`/${team}`, [...(expected.get(`/${team}`) ?? []), line]);
    };
    log(first, 'at first');
    host.start();
    await arrived(first, 1);
    expect(live()).toEqual([first]);
    for (const team of others.slice(0, 3)) log(team, 'of a new pod');
    for (let index = 0; index < 50; index++) for (const team of teams.slice(0, 4)) log(team, `line ${index}`);
    for (const team of others.slice(0, 3)) await arrived(team, 51);
    expect(live()).toEqual(teams.slice(0, 4));
    log(teams[7] ?? '', 'of the last');
    await arrived(teams[7] ?? '', 1);
    await arrived(first, 51);
    expect(new Map([...lines].sort())).toEqual(new Map([...expected].sort()));
    expect([host.agent.starts, host.sidecar.starts]).toEqual([1, 1]);
  });
});
