import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { World } from '../world.ts';

/** Fluent Bit for the tests that need a real one; they say that they were left out where it is not named. */
export const fluentBit = process.env['FLUENT_BIT'];
if (fluentBit === undefined)
  console.warn('FLUENT_BIT names no Fluent Bit binary: the tests that run one are left out.');

export interface Node {
  folder: string;
  /** Appends a line to the log of a container, in the format of CRI. */
  log: (
    pod: { namespace: string; name: string; uid?: string },
    container: string,
    line: string,
    options?: { partial?: boolean },
  ) => void;
  /** Writes what a LoggingConfiguration was rendered to as an agent would find it. */
  place: (world: World, name: string, namespace?: string) => void;
  start: (options?: { kubernetes?: string; service?: string }) => Promise<Running>;
  clean: () => void;
}

export interface Running {
  pid: number | undefined;
  output: () => string;
  /** Its exit code, once it has ended; none where a signal ended it. */
  ended: Promise<number | null>;
  stop: () => Promise<number | null>;
}

/** A node of a cluster in a temporary folder: its container logs, and an agent with a minimal configuration. */
export function node(): Node {
  const folder = mkdtempSync(join(tmpdir(), 'fb-'));
  const placed: Record<string, string> = {};
  const write = (path: string, content: string | Buffer) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };
  return {
    folder,
    log: ({ namespace, name, uid = '0f0f0f0f-1111' }, container, line, options = {}) => {
      const file = join(folder, 'var/log/pods', `${namespace}_${name}_${uid}`, container, '0.log');
      mkdirSync(dirname(file), { recursive: true });
      appendFileSync(file, criLine(line, options));
    },
    place: (world, name, namespace = 'shop') => {
      placed[`${namespace}.${name}.yaml`] = world.file(name, namespace) ?? '';
      const data = (world.get('Secret', `${name}-fluent-bit`, namespace)?.['data'] ?? {}) as Record<string, string>;
      for (const [key, value] of Object.entries(data))
        write(join(folder, 'live/secrets', key), Buffer.from(value, 'base64'));
    },
    start: async ({ kubernetes, service = '' } = {}) => {
      mkdirSync(join(folder, 'state'), { recursive: true });
      write(join(folder, 'token'), 'token');
      for (const [name, text] of Object.entries(placed))
        write(join(folder, 'live/pipelines', name), withApi(relocated(text, folder), folder, kubernetes));
      write(
        join(folder, 'agent.yaml'),
        `service:\n  flush: 1\n  grace: 1\n  log_level: info\n  json.escape_unicode: off\n  storage.path: ${folder}/state/chunks\n${service}includes:\n  - ${folder}/live/pipelines/*.yaml\n`,
      );
      return run(['-c', join(folder, 'agent.yaml')], folder);
    },
    clean: () => rmSync(folder, { recursive: true, force: true }),
  };
}

let lines = 0;

/** A line of a container's log, in the format of CRI: with nanoseconds, no two of which are the same. */
export function criLine(line: string, { partial = false } = {}): string {
  lines += 1;
  const time = new Date().toISOString().replace('Z', `${String(lines % 1e6).padStart(6, '0')}Z`);
  return `${time} stdout ${partial ? 'P' : 'F'} ${line}\n`;
}

/** The paths of a node as they are in the folder; the tag of a file follows from its path. */
export function relocated(text: string, folder: string): string {
  const inTag = `${folder.slice(1).replaceAll('/', '.')}.var.log.pods.`;
  return text
    .replaceAll('/fluentbind/live', `${folder}/live`)
    .replaceAll('/var/lib/fluentbind', `${folder}/state`)
    .replaceAll('/var/log/pods', `${folder}/var/log/pods`)
    .replaceAll('.var.log.pods.', `.${inTag}`)
    .replaceAll('refresh_interval: 10', 'refresh_interval: 1');
}

/** Lets the kubernetes filter ask that API; the agent's `token` lies in the folder. */
export function withApi(text: string, folder: string, kubernetes: string | undefined): string {
  if (kubernetes === undefined) return text;
  const settings = [`kube_url: ${kubernetes}`, `kube_token_file: ${folder}/token`];
  const lines = settings.map((line) => `      ${line}\n`).join('');
  return text.replaceAll(/^ {6}kube_tag_prefix: .*\n/gm, (line) => line + lines);
}

export async function run(args: string[], cwd: string): Promise<Running> {
  const child: ChildProcess = spawn(fluentBit ?? '', args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_NAME: 'node-1' },
  });
  let output = '';
  child.stdout?.on('data', (chunk) => (output += String(chunk)));
  child.stderr?.on('data', (chunk) => (output += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  return {
    pid: child.pid,
    output: () => output,
    ended,
    stop: async () => {
      if (child.exitCode === null) child.kill('SIGTERM');
      const code = await Promise.race([ended, wait(10_000).then(() => undefined)]);
      if (code !== undefined) return code;
      child.kill('SIGKILL');
      return ended;
    },
  };
}

export interface Sink {
  port: number;
  /** Bodies of requests, with path and the name in the client's certificate. */
  requests: { path: string; client: string | undefined; records: Record<string, unknown>[]; bytes: number }[];
  records: () => Record<string, unknown>[];
  close: () => Promise<void>;
}

/** An HTTPS backend that demands a client certificate of the authority, and keeps what it gets. */
export async function tlsSink(options: { key: string; cert: string; ca: string }): Promise<Sink> {
  const requests: Sink['requests'] = [];
  const server = createServer({ ...options, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
      const socket = request.socket as unknown as { getPeerCertificate: () => { subject?: { CN?: string } } };
      requests.push({
        path: request.url ?? '',
        client: socket.getPeerCertificate().subject?.CN,
        records: JSON.parse(body.toString('utf8')) as Record<string, unknown>[],
        bytes: body.length,
      });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    records: () => requests.flatMap((request) => request.records),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface PodsApi {
  url: string;
  /** What was asked for, each as namespace/name, with the token. */
  asked: { pod: string; authorization: string | undefined }[];
  close: () => Promise<void>;
}

/** Pods as the API server would return them to the kubernetes filter. */
export async function podsApi(pods: Record<string, object>): Promise<PodsApi> {
  const asked: PodsApi['asked'] = [];
  const server = createHttpServer((request, response) => {
    const match = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/?]+)/.exec(request.url ?? '');
    const name = match === null ? '' : `${match[1]}/${match[2]}`;
    asked.push({ pod: name, authorization: request.headers.authorization });
    const pod = pods[name];
    response.statusCode = pod === undefined ? 404 : 200;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(pod ?? { kind: 'Status', code: 404 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export async function eventually(holds: () => boolean, seconds = 30): Promise<void> {
  for (let tries = 0; tries < seconds * 10; tries++) {
    if (holds()) return;
    await wait(100);
  }
  throw new Error('it never came true');
}

/** Seconds until it holds. */
export async function takes(holds: () => boolean): Promise<number> {
  const begun = Date.now();
  await eventually(holds, 60);
  return (Date.now() - begun) / 1000;
}
