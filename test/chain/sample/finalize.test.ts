import { cloneDeep } from 'lodash-es';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { localTransport } from '../../../hooks/cli/offline.ts';
import { Engine } from '../../../hooks/engine/engine.ts';
import type { HookTransport } from '../../../hooks/engine/passes/hook-client.ts';
import { httpTransport } from '../../../hooks/engine/passes/http-transport.ts';
import { MemoryStore } from '../../../hooks/engine/stores/memory-store.ts';
import { defaultSettings } from '../../../hooks/kit/controller.ts';
import { listen, type Running } from '../../../hooks/server/listen.ts';
import { sample, sampleDefinitions, widgetCrd } from './widgets.ts';

const running: Running[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ drain }) => drain()));
});

async function serve(port = 0): Promise<Running> {
  const limits = { maxInFlight: 8, bodyLimit: '1mb', drainSeconds: 0, logLevel: 'silent' };
  const config = { host: '127.0.0.1', port, settings: defaultSettings, ...limits };
  const server = await listen(config, sample, pino({ level: 'silent' }));
  running.push(server);
  return server;
}

interface Called {
  hook: string;
  finalizing: boolean;
  status: number;
}

/** The sample controllers on the engine, with every call and what came of it. */
class Stage {
  readonly called: Called[] = [];
  readonly store: MemoryStore;
  readonly engine: Engine;
  #now = Date.parse('2026-06-01T00:00:00Z');

  constructor(origin: string, transport: HookTransport) {
    this.store = new MemoryStore(() => new Date(this.#now), [widgetCrd]);
    const recording: HookTransport = async (url, body, timeout) => {
      const { finalizing } = JSON.parse(body) as { finalizing: boolean };
      const response = await transport(url, body, timeout);
      this.called.push({ hook: new URL(url).pathname, finalizing, status: response.status });
      return response;
    };
    const definitions = sampleDefinitions(origin);
    this.engine = new Engine({
      store: this.store,
      definitions,
      transport: recording,
      now: () => this.#now,
      lint: true,
    });
  }

  get(kind: string, name: string): KubernetesObject | undefined {
    const info = this.store.kindOf('v1', kind) ?? this.store.kindOf('sample.example/v1', kind);
    if (info === undefined) throw new Error(`no kind ${kind}`);
    return this.store.get(info, 'a', name);
  }

  need(kind: string, name: string): KubernetesObject {
    const object = this.get(kind, name);
    if (object === undefined) throw new Error(`no ${kind} ${name}`);
    return object;
  }

  async create(object: KubernetesObject): Promise<void> {
    await this.store.create(object);
    await this.engine.settle();
  }

  async edit(kind: string, name: string, change: (object: KubernetesObject) => void): Promise<void> {
    const copy = cloneDeep(this.need(kind, name));
    change(copy);
    await this.store.update(copy);
    await this.engine.settle();
  }

  async remove(kind: string, name: string): Promise<void> {
    await this.store.delete(this.need(kind, name));
    await this.engine.settle();
  }

  /** Lets time pass to the next attempt. */
  async retry(): Promise<void> {
    this.#now = this.engine.nextDue ?? this.#now;
    await this.engine.settle();
  }

  calls(hook: string): Omit<Called, 'hook'>[] {
    return this.called.filter((call) => call.hook === hook).map(({ finalizing, status }) => ({ finalizing, status }));
  }

  get faults(): string[] {
    return [...this.engine.findings.map(({ fault }) => fault), ...this.engine.errors.map(({ message }) => message)];
  }
}

const widget = (spec: object) => ({
  apiVersion: 'sample.example/v1',
  kind: 'Widget',
  metadata: { name: 'w', namespace: 'a' },
  spec,
});
const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's', namespace: 'a', labels: { 'sample.example/mirror': 'true' } },
  data: { user: 'dQ==', password: 'cA==' },
};
const ours = { finalizers: ['metacontroller.io/compositecontroller-widgets'] };
const mirrors = 'metacontroller.io/decoratorcontroller-mirrors';
const held = { finalizers: ['test.example/held'] };
const release = ({ metadata }: KubernetesObject) => Object.assign(metadata, { finalizers: [] });

const ways: [string, () => Promise<Stage>][] = [
  [
    'in process',
    () => {
      const context = () => ({ now: new Date('2026-06-01T00:00:00Z'), settings: defaultSettings });
      return Promise.resolve(new Stage('http://sample', localTransport(sample, context)));
    },
  ],
  ['over HTTP', async () => new Stage(`http://127.0.0.1:${(await serve()).port}`, httpTransport())],
];

