import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { nodeFlags } from '../../../hooks/controllers/fluent-bit-agent/pod-spec.ts';
import { freePort } from '../free-port.ts';
import { type AgentNode, agentNode, type Pipeline, type ShardFiles, sha256 } from '../node/agent-node.ts';
import { shardFilesOf } from '../node/shard-files.ts';
import type { World } from '../world.ts';
import { criLine, fluentBit } from './fluent-bit.ts';

/** The fluentbind of these sources as a program of its own; made once. */
export function buildOnce(): string {
  const folder = join(process.cwd(), '.cache/agent-build');
  execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json', '--outDir', folder, '--noCheck'], {
    stdio: 'pipe',
  });
  return join(folder, 'main.js');
}

/** A program that is started again whenever it ends, as the kubelet does. */
export class Container {
  starts = 0;
  output = '';
  #child: ChildProcess | undefined;
  #stopped = false;
  readonly #command: readonly [string, ...string[]];
  readonly #environment: Record<string, string>;
  readonly #restartAfter: number;
  readonly #logFolder: string | undefined;

  constructor(
    command: readonly [string, ...string[]],
    environment: Record<string, string>,
    { restartAfter = 500, logFolder }: { restartAfter?: number; logFolder?: string | undefined } = {},
  ) {
    this.#command = command;
    this.#environment = environment;
    this.#restartAfter = restartAfter;
    this.#logFolder = logFolder;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    this.#stopped = false;
    this.#run();
  }

