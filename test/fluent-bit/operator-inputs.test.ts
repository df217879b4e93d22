import { createSocket } from 'node:dgram';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { id } from '../../hooks/kubernetes/ids.ts';
import { buildOnce } from '../support/fluent-bit/agent-host.ts';
import { fleetNode, podOf } from '../support/fluent-bit/fleet-node.ts';
import { eventually, fluentBit } from '../support/fluent-bit/fluent-bit.ts';
import { freePort } from '../support/free-port.ts';
import { make, World } from '../support/world.ts';

type Arrived = Record<string, unknown>;

/** A backend that can be away, and keeps what it gets by path. */
class Backend {
  readonly records = new Map<string, Arrived[]>();
  #server: Server | undefined;

  async listen(port = 0): Promise<number> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const path = request.url ?? '';
        this.records.set(path, [...this.at(path), ...(JSON.parse(Buffer.concat(chunks).toString()) as Arrived[])]);
        response.end();
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  at(path: string): Arrived[] {
    return this.records.get(path) ?? [];
  }

  /** How often each body came. */
  counts(path: string): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { log } of this.at(path)) counts.set(String(log), (counts.get(String(log)) ?? 0) + 1);
    return counts;
  }

  close(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }
}

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

/** Whether a collector took the lines over: what it did not take is the sender's. */
async function send(port: number, lines: readonly string[]): Promise<boolean> {
  const logRecords = lines.map((line) => ({
    timeUnixNano: '1700000000000000000',
    severityText: 'INFO',
    body: { stringValue: line },
    attributes: [attribute('route', '/x')],
  }));
  const resource = { attributes: [attribute('service.name', 'shop')] };
  return fetch(`http://127.0.0.1:${port}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 's' }, logRecords }] }] }),
  })
    .then(({ ok }) => ok)
    .catch(() => false);
}

const running: { stop: () => unknown }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function backend(): Promise<Backend> {
  const made = new Backend();
  running.push({ stop: () => made.close() });
  return made;
}

const agent = (spec: object, service: object = {}) =>
  make.agent('edge', {
    namespace: 'logging',
    clusterName: 'prod-eu',
    shards: 2,
    parts: 1,
    policy: { destinations: { allow: ['*', '127.0.0.1'] } },
    service: { flushSeconds: 1, maxRetrySeconds: 10, ...service },
    ...spec,
  });
const http = (port: number, uri: string) => ({
  plugin: 'http',
  properties: { host: '127.0.0.1', port, uri, format: 'json' },
});

async function node(world: World) {
  const made = await fleetNode(buildOnce(), podOf(world, 'edge-agent'));
  running.push(made);
  made.mount(world, 'edge');
  made.prepare();
  made.agent.start();
  made.reload.start();
  return made;
}

describe.skipIf(fluentBit === undefined)("an operator's inputs in a real Fluent Bit", { timeout: 180_000 }, () => {
  it('give each pipeline every record once, whoever is away, and across reloads', async () => {
    const [here, away] = [await backend(), await backend()];
    const [port, dead, listen] = [await here.listen(), await freePort(), await freePort()];
    const inputs = [{ id: 'otlp', plugin: 'opentelemetry', port: listen, namespaces: ['*'] }];
    const spec = {
      inputs,
      filters: [{ plugin: 'modify', rules: ['add site berlin'] }],
      outputs: [{ ...http(port, '/archive'), id: 'archive' }],
    };
    const world = await World.start();
    const from = { input: { from: 'otlp' } };
    await world.apply(
      make.namespace('logging'),
      make.namespace('shop'),
      agent(spec),
      make.logging('a', { ...from, enrich: { clusterName: true }, outputs: [http(port, '/a')] }),
      make.logging('b', {
        ...from,
        filters: [{ plugin: 'modify', rules: ['add mine b'] }],
        outputs: [http(port, '/b')],
      }),
      make.logging('dead', { ...from, outputs: [http(dead, '/dead')] }),
    );
    for (const name of ['a', 'b', 'dead']) expect(world.problems('LoggingConfiguration', name)).toEqual([]);
    const { agent: bit, reload, mount } = await node(world);
    const taken: string[] = [];
    let batch = 0;
    const ship = async () => {
      const lines = Array.from({ length: 50 }, (_, index) => `${batch}-${index}`);
      batch += 1;
      if (await send(listen, lines)) taken.push(...lines);
    };
    for (let tries = 0; taken.length === 0 && tries < 100; tries++) await ship().then(() => wait(200));
    const reloads = () => reload.output.match(/"reason":"change","outcome":"live"/g)?.length ?? 0;
    for (const maxRetrySeconds of [11, 12]) {
      const before = reloads();
      await world.apply(agent(spec, { maxRetrySeconds }));
      mount(world, 'edge');
      for (let sent = 0; (reloads() === before || sent < 20) && sent < 600; sent++) await ship().then(() => wait(50));
      expect(reloads()).toBeGreaterThan(before);
      await ship();
    }
    // What Fluent Bit's server acknowledges in the moment in which a reload pauses the input is lost to everybody.
    const missing = () => taken.filter((line) => !here.counts('/a').has(line)).map((line) => line.split('-')[0]);
    await eventually(() => new Set(missing()).size <= 2, 30);
    const arrived = (at: Backend, path: string) => [...at.counts(path).keys()].sort().join(' ');
    for (const path of ['/b', '/archive']) await eventually(() => arrived(here, path) === arrived(here, '/a'), 30);
    await away.listen(dead);
    await eventually(() => arrived(away, '/dead') === arrived(here, '/a'), 60);
    for (const [at, path] of [
      [here, '/a'],
      [here, '/b'],
      [here, '/archive'],
      [away, '/dead'],
    ] as const)
      expect([path, [...at.counts(path).values()].filter((count) => count !== 1)]).toEqual([path, []]);
    expect([bit.starts, reload.starts]).toEqual([1, 1]);
    expect(bit.output).not.toMatch(/\[error\] \[(filter|input|config|lib|parser)|unknown|invalid/i);
    const received = {
      site: 'berlin',
      otlp: {
        severity_text: 'INFO',
        attributes: { route: '/x' },
        resource: { 'service.name': 'shop' },
        scope: { name: 's' },
      },
    };
    const [a, b, archive] = ['/a', '/b', '/archive'].map((path) => here.at(path)[0]);
    expect(a).toMatchObject({ ...received, kubernetes: { cluster_name: 'prod-eu' } });
    expect(b).toMatchObject({ ...received, mine: 'b' });
    expect(archive).toMatchObject(received);
    for (const record of [b, archive]) expect(record).not.toHaveProperty('kubernetes');
    for (const record of [a, archive]) expect(record).not.toHaveProperty('mine');
    for (const record of [a, b, archive]) expect(record).not.toHaveProperty('_fluentbind_input');
  });

  it('let no sender choose the pipeline', async () => {
    const here = await backend();
    const port = await here.listen();
    const plugins = ['opentelemetry', 'elasticsearch', 'splunk', 'forward', 'tcp', 'udp', 'syslog'];
    const ports = new Map<string, number>();
    for (const plugin of plugins) ports.set(plugin, await freePort());
    const own: Record<string, object> = { syslog: { mode: 'udp', parser: 'line' } };
    const world = await World.start();
    await world.apply(
      make.namespace('logging'),
      make.namespace('shop'),
      agent({
        inputs: plugins.map((plugin) => ({
          id: plugin,
          plugin,
          port: ports.get(plugin),
          properties: own[plugin] ?? {},
        })),
        parsers: [{ name: 'line', properties: { format: 'regex', regex: '^(?<log>.*)$' } }],
        outputs: [http(port, '/archive')],
      }),
      make.logging('victim', { outputs: [http(port, '/victim')] }),
    );
    expect(world.problems('FluentBitAgent', 'edge')).toEqual([]);
    const tag = id('shop', 'victim', '0');
    expect(world.file('victim')).toContain(`tag: ${tag}`);
    const { agent: bit, log } = await node(world);
    const at = (plugin: string) => ports.get(plugin) ?? 0;
    for (let tries = 0; !(await send(at('opentelemetry'), ['otlp'])) && tries < 100; tries++) await wait(200);
    const post = (plugin: string, path: string, body: string) =>
      fetch(`http://127.0.0.1:${at(plugin)}/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
    for (const path of [tag, `${tag}/v1/logs`]) await post('opentelemetry', path, '{"resourceLogs":[]}');
    for (const path of ['_bulk', `${tag}/_bulk`])
      await post('elasticsearch', path, `{"create":{"_index":"${tag}"}}\n{"log":"es","tag":"${tag}"}\n`);
    for (const path of ['services/collector', tag])
      await post('splunk', path, JSON.stringify({ event: 'e', log: 'splunk', index: tag, source: tag, tag }));
    const raw = (plugin: string, data: string | Buffer) =>
      new Promise<void>((resolve) => {
        const socket = connect(at(plugin), '127.0.0.1', () => socket.end(data, () => resolve()));
      });
    await raw('tcp', `{"log":"tcp","tag":"${tag}"}\n`);
    // [tag, 1700000000, {"log": "forward"}] in MessagePack.
    const header = Buffer.from([0x93, 0xa0 | tag.length]);
    const record = Buffer.concat([
      Buffer.from([0xce, 0x65, 0x53, 0xf1, 0, 0x81, 0xa3]),
      Buffer.from('log\xa7forward', 'latin1'),
    ]);
    await raw('forward', Buffer.concat([header, Buffer.from(tag), record]));
    const datagrams = createSocket('udp4');
    datagrams.send(`{"log":"udp","tag":"${tag}"}\n`, at('udp'), '127.0.0.1');
    datagrams.send('syslog', at('syslog'), '127.0.0.1');
    log('shop', 'own');
    const found = (path: string) => [...new Set(here.at(path).map(({ log }) => String(log)))].sort();
    await eventually(() => found('/archive').length >= 7 && found('/victim').length >= 1, 30);
    datagrams.close();
    await wait(2500);
    expect(found('/victim')).toEqual(['own']);
    expect(found('/archive')).toEqual(['es', 'forward', 'otlp', 'splunk', 'syslog', 'tcp', 'udp']);
    expect(bit.output).not.toMatch(/\[error\].*operator/);
  });
});
