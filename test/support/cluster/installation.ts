import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { run } from '../../../hooks/cli/main.ts';
import { readServerConfig } from '../../../hooks/config/server-config.ts';
import { controllers } from '../../../hooks/controllers/index.ts';
import { listen } from '../../../hooks/server/listen.ts';
import { podOf, type Rendered } from '../rendered-chart.ts';
import type { Ran } from '../terminal.ts';
import type { ControlPlane } from './control-plane.ts';

/** Objects as one text for kubectl. */
export function manifest(objects: readonly unknown[]): string {
  return objects.map((object) => stringify(object)).join('---\n');
}

/** A token of a service account. */
export function accountToken(cluster: ControlPlane, namespace: string, name: string): string {
  return cluster.kubectl(['create', 'token', name, '-n', namespace]).trim();
}

/**
 * What Helm and a kubelet would do for a Job: its account and rights exist while it runs, and its command finds the API
 * server as in a pod.
 */
export async function runJob(
  cluster: ControlPlane,
  objects: readonly Rendered[],
  name: string,
  args = podOf(objects, 'Job', name).spec.containers[0]?.args ?? [],
): Promise<Ran> {
  const needed = objects.filter(({ kind, metadata }) => metadata.name === name && kind !== 'Job');
  cluster.kubectl(['apply', '-f', '-'], { input: manifest(needed) });
  const namespace = needed.find(({ kind }) => kind === 'ServiceAccount')?.metadata.namespace ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'account-'));
  const token = accountToken(cluster, namespace, name);
  for (const [file, text] of Object.entries({ token, namespace, 'ca.crt': cluster.ca }))
    writeFileSync(join(folder, file), text);
  const { hostname, port } = new URL(cluster.url);
  Object.assign(process.env, {
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
    FLUENTBIND_SERVICE_ACCOUNT_FOLDER: folder,
  });
  const ran: Ran = { code: -1, out: '', err: '' };
  ran.code = await run(args, {
    out: (text) => {
      ran.out += text;
    },
    err: (text) => {
      ran.err += text;
    },
    now: () => new Date(),
    cwd: folder,
    stopped: Promise.resolve(),
  });
  return ran;
}

/** The hooks as their pods run: with the Deployment's environment, and the Secrets mounted as it says. */
export async function runHooks(
  cluster: ControlPlane,
  objects: readonly Rendered[],
  name: string,
  port = 0,
): Promise<{ port: number; end: () => Promise<void> }> {
  const { spec } = podOf(objects, 'Deployment', name);
  const folder = mkdtempSync(join(tmpdir(), 'credentials-'));
  for (const { secret } of spec.volumes?.[0]?.projected.sources ?? []) {
    const { data } = JSON.parse(cluster.kubectl(['get', 'secret', secret.name, '-n', 'logging', '-o', 'json'])) as {
      data: Record<string, string>;
    };
    for (const { key, path } of secret.items)
      writeFileSync(join(folder, path), Buffer.from(data[key] ?? '', 'base64'), { mode: 0o600 });
  }
  const environment = Object.fromEntries(
    (spec.containers[0]?.env ?? []).map((one) => [one.name, one.value.replace('/etc/fluentbind', folder)]),
  );
  const config = { ...readServerConfig(environment), host: '127.0.0.1', port, drainSeconds: 0 };
  const running = await listen(config, controllers, pino({ level: 'silent' }));
  return { port: running.port, end: running.drain };
}

/** Leads every connection to one port, whatever name it asks for: the cluster's DNS and Services, for one Service. */
export async function proxyTo(port: number): Promise<{ url: string; asked: Set<string>; end: () => void }> {
  const asked = new Set<string>();
  const server = createServer();
  server.on('connect', (request, socket) => {
    asked.add(request.url ?? '');
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const end = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, end };
}

/** A real Metacontroller with the arguments and the rights of its Deployment. */
export function runMetacontroller(
  cluster: ControlPlane,
  binary: string,
  objects: readonly Rendered[],
  name: string,
  proxy: string,
): ChildProcess {
  const { spec } = podOf(objects, 'Deployment', name);
  const token = accountToken(cluster, 'logging', spec.serviceAccountName);
  const args = (spec.containers[0]?.args ?? []).filter((arg) => !arg.includes('-address='));
  const own = ['--metrics-address=0', '--health-probe-bind-address=0', '--discovery-interval=2s'];
  return spawn(binary, [`--kubeconfig=${cluster.kubeconfigFor(name, token)}`, ...own, ...args], {
    stdio: 'ignore',
    env: { ...process.env, HTTPS_PROXY: proxy },
  });
}
