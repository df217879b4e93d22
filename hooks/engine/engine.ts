import { isEqual } from 'lodash-es';
import type { KubernetesObject } from '../api/object.ts';
import { controllerOf } from './apply/claim.ts';
import { called } from './apply/dynamic-apply.ts';
import { ServerSideApply } from './apply/server-side-apply.ts';
import { Definition } from './definition.ts';
import { CompositeReconciler } from './passes/composite.ts';
import { Customize } from './passes/customize.ts';
import { DecoratorReconciler } from './passes/decorator.ts';
import { HookError, type HookTransport } from './passes/hook-client.ts';
import type { LintFinding } from './passes/lint.ts';
import { groupKind, type Reconciler } from './passes/reconciler.ts';
import { WorkQueue } from './passes/work-queue.ts';
import type { KindInfo } from './stores/kind-info.ts';
import { NotSyncedError, type Store, type StoreEvent } from './stores/store.ts';

export interface EngineOptions {
  store: Store;
  /** CompositeController and DecoratorController objects, as in metacontroller/. */
  definitions: readonly unknown[];
  transport: HookTransport;
  now: () => number;
  /** How children are written: Metacontroller's --apply-strategy, with its default. */
  applyStrategy?: 'dynamic-apply' | 'server-side-apply';
  /** Receives failed passes as they happen; without it they are kept in `errors`. */
  onError?: (error: SyncError) => void;
  /** Calls every hook twice and collects what Metacontroller would swallow. */
  lint?: boolean;
}

/** A failed pass, as Metacontroller would report it in an Event. */
export interface SyncError {
  controller: string;
  parent: string;
  message: string;
}

interface Running {
  definition: Definition;
  reconciler: Reconciler;
  queue: WorkQueue;
  customize: Customize;
}

/** No set of resources that settles needs more passes than this for each object. */
const maxPasses = 100_000;

/**
 * Runs controllers as Metacontroller would, over any store: events lead to parents, passes to writes, until nothing
 * changes. It is what the CLI renders with, and what hooks are tested on.
 */
