import { cloneDeep } from 'lodash-es';
import { crd } from '../../hooks/api/crd.ts';
import { kinds } from '../../hooks/api/kinds/index.ts';
import type { KubernetesObject } from '../../hooks/api/object.ts';
import type { Problem } from '../../hooks/api/problems/problem.ts';
import type { Condition } from '../../hooks/api/status.ts';
import { bundledTemplates, definitions, localTransport } from '../../hooks/cli/offline.ts';
import { controllers } from '../../hooks/controllers/index.ts';
import { Engine } from '../../hooks/engine/engine.ts';
import type { HookTransport } from '../../hooks/engine/passes/hook-client.ts';
import { MemoryStore } from '../../hooks/engine/stores/memory-store.ts';
import { type Controller, defaultSettings, type HookSettings, type Trial } from '../../hooks/kit/controller.ts';
import { secondWithoutMemory } from './without-memory.ts';

const group = 'fluentbit.kyma-project.io/v1alpha1';

export interface WorldOptions {
  now?: string;
  settings?: Partial<HookSettings>;
  definitions?: readonly unknown[];
  controllers?: readonly Controller[];
  crds?: readonly unknown[];
  /** Asks each hook twice, the second time without what it remembers, and collects what differs. */
  lint?: boolean;
  wrap?: (transport: HookTransport) => HookTransport;
  bundled?: boolean;
  /** Dynamic apply where it is left out. */
  applyStrategy?: 'dynamic-apply' | 'server-side-apply';
  /** Who tries configurations; nobody where it is left out. */
  trial?: Trial;
}

/** A cluster in memory with the controllers running on it, and a clock that stands until it is turned. */
export class World {
  readonly store: MemoryStore;
  readonly engine: Engine;
  readonly #time: { now: number };

  private constructor(store: MemoryStore, engine: Engine, time: { now: number }) {
    this.store = store;
    this.engine = engine;
    this.#time = time;
  }

  static async start(options: WorldOptions = {}): Promise<World> {
    const time = { now: Date.parse(options.now ?? '2026-06-01T00:00:00Z') };
    const settings: HookSettings = { ...defaultSettings, ...options.settings };
    const store = new MemoryStore(() => new Date(time.now), [...kinds.map(crd), ...(options.crds ?? [])]);
    if (options.bundled !== false) for (const template of bundledTemplates()) await store.create(template);
    const direct = localTransport(options.controllers ?? controllers, () => ({
      now: new Date(time.now),
      settings,
      ...(options.trial === undefined ? {} : { trial: options.trial }),
    }));
    const linted = options.lint ?? true;
    const local = linted ? secondWithoutMemory(direct) : direct;
    const engine = new Engine({
      store,
      definitions: options.definitions ?? definitions(),
      transport: options.wrap?.(local) ?? local,
      now: () => time.now,
      lint: linted,
      ...(options.applyStrategy === undefined ? {} : { applyStrategy: options.applyStrategy }),
    });
    return new World(store, engine, time);
  }

  get now(): number {
    return this.#time.now;
  }

  /** Lets time pass. */
  turn(milliseconds: number): void {
    this.#time.now += milliseconds;
  }

  /** Creates or replaces an object, as kubectl replace does, and lets the controllers work. */
  async apply(...objects: KubernetesObject[]): Promise<void> {
    for (const object of objects) await this.put(object);
    await this.settle();
  }

  /** The same without letting anybody work. */
  async put(object: KubernetesObject): Promise<void> {
    const kind = this.store.kindOf(object.apiVersion, object.kind);
    if (kind === undefined) throw new Error(`no kind ${object.kind}`);
    const standing = this.store.get(kind, object.metadata.namespace, object.metadata.name);
    if (standing === undefined) await this.store.create(object);
    else await this.store.update({ ...cloneDeep(object), metadata: { ...standing.metadata, ...object.metadata } });
  }

  /** Changes an object in place, as somebody with kubectl edit does. */
  async edit(kind: string, name: string, change: (object: Editable) => void, namespace = 'shop'): Promise<void> {
    const object = cloneDeep(this.get(kind, name, namespace)) as Editable | undefined;
    if (object === undefined) throw new Error(`no ${kind} ${name}`);
    change(object);
    await this.store.update(object);
    await this.settle();
  }

  async remove(kind: string, name: string, namespace = 'shop'): Promise<void> {
    const object = this.get(kind, name, namespace);
    if (object === undefined) throw new Error(`no ${kind} ${name}`);
    await this.store.delete(object);
    await this.settle();
  }

  async settle(): Promise<void> {
    await this.engine.settle();
  }

  get(kind: string, name: string, namespace = 'shop'): KubernetesObject | undefined {
    const info =
      this.store.kindOf(group, kind) ?? this.store.kindOf('v1', kind) ?? this.store.kindOf('test.example/v1', kind);
    return info === undefined ? undefined : this.store.get(info, namespace, name);
  }

  condition(kind: string, name: string, type: string, namespace = 'shop'): Condition | undefined {
    return statusOf(this.get(kind, name, namespace)).conditions?.find((condition) => condition.type === type);
  }

  problems(kind: string, name: string, namespace = 'shop'): Problem[] {
    return statusOf(this.get(kind, name, namespace)).problems ?? [];
  }

  /** The rendered Fluent Bit file of a LoggingConfiguration. */
  file(name: string, namespace = 'shop'): string | undefined {
    return dataOf(this.get('ConfigMap', `${name}-fluent-bit`, namespace))[`${namespace}.${name}.yaml`];
  }

  /** Data of its Secret, decoded. */
  secrets(name: string, namespace = 'shop'): Record<string, string> {
    const data = dataOf(this.get('Secret', `${name}-fluent-bit`, namespace));
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
    );
  }
}

type Editable = KubernetesObject & {
  spec?: Record<string, unknown>;
  data?: Record<string, string>;
  status?: Record<string, unknown>;
};

function statusOf(object: KubernetesObject | undefined): { conditions?: Condition[]; problems?: Problem[] } {
  return (object?.['status'] ?? {}) as { conditions?: Condition[]; problems?: Problem[] };
}

function dataOf(object: KubernetesObject | undefined): Record<string, string> {
  return (object?.['data'] ?? {}) as Record<string, string>;
}

/** Objects for tests, in namespace `shop` unless said otherwise. */
export const make = {
  secret: (name: string, values: Record<string, string | Buffer>, namespace = 'shop'): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'Opaque',
    data: Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  }),
  configMap: (name: string, data: Record<string, string>, namespace = 'shop'): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data,
  }),
  binding: (name: string, spec: object, namespace = 'shop'): KubernetesObject => ({
    apiVersion: group,
    kind: 'ServiceBindingConfig',
    metadata: { name, namespace },
    spec,
  }),
  logging: (name: string, spec: object, namespace = 'shop'): KubernetesObject => ({
    apiVersion: group,
    kind: 'LoggingConfiguration',
    metadata: { name, namespace },
    spec,
  }),
  template: (name: string, spec: object): KubernetesObject => ({
    apiVersion: group,
    kind: 'ClusterTemplate',
    metadata: { name },
    spec,
  }),
  agent: (name: string, spec: object): KubernetesObject => ({
    apiVersion: group,
    kind: 'FluentBitAgent',
    metadata: { name },
    spec,
  }),
  namespace: (name: string, labels: Record<string, string> = {}): KubernetesObject => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name, ...labels } },
  }),
  ownTemplate: (name: string, spec: object, namespace = 'shop'): KubernetesObject => ({
    apiVersion: group,
    kind: 'Template',
    metadata: { name, namespace },
    spec,
  }),
};
