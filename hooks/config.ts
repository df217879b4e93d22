import { readFileSync } from 'node:fs';
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
  FLUENTBIND_MAX_IN_FLIGHT: z.coerce.number().int().min(1).default(64),
  FLUENTBIND_BODY_LIMIT: z
    .string()
    .regex(/^\d+(kb|mb)$/)
    .default('64mb'),
  FLUENTBIND_DRAIN_SECONDS: z.coerce.number().min(0).default(5),
  FLUENTBIND_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
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
}

export class ConfigError extends Error {}

/** The only place that reads the environment. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): ServerConfig {
  const parsed = Environment.safeParse(environment);
  if (!parsed.success)
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
  const env = parsed.data;
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
    },
  };
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
