import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSidecarConfig } from '../../hooks/config/sidecar-config.ts';
import { buildOnce } from '../support/fluent-bit/agent-host.ts';
import { environmentOf, fleetNode, podOf } from '../support/fluent-bit/fleet-node.ts';
import { eventually, fluentBit } from '../support/fluent-bit/fluent-bit.ts';
import { make, World } from '../support/world.ts';

const agent = (service: object = {}) =>
  make.agent('edge', {
    namespace: 'logging',
    clusterName: 'prod-eu',
    shards: 4,
    parts: 2,
    // The backend of this test is on the loopback.
    policy: { destinations: { allow: ['*', '127.0.0.1'] } },
    service: { flushSeconds: 1, ...service },
  });

async function start(): Promise<World> {
  const world = await World.start();
  await world.apply(make.namespace('logging'), make.namespace('shop'), agent());
  return world;
}

describe('the pod of an agent', () => {
  it('mounts every folder that its programs read and write, and is asked where the sidecar answers', async () => {
    const { containers, initContainers, volumes } = podOf(await start(), 'edge-agent');
    const [bit, ...sidecars] = [...containers, ...initContainers];
    for (const container of sidecars) {
      const environment = environmentOf(container);
      const config = readSidecarConfig(environment);
      const { places, port, agent: name, node, lease, bufferTotal, agentUrl } = config;
      expect(config.trial.memoryMiB).toBe(128);
      const writable = container.volumeMounts.filter(({ readOnly }) => readOnly !== true).map((one) => one.mountPath);
      const mounted = container.volumeMounts.map(({ mountPath }) => mountPath);
      const within = (folders: readonly string[], path: string) =>
        folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
      expect(mounted).toContain(places.logs);
      for (const place of [places.generations, places.live, places.state]) expect(within(writable, place)).toBe(true);
      expect(mounted).toEqual(expect.arrayContaining([places.incoming, places.base.replace(/\/[^/]+$/, '')]));
      // It chooses itself, and nobody else knows.
      expect(agentUrl).toBeUndefined();
      expect({ name, node, lease, bufferTotal }).toEqual({
        name: 'edge',
        node: 'node-1',
        lease: 'edge.node-1',
        bufferTotal: 10 * 1024 ** 3,
      });
      expect(bit?.args).toEqual(['/fluent-bit/bin/fluent-bit', '-c', `${places.live}/fluent-bit.yaml`]);
      for (const { livenessProbe } of containers) expect(livenessProbe?.httpGet.port).toBe(port);
    }
    // Two agents on one node know their state by one path, and share none of it.
    expect(volumes.find(({ name }) => name === 'state')?.hostPath?.path).toBe('/var/lib/fluentbind/edge');
    expect(bit?.volumeMounts).toContainEqual({ name: 'state', mountPath: '/var/lib/fluentbind' });
  });
});

describe.skipIf(fluentBit === undefined)('the fleet on a node with a real Fluent Bit', { timeout: 120_000 }, () => {
  const bodies: string[] = [];
  const sink = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(`${request.headers.authorization ?? ''} ${Buffer.concat(chunks).toString()}`);
      response.end();
    });
  });
  let running: Awaited<ReturnType<typeof fleetNode>> | undefined;
  beforeEach(async () => {
    await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    await running?.stop();
    sink.close();
    sink.closeAllConnections();
  });

  it('ships a rendered pipeline, and takes over another base configuration without a restart', async () => {
    const world = await start();
    const { port } = sink.address() as AddressInfo;
    const header = 'Authorization $(token)';
    await world.apply(
      make.secret('cls', { token: 'planted-token' }),
      make.logging('logs', {
        enrich: { clusterName: true },
        variables: [{ name: 'token', valueFrom: { secretKeyRef: { name: 'cls', key: 'token' } } }],
        outputs: [{ plugin: 'http', properties: { host: '127.0.0.1', port, format: 'json', header } }],
      }),
    );
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready')).toMatchObject({ status: 'True' });
    running = await fleetNode(buildOnce(), podOf(world, 'edge-agent'));
    const { agent: bit, reload, log, mount, prepare, alive, metrics } = running;
    mount(world, 'edge');
    prepare();
    bit.start();
    reload.start();
    log('shop', 'first');
    const arrived = (line: string) => bodies.find((body) => body.includes(line));
    await eventually(() => arrived('first') !== undefined, 30);
    expect(arrived('first')).toMatch(/^planted-token .*"cluster_name":"prod-eu"/);
    expect(arrived('first')).toContain('"host":"node-1"');
    for (let tries = 0; !(await alive()) && tries < 50; tries++) await wait(200);
    expect(await alive()).toBe(true);
    await world.apply(agent({ logLevel: 'warn', maxRetrySeconds: 20 }));
    mount(world, 'edge');
    await eventually(() => /"reason":"change","outcome":"live"/.test(reload.output), 30);
    log('shop', 'second');
    await eventually(() => arrived('second') !== undefined, 30);
    expect(await metrics()).toMatch(/^fluentbind_agent_up 1$/m);
    expect([bit.starts, reload.starts]).toEqual([1, 1]);
    const [, address = '', controlPort = ''] = /listen iface=([\d.]+) tcp_port=(\d+)/.exec(bit.output) ?? [];
    expect(`${address}:${controlPort}`).toMatch(/^127\.\d+\.\d+\.\d+:6[1-5]\d{3}$/);
    for (const other of ['127.0.0.1:2020', `127.0.0.1:${controlPort}`, `${address}:2020`])
      await expect(fetch(`http://${other}/api/v2/reload`), other).rejects.toThrow();
    // Of a setting that it does not know.
    expect(bit.output).not.toMatch(/\[error\]|unknown|invalid|deprecated/i);
    expect(bit.output + reload.output).not.toContain('planted-token');
  });
});