export class Engine {
  readonly findings: LintFinding[] = [];
  readonly errors: SyncError[] = [];
  passes = 0;
  readonly #options: EngineOptions;
  /** One for all controllers, and for as long as the process lives. */
  readonly #serverSide: ServerSideApply | undefined;
  readonly #running: Running[];
  #onWork: (() => void) | undefined;
  /** Events that came while customize hooks were asked: they are worked off in order, as an informer does. */
  #events: Promise<void> = Promise.resolve();

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#serverSide = options.applyStrategy === 'server-side-apply' ? new ServerSideApply() : undefined;
    this.#running = options.definitions.map((object) => this.#start(Definition.parse(object)));
    options.store.subscribe((event) => {
      this.#events = this.#events.then(() => this.#onEvent(event));
    });
    this.resync();
  }

  get customizeCalls(): number {
    return this.#running.reduce((sum, running) => sum + running.customize.calls, 0);
  }

  /**
   * Takes a definition in, or a new version of one. As with Metacontroller a changed spec starts its controller anew,
   * without what it had in caches and queue, and any other change does nothing.
   */
  define(object: unknown): void {
    const definition = Definition.parse(object);
    const index = this.#running.findIndex(
      (running) =>
        running.definition.kind === definition.kind && running.definition.metadata.name === definition.metadata.name,
    );
    if (isEqual(this.#running[index]?.definition.spec, definition.spec)) return;
    const running = this.#start(definition);
    if (index < 0) this.#running.push(running);
    else this.#running[index] = running;
    this.#addAll(running);
  }

  #start(definition: Definition): Running {
    const { store, transport, now, lint } = this.#options;
    const queue = new WorkQueue(now);
    const customize = new Customize(definition, { store, transport, now });
    const around = {
      serverSide: this.#serverSide,
      store,
      transport,
      customize,
      resyncAfter: (kind: KindInfo, parent: KubernetesObject, seconds: number) =>
        queue.addAfter(queueKey(kind, parent), seconds * 1000),
      lint:
        lint === true
          ? (parent: KubernetesObject, faults: readonly string[]) =>
              this.findings.push(...faults.map((fault) => ({ parent: called(parent), fault })))
          : undefined,
    };
    const reconciler =
      definition.kind === 'CompositeController'
        ? new CompositeReconciler(definition, around)
        : new DecoratorReconciler(definition, around);
    return { definition, reconciler, queue, customize };
  }

  /** Tells whenever there is something new to do. */
  onWork(listener: () => void): void {
    this.#onWork = listener;
  }

  /** Works until nothing is due now. Passes that failed wait for their time; `nextDue` says when. */
  async settle(): Promise<void> {
    for (let count = 0; count < maxPasses; count++) {
      await this.#events;
      if (!(await this.#pass())) return;
    }
    throw new Error(`no end after ${maxPasses} passes: a hook answers differently each time`);
  }

  /** When a waiting key is due, in milliseconds of the clock. */
  get nextDue(): number | undefined {
    const due = this.#running.map(({ queue }) => queue.nextDue).filter((time) => time !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** Adds all parents once more, as the informers' resync does. */
  resync(): void {
    for (const running of this.#running) this.#addAll(running);
  }

  #addAll(running: Running): void {
    for (const kind of running.reconciler.parentKinds)
      for (const parent of this.#options.store.list(kind)) this.#enqueue(running, kind, parent);
  }

  #enqueue({ reconciler, queue }: Running, kind: KindInfo, parent: KubernetesObject): void {
    if (!reconciler.cares(parent)) return;
    queue.add(queueKey(kind, parent));
    this.#onWork?.();
  }

  async #pass(): Promise<boolean> {
    for (const { reconciler, queue } of this.#running) {
      const key = queue.take();
      if (key === undefined) continue;
      await this.#work(reconciler, queue, key);
      return true;
    }
    return false;
  }

  async #work(reconciler: Reconciler, queue: WorkQueue, key: string): Promise<void> {
    const { apiVersion, kind, namespace, name } = parseKey(key);
    const info = reconciler.parentKinds.find((k) => k.kind === kind && k.apiVersion === apiVersion);
    const parent = info === undefined ? undefined : this.#options.store.get(info, namespace, name);
    if (info === undefined || parent === undefined) return queue.forget(key);
    this.passes += 1;
    try {
      await reconciler.reconcile(info, parent);
      queue.forget(key);
    } catch (error) {
      // Neither an Event nor a step of the backoff: the hook said when to come again.
      if (error instanceof HookError && error.retryAfter !== undefined)
        return queue.addAfter(key, error.retryAfter * 1000);
      if (error instanceof NotSyncedError) return queue.retry(key);
      const message = error instanceof Error ? error.message : String(error);
      const failed = { controller: reconciler.name, parent: called(parent), message };
      if (this.#options.onError === undefined) this.errors.push(failed);
      else this.#options.onError(failed);
      queue.retry(key);
    }
  }

  async #onEvent(event: StoreEvent): Promise<void> {
    for (const running of this.#running) {
      this.#enqueueParent(running, event);
      this.#enqueueOwner(running, event);
      for (const kind of running.reconciler.parentKinds)
        for (const parent of await running.customize.concerned(kind, event)) this.#enqueue(running, kind, parent);
    }
  }

  #enqueueParent(running: Running, { kind, object, old, type }: StoreEvent): void {
    const { reconciler } = running;
    if (!reconciler.parentKinds.includes(kind)) return;
    if (
      type === 'modified' &&
      old !== undefined &&
      reconciler.ignoresStatus(kind) &&
      !object.metadata.deletionTimestamp &&
      sameButStatus(old, object)
    )
      return;
    this.#enqueue(running, kind, object);
  }

  /** An owner is found by name, in the namespace of its child; who has none may be adopted unless it goes. */
  #enqueueOwner(running: Running, { kind, object, type }: StoreEvent): void {
    const { reconciler } = running;
    if (!reconciler.childKinds.includes(kind)) return;
    const { store } = this.#options;
    const { namespace, deletionTimestamp } = object.metadata;
    const owner = controllerOf(object);
    if (owner !== undefined) {
      const ownerKind = reconciler.parentKinds.find((parentKind) => groupKind(parentKind) === groupKind(owner));
      const parent = ownerKind === undefined ? undefined : store.get(ownerKind, namespace, owner.name);
      if (ownerKind !== undefined && parent?.metadata.uid === owner.uid) this.#enqueue(running, ownerKind, parent);
      return;
    }
    if (type === 'deleted' || deletionTimestamp) return;
    for (const parentKind of reconciler.parentKinds)
      for (const parent of store.list(parentKind))
        if (reconciler.couldAdopt(parent, object)) this.#enqueue(running, parentKind, parent);
  }
}

function sameButStatus(old: KubernetesObject, object: KubernetesObject): boolean {
  const facts = ({ metadata }: KubernetesObject) => [metadata.generation, metadata.labels, metadata.annotations];
  return isEqual(facts(old), facts(object));
}

function queueKey({ apiVersion, kind, namespaced }: KindInfo, { metadata }: KubernetesObject): string {
  return [apiVersion, kind, namespaced ? (metadata.namespace ?? '') : '', metadata.name].join('|');
}

function parseKey(key: string): { apiVersion: string; kind: string; namespace: string | undefined; name: string } {
  const [apiVersion = '', kind = '', namespace = '', name = ''] = key.split('|');
  return { apiVersion, kind, namespace: namespace === '' ? undefined : namespace, name };
}
