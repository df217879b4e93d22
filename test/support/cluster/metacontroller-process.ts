import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import { Engine } from '../../../hooks/engine/engine.ts';
import { httpTransport } from '../../../hooks/engine/passes/http-transport.ts';
import { runUntil } from '../../../hooks/engine/run-loop.ts';
import { ApiStore } from '../../../hooks/engine/stores/api-store.ts';
import type { Controller } from '../../../hooks/kit/controller.ts';
import { defaultSettings, type HookSettings } from '../../../hooks/kit/controller.ts';
import { packageFile } from '../../../hooks/runtime/package-file.ts';
import { listen, type Running } from '../../../hooks/server/listen.ts';
import type { ControlPlane } from './control-plane.ts';

export type Strategy = 'dynamic-apply' | 'server-side-apply';
export const strategies: readonly Strategy[] = ['dynamic-apply', 'server-side-apply'];

/** Path of a real Metacontroller; without it the embedded engine reconciles. */
export const metacontroller = process.env['METACONTROLLER'];

if (!metacontroller)
  console.warn('METACONTROLLER names no binary: the embedded engine reconciles the test cluster in its place.');

interface Definition {
  kind: string;
  metadata: { name: string };
  spec: {
    parentResource?: { apiVersion: string; resource: string };
    resources?: { apiVersion: string; resource: string }[];
    childResources?: { apiVersion: string; resource: string }[];
    attachments?: { apiVersion: string; resource: string }[];
    hooks: Record<string, { webhook?: { url?: string } } | undefined>;
  };
}

export interface ReconcilerOptions {
  strategy: Strategy;
  controllers: readonly Controller[];
  definitions: readonly unknown[];
  settings?: HookSettings;
  /** Whose rights it has; the administrator's without it. */
  kubeconfig?: string;
}

/** Hooks behind their real HTTP server, and what calls them: the embedded engine, or Metacontroller. */
export class Reconciler {
  readonly #cluster: ControlPlane;
  #options: ReconcilerOptions;
  /** Part of the hooks' URLs, as the chart has it: a new one rebuilds Metacontroller's caches. */
  #version = '1';
  #engineRuns: Engine | undefined;
  #port = 0;
  #hooks: Running | undefined;
  #end: (() => Promise<void>) | undefined;
  /** What failed, as the reconciler tells it. */
  readonly log: string[] = [];

  constructor(cluster: ControlPlane, options: ReconcilerOptions) {
    this.#cluster = cluster;
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.startHooks();
    await this.startController();
  }

  async stop(): Promise<void> {
    await this.stopController();
    await this.stopHooks();
  }

  async startHooks(): Promise<void> {
    const { controllers, settings = defaultSettings } = this.#options;
    const config = {
      host: '127.0.0.1',
      port: this.#port,
      maxInFlight: 64,
      bodyLimit: '64mb',
      drainSeconds: 0,
      logLevel: 'silent',
      settings,
    };
    this.#hooks = await listen(config, controllers, pino({ level: 'silent' }));
    this.#port = this.#hooks.port;
  }

