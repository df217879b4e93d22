import { cloneDeep } from 'lodash-es';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import type { ObjectMap } from '../../../hooks/api/wire/metacontroller.ts';
import { Engine } from '../../../hooks/engine/engine.ts';
import type { HookResponse, HookTransport } from '../../../hooks/engine/passes/hook-client.ts';
import type { KindInfo } from '../../../hooks/engine/stores/kind-info.ts';
import { MemoryStore } from '../../../hooks/engine/stores/memory-store.ts';

const group = 'test.example';
const start = Date.parse('2026-06-01T00:00:00Z');

/** A CRD of a kind that may hold anything. */
export function crdOf(kind: string, { namespaced = true, status = true, schema = open }: CrdOptions = {}): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.toLowerCase()}s.${group}` },
    spec: {
      group,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: { kind, plural: `${kind.toLowerCase()}s` },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          ...(status ? { subresources: { status: {} } } : {}),
          schema: { openAPIV3Schema: schema },
        },
      ],
    },
  };
}

interface CrdOptions {
  namespaced?: boolean;
  status?: boolean;
  schema?: object;
}

const any = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const open = { type: 'object', properties: { spec: any, status: any } };

export const crds = [crdOf('Widget'), crdOf('Gadget', { namespaced: false }), crdOf('Plain', { status: false })];

/** An object in namespace `a`; metadata and content are merged in. */
export function object(kind: string, name: string, content: Content = {}): KubernetesObject {
  const { metadata, apiVersion, ...rest } = content;
  const core = ['ConfigMap', 'Secret', 'Namespace', 'Pod', 'Service'].includes(kind);
  const namespaced = !['Gadget', 'Namespace'].includes(kind);
  return {
    apiVersion: apiVersion ?? (core ? 'v1' : `${group}/v1`),
    kind,
    metadata: { name, ...(namespaced ? { namespace: 'a' } : {}), ...metadata },
    ...rest,
  };
}

type Content = Record<string, unknown> & { metadata?: Partial<KubernetesObject['metadata']>; apiVersion?: string };

export const widget = (name = 'w', content: Content = {}) => object('Widget', name, { spec: {}, ...content });
export const configMap = (name: string, data: Record<string, string> = { k: 'v' }, metadata = {}) =>
  object('ConfigMap', name, { data, metadata });

/** A ConfigMap as a hook returns it: the engine puts it into the namespace of its parent. */
export const child = (name: string, data: Record<string, unknown> = { k: 'v' }, metadata = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});

/** A request as a hook sees it, of either type of controller. */
export interface HookRequest {
  controller: KubernetesObject;
  parent: KubernetesObject;
  object: KubernetesObject;
  children: ObjectMap;
  attachments: ObjectMap;
  related: ObjectMap;
  finalizing: boolean;
}

/** What a hook of a test returns where it is no reply. */
export class Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: number | undefined;

  constructor(status: number, body = '', retryAfter?: number) {
    this.status = status;
    this.body = body;
    this.retryAfter = retryAfter;
  }
}

export type Hook = (request: HookRequest) => unknown;
export type Hooks = Partial<Record<'sync' | 'finalize' | 'customize', Hook>>;

const v2 = (hook: string) => ({ version: 'v2', webhook: { url: `http://test/${hook}` } });

interface Spec {
  [field: string]: unknown;
  hooks?: object;
}

/** A CompositeController of Widgets with ConfigMaps, all hooks v2. */
export function composite(spec: Spec = {}, hooks: readonly (keyof Hooks)[] = ['sync']): object {
  return {
    apiVersion: 'metacontroller.k8s.io/v1alpha1',
    kind: 'CompositeController',
    metadata: { name: 'widgets' },
    spec: {
      generateSelector: true,
      parentResource: { apiVersion: `${group}/v1`, resource: 'widgets' },
      childResources: [{ apiVersion: 'v1', resource: 'configmaps', updateStrategy: { method: 'InPlace' } }],
      hooks: Object.fromEntries(hooks.map((hook) => [hook, v2(hook)])),
      ...spec,
    },
  };
}

