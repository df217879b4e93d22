import { type KubeConfig, type KubernetesObject as Listed, makeInformer } from '@kubernetes/client-node';
import type { KubernetesObject } from '../../api/object.ts';
import { ApiServer, collectionPath, objectPath } from './api-client.ts';
import type { KindInfo } from './kind-info.ts';
import { ApiError, NotSyncedError, objectKey, type Store, type StoreEvent } from './store.ts';

/** Metacontroller's default for --discovery-interval. */
const discoveryMilliseconds = 30_000;
const longestPause = 30_000;

interface Cache {
  informer: ReturnType<typeof makeInformer<Listed>>;
  objects: Map<string, KubernetesObject>;
  synced: boolean;
  first: Promise<void>;
}

/**
 * A real API server: reads come from informers, as Metacontroller's do, so they may lag behind; writes go through.
 * An informer starts when its kind is first asked for; until it has listed, reads throw NotSyncedError.
 */
export class ApiStore implements Store {
  readonly #server: ApiServer;
  #kinds = new Map<string, KindInfo>();
  readonly #caches = new Map<KindInfo, Cache>();
  readonly #listeners: ((event: StoreEvent) => void)[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #stopped = false;

  private constructor(config: KubeConfig) {
    this.#server = new ApiServer(config);
  }

