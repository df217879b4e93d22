import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { HookSettings } from './controllers/controller.ts';

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true');
const list = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );

/** Every variable of the environment that fluentbind reads, with its default. */
const Environment = z.object({
  FLUENTBIND_HOST: z.string().default('0.0.0.0'),
  FLUENTBIND_PORT: z.coerce.number().int().min(0).max(65535).default(8080),
  FLUENTBIND_TLS_CERT_FILE: z.string().optional(),
  FLUENTBIND_TLS_KEY_FILE: z.string().optional(),
  FLUENTBIND_TOKEN_FILE: z.string().optional(),
  FLUENTBIND_DIGEST_KEY_FILE: z.string().optional(),
  FLUENTBIND_BTP_ENABLED: flag,
  FLUENTBIND_CONTROL_NAMESPACES: list,
  FLUENTBIND_AGENT_IMAGE: z.string().default('fluentbind-agent'),
  FLUENTBIND_AGENT_SERVICE_ACCOUNT: z.string().default('fluentbind-agent'),
  FLUENTBIND_AGENT_NAMESPACES: list,
  FLUENTBIND_MAX_IN_FLIGHT: z.coerce.number().int().min(1).default(64),
  FLUENTBIND_BODY_LIMIT: z
    .string()
    .regex(/^\d+(kb|mb)$/)
    .default('64mb'),
  FLUENTBIND_DRAIN_SECONDS: z.coerce.number().min(0).default(5),
  FLUENTBIND_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  FLUENTBIND_TRIAL_URL: z.url({ protocol: /^https?$/ }).optional(),
  FLUENTBIND_TRIAL_TOKEN_FILE: z.string().optional(),
  FLUENTBIND_TRIAL_CA_FILE: z.string().optional(),
});

export interface ServerConfig {
  host: string;
  port: number;
  tls?: { certFile: string; keyFile: string };
  /** Bearer tokens that are accepted, one a line. */
  tokenFile?: string;
  maxInFlight: number;
  bodyLimit: string;
  drainSeconds: number;
  logLevel: string;
  settings: HookSettings;
  /** Where candidates are tried. */
  trial?: TrialServerAddress;
}

export interface TrialServerAddress {
  url: string;
  /** Its first line is the token to bear. */
  tokenFile?: string;
  /** Of the authority that signed its certificate; those that Node knows otherwise. */
  caFile?: string;
}

export class ConfigError extends Error {}

/** The only place that reads the environment. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): ServerConfig {
  const env = parsed(Environment, environment);
  const { FLUENTBIND_TLS_CERT_FILE: certFile, FLUENTBIND_TLS_KEY_FILE: keyFile } = env;
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new ConfigError('FLUENTBIND_TLS_CERT_FILE and FLUENTBIND_TLS_KEY_FILE go together');
  return {
    host: env.FLUENTBIND_HOST,
    port: env.FLUENTBIND_PORT,
    ...(certFile === undefined || keyFile === undefined ? {} : { tls: { certFile, keyFile } }),
    ...(env.FLUENTBIND_TOKEN_FILE === undefined ? {} : { tokenFile: env.FLUENTBIND_TOKEN_FILE }),
    maxInFlight: env.FLUENTBIND_MAX_IN_FLIGHT,
    bodyLimit: env.FLUENTBIND_BODY_LIMIT,
    drainSeconds: env.FLUENTBIND_DRAIN_SECONDS,
    logLevel: env.FLUENTBIND_LOG_LEVEL,
    settings: {
      btpEnabled: env.FLUENTBIND_BTP_ENABLED,
      controlNamespaces: env.FLUENTBIND_CONTROL_NAMESPACES,
      digestKeys: digestKeys(env.FLUENTBIND_DIGEST_KEY_FILE),
      agent: {
        image: env.FLUENTBIND_AGENT_IMAGE,
        serviceAccount: env.FLUENTBIND_AGENT_SERVICE_ACCOUNT,
        namespaces: env.FLUENTBIND_AGENT_NAMESPACES,
      },
    },
    ...(env.FLUENTBIND_TRIAL_URL === undefined
      ? {}
      : {
          trial: {
            url: env.FLUENTBIND_TRIAL_URL,
            ...(env.FLUENTBIND_TRIAL_TOKEN_FILE === undefined ? {} : { tokenFile: env.FLUENTBIND_TRIAL_TOKEN_FILE }),
            ...(env.FLUENTBIND_TRIAL_CA_FILE === undefined ? {} : { caFile: env.FLUENTBIND_TRIAL_CA_FILE }),
          },
        }),
  };
}

/** What the trial server reads besides what every server does. */
const TrialEnvironment = z.object({
  FLUENTBIND_TRIAL_FLUENT_BIT: z.string().default('fluent-bit'),
  FLUENTBIND_TRIAL_CONCURRENCY: z.coerce.number().int().min(1).max(64).optional(),
  FLUENTBIND_TRIAL_QUEUE: z.coerce.number().int().min(0).default(256),
  FLUENTBIND_TRIAL_SECONDS: z.coerce.number().min(0.5).max(60).default(4),
  FLUENTBIND_TRIAL_MEMORY_MIB: z.coerce.number().int().min(64).default(256),
  FLUENTBIND_TRIAL_FOLDER: z.string().optional(),
});