/** A DecoratorController of Widgets with ConfigMaps, all hooks v2. */
export function decorator(spec: Spec = {}, hooks: readonly (keyof Hooks)[] = ['sync']): object {
  return {
    apiVersion: 'metacontroller.k8s.io/v1alpha1',
    kind: 'DecoratorController',
    metadata: { name: 'deco' },
    spec: {
      resources: [{ apiVersion: `${group}/v1`, resource: 'widgets' }],
      attachments: [{ apiVersion: 'v1', resource: 'configmaps', updateStrategy: { method: 'InPlace' } }],
      hooks: Object.fromEntries(hooks.map((hook) => [hook, v2(hook)])),
      ...spec,
    },
  };
}

interface Call {
  hook: string;
  request: HookRequest;
  timeout: number;
}

/** An engine over a store, with hooks that are functions of the test. */
export class Rig {
  readonly store: MemoryStore;
  readonly engine: Engine;
  readonly calls: Call[] = [];
  /** Names of hooks called and changes of objects, in the order in which they came. */
  readonly log: string[] = [];
  hooks: Hooks;
  now = start;

  constructor(hooks: Hooks, definitions: readonly object[], options: { lint?: boolean; crds?: object[] } = {}) {
    this.hooks = hooks;
    this.store = new MemoryStore(() => new Date(this.now), options.crds ?? crds);
    this.store.subscribe(({ type, object: { kind, metadata } }) => this.log.push(`${type} ${kind} ${metadata.name}`));
    const transport: HookTransport = async (url, body, timeout) =>
      this.#answer(new URL(url).pathname.slice(1), body, timeout);
    const { lint = false } = options;
    this.engine = new Engine({ store: this.store, definitions, transport, now: () => this.now, lint });
  }

  #answer(name: string, body: string, timeout: number): HookResponse {
    const request = JSON.parse(body) as HookRequest;
    this.calls.push({ hook: name, request, timeout });
    this.log.push(name);
    const hook = this.hooks[name as keyof Hooks];
    if (hook === undefined) return { status: 404, body: '' };
    const reply = hook(request);
    return reply instanceof Answer ? reply : { status: 200, body: JSON.stringify(reply) };
  }

  /** Creates objects, and lets the controllers work. */
  async create(...objects: KubernetesObject[]): Promise<void> {
    for (const each of objects) await this.store.create(each);
    await this.engine.settle();
  }

  /** Changes an object in place, and lets the controllers work. */
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

  kind(kind: string): KindInfo {
    const info = this.store.kindOf(`${group}/v1`, kind) ?? this.store.kindOf('v1', kind);
    if (info === undefined) throw new Error(`no kind ${kind}`);
    return info;
  }

  get(kind: string, name: string, namespace = 'a'): KubernetesObject | undefined {
    return this.store.get(this.kind(kind), namespace, name);
  }

  need(kind: string, name: string, namespace = 'a'): KubernetesObject {
    const found = this.get(kind, name, namespace);
    if (found === undefined) throw new Error(`no ${kind} ${name}`);
    return found;
  }

  called(hook: string): HookRequest[] {
    return this.calls.filter((call) => call.hook === hook).map((call) => call.request);
  }

  /** What happened during an action. */
  async during(action: () => unknown): Promise<string[]> {
    const { length } = this.log;
    await action();
    await this.engine.settle();
    return this.log.slice(length);
  }

  /** Until the next thing is due, in milliseconds. */
  get wait(): number | undefined {
    const { nextDue } = this.engine;
    return nextDue === undefined ? undefined : nextDue - this.now;
  }

  /** Lets time pass to the next thing that is due, and works it off; false where nothing is. */
  async next(): Promise<boolean> {
    const due = this.engine.nextDue;
    if (due === undefined) return false;
    this.now = due;
    await this.engine.settle();
    return true;
  }
}
