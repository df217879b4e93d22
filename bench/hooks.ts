import { type ChildProcess, execFileSync, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { HookTransport } from '../hooks/engine/passes/hook-client.ts';
import { httpTransport } from '../hooks/engine/passes/http-transport.ts';
import { packageFile } from '../hooks/runtime/package-file.ts';
import { shardOf } from '../hooks/shards/rendezvous.ts';
import { freePort } from '../test/support/free-port.ts';
import { hooksNodeOptions } from '../test/support/hooks-node-options.ts';
import { make, World } from '../test/support/world.ts';
import type { Answer, Call } from './hooks-alone.ts';
import { residentMiB } from './resident-memory.ts';
import { target } from './target.ts';
import { handwritten, named, type Workload } from './workloads.ts';

/** What the peers were measured to need, in the same unit on another machine: milliseconds of CPU for one change. */
const peers =
  'fluent-operator 91-104 ms among 1000, 425 ms among 5000, 151 s for onboarding 1000; logging-operator 150 and 963 ms';

const node = process.env['HOOKS_NODE'] ?? process.execPath;

/** Hooks that are measured. */
export interface Hooks {
  transport: HookTransport;
  /** Seconds of CPU that they have used. */
  cpu: () => Promise<number>;
  memoryMiB: () => number;
  stop: () => Promise<void>;
}

/** Changes that are measured. */
export const changes = 100;

/** Another Node than that of the bench may run them. */
function start(program: readonly string[], env: Record<string, string>, stdio: StdioOptions): ChildProcess {
  return spawn(node, program, {
    env: { ...process.env, ...env, NODE_OPTIONS: hooksNodeOptions },
    stdio,
  });
}

/** The hooks as the chart starts them, with their server. */
async function served(): Promise<Hooks> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = start(
    [packageFile('dist/main.js'), 'serve'],
    { FLUENTBIND_HOST: '127.0.0.1', FLUENTBIND_PORT: String(port), FLUENTBIND_LOG_LEVEL: 'error' },
    ['ignore', 'inherit', 'inherit'],
  );
  for (let tries = 0; tries < 100; tries++) {
    if (
      await fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break;
    await wait(100);
  }
  const http = httpTransport();
  return {
    transport: (path, body, timeout) => http(url + path, body, timeout),
    memoryMiB: () => residentMiB(child.pid ?? 0),
    cpu: async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(/^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1]);
    },
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** The same without a server: what comes as JSON goes back as JSON, and nothing else is counted. */
export async function alone(env: Record<string, string> = {}): Promise<Hooks> {
  const file = fileURLToPath(new URL('./hooks-alone.js', import.meta.url));
  const child = start([file], env, ['ignore', 'inherit', 'inherit', 'ipc']);
  const directory = mkdtempSync(join(tmpdir(), 'fluentbind-hooks-'));
  const [given, answered] = [join(directory, 'request'), join(directory, 'reply')];
  let last: Answer = { cpu: 0, memoryMiB: 0 };
  return {
    transport: async (path, body) => {
      const bytes = Buffer.from(body);
      writeFileSync(given, bytes);
      const call: Call = { path, request: given, length: bytes.length, reply: answered };
      child.send(call);
      [last] = (await once(child, 'message')) as [Answer];
      return { status: 200, body: readFileSync(answered, 'utf8') };
    },
    memoryMiB: () => last.memoryMiB,
    cpu: async () => last.cpu / 1000,
    stop: async () => {
      child.disconnect();
      await once(child, 'exit');
      rmSync(directory, { recursive: true });
    },
  };
}

interface Numbers {
  /** Of all of them, one by one; undefined where not all of them are there. */
  onboardingSeconds: number | undefined;
  changeMilliseconds: number;
  /** Calls of each hook for one change. */
  calls: Record<string, number>;
  fileBytes: number;
  memoryMiB: number;
}

export interface Size {
  pipelines: number;
  shards: number;
  parts: number;
  /** How many of the shards are filled. */
  filled: number;
  /** Milliseconds of one change. */
  atMost: number;
}

export async function measure(
  { pipelines, shards, parts, filled }: Size,
  startHooks: () => Promise<Hooks>,
  { bundled, tenant }: Workload = handwritten,
): Promise<Numbers> {
  const hooks = await startHooks();
  const counts = new Map<string, number>();
  const world = await World.start({
    bundled,
    lint: false,
    applyStrategy: 'server-side-apply',
    wrap: () => (url, body, timeout) => {
      const path = new URL(url).pathname;
      counts.set(path, (counts.get(path) ?? 0) + 1);
      return hooks.transport(path, body, timeout);
    },
  });
  try {
    await world.apply(make.namespace('logging'), make.agent('edge', { namespace: 'logging', shards, parts }));
    for (let index = 0; index < pipelines; index += 5) await world.put(make.namespace(`team-${index / 5}`));
    await world.settle();
    const tenants = Array.from({ length: pipelines }, (_, index) => index).filter((index) => {
      const { namespace, name } = named(index);
      return shardOf(namespace, name, shards) < filled;
    });
    const before = await hooks.cpu();
    for (const index of tenants) {
      const { secret, resource } = tenant(index);
      await world.apply(secret, resource);
    }
    const onboardingSeconds = filled === shards ? (await hooks.cpu()) - before : undefined;
    const change = (number: number) => world.apply(tenant(tenants[(number * 37) % tenants.length] ?? 0, 1).resource);
    // The first changes are those of a process that has seen none.
    const early = changes / 2;
    for (let number = 0; number < early; number++) await change(number);
    counts.clear();
    const first = await hooks.cpu();
    for (let number = early; number < early + changes; number++) await change(number);
    const changeMilliseconds = (1000 * ((await hooks.cpu()) - first)) / changes;
    const { namespace, name } = named(tenants[0] ?? 0);
    const [problem] = world.problems('LoggingConfiguration', name, namespace);
    if (problem !== undefined) throw new Error(problem.message);
    if (world.engine.errors.length > 0) throw new Error(JSON.stringify(world.engine.errors[0]));
    const packed = packedPipelines(world);
    if (packed !== tenants.length) throw new Error(`${packed} of ${tenants.length} pipelines are packed`);
    return {
      onboardingSeconds,
      changeMilliseconds,
      calls: Object.fromEntries([...counts].map(([path, count]) => [path.replace('/hooks/', ''), count / changes])),
      fileBytes: world.file(name, namespace)?.length ?? 0,
      memoryMiB: hooks.memoryMiB(),
    };
  } finally {
    await hooks.stop();
  }
}

function packedPipelines(world: World): number {
  const shards = world.store.all().filter(({ kind }) => kind === 'FluentBitShard');
  return shards.reduce((sum, { status }) => sum + ((status as { pipelines?: number } | undefined)?.pipelines ?? 0), 0);
}

/**
 * CPU of the hooks over all hops, JSON and signatures included, for one changed pipeline and for onboarding: what is
 * done from the bytes of the requests to those of the replies, and all of the process with its HTTP server.
 */
export async function hooks(): Promise<void> {
  const all: [label: string, size: Size][] = [
    ['1000 in 16 shards', { pipelines: 1000, shards: 16, parts: 5, filled: 16, atMost: 30 }],
    // Of so many the engine beside it would take most of an hour. A change concerns one shard; the others are there, empty.
    ['5000 in 64 shards, of which 4 are filled', { pipelines: 5000, shards: 64, parts: 7, filled: 4, atMost: 40 }],
  ];
  const least = Number(process.env['HOOKS_LEAST'] ?? 0);
  const most = Number(process.env['HOOKS_PIPELINES'] ?? 5000);
  console.log(`hooks on Node ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`);
  const found: Numbers[] = [];
  for (const [label, size] of all.filter(([, { pipelines }]) => pipelines >= least && pipelines <= most)) {
    const own = await measure(size, () => alone());
    found.push(own);
    say(label, own);
    target('ms of CPU for one change', own.changeMilliseconds, { atMost: size.atMost });
    if (own.onboardingSeconds !== undefined) target('s of CPU for onboarding', own.onboardingSeconds, { atMost: 15 });
    for (const [hook, count] of Object.entries(own.calls)) console.log(`  ${count.toFixed(2)} ${hook}`);
    say(`${label}, the whole process`, await measure(size, served));
  }
  const [thousand, five] = found;
  if (thousand !== undefined && five !== undefined)
    console.log(`one change, 5000 : 1000 = ${(five.changeMilliseconds / thousand.changeMilliseconds).toFixed(2)}`);
  console.log(`for comparison: ${peers}`);
}

function say(label: string, { onboardingSeconds, changeMilliseconds, fileBytes, memoryMiB }: Numbers): void {
  const onboarding = onboardingSeconds === undefined ? '' : `, onboarding ${onboardingSeconds.toFixed(1)} s`;
  console.log(
    `${label}: one change ${changeMilliseconds.toFixed(1)} ms${onboarding}, file ${fileBytes} bytes, ${memoryMiB.toFixed(0)} MiB`,
  );
}