export interface TrialConfig {
  server: ServerConfig;
  /** Fluent Bit: a path, or a name to look for in PATH. */
  binary: string;
  /** Trials at once; as many as there are cores where it is not said. */
  concurrency?: number;
  /** Candidates that may wait. */
  queue: number;
  /** How long one trial may take, and how much memory. */
  seconds: number;
  memoryMiB: number;
  /** Where scratch folders are made. */
  folder?: string;
}

export function readTrialConfig(environment: NodeJS.ProcessEnv = process.env): TrialConfig {
  const server = readConfig(environment);
  const env = parsed(TrialEnvironment, environment);
  return {
    server,
    binary: program(env.FLUENTBIND_TRIAL_FLUENT_BIT, environment),
    ...(env.FLUENTBIND_TRIAL_CONCURRENCY === undefined ? {} : { concurrency: env.FLUENTBIND_TRIAL_CONCURRENCY }),
    queue: env.FLUENTBIND_TRIAL_QUEUE,
    seconds: env.FLUENTBIND_TRIAL_SECONDS,
    memoryMiB: env.FLUENTBIND_TRIAL_MEMORY_MIB,
    ...(env.FLUENTBIND_TRIAL_FOLDER === undefined ? {} : { folder: env.FLUENTBIND_TRIAL_FOLDER }),
  };
}

/** What the sidecar of an agent reads. */
const ReloadEnvironment = z.object({
  FLUENTBIND_HOST: z.string().default('0.0.0.0'),
  FLUENTBIND_PORT: z.coerce.number().int().min(0).max(65535).default(2021),
  FLUENTBIND_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  FLUENTBIND_AGENT: z.string().default('agent'),
  FLUENTBIND_NODE: z.string().default('node'),
  FLUENTBIND_LEASE: z.string().optional(),
  FLUENTBIND_POD: z.string().optional(),
  FLUENTBIND_POD_UID: z.string().optional(),
  FLUENTBIND_AGENT_URL: z.url({ protocol: /^http$/ }).default('http://127.0.0.1:2020'),
  FLUENTBIND_INCOMING: z.string().default('/fluentbind/incoming'),
  FLUENTBIND_BASE_FILE: z.string().default('/fluentbind/base/fluent-bit.yaml'),
  FLUENTBIND_GENERATIONS: z.string().default('/fluentbind/generations'),
  FLUENTBIND_LIVE: z.string().default('/fluentbind/live'),
  FLUENTBIND_STATE: z.string().default('/var/lib/fluentbind'),
  FLUENTBIND_BUFFER_TOTAL: z
    .string()
    .regex(/^\d+(Ki|Mi|Gi|Ti)?$/)
    .default('10Gi'),
  FLUENTBIND_ONCE_SECONDS: z.coerce.number().min(0).default(60),
  FLUENTBIND_TRIAL_FLUENT_BIT: z.string().default('fluent-bit'),
  FLUENTBIND_TRIAL_SECONDS: z.coerce.number().min(0.5).max(60).default(4),
  FLUENTBIND_TRIAL_MEMORY_MIB: z.coerce.number().int().min(64).default(128),
  FLUENTBIND_TRIAL_FOLDER: z.string().optional(),
});