  #run(): void {
    if (this.#stopped) return;
    this.starts += 1;
    const [program, ...args] = this.#command;
    const child = spawn(program, args, {
      env: { ...process.env, ...this.#environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (this.output += String(chunk)));
    if (this.#logFolder !== undefined) keepLog(child.stderr, this.#logFolder, this.starts - 1);
    child.on('exit', () => {
      if (!this.#stopped) setTimeout(() => this.#run(), this.#restartAfter);
    });
  }

  /** kill -9. */
  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await Promise.race([ended, wait(5000).then(() => child.kill('SIGKILL'))]);
  }
}

/** As a container runtime does. */
function keepLog(stream: NodeJS.ReadableStream, folder: string, start: number): void {
  mkdirSync(folder, { recursive: true });
  let rest = '';
  stream.on('data', (chunk) => {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    const time = new Date().toISOString().replace('Z', '000000Z');
    appendFileSync(join(folder, `${start}.log`), lines.map((line) => `${time} stderr F ${line}\n`).join(''));
  });
}

/** A node with a real Fluent Bit and the sidecar as programs of their own. */
export interface AgentHost {
  node: AgentNode;
  agent: Container;
  sidecar: Container;
  once: () => void;
  /** As a pod does: first what the init container does, then both. */
  start: () => void;
  /** A pipeline that reads the logs of its name, and says who it is by its secret. */
  pipeline: (name: string, options: { port: number; token: string; database?: string; filter?: string }) => Pipeline;
  log: (name: string, line: string) => void;
  /** Puts what the shards of a cluster carry into the volume, as the kubelet brings it. */
  carry: (
    world: World,
    options?: { shards?: number; others?: ShardFiles[]; adjust?: (text: string) => string; agents?: string },
  ) => void;
  /** A new pod in the place of the old one, which mounts something else: only the disk of the node stays. */
  renew: (mount: () => void) => Promise<void>;
  /** Appends lines to the log of a container in a namespace. */
  write: (namespace: string, ...lines: string[]) => void;
  /** Fluent Bit's own HTTP server. */
  agentUrl: string;
  metrics: () => Promise<string>;
  stop: () => Promise<void>;
}

/**
 * @param service settings of Fluent Bit itself that are others than usual here
 * @param log whether the log of Fluent Bit is among those of the node's pods
 */
export async function agentHost(
  main: string,
  settings: Record<string, string> = {},
  service: Record<string, string | number> = {},
  { log = false } = {},
): Promise<AgentHost> {
  const node = agentNode();
  const { places } = node;
  const [agentPort, sidecarPort] = [await freePort(), await freePort()];
  const environment = {
    FLUENTBIND_PORT: String(sidecarPort),
    FLUENTBIND_HOST: '127.0.0.1',
    FLUENTBIND_AGENT_URL: `http://127.0.0.1:${agentPort}`,
    FLUENTBIND_INCOMING: places.incoming,
    FLUENTBIND_BASE_FILE: places.base,
    FLUENTBIND_GENERATIONS: places.generations,
    FLUENTBIND_LIVE: places.live,
    FLUENTBIND_STATE: places.state,
    FLUENTBIND_LOGS: places.logs,
    FLUENTBIND_TRIAL_FLUENT_BIT: fluentBit ?? '',
    ...settings,
  };
  node.setBase(base(agentPort, places.state, service));
  const program = [process.execPath, main, 'reload'] as const;
  const pod = { name: 'here-abcde', uid: 'aaaaaaaa-2222' };
  const logFolder = log ? join(places.logs, `logging_${pod.name}_${pod.uid}`, 'fluent-bit') : undefined;
  if (log) Object.assign(environment, { FLUENTBIND_POD: pod.name, FLUENTBIND_POD_UID: pod.uid });
  const agent = new Container([fluentBit ?? '', '-c', join(places.live, 'fluent-bit.yaml')], {}, { logFolder });
  const sidecar = new Container([program[0], ...nodeFlags, ...program.slice(1)], environment);
  const once = () =>
    void execFileSync(program[0], [...program.slice(1), '--once'], {
      env: { ...process.env, ...environment },
      stdio: 'pipe',
    });
  const start = () => {
    once();
    agent.start();
    sidecar.start();
  };
  return {
    node,
    agent,
    sidecar,
    agentUrl: environment.FLUENTBIND_AGENT_URL,
    once,
    start,
    pipeline: (name, { port, token, database, filter = '' }) => {
      const id = `p${sha256(name).slice(0, 16)}`;
      const key = `${id}_token`;
      const text = `# LoggingConfiguration shop/${name}
env:
  - name: ${key}
    uri: file://${places.live}/secrets/${key}
pipeline:
  inputs:
    - name: tail
      alias: ${id}
      tag: ${id}
      path: ${node.folder}/logs/${name}/*.log
      db: ${database ?? `${places.state}/${id}.db`}
      read_from_head: true
      refresh_interval: 1
      storage.type: filesystem
${filter === '' ? '' : `  filters:\n    - name: modify\n      alias: ${id}f\n      match: ${id}\n      ${filter}\n`}  outputs:
    - name: http
      alias: ${id}
      match: ${id}
      host: 127.0.0.1
      port: ${port}
      uri: /${name}
      format: json
      header: Authorization \${${key}}
      retry_limit: no_limits
      storage.total_limit_size: 100M
`;
      return { name, text, secrets: { [key]: token } };
    },
    log: (name, line) => {
      mkdirSync(join(node.folder, 'logs', name), { recursive: true });
      appendFileSync(join(node.folder, 'logs', name, '0.log'), `${line}\n`);
    },
    carry: (world, { shards, others = [], adjust, agents } = {}) =>
      node.mount(
        ...[...shardFilesOf(world, node, { shards, adjust, agents }), ...others].flatMap(({ config, secret }) => [
          config,
          secret,
        ]),
      ),
    renew: async (mount) => {
      await Promise.all([agent.stop(), sidecar.stop()]);
      node.forget();
      mount();
      start();
    },
    write: (namespace, ...lines) => {
      const folder = join(node.folder, 'var/log/pods', `${namespace}_web_0f0f0f0f-1111`, 'app');
      mkdirSync(folder, { recursive: true });
      appendFileSync(join(folder, '0.log'), lines.map((line) => criLine(line)).join(''));
    },
    metrics: async () => (await fetch(`http://127.0.0.1:${sidecarPort}/metrics`)).text(),
    stop: async () => {
      await Promise.all([agent.stop(), sidecar.stop()]);
      node.clean();
    },
  };
}

/** What the base configuration must say for the sidecar to work, and short times. */
function base(port: number, state: string, others: Record<string, string | number>): string {
  const service = {
    flush: 0.5,
    grace: 2,
    log_level: 'info',
    hot_reload: 'on',
    'hot_reload.ensure_thread_safety': 'off',
    'hot_reload.timeout': 60,
    http_server: 'on',
    http_listen: '127.0.0.1',
    http_port: port,
    'storage.path': `${state}/chunks`,
    'storage.metrics': 'on',
    'scheduler.base': 1,
    'scheduler.cap': 2,
    ...others,
  };
  return `service:\n${Object.entries(service)
    .map(([name, value]) => `  ${name}: ${value}\n`)
    .join('')}`;
}
