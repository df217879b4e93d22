import { execFile, execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { packageFile } from '../../../hooks/runtime/package-file.ts';
import { freePort } from '../free-port.ts';
import {
  apiServerArguments,
  ControlPlaneParts,
  controllerManagerArguments,
  etcdArguments,
} from './control-plane-parts.ts';

export interface User {
  name: string;
  groups: readonly string[];
}

export interface ControlPlane {
  url: string;
  /** Certificate of the API server's authority, PEM. */
  ca: string;
  folder: string;
  /** Bearer token of a user, made known to the API server before it started. */
  token: (user: string) => string;
  /** Path of a kubeconfig for a user. */
  kubeconfig: (user?: string) => string;
  /** A kubeconfig that bears a token of one's own, such as that of a service account. */
  kubeconfigFor: (name: string, token: string) => string;
  kubectl: (args: readonly string[], options?: { user?: string; input?: string }) => string;
  /** The same for what waits on something that this process does. */
  kubectlAsync: (args: readonly string[]) => Promise<string>;
  helm: (args: readonly string[]) => string;
  restartApiServer: () => Promise<void>;
  stop: () => Promise<void>;
}

const kubernetesVersion = 'v1.36.3';

interface Binaries {
  controlPlane: string;
  helm: string;
}

/** Builds etcd, API server, controller manager, kubectl and Helm from Go modules; kept until their versions change. */
export function binaries(): Binaries {
  const module = packageFile('test/cluster/control-plane');
  const content = ['go.mod', 'go.sum', 'main.go'].map((file) => readFileSync(join(module, file), 'utf8'));
  const key = createHash('sha256').update(content.join('\n')).digest('hex').slice(0, 16);
  const folder = packageFile(`.cache/cluster-${key}`);
  const built = { controlPlane: join(folder, 'controlplane'), helm: join(folder, 'helm') };
  if (existsSync(built.controlPlane) && existsSync(built.helm)) return built;
  console.log('building a Kubernetes control plane for the tests: some minutes, once');
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(kubernetesVersion) ?? [];
  const version = 'k8s.io/component-base/version';
  const stamp = [
    `-X ${version}.gitVersion=${kubernetesVersion}`,
    `-X ${version}.gitMajor=${major}`,
    `-X ${version}.gitMinor=${minor}`,
  ].join(' ');
  const go = (...args: string[]) => execFileSync('go', args, { cwd: module, stdio: ['ignore', 'inherit', 'inherit'] });
  go('build', '-ldflags', `-s -w ${stamp}`, '-o', join(partial, 'controlplane'), '.');
  go('build', '-ldflags', '-s -w', '-o', join(partial, 'helm'), 'helm.sh/helm/v4/cmd/helm');
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
  return built;
}

const administrator: User = { name: 'admin', groups: ['system:masters'] };

/** A throw-away control plane on free ports of the loopback, RBAC on, with the given users besides `admin`. */
export async function startControlPlane(users: readonly User[] = []): Promise<ControlPlane> {
  const { controlPlane, helm } = binaries();
  const folder = mkdtempSync(join(tmpdir(), 'cp-'));
  const [etcdPort, peerPort, apiPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const url = `https://127.0.0.1:${apiPort}`;
  const everybody = [administrator, ...users];
  const tokens = new Map(everybody.map((user) => [user.name, randomBytes(16).toString('hex')]));
  const token = (user: string) => tokens.get(user) ?? '';
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const serviceAccountKey = file('sa.key', newServiceAccountKey());
  const tokenFile = file('tokens.csv', everybody.map((user) => tokenLine(user, token(user.name))).join('\n'));

  const parts = new ControlPlaneParts(controlPlane, folder);
  const etcd = `http://127.0.0.1:${etcdPort}`;
  parts.start('etcd', etcdArguments(folder, etcd, `http://127.0.0.1:${peerPort}`));
  const apiServer = () =>
    parts.start('kube-apiserver', apiServerArguments({ folder, etcd, port: apiPort, serviceAccountKey, tokenFile }));
  const ready = async () => {
    if (!(await becomesReady(url, token('admin'), () => parts.hasEnded('kube-apiserver'))))
      throw new Error(`the API server did not become ready; its log is in ${folder}`);
  };
  apiServer();
  await ready();

  const ca = readFileSync(join(folder, 'certs/apiserver.crt'), 'utf8');
  const kubeconfigFor = (name: string, bearer: string) =>
    file(`${name}.kubeconfig`, kubeconfigOf(url, ca, name, bearer));
  const kubeconfig = (user = 'admin') => kubeconfigFor(user, token(user));
  parts.start('kube-controller-manager', controllerManagerArguments(kubeconfig(), serviceAccountKey));
  const options = () => commandOptions(folder, kubeconfig());
  const execute = (binary: string, args: readonly string[], input?: string) =>
    execFileSync(binary, args, { ...options(), input, stdio: ['pipe', 'pipe', 'pipe'] });
  return {
    url,
    ca,
    folder,
    token,
    kubeconfig,
    kubeconfigFor,
    kubectl: (args, { user, input } = {}) =>
      execute(controlPlane, ['kubectl', '--kubeconfig', kubeconfig(user), ...args], input),
    kubectlAsync: async (args) => {
      const { stdout } = await promisify(execFile)(controlPlane, ['kubectl', ...args], options());
      return stdout;
    },
    helm: (args) => execute(helm, args),
    restartApiServer: async () => {
      await parts.end('kube-apiserver');
      apiServer();
      await ready();
    },
    stop: async () => {
      for (const name of ['kube-controller-manager', 'kube-apiserver', 'etcd']) await parts.end(name);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function newServiceAccountKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return privateKey;
}

/** A line of the file in which the API server looks tokens up. */
function tokenLine({ name, groups }: User, token: string): string {
  return `${token},${name},${name},"${groups.join(',')}"`;
}

function kubeconfigOf(url: string, ca: string, name: string, token: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'test', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: name } }],
    'current-context': 'test',
  });
}

/** How kubectl and Helm run: as the given kubeconfig says, with all that they keep in the folder. */
function commandOptions(folder: string, kubeconfig: string) {
  return {
    encoding: 'utf8' as const,
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      HOME: folder,
      KUBECONFIG: kubeconfig,
      HELM_CACHE_HOME: join(folder, 'helm/cache'),
      HELM_CONFIG_HOME: join(folder, 'helm/config'),
      HELM_DATA_HOME: join(folder, 'helm/data'),
    },
  };
}

async function becomesReady(url: string, token: string, hasEnded: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 600; tries++) {
    if ((await probe(`${url}/readyz`, token)) === 'ok') return true;
    if (hasEnded()) return false;
    await wait(100);
  }
  return false;
}

/** The certificate is the API server's own and not known yet: only whether it is ready is asked. */
async function probe(url: string, token: string): Promise<string> {
  const { request } = await import('node:https');
  return new Promise((resolve) => {
    const call = request(
      url,
      { headers: { authorization: `Bearer ${token}` }, rejectUnauthorized: false, timeout: 2000 },
      (response) => {
        let body = '';
        response.on('data', (chunk) => (body += String(chunk)));
        response.on('end', () => resolve(body));
      },
    );
    call.on('error', () => resolve(''));
    call.on('timeout', () => call.destroy());
    call.end();
  });
}
