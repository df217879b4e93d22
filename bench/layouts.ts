import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { TemplateSpec } from '../hooks/api/kinds/template.ts';
import { bundledTemplates } from '../hooks/cli/offline.ts';
import { baseConfiguration } from '../hooks/fluentbit/agent/base-configuration.ts';
import { workersFor } from '../hooks/fluentbit/render/workers.ts';
import { Container } from '../test/support/fluent-bit/agent-host.ts';
import { criLine, eventually, fluentBit, podsApi, relocated, withApi } from '../test/support/fluent-bit/fluent-bit.ts';
import { localCluster } from '../test/support/fluent-bit/tenants-on-a-node.ts';
import { freePort } from '../test/support/free-port.ts';
import { make } from '../test/support/world.ts';
import { kymaLayout } from './kyma-layout.ts';
import { cpuSeconds, median, parameter } from './resident-memory.ts';
import { inFields, inText, type SerialSink, serialLine, serialSink } from './serial-sink.ts';
import { target } from './target.ts';

const files = parameter('LAYOUTS_FILES', 10);
const lines = parameter('LAYOUTS_LINES', 20_000);
const rounds = parameter('LAYOUTS_ROUNDS', 3);
/** Whether lines that are JSON become fields, too. */
const parse = parameter('LAYOUTS_PARSE', 0) > 0;
const names = ['first', 'second', 'third'];
const namespace = 'shop';
const container = 'app';
const all = ['ours', 'A', 'C'] as const;

type Layout = (typeof all)[number];

interface Speed {
  /** Records per second. */
  pace: number;
  /** Seconds of CPU of Fluent Bit. */
  cpu: number;
}

interface Bench {
  folder: string;
  sink: SerialSink;
  /** Files of configuration by layout. */
  texts: Record<Layout, string[]>;
}

/**
 * How fast three pipelines deliver what lies in the same files: rendered by the hooks, with labels that are de-dotted
 * as the bundled template does it; as Kyma's telemetry manager lays them out (A); and without any filter (C).
 */
export async function layouts(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'layouts-'));
  const sink = await serialSink(files * lines);
  const pods = Array.from({ length: files }, (_, index) => pod(`web-${index}`));
  const api = await podsApi(Object.fromEntries(pods.map((one) => [`${namespace}/${one.metadata.name}`, one])));
  const speeds: Record<Layout, Speed[]> = { ours: [], A: [], C: [] };
  try {
    writeLogs(folder);
    writeFileSync(join(folder, 'token'), 'token');
    const kyma = (filtered: boolean) =>
      names.map((name) =>
        kymaLayout({ name, namespace, folder, port: sink.port, kubernetes: api.url, parse }, filtered),
      );
    const ours = (await rendered(sink.port)).map((text) => withApi(relocated(text, folder), folder, api.url));
    const bench: Bench = { folder, sink, texts: { ours, A: kyma(true), C: kyma(false) } };
    for (let round = 0; round < rounds; round++) {
      for (const layout of all) {
        const speed = await measured(bench, layout);
        speeds[layout].push(speed);
        console.log(
          `round ${round + 1}, ${layout}: ${Math.round(speed.pace)} records/s, ${speed.cpu.toFixed(1)} s of CPU`,
        );
      }
    }
  } finally {
    sink.close();
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  }
  for (const [other, atLeast] of [
    ['A', 1.25],
    ['C', 0.6],
  ] as const) {
    const ratio = (of: (speed: Speed) => number) =>
      median(speeds.ours.map((speed, round) => of(speed) / of(speeds[other][round] ?? speed)));
    target(
      `records/s, ours : ${other}`,
      ratio(({ pace }) => pace),
      { atLeast },
    );
    console.log(`CPU, ours : ${other} = ${ratio(({ cpu }) => cpu).toFixed(2)}`);
  }
}

function pod(name: string) {
  const labels = {
    'app.kubernetes.io/name': 'web',
    'app.kubernetes.io/instance': 'web-production',
    'app.kubernetes.io/version': '1.4.2',
    'pod-template-hash': '6d4cf56db6',
    'security.istio.io/tlsMode': 'istio',
  };
  return {
    metadata: { name, namespace, uid: '0f0f0f0f-1111', labels, annotations: { 'prometheus.io/scrape': 'true' } },
    spec: { nodeName: 'node-1', containers: [{ name: container, image: 'web:1.4.2' }] },
    status: { containerStatuses: [{ name: container, image: 'web:1.4.2', imageID: 'web@sha256:0', containerID: '0' }] },
  };
}

