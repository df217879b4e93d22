import { ConfigError, programPath } from './config-source.ts';

export interface SidecarConfig {
  host: string;
  port: number;
  logLevel: string;
  /** Names of the FluentBitAgent and of the node. */
  agent: string;
  node: string;
  /** Name of the Lease to report in; none where it is not said. */
  lease?: string;
  /** The own pod, whom the Lease belongs to; nobody's where it is not said. */
  pod?: { name: string; uid: string };
  /** Fluent Bit's HTTP server; where it is not said, the sidecar chooses and the base configuration follows. */
  agentUrl?: string;
  places: { incoming: string; base: string; generations: string; live: string; state: string; logs: string };
  /** Pipelines that are live whether the node has pods of theirs or not. */
  anyway: number;
  /** Chunks that the node may hold, in bytes. */
  bufferTotal: number;
  /** Whether outputs connect by way of a proxy, which Fluent Bit takes from its environment. */
  proxied: boolean;
  /** How long the init container may try pipelines. */
  onceSeconds: number;
  trial: { binary: string; seconds: number; memoryMiB: number; folder?: string };
}

/** Every variable that the sidecar of an agent reads. Not by zod: it takes a fifth of the sidecar's memory. */
export function readSidecarConfig(environment: NodeJS.ProcessEnv = process.env): SidecarConfig {
  const read = new Variables(environment);
  const [lease, pod, uid] = [read.text('LEASE'), read.text('POD'), read.text('POD_UID')];
  const folder = read.text('TRIAL_FOLDER');
  const agentUrl = read.text('AGENT_URL', undefined, /^http:\/\/[^/\s]+\/?$/);
  const total = read.text('BUFFER_TOTAL', '10Gi', /^\d+(Ki|Mi|Gi|Ti)?$/);
  const [, amount = '0', unit = ''] = /^(\d+)(\D*)$/.exec(total) ?? [];
  const config = {
    host: read.text('HOST', '0.0.0.0'),
    port: read.number('PORT', 2021, { least: 0, most: 65_535, whole: true }),
    logLevel: read.text('LOG_LEVEL', 'info', /^(debug|info|warn|error|silent)$/),
    agent: read.text('AGENT', 'agent'),
    node: read.text('NODE', 'node'),
    ...(lease === undefined ? {} : { lease }),
    ...(pod === undefined || uid === undefined ? {} : { pod: { name: pod, uid } }),
    ...(agentUrl === undefined ? {} : { agentUrl }),
    places: {
      incoming: read.text('INCOMING', '/fluentbind/incoming'),
      base: read.text('BASE_FILE', '/fluentbind/base/fluent-bit.yaml'),
      generations: read.text('GENERATIONS', '/fluentbind/generations'),
      live: read.text('LIVE', '/fluentbind/live'),
      state: read.text('STATE', '/var/lib/fluentbind'),
      logs: read.text('LOGS', '/var/log/pods'),
    },
    anyway: read.number('ANYWAY', 100, { least: 0, whole: true }),
    bufferTotal: Number(amount) * 1024 ** ['', 'Ki', 'Mi', 'Gi', 'Ti'].indexOf(unit),
    proxied: ['HTTP_PROXY', 'http_proxy'].some((name) => (environment[name] ?? '') !== ''),
    onceSeconds: read.number('ONCE_SECONDS', 60, { least: 0 }),
    trial: {
      binary: programPath(read.text('TRIAL_FLUENT_BIT', 'fluent-bit'), environment),
      seconds: read.number('TRIAL_SECONDS', 4, { least: 0.5, most: 60 }),
      memoryMiB: read.number('TRIAL_MEMORY_MIB', 128, { least: 64, whole: true }),
      ...(folder === undefined ? {} : { folder }),
    },
  };
  if (read.faults.length > 0) throw new ConfigError(read.faults.join('\n'));
  return config;
}

/** Variables of the environment with their defaults, and what is wrong with them. */
class Variables {
  readonly faults: string[] = [];
  readonly #environment: NodeJS.ProcessEnv;

  constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment;
  }

  text(name: string, usual?: undefined, pattern?: RegExp): string | undefined;
  text(name: string, usual: string, pattern?: RegExp): string;
  text(name: string, usual?: string, pattern?: RegExp): string | undefined {
    const value = this.#environment[`FLUENTBIND_${name}`] ?? usual;
    if (value !== undefined && pattern?.test(value) === false) this.#fault(name, `${value} does not match ${pattern}`);
    return value;
  }

  number(
    name: string,
    usual: number,
    { least, most = Number.POSITIVE_INFINITY, whole = false }: { least: number; most?: number; whole?: boolean },
  ): number {
    const value = Number(this.#environment[`FLUENTBIND_${name}`] ?? usual);
    if (!(value >= least && value <= most) || (whole && !Number.isInteger(value)))
      this.#fault(name, `it is a ${whole ? 'whole ' : ''}number from ${least}${most < Infinity ? ` to ${most}` : ''}`);
    return value;
  }

  #fault(name: string, what: string): void {
    this.faults.push(`FLUENTBIND_${name}: ${what}`);
  }
}
