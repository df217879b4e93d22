import { z } from 'zod';
import type { HookSettings } from '../kit/controller.ts';
import { ConfigError, fileText, programPath } from './config-source.ts';

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
  FLUENTBIND_HOST: z.string().min(1).optional(),
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

/** Nothing but this and its neighbours reads the environment. */
export function readServerConfig(environment: NodeJS.ProcessEnv = process.env): ServerConfig {
  const env = parsed(Environment, environment);
  const { FLUENTBIND_TLS_CERT_FILE: certFile, FLUENTBIND_TLS_KEY_FILE: keyFile } = env;
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new ConfigError('FLUENTBIND_TLS_CERT_FILE and FLUENTBIND_TLS_KEY_FILE go together');
  return {
    host: hostOf(env.FLUENTBIND_HOST, env.FLUENTBIND_TOKEN_FILE),
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

/** Without tokens anybody who reaches the port may have code run: then only programs of this machine reach it. */
function hostOf(host: string | undefined, tokenFile: string | undefined): string {
  if (tokenFile !== undefined) return host ?? '0.0.0.0';
  if (host === undefined || /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host)) return host ?? '127.0.0.1';
  throw new ConfigError(
    `FLUENTBIND_HOST: ${host} is reached from other machines; set FLUENTBIND_TOKEN_FILE, or leave it out`,
  );
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
  const server = readServerConfig(environment);
  const env = parsed(TrialEnvironment, environment);
  return {
    server,
    binary: programPath(env.FLUENTBIND_TRIAL_FLUENT_BIT, environment),
    ...(env.FLUENTBIND_TRIAL_CONCURRENCY === undefined ? {} : { concurrency: env.FLUENTBIND_TRIAL_CONCURRENCY }),
    queue: env.FLUENTBIND_TRIAL_QUEUE,
    seconds: env.FLUENTBIND_TRIAL_SECONDS,
    memoryMiB: env.FLUENTBIND_TRIAL_MEMORY_MIB,
    ...(env.FLUENTBIND_TRIAL_FOLDER === undefined ? {} : { folder: env.FLUENTBIND_TRIAL_FOLDER }),
  };
}

function parsed<T extends z.ZodType>(schema: T, environment: NodeJS.ProcessEnv): z.infer<T> {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
}

/** One key a line, the newest first. Without a file a fixed key serves: fine on a desk, not in a cluster. */
function digestKeys(file: string | undefined): HookSettings['digestKeys'] {
  if (file === undefined) return ['fluentbind'];
  const [first, ...others] = lines(file);
  if (first === undefined) throw new ConfigError(`${file} holds no key`);
  return [first, ...others];
}

export function lines(file: string): string[] {
  return fileText(file)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