  /** How often the hooks of a controller were called since they started, as their metrics tell it. */
  async calls(controller: string, hook = 'sync'): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.#port}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith('fluentbind_hook_requests_total{'));
    const counted = lines.filter((line) => line.includes(`"${controller}"`) && line.includes(`"${hook}"`));
    return counted.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** Waits until nobody has called a hook for a while. */
  async quiet(milliseconds = 1500): Promise<void> {
    const all = async () => Promise.all(this.#options.controllers.map(({ name }) => this.calls(name)));
    await eventually(
      'the reconciler rests',
      async () => {
        const before = await all();
        await wait(milliseconds);
        return [before, await all()];
      },
      ([before, after]) => JSON.stringify(before) === JSON.stringify(after),
      60_000,
    );
  }

  async stopHooks(): Promise<void> {
    await this.#hooks?.drain();
    this.#hooks = undefined;
  }

  async startController(): Promise<void> {
    const start = metacontroller ? () => this.#metacontroller(metacontroller) : () => this.#engine();
    this.#end = await start();
  }

  async stopController(): Promise<void> {
    await this.#end?.();
    this.#end = undefined;
  }

  /** New hooks, and then the definitions with the new version, as an upgrade of the chart does it. */
  async upgrade(controllers: readonly Controller[], version: string): Promise<void> {
    await this.stopHooks();
    this.#options = { ...this.#options, controllers };
    await this.startHooks();
    this.#version = version;
    if (this.#engineRuns === undefined) this.#applyDefinitions();
    else for (const definition of this.#definitions()) this.#engineRuns.define(definition);
  }

  #applyDefinitions(): void {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: this.#definitions() });
    this.#cluster.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input });
  }

  #definitions(): Definition[] {
    return (this.#options.definitions as Definition[]).map((definition) => ({
      ...definition,
      spec: {
        ...definition.spec,
        hooks: Object.fromEntries(
          Object.entries(definition.spec.hooks).map(([name, hook]) => {
            const path = new URL(hook?.webhook?.url ?? 'http://none').pathname;
            return [
              name,
              {
                ...hook,
                webhook: { ...hook?.webhook, url: `http://127.0.0.1:${this.#port}${path}?v=${this.#version}` },
              },
            ];
          }),
        ),
      },
    }));
  }

  async #engine(): Promise<() => Promise<void>> {
    const config = new KubeConfig();
    config.loadFromFile(this.#options.kubeconfig ?? this.#cluster.kubeconfig());
    const store = await ApiStore.connect(config);
    const definitions = this.#definitions();
    const resources = definitions.flatMap(({ spec }) => [
      ...(spec.parentResource === undefined ? [] : [spec.parentResource]),
      ...(spec.resources ?? []),
      ...(spec.childResources ?? []),
      ...(spec.attachments ?? []),
    ]);
    for (const { apiVersion, resource } of [{ apiVersion: 'v1', resource: 'namespaces' }, ...resources]) {
      const kind = store.resource(apiVersion, resource);
      if (kind === undefined) throw new Error(`the cluster has no ${resource} of ${apiVersion}`);
      await store.watch(kind);
    }
    const engine = new Engine({
      store,
      definitions,
      transport: httpTransport(),
      now: Date.now,
      applyStrategy: this.#options.strategy,
      onError: ({ parent, message }) => this.log.push(`${parent}: ${message}`),
    });
    this.#engineRuns = engine;
    let stop = (): void => undefined;
    const stopped = new Promise<void>((resolve) => {
      stop = resolve;
    });
    const running = runUntil(stopped, engine, 600_000);
    return async () => {
      stop();
      await running;
      await store.stop();
    };
  }

  async #metacontroller(binary: string): Promise<() => Promise<void>> {
    const folder = mkdtempSync(join(tmpdir(), 'mc-'));
    const crds = packageFile('metacontroller/crds');
    this.#cluster.kubectl(['apply', '--server-side', '-f', crds]);
    this.#cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', '-f', crds]);
    this.#applyDefinitions();
    const child = spawn(
      binary,
      [
        `--kubeconfig=${this.#options.kubeconfig ?? this.#cluster.kubeconfig()}`,
        '--metrics-address=0',
        '--health-probe-bind-address=0',
        '--discovery-interval=2s',
        '--client-go-qps=200',
        '--client-go-burst=400',
        '--workers=10',
        `--apply-strategy=${this.#options.strategy}`,
      ],
      { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const keep = (chunk: unknown) => {
      this.log.push(
        ...String(chunk)
          .split('\n')
          .filter((line) => line.includes('rror')),
      );
      this.log.splice(0, this.log.length - 200);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    return () => ended(child);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  if ((await Promise.race([exit, wait(10_000, 'late')])) === 'late') {
    child.kill('SIGKILL');
    await exit;
  }
}

/** Waits until a condition holds, and returns what it is about; what was last seen is in the error. */
export async function eventually<T>(
  what: string | (() => string),
  look: () => T | Promise<T>,
  holds: (value: T) => boolean,
  milliseconds = 30_000,
): Promise<T> {
  const end = Date.now() + milliseconds;
  let last: unknown;
  for (;;) {
    try {
      const value = await look();
      if (holds(value)) return value;
      last = value;
    } catch (error) {
      last = error instanceof Error ? error.message : error;
    }
    if (Date.now() > end) {
      const expected = typeof what === 'string' ? what : what();
      throw new Error(`${expected} did not come about: ${JSON.stringify(last)?.slice(0, 2000)}`);
    }
    await wait(50);
  }
}