describe.each(ways)('finalizing %s', (_, start) => {
  it('a Widget goes after its children, the last of which somebody holds', async () => {
    const stage = await start();
    await stage.create(widget({ parts: ['x', 'y'] }));
    expect(stage.need('Widget', 'w')).toMatchObject({ metadata: ours, status: { phase: 'Ready', parts: 2 } });
    expect([stage.get('ConfigMap', 'w-x')?.['data'], stage.get('ConfigMap', 'w-y')?.['data']]).toEqual([
      { part: 'x' },
      { part: 'y' },
    ]);
    expect(stage.calls('/hooks/widgets/finalize')).toEqual([]);

    await stage.edit('ConfigMap', 'w-y', ({ metadata }) => Object.assign(metadata, held));
    await stage.remove('Widget', 'w');
    expect(stage.get('ConfigMap', 'w-x')).toBeUndefined();
    expect(stage.need('Widget', 'w')).toMatchObject({ metadata: ours, status: { phase: 'Going', parts: 1 } });
    expect(stage.need('Widget', 'w').metadata.deletionTimestamp).toBeDefined();

    await stage.edit('ConfigMap', 'w-y', release);
    expect([stage.get('ConfigMap', 'w-y'), stage.get('Widget', 'w')]).toEqual([undefined, undefined]);
    const finalized = stage.calls('/hooks/widgets/finalize');
    expect(finalized.length).toBeGreaterThan(1);
    expect(finalized.every(({ finalizing, status }) => finalizing && status === 200)).toBe(true);
    expect(stage.calls('/hooks/widgets/sync').some(({ finalizing }) => finalizing)).toBe(false);
    expect([stage.faults, stage.engine.nextDue]).toEqual([[], undefined]);
  });

  it('a Widget whose finalize fails stays with its children, and goes when it succeeds', async () => {
    const stage = await start();
    await stage.create(widget({ parts: ['x'], stuck: true }));
    await stage.remove('Widget', 'w');
    await stage.retry();
    expect(stage.calls('/hooks/widgets/finalize')).toEqual([
      { finalizing: true, status: 500 },
      { finalizing: true, status: 500 },
    ]);
    expect(stage.engine.errors[1]?.message).toContain(
      'finalize hook failed (version=v2): unsupported status code: 500',
    );
    expect(stage.need('Widget', 'w')).toMatchObject({ metadata: ours, status: { phase: 'Ready' } });
    expect(stage.need('ConfigMap', 'w-x')).toBeDefined();

    await stage.edit('Widget', 'w', (object) => Object.assign(object, { spec: { parts: ['x'] } }));
    expect([stage.get('ConfigMap', 'w-x'), stage.get('Widget', 'w')]).toEqual([undefined, undefined]);
    await stage.retry();
    expect([stage.engine.errors.length, stage.engine.nextDue]).toEqual([2, undefined]);
  });

  it('a Secret goes after what was attached to it', async () => {
    const stage = await start();
    await stage.create(secret);
    expect(stage.need('Secret', 's').metadata).toMatchObject({
      finalizers: [mirrors],
      annotations: { 'sample.example/mirrored': 'true' },
    });
    expect(stage.need('ConfigMap', 's-keys')['data']).toEqual({ keys: 'user password' });

    await stage.edit('ConfigMap', 's-keys', ({ metadata }) => Object.assign(metadata, held));
    await stage.remove('Secret', 's');
    const { finalizers, annotations } = stage.need('Secret', 's').metadata;
    expect([finalizers, annotations]).toEqual([[mirrors], undefined]);

    await stage.edit('ConfigMap', 's-keys', release);
    expect([stage.get('ConfigMap', 's-keys'), stage.get('Secret', 's')]).toEqual([undefined, undefined]);
    expect(stage.calls('/hooks/mirrors/finalize').every(({ finalizing }) => finalizing)).toBe(true);
    expect(stage.faults).toEqual([]);
  });

  it('a Secret that is not selected any more loses what was attached to it, and stays', async () => {
    const stage = await start();
    await stage.create(secret);
    await stage.edit('Secret', 's', ({ metadata }) => Object.assign(metadata, { labels: {} }));
    const { finalizers, annotations } = stage.need('Secret', 's').metadata;
    expect([finalizers, annotations, stage.get('ConfigMap', 's-keys')]).toEqual([undefined, undefined, undefined]);
    expect(stage.need('Secret', 's')['data']).toEqual(secret.data);
    expect(stage.faults).toEqual([]);
  });

  it('a Secret whose finalize fails stays as it is, and goes when it succeeds', async () => {
    const stage = await start();
    const stuck = { 'sample.example/stuck': '' };
    await stage.create({ ...secret, metadata: { ...secret.metadata, annotations: stuck } });
    await stage.remove('Secret', 's');
    await stage.retry();
    expect(stage.calls('/hooks/mirrors/finalize').map(({ status }) => status)).toEqual([500, 500]);
    expect(stage.need('Secret', 's').metadata.annotations).toEqual({ ...stuck, 'sample.example/mirrored': 'true' });
    expect(stage.need('ConfigMap', 's-keys')).toBeDefined();
    await stage.edit('Secret', 's', ({ metadata }) => Object.assign(metadata, { annotations: {} }));
    expect([stage.get('ConfigMap', 's-keys'), stage.get('Secret', 's')]).toEqual([undefined, undefined]);
  });
});

it('a Widget stays while nobody serves its hooks, and goes when somebody does', async () => {
  const server = await serve();
  const stage = new Stage(`http://127.0.0.1:${server.port}`, httpTransport());
  await stage.create(widget({ parts: ['x'] }));
  await running.pop()?.drain();
  await stage.remove('Widget', 'w');
  await stage.retry();
  expect(stage.engine.errors).toHaveLength(2);
  expect(stage.engine.errors[1]?.message).toContain('finalize hook failed (version=v2): http error: ');
  expect([stage.get('Widget', 'w'), stage.get('ConfigMap', 'w-x')]).toEqual([expect.anything(), expect.anything()]);

  await serve(server.port);
  await stage.retry();
  expect([stage.get('Widget', 'w'), stage.get('ConfigMap', 'w-x')]).toEqual([undefined, undefined]);
});
