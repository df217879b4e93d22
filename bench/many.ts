import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { KubernetesObject } from '../hooks/api/object.ts';
import { baseConfiguration } from '../hooks/fluentbit/agent/base-configuration.ts';
import { type AgentHost, agentHost, buildOnce } from '../test/support/fluent-bit/agent-host.ts';
import { eventually, podsApi, relocated, withApi } from '../test/support/fluent-bit/fluent-bit.ts';
import { make, World } from '../test/support/world.ts';
import { answers, live, untilReloaded } from './agent-moments.ts';
import { cpuSeconds, median, parameter, residentMiB } from './resident-memory.ts';
import { inText, serialLine, serialSink } from './serial-sink.ts';
import { target } from './target.ts';

const pipelines = parameter('MANY_PIPELINES', 1000);
const few = Math.min(100, pipelines);
const records = parameter('MANY_RECORDS', 100_000);
const rounds = parameter('MANY_ROUNDS', 3);
/** Pipelines whose pods write the records. */
const busy = 20;
/** Pipelines with pods on the node: as many as nodes have pods at most, where each is of another tenant. */
const crowded = Math.min(250, pipelines);
const path = '/logs';

interface Numbers {
  startSeconds: number;
  idle: number;
  cpu: number;
  memory: number;
  changeSeconds: number;
  reloadSeconds: number;
  sidecar: number;
}

const units: Record<keyof Numbers, string> = {
  startSeconds: 's until it has started',
  idle: '% of a core while nothing is written',
  cpu: `s of CPU for ${records} records`,
  memory: 'MiB',
  changeSeconds: 's until a change is loaded, its trial included',
  reloadSeconds: 's for a reload',
  sidecar: 'MiB of the sidecar',
};

/**
 * An agent with a thousand pipelines beside one with a hundred, as the sidecar builds their trees: how long it takes
 * to start and to reload, and what it costs to carry the same records for twenty of them. On a node that only those have
 * pods on, and on one that is full of pods of as many tenants; and beside them, as no node is, with all of them in Fluent
 * Bit, pods or not.
 */
export async function many(): Promise<void> {
  const main = buildOnce();
  for (const labels of [false, true]) {
    const what = labels ? 'with labels' : 'without labels';
    const found = await rounded(main, labels, what);
    const median = (one: Case) => middle(found.get(one) ?? []);
    for (const one of cases) console.log(`${called(one)} ${what}, median: ${describe(median(one))}`);
    const { cpu, reloadSeconds, sidecar } = median(full);
    target(`${units.cpu} ${what}`, cpu, { atMost: labels ? 9 : 6 });
    target(`${units.reloadSeconds} ${what}`, reloadSeconds, { atMost: labels ? 10 : 5 });
    target(`${units.sidecar} ${what}`, sidecar, { atMost: 64 });
    for (const one of [full, all])
      console.log(
        `CPU ${what}, ${called(one)} : ${called(least)} = ${(median(one).cpu / median(least).cpu).toFixed(2)}`,
      );
  }
}

async function rounded(main: string, labels: boolean, what: string): Promise<Map<Case, Numbers[]>> {
  const found = new Map(cases.map((one): [Case, Numbers[]] => [one, []]));
  const sink = await serialSink(records);
  try {
    const worlds = new Map<number, World>();
    for (const count of [few, pipelines]) worlds.set(count, await cluster(count, sink.port, labels));
    for (let round = 0; round < rounds; round++)
      for (const [one, numbers] of found) {
        sink.clear(inText);
        const world = worlds.get(one.count) as World;
        const now = await measured(main, world, one, labels, (expected) =>
          eventually(() => sink.count(path) >= expected, 180),
        );
        const { lost, repeated } = sink.faults(path);
        if (lost + repeated > 0) throw new Error(`${lost} records are lost, ${repeated} came again`);
        numbers.push(now);
        console.log(`round ${round + 1}, ${called(one)} ${what}: ${describe(now)}`);
      }
  } finally {
    sink.close();
  }
  return found;
}

function describe(numbers: Numbers): string {
  return (Object.keys(units) as (keyof Numbers)[]).map((key) => `${numbers[key].toFixed(1)} ${units[key]}`).join(', ');
}

function middle(numbers: readonly Numbers[]): Numbers {
  const of = (key: keyof Numbers) => median(numbers.map((one) => one[key]));
  return Object.fromEntries(
    (Object.keys(units) as (keyof Numbers)[]).map((key) => [key, of(key)]),
  ) as unknown as Numbers;
}

interface Case {
  /** Pipelines of the agent, and how many of them have pods on the node. */
  count: number;
  present: number;
  /** Whether Fluent Bit has the others, too. */
  anyway: boolean;
}

const least: Case = { count: few, present: busy, anyway: true };
const all: Case = { count: pipelines, present: busy, anyway: true };
const full: Case = { count: pipelines, present: crowded, anyway: false };
const cases = [least, all, full, { count: pipelines, present: busy, anyway: false }];

function called({ count, present, anyway }: Case): string {
  return anyway ? `all of ${count}` : `${present} of ${count}`;
}

const namespaceOf = (index: number) => `team-${index}`;

