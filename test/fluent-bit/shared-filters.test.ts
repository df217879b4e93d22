import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../hooks/api/object.ts';
import { type AgentHost, agentHost, buildOnce } from '../support/fluent-bit/agent-host.ts';
import { eventually, fluentBit, type PodsApi, podsApi, withApi } from '../support/fluent-bit/fluent-bit.ts';
import { make, World } from '../support/world.ts';

const teams = ['blue', 'green'];
const labels = { app: 'web', team: 'any' };
/** What is asked for, and what `kubernetes` of a record has then beside namespace, pod and container. */
const kinds: [name: string, spec: object, more: object][] = [
  ['path', {}, {}],
  ['cluster', { enrich: { clusterName: true } }, { cluster_name: 'prod' }],
  ['labels', { enrich: { labels: { include: ['*'] } } }, { labels }],
  ['some', { enrich: { labels: { include: ['app'] } } }, { labels: { app: 'web' } }],
  [
    'both',
    { enrich: { labels: { include: ['*'] }, annotations: { include: ['*'] } } },
    { labels, annotations: { a: 'b' } },
  ],
  ['selected', { input: { podSelector: { matchLabels: { app: 'web' } } } }, {}],
];

describe.skipIf(fluentBit === undefined)('filters that stand once for many pipelines', { timeout: 120_000 }, () => {
  const found: { from: string; record: Record<string, Record<string, unknown>> }[] = [];
  const sink = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      for (const record of JSON.parse(Buffer.concat(chunks).toString()) as Record<string, Record<string, unknown>>[])
        found.push({ from: request.url ?? '', record });
      response.end();
    });
  });
  let host: AgentHost;
  let api: PodsApi;

  beforeAll(async () => {
    await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
    const { port } = sink.address() as AddressInfo;
    api = await podsApi(
      Object.fromEntries(
        teams.map((team) => [
          `${team}/web`,
          {
            metadata: { name: 'web', namespace: team, uid: 'u', labels, annotations: { a: 'b' } },
            spec: {},
            status: {},
          },
        ]),
      ),
    );
    const world = await World.start({ now: new Date().toISOString() });
    const policy = { destinations: { allow: ['*', '127.0.0.1'] } };
    await world.apply(make.namespace('logging'), make.agent('here', { namespace: 'logging', shards: 2, policy }));
    for (const team of teams) await world.apply(...tenant(team, port));
    host = await agentHost(buildOnce(), {}, { flush: 1 });
    writeFileSync(join(host.node.folder, 'token'), 'token');
    host.node.setBase(`env:\n  FLUENTBIND_CLUSTER_NAME: prod\n${host.node.mountedBase()}`);
    host.carry(world, { adjust: (text) => withApi(text, host.node.folder, api.url) });
    host.start();
  });
  afterAll(async () => {
    await host.stop();
    await api.close();
    sink.close();
    sink.closeAllConnections();
  });

  it('bring to each record what its own pipeline asks for', async () => {
    for (const team of teams) host.write(team, `of ${team}`);
    await eventually(() => found.length >= teams.length * kinds.length, 60);
    const expected = teams.flatMap((team) =>
      kinds.map(([name, , more]) => ({
        from: `/${team}/${name}`,
        log: `of ${team}`,
        kubernetes: { namespace_name: team, pod_name: 'web', ...more },
      })),
    );
    const seen = found.map(({ from, record: { log, kubernetes = {} } }) => {
      const { namespace_name, pod_name, labels: own, annotations, cluster_name } = kubernetes;
      const given = { namespace_name, pod_name, labels: own, annotations, cluster_name };
      return {
        from,
        log,
        kubernetes: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      };
    });
    expect(seen.sort((a, b) => (a.from < b.from ? -1 : 1))).toEqual(
      expected.sort((a, b) => (a.from < b.from ? -1 : 1)),
    );
    const own = host.node.liveTree();
    if (typeof own === 'string') throw new Error(own);
    const common = readFileSync(join(host.node.places.live, 'shared.yaml'), 'utf8');
    const names = [common, ...Object.values(own)].flatMap(
      (text) => text.match(/^ {4}- name: (lua|kubernetes)$/gm) ?? [],
    );
    // Metadata from the path once, with and without the cluster; what asks for labels has two filters of its own.
    expect(names).toHaveLength(2 + 2 * 4 * teams.length);
  });
});

function tenant(team: string, port: number): KubernetesObject[] {
  return [
    make.namespace(team),
    ...kinds.map(([name, spec]) =>
      make.logging(
        name,
        {
          ...spec,
          outputs: [
            { plugin: 'http', properties: { host: '127.0.0.1', port, uri: `/${team}/${name}`, format: 'json' } },
          ],
        },
        team,
      ),
    ),
  ];
}