/** The files, and the links by which Kyma reads them. */
function writeLogs(folder: string): void {
  const links = join(folder, 'var/log/containers');
  mkdirSync(links, { recursive: true });
  for (let file = 0; file < files; file++) {
    const own = join(folder, 'var/log/pods', `${namespace}_web-${file}_0f0f0f0f-1111`, container);
    mkdirSync(own, { recursive: true });
    const text = Array.from({ length: lines }, (_, line) => criLine(serialLine(file * lines + line)));
    writeFileSync(join(own, '0.log'), text.join(''));
    symlinkSync(join(own, '0.log'), join(links, `web-${file}_${namespace}_${container}-${'0'.repeat(64)}.log`));
  }
}

/** Three LoggingConfigurations as the hooks render them, with the filters of the bundled template. */
async function rendered(port: number): Promise<string[]> {
  const template = bundledTemplates().find(({ metadata }) => metadata.name === 'sap-cloud-logging');
  const { filters = [], parsers = [], enrich } = (template?.['spec'] ?? {}) as Partial<TemplateSpec>;
  const world = await localCluster();
  for (const name of names) {
    const properties = { host: '127.0.0.1', port, uri: `/${name}`, format: 'json', json_date_key: 'date' };
    const spec = {
      enrich,
      ...(parse ? { parsers } : {}),
      filters: filters.filter(({ plugin }) => parse || plugin !== 'parser'),
      outputs: [{ plugin: 'http', properties: { ...properties, json_date_format: 'iso8601' } }],
    };
    await world.apply(make.logging(name, spec, namespace));
    const [problem] = world.problems('LoggingConfiguration', name, namespace);
    if (problem !== undefined) throw new Error(problem.message);
  }
  return names.map((name) => world.file(name, namespace) ?? '');
}

async function measured({ folder, sink, texts }: Bench, layout: Layout): Promise<Speed> {
  sink.clear(parse && layout !== 'C' ? inFields : inText);
  for (const name of ['state', 'live']) rmSync(join(folder, name), { recursive: true, force: true });
  for (const name of ['state', 'live']) mkdirSync(join(folder, name));
  for (const [index, text] of texts[layout].entries()) writeFileSync(join(folder, 'live', `${index}.yaml`), text);
  const main = join(folder, 'agent.yaml');
  writeFileSync(main, base(folder, await freePort()));
  const agent = new Container([fluentBit ?? '', '-c', main], { NODE_NAME: 'node-1', HOSTNAME: 'agent-1' });
  const total = files * lines;
  const begun = performance.now();
  agent.start();
  try {
    await eventually(() => names.every((name) => sink.count(`/${name}`) >= total), 300);
    // What is repeated comes after that.
    await wait(1500);
    const faults = names.map((name) => sink.faults(`/${name}`));
    if (faults.some(({ lost, repeated }) => lost + repeated > 0) || agent.starts > 1)
      throw new Error(`${layout} is not complete: ${JSON.stringify(faults)}`);
    return { pace: (1000 * names.length * total) / (sink.last() - begun), cpu: cpuSeconds(agent.pid ?? 0) };
  } catch (error) {
    console.error(agent.output.slice(-2000));
    throw error;
  } finally {
    await agent.stop();
  }
}

/** The same for all; a shorter flush than usual, so that the last records tell when they were there. */
function base(folder: string, port: number): string {
  const text = baseConfiguration(
    {
      clusterName: undefined,
      flushSeconds: 1,
      maxRetrySeconds: 300,
      backlogMemory: '32M',
      logLevel: 'error',
    },
    [],
  );
  const own = relocated(text, folder).replace('FLUENTBIND_CONTROL_PORT: "2020"', `FLUENTBIND_CONTROL_PORT: "${port}"`);
  const variables = Object.entries(workersFor(names.length))
    .map(([name, value]) => `  ${name}: "${value}"`)
    .join('\n');
  return `${own.replace(/^env:\n/m, `env:\n${variables}\n`)}includes:\n  - ${folder}/live/*.yaml\n`;
}