/** A pipeline with filters and a secret of its own. What differs from another's is no reason for a trial of its own. */
function tenant(index: number, port: number, labels: boolean, revision = 0): KubernetesObject[] {
  const namespace = namespaceOf(index);
  const code = 'function own(tag, timestamp, record)\n  record.seen = true\n  return 2, timestamp, record\nend';
  return [
    make.secret('backend', { token: `${revision}-${index}` }, namespace),
    make.logging(
      'logs',
      {
        variables: [{ name: 'token', valueFrom: { secretKeyRef: { name: 'backend', key: 'token' } } }],
        ...(labels ? { enrich: { labels: { include: ['*'] } } } : {}),
        filters: [
          { plugin: 'grep', properties: { exclude: 'log DEBUG' } },
          { plugin: 'lua', properties: { call: 'own', code } },
        ],
        outputs: [
          {
            plugin: 'http',
            properties: { host: '127.0.0.1', port, uri: path, format: 'json', header: ['Authorization $(token)'] },
          },
        ],
      },
      namespace,
    ),
  ];
}

async function cluster(count: number, port: number, labels: boolean): Promise<World> {
  const now = new Date().toISOString();
  const world = await World.start({ now, bundled: false, lint: false, applyStrategy: 'server-side-apply' });
  const policy = { destinations: { allow: ['*', '127.0.0.1'] }, code: 'Any' };
  await world.apply(make.agent('here', { namespace: 'logging', shards: 16, parts: 5, policy }));
  for (let index = 0; index < count; index++) for (const object of tenant(index, port, labels)) await world.put(object);
  await world.settle();
  return world;
}

async function measured(
  main: string,
  world: World,
  { count, present, anyway }: Case,
  labels: boolean,
  delivered: (records: number) => Promise<unknown>,
): Promise<Numbers> {
  const awake = anyway ? count : present;
  const host = await agentHost(main, { FLUENTBIND_ANYWAY: anyway ? String(count) : '0' });
  const api = labels ? await podsApi(pods(count)) : undefined;
  // As rendered: a test has no time for it, but to look a thousand times a second is another load.
  const adjust = (text: string) =>
    withApi(text, host.node.folder, api?.url).replaceAll('refresh_interval: 1\n', 'refresh_interval: 10\n');
  try {
    writeFileSync(join(host.node.folder, 'token'), 'token');
    mkdirSync(host.node.places.logs, { recursive: true });
    host.node.setBase(base(host));
    // The files are found before: how long that takes has nothing to do with records.
    write(host, 0, present, present);
    host.carry(world, { adjust });
    host.once();
    const begun = performance.now();
    host.agent.start();
    await answers(host);
    const startSeconds = (performance.now() - begun) / 1000;
    host.sidecar.start();
    await live(host, awake);
    const pid = host.agent.pid ?? 0;
    await delivered(present);
    const idle = await idleShare(pid);
    const before = cpuSeconds(pid);
    write(host, present, records, busy);
    await delivered(records);
    const cpu = cpuSeconds(pid) - before;
    const memory = residentMiB(pid);
    const namespace = namespaceOf(busy - 1);
    await world.edit('Secret', 'backend', (secret) => Object.assign(secret.data ?? {}, token()), namespace);
    const changeSeconds = await untilReloaded(host, () => host.carry(world, { adjust }));
    await live(host, awake);
    // It has counted the last one a little before it is ready for the next, and says nothing of it.
    await wait(2000);
    const reloadSeconds = await untilReloaded(host, () => fetch(`${host.agentUrl}/api/v2/reload`, { method: 'POST' }));
    if (host.agent.starts > 1) throw new Error('Fluent Bit has died');
    return {
      startSeconds,
      idle,
      cpu,
      memory,
      changeSeconds,
      reloadSeconds,
      sidecar: residentMiB(host.sidecar.pid ?? 0),
    };
  } catch (error) {
    console.error(host.agent.output.slice(-2000), host.sidecar.output.slice(-2000));
    throw error;
  } finally {
    await host.stop();
    await api?.close();
  }
}

let tokens = 0;
function token(): Record<string, string> {
  tokens += 1;
  return { token: Buffer.from(`new-${tokens}`).toString('base64') };
}

function pods(count: number): Record<string, object> {
  const labels = { 'app.kubernetes.io/name': 'web', 'pod-template-hash': '6d4cf56db6' };
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `${namespaceOf(index)}/web`,
      { metadata: { name: 'web', namespace: namespaceOf(index), uid: '0f0f0f0f-1111', labels }, spec: {}, status: {} },
    ]),
  );
}

function base(host: AgentHost): string {
  const text = baseConfiguration(
    {
      clusterName: undefined,
      flushSeconds: 5,
      maxRetrySeconds: 300,
      backlogMemory: '32M',
      logLevel: 'error',
    },
    [],
  );
  return relocated(text, host.node.folder).replace(
    'FLUENTBIND_CONTROL_PORT: "2020"',
    `FLUENTBIND_CONTROL_PORT: "${new URL(host.agentUrl).port}"`,
  );
}

/** Serials from one up to another, each into the file of one of the first pipelines. */
function write(host: AgentHost, from: number, to: number, writers: number): void {
  const serials = Array.from({ length: to - from }, (_, place) => from + place);
  for (let index = 0; index < writers; index++)
    host.write(namespaceOf(index), ...serials.filter((serial) => serial % writers === index).map(serialLine));
}

/** Per cent of a core. */
async function idleShare(pid: number): Promise<number> {
  const seconds = 8;
  const before = cpuSeconds(pid);
  await wait(seconds * 1000);
  return ((cpuSeconds(pid) - before) / seconds) * 100;
}