  static async connect(config: KubeConfig): Promise<ApiStore> {
    const store = new ApiStore(config);
    await store.#discover();
    store.#after(discoveryMilliseconds, () => store.#rediscover());
    return store;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all([...this.#caches.values()].map(({ informer }) => informer.stop()));
    this.#server.close();
  }

  async #discover(): Promise<void> {
    const known = this.#kinds;
    // A kind that stays must stay the same object: caches and controllers hold on to it.
    this.#kinds = new Map(
      (await this.#server.kinds()).map((kind) => {
        const id = `${kind.apiVersion}/${kind.kind}`;
        return [id, known.get(id) ?? kind];
      }),
    );
  }

  async #rediscover(): Promise<void> {
    await this.#discover().catch(() => undefined);
    this.#after(discoveryMilliseconds, () => this.#rediscover());
  }

  #after(milliseconds: number, action: () => unknown): void {
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void action();
    }, milliseconds);
    this.#timers.add(timer);
  }

  kindOf(apiVersion: string, kind: string): KindInfo | undefined {
    return this.#kinds.get(`${apiVersion}/${kind}`);
  }

  resource(apiVersion: string, resource: string): KindInfo | undefined {
    return [...this.#kinds.values()].find((kind) => kind.apiVersion === apiVersion && kind.resource === resource);
  }

  subscribe(listener: (event: StoreEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** Starts to follow a kind; resolves when its objects are there. */
  watch(kind: KindInfo): Promise<void> {
    return this.#cache(kind).first;
  }

  get(kind: KindInfo, namespace: string | undefined, name: string): KubernetesObject | undefined {
    return this.#synced(kind).get(objectKey(kind.namespaced ? namespace : undefined, name));
  }

  list(kind: KindInfo, namespace?: string): KubernetesObject[] {
    const objects = [...this.#synced(kind).values()];
    return namespace === undefined ? objects : objects.filter((object) => object.metadata.namespace === namespace);
  }

  #synced(kind: KindInfo): Map<string, KubernetesObject> {
    const { synced, objects } = this.#cache(kind);
    if (!synced) throw new NotSyncedError(`${kind.resource} are not listed yet`);
    return objects;
  }

  #cache(kind: KindInfo): Cache {
    const known = this.#caches.get(kind);
    if (known !== undefined) return known;
    const { apiVersion } = kind;
    const path = collectionPath(kind);
    let listed = (): void => undefined;
    const first = new Promise<void>((resolve) => {
      listed = resolve;
    });
    const informer = makeInformer<Listed>(this.#server.config, path, async () => {
      const list = await this.#server.call<{ items: KubernetesObject[]; metadata: { resourceVersion: string } }>({
        method: 'GET',
        path,
      });
      // Items of built-in kinds do not say what they are.
      const items = list.items.map((item) => ({ ...item, apiVersion, kind: kind.kind }));
      return { apiVersion, kind: `${kind.kind}List`, metadata: list.metadata, items: items as unknown as Listed[] };
    });
    const cache: Cache = { informer, objects: new Map(), synced: false, first };
    this.#caches.set(kind, cache);
    let pause = 500;
    const start = async () => {
      let failed = false;
      const note = () => {
        failed = true;
      };
      informer.on('error', note);
      await informer.start();
      informer.off('error', note);
      if (failed || cache.synced) return;
      cache.synced = true;
      pause = 500;
      listed();
    };
    informer.on('add', (object) => this.#observe(kind, cache, object as unknown as KubernetesObject));
    informer.on('update', (object) => this.#observe(kind, cache, object as unknown as KubernetesObject));
    informer.on('delete', (object) => this.#vanish(kind, cache, object as unknown as KubernetesObject));
    informer.on('error', () => {
      pause = Math.min(pause * 2, longestPause);
      this.#after(pause, start);
    });
    void start();
    return cache;
  }

  #observe(kind: KindInfo, cache: Cache, object: KubernetesObject): void {
    const key = objectKey(kind.namespaced ? object.metadata.namespace : undefined, object.metadata.name);
    const old = cache.objects.get(key);
    if (old?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    if (old !== undefined && old.metadata.uid !== object.metadata.uid) this.#vanish(kind, cache, old);
    const standing = cache.objects.get(key);
    cache.objects.set(key, object);
    if (standing === undefined) this.#emit({ type: 'added', kind, object });
    else this.#emit({ type: 'modified', kind, object, old: standing });
  }

  #vanish(kind: KindInfo, cache: Cache, object: KubernetesObject): void {
    cache.objects.delete(objectKey(kind.namespaced ? object.metadata.namespace : undefined, object.metadata.name));
    this.#emit({ type: 'deleted', kind, object });
  }

  #emit(event: StoreEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  async live(kind: KindInfo, namespace: string | undefined, name: string): Promise<KubernetesObject | undefined> {
    try {
      const path = objectPath(kind, { metadata: { name, ...(namespace === undefined ? {} : { namespace }) } });
      return await this.#server.call({ method: 'GET', path });
    } catch (error) {
      if (error instanceof ApiError && error.reason === 'NotFound') return undefined;
      throw error;
    }
  }

  create(object: KubernetesObject): Promise<KubernetesObject> {
    const kind = this.#kind(object);
    return this.#server.call({ method: 'POST', path: collectionPath(kind, object.metadata.namespace), body: object });
  }

  update(object: KubernetesObject): Promise<KubernetesObject> {
    return this.#server.call({ method: 'PUT', path: objectPath(this.#kind(object), object), body: object });
  }

  updateStatus(object: KubernetesObject): Promise<KubernetesObject> {
    return this.#server.call({ method: 'PUT', path: `${objectPath(this.#kind(object), object)}/status`, body: object });
  }

  apply(
    object: KubernetesObject,
    { manager, dryRun = false }: { manager: string; dryRun?: boolean },
  ): Promise<KubernetesObject> {
    const query = new URLSearchParams({ fieldManager: manager, force: 'true', ...(dryRun ? { dryRun: 'All' } : {}) });
    const path = `${objectPath(this.#kind(object), object)}?${query}`;
    return this.#server.call({ method: 'PATCH', path, body: object, contentType: 'application/apply-patch+yaml' });
  }

  async delete(object: KubernetesObject): Promise<void> {
    const { uid } = object.metadata;
    const body = { propagationPolicy: 'Background', ...(uid === undefined ? {} : { preconditions: { uid } }) };
    await this.#server.call({ method: 'DELETE', path: objectPath(this.#kind(object), object), body });
  }

  #kind(object: KubernetesObject): KindInfo {
    const kind = this.kindOf(object.apiVersion, object.kind);
    if (kind === undefined) throw new ApiError('NotFound', `no kind ${object.kind} in ${object.apiVersion}`);
    return kind;
  }
}
