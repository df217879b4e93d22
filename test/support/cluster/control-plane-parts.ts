import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Processes of one binary that is each part of a control plane; when one ends, its log is written to the folder. */
export class ControlPlaneParts {
  readonly #binary: string;
  readonly #folder: string;
  readonly #running = new Map<string, ChildProcess>();

  constructor(binary: string, folder: string) {
    this.#binary = binary;
    this.#folder = folder;
  }

  start(name: string, args: readonly string[]): void {
    const child = spawn(this.#binary, [name, ...args], { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    const keep = (chunk: unknown) => (log = `${log}${String(chunk)}`.slice(-200_000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('exit', () => writeFileSync(join(this.#folder, `${name}.log`), log, { mode: 0o600 }));
    this.#running.set(name, child);
  }

  hasEnded(name: string): boolean {
    return this.#running.get(name)?.exitCode !== null;
  }

  async end(name: string): Promise<void> {
    const child = this.#running.get(name);
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    if ((await Promise.race([ended, wait(10_000, 'late')])) === 'late') {
      child.kill('SIGKILL');
      await ended;
    }
  }
}

export function etcdArguments(folder: string, client: string, peer: string): string[] {
  return [
    '--data-dir',
    join(folder, 'etcd'),
    '--listen-client-urls',
    client,
    '--advertise-client-urls',
    client,
    '--listen-peer-urls',
    peer,
    '--initial-advertise-peer-urls',
    peer,
    '--initial-cluster',
    `default=${peer}`,
    '--unsafe-no-fsync',
    '--log-level',
    'error',
  ];
}

interface ApiServerPlaces {
  folder: string;
  /** URL of etcd. */
  etcd: string;
  port: number;
  serviceAccountKey: string;
  tokenFile: string;
}

export function apiServerArguments({ folder, etcd, port, serviceAccountKey, tokenFile }: ApiServerPlaces): string[] {
  return [
    ...[
      '--etcd-servers',
      etcd,
      '--secure-port',
      String(port),
      '--bind-address',
      '127.0.0.1',
      '--cert-dir',
      join(folder, 'certs'),
    ],
    ...[
      '--service-account-key-file',
      serviceAccountKey,
      '--service-account-signing-key-file',
      serviceAccountKey,
      '--service-account-issuer',
      'https://kubernetes.default.svc',
    ],
    ...[
      '--token-auth-file',
      tokenFile,
      '--authorization-mode',
      'RBAC',
      '--service-cluster-ip-range',
      '10.0.0.0/24',
      '--anonymous-auth=false',
      // Not everywhere on, and strict: owners are named only by who may delete, or finalize, what they own.
      '--enable-admission-plugins=OwnerReferencesPermissionEnforcement',
    ],
  ];
}

export function controllerManagerArguments(kubeconfig: string, serviceAccountKey: string): string[] {
  return [
    ...['--kubeconfig', kubeconfig, '--service-account-private-key-file', serviceAccountKey, '--secure-port', '0'],
    ...[
      '--controllers',
      'garbage-collector-controller,namespace-controller,serviceaccount-controller,clusterrole-aggregation-controller',
      '--leader-elect=false',
    ],
  ];
}