export interface ReloadConfig {
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
  agentUrl: string;
  places: { incoming: string; base: string; generations: string; live: string; state: string };
  /** Chunks that the node may hold, in bytes. */
  bufferTotal: number;
  /** How long the init container may try pipelines. */
  onceSeconds: number;
  trial: { binary: string; seconds: number; memoryMiB: number; folder?: string };
}

export function readReloadConfig(environment: NodeJS.ProcessEnv = process.env): ReloadConfig {
  const env = parsed(ReloadEnvironment, environment);
  const [, amount = '0', unit = ''] = /^(\d+)(\D*)$/.exec(env.FLUENTBIND_BUFFER_TOTAL) ?? [];
  return {
    host: env.FLUENTBIND_HOST,
    port: env.FLUENTBIND_PORT,
    logLevel: env.FLUENTBIND_LOG_LEVEL,
    agent: env.FLUENTBIND_AGENT,
    node: env.FLUENTBIND_NODE,
    ...(env.FLUENTBIND_LEASE === undefined ? {} : { lease: env.FLUENTBIND_LEASE }),
    ...(env.FLUENTBIND_POD === undefined || env.FLUENTBIND_POD_UID === undefined
      ? {}
      : { pod: { name: env.FLUENTBIND_POD, uid: env.FLUENTBIND_POD_UID } }),
    agentUrl: env.FLUENTBIND_AGENT_URL,
    places: {
      incoming: env.FLUENTBIND_INCOMING,
      base: env.FLUENTBIND_BASE_FILE,
      generations: env.FLUENTBIND_GENERATIONS,
      live: env.FLUENTBIND_LIVE,
      state: env.FLUENTBIND_STATE,
    },
    bufferTotal: Number(amount) * 1024 ** ['', 'Ki', 'Mi', 'Gi', 'Ti'].indexOf(unit),
    onceSeconds: env.FLUENTBIND_ONCE_SECONDS,
    trial: {
      binary: program(env.FLUENTBIND_TRIAL_FLUENT_BIT, environment),
      seconds: env.FLUENTBIND_TRIAL_SECONDS,
      memoryMiB: env.FLUENTBIND_TRIAL_MEMORY_MIB,
      ...(env.FLUENTBIND_TRIAL_FOLDER === undefined ? {} : { folder: env.FLUENTBIND_TRIAL_FOLDER }),
    },
  };
}

/** The path of a program: it is started with an environment that has no PATH. */
function program(name: string, { PATH = '' }: NodeJS.ProcessEnv): string {
  if (name.includes('/')) return name;
  return (
    PATH.split(':')
      .map((folder) => `${folder}/${name}`)
      .find((path) => existsSync(path)) ?? name
  );
}

function parsed<T extends z.ZodType>(schema: T, environment: NodeJS.ProcessEnv): z.infer<T> {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
}

/** What a pod needs to talk to the API server as its service account. */
export interface InCluster {
  host: string;
  port: number;
  /** Certificate of the API server's authority, PEM. */
  ca: string;
  token: string;
  /** The pod's own. */
  namespace: string;
}

const InClusterEnvironment = z.object({
  KUBERNETES_SERVICE_HOST: z.string(),
  KUBERNETES_SERVICE_PORT: z.coerce.number().int().min(1).max(65535),
  FLUENTBIND_SERVICE_ACCOUNT_FOLDER: z.string().default('/var/run/secrets/kubernetes.io/serviceaccount'),
});

/** For the commands that install: they run in a pod that has a service account, which the hooks have not. */
export function readInCluster(environment: NodeJS.ProcessEnv = process.env): InCluster {
  const parsed = InClusterEnvironment.safeParse(environment);
  if (!parsed.success) throw new ConfigError('this command runs in a pod of the cluster that it is for');
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = parsed.data;
  const read = (name: string) => text(`${parsed.data.FLUENTBIND_SERVICE_ACCOUNT_FOLDER}/${name}`).trim();
  return { host, port, ca: read('ca.crt'), token: read('token'), namespace: read('namespace') };
}

/** One key a line, the newest first. Without a file a fixed key serves: fine on a desk, not in a cluster. */
function digestKeys(file: string | undefined): HookSettings['digestKeys'] {
  if (file === undefined) return ['fluentbind'];
  const [first, ...others] = lines(file);
  if (first === undefined) throw new ConfigError(`${file} holds no key`);
  return [first, ...others];
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

export function lines(file: string): string[] {
  return text(file)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
