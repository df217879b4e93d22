import { cloneDeep, isEqual, omit } from 'lodash-es';
import type { KubernetesObject } from '../../api/object.ts';
import { timestamp } from '../../kubernetes/timestamp.ts';
import { FieldManagers } from './field-managers.ts';
import { builtInKinds, type KindInfo, kindsOfCrd } from './kind-info.ts';
import { prune } from './schema.ts';
import { ApiError, objectKey, type Store, type StoreEvent } from './store.ts';
import { storedForm, systemFields, systemFieldsOf } from './stored-form.ts';
import { deterministicUid } from './uid.ts';
import { admitApplied, admitMetadata } from './validity.ts';

const crdKind = 'CustomResourceDefinition';

/**
 * An API server in memory, as far as controllers can tell: generations, the status subresource, pruning, conflicts,
 * finalizers and garbage collection by owner. Uids follow from name and order, so that equal input gives equal output.
 */
export class MemoryStore implements Store {
  readonly #kinds = new Map<string, KindInfo>();
  readonly #objects = new Map<string, Map<string, KubernetesObject>>();
  readonly #creations = new Map<string, number>();
  /** Every uid that was ever given; the object while it lives. */
  readonly #byUid = new Map<string, { kind: KindInfo; key: string } | undefined>();
  readonly #managers = new Map<string | undefined, FieldManagers>();
  readonly #listeners: ((event: StoreEvent) => void)[] = [];
  readonly #now: () => Date;
  #version = 0;
  /** Writes that changed something, for tests of convergence. */
  writes = 0;

  constructor(now: () => Date, crds: readonly unknown[] = []) {
    this.#now = now;
    for (const kind of builtInKinds) this.#define(kind);
    for (const crd of crds) for (const kind of kindsOfCrd(crd)) this.#define(kind);
  }

  /** A kind that is there stays as it is, for its objects and its users hold on to it. */
  #define(kind: KindInfo): void {
    const id = `${kind.apiVersion}/${kind.kind}`;
    if (this.#kinds.has(id)) return;
    this.#kinds.set(id, kind);
    this.#objects.set(id, new Map());
  }

  kindOf(apiVersion: string, kind: string): KindInfo | undefined {
    return this.#kinds.get(`${apiVersion}/${kind}`);
  }

  resource(apiVersion: string, resource: string): KindInfo | undefined {
    return [...this.#kinds.values()].find((kind) => kind.apiVersion === apiVersion && kind.resource === resource);
  }

  get(kind: KindInfo, namespace: string | undefined, name: string): KubernetesObject | undefined {
    return this.#table(kind).get(objectKey(kind.namespaced ? namespace : undefined, name));
  }

  list(kind: KindInfo, namespace?: string): KubernetesObject[] {
    return [...this.#table(kind).values()].filter(
      (object) => namespace === undefined || object.metadata.namespace === namespace,
    );
  }

  /** Every object of every kind. */
  all(): KubernetesObject[] {
    return [...this.#objects.values()].flatMap((table) => [...table.values()]);
  }

  live(kind: KindInfo, namespace: string | undefined, name: string): Promise<KubernetesObject | undefined> {
    return Promise.resolve(cloneDeep(this.get(kind, namespace, name)));
  }

  subscribe(listener: (event: StoreEvent) => void): void {
    this.#listeners.push(listener);
  }

  async create(object: KubernetesObject): Promise<KubernetesObject> {
    const stored = this.#insert(object);
    this.#managersOf(stored).updated(undefined, stored, this.#kind(stored));
    return stored;
  }

  #managersOf({ metadata }: KubernetesObject): FieldManagers {
    const managers = this.#managers.get(metadata.uid) ?? new FieldManagers();
    this.#managers.set(metadata.uid, managers);
    return managers;
  }

  #insert(object: KubernetesObject): KubernetesObject {
    if (object.kind === crdKind) {
      for (const kind of kindsOfCrd(object)) this.#define(kind);
      return object;
    }
    const kind = this.#kind(object);
    const { name, namespace } = object.metadata;
    if (kind.namespaced && !namespace)
      throw new ApiError('Invalid', `${kind.kind} ${name}: an empty namespace may not be set during creation`);
    const key = objectKey(kind.namespaced ? namespace : undefined, name);
    const table = this.#table(kind);
    if (table.has(key)) throw new ApiError('AlreadyExists', `${kind.resource} "${name}" already exists`);
    const count = (this.#creations.get(`${kind.kind} ${key}`) ?? 0) + 1;
    this.#creations.set(`${kind.kind} ${key}`, count);
    const content = storedForm(kind, kind.statusSubresource ? (omit(object, 'status') as KubernetesObject) : object);
    const id = deterministicUid(`${kind.apiVersion}/${kind.kind}/${key}/${count}`);
    const stored: KubernetesObject = {
      ...content,
      metadata: {
        ...(omit(content.metadata, systemFields) as KubernetesObject['metadata']),
        uid: id,
        resourceVersion: this.#next(),
        creationTimestamp: timestamp(this.#now()),
        ...(kind.hasGeneration ? { generation: 1 } : {}),
      },
    };
    table.set(key, stored);
    this.#byUid.set(id, { kind, key });
    this.#emit({ type: 'added', kind, object: stored });
    this.#collectIfOwnerless(kind, stored);
    return stored;
  }

  async update(object: KubernetesObject): Promise<KubernetesObject> {
    const kind = this.#kind(object);
    const old = this.#current(kind, object);
    const content = storedForm(kind, object);
    const added = content.metadata.finalizers?.filter((name) => old.metadata.finalizers?.includes(name) !== true) ?? [];
    if (old.metadata.deletionTimestamp && added.length > 0)
      throw new ApiError('Invalid', `no new finalizers can be added if the object is being deleted: ${added[0]}`);
    const next = this.#successor(kind, old, content);
    this.#managersOf(old).updated(old, next, kind);
    return this.#replace(kind, old, next);
  }

  async apply(
    object: KubernetesObject,
    { manager, dryRun = false }: { manager: string; dryRun?: boolean },
  ): Promise<KubernetesObject> {
    const kind = this.#kind(object);
    admitApplied(kind, object);
    const old = this.get(kind, object.metadata.namespace, object.metadata.name);
    if (old === undefined) {
      if (dryRun) return storedForm(kind, object);
      const stored = this.#insert(object);
      this.#managersOf(stored).apply(manager, stored, object, kind);
      return stored;
    }
    const managers = this.#managersOf(old).copy();
    const next = this.#successor(kind, old, storedForm(kind, managers.apply(manager, old, object, kind)));
    admitMetadata(next);
    if (dryRun) return next;
    if (old.metadata.uid !== undefined) this.#managers.set(old.metadata.uid, managers);
    return this.#replace(kind, old, next);
  }

  /** What an object is after its content was replaced: status and system fields stay, the generation counts. */
  #successor(kind: KindInfo, old: KubernetesObject, content: KubernetesObject): KubernetesObject {
    const next = {
      ...(kind.statusSubresource ? omit(content, 'status') : content),
      ...(kind.statusSubresource && old['status'] !== undefined ? { status: old['status'] } : {}),
      metadata: { ...omit(content.metadata, systemFields), ...systemFieldsOf(old) },
    } as KubernetesObject;
    // A status that is no subresource counts as content (apiextensions' customresource strategy).
    if (kind.hasGeneration && !isEqual(omit(next, 'metadata'), omit(old, 'metadata')))
      next.metadata.generation = (old.metadata.generation ?? 0) + 1;
    return next;
  }

  async updateStatus(object: KubernetesObject): Promise<KubernetesObject> {
    const kind = this.#kind(object);
    if (!kind.statusSubresource) throw new ApiError('NotFound', `${kind.resource} has no status subresource`);
    const old = this.#current(kind, object);
    const schema = kind.schema?.properties?.['status'];
    const given = cloneDeep(object['status']);
    const status = schema === undefined ? given : prune(given, schema);
    const rest = omit(old, 'status') as KubernetesObject;
    return this.#replace(kind, old, status === undefined ? rest : { ...rest, status });
  }

  async delete(object: KubernetesObject): Promise<void> {
    const kind = this.#kind(object);
    const old = this.get(kind, object.metadata.namespace, object.metadata.name);
    if (old === undefined) throw new ApiError('NotFound', `${kind.resource} "${object.metadata.name}" not found`);
    if (object.metadata.uid !== undefined && object.metadata.uid !== old.metadata.uid)
      throw new ApiError('Conflict', `${kind.resource} "${object.metadata.name}": the UID does not match the record`);
    this.#delete(kind, old);
  }

  #delete(kind: KindInfo, old: KubernetesObject): void {
    if ((old.metadata.finalizers ?? []).length === 0) this.#remove(kind, old);
    else if (!old.metadata.deletionTimestamp) this.#markAsDeleted(kind, old);
  }

  #markAsDeleted(kind: KindInfo, old: KubernetesObject): void {
    this.#replace(kind, old, {
      ...old,
      metadata: {
        ...old.metadata,
        deletionTimestamp: timestamp(this.#now()),
        deletionGracePeriodSeconds: 0,
        ...(kind.hasGeneration ? { generation: (old.metadata.generation ?? 0) + 1 } : {}),
      },
    });
  }

  #replace(kind: KindInfo, old: KubernetesObject, next: KubernetesObject): KubernetesObject {
    if (isEqual(next, old)) return old;
    if (next.metadata.deletionTimestamp && (next.metadata.finalizers ?? []).length === 0) {
      this.#remove(kind, next);
      return next;
    }
    const stored = { ...next, metadata: { ...next.metadata, resourceVersion: this.#next() } };
    this.#table(kind).set(this.#key(kind, stored), stored);
    this.#emit({ type: 'modified', kind, object: stored, old });
    this.#collectIfOwnerless(kind, stored);
    return stored;
  }

  #remove(kind: KindInfo, object: KubernetesObject): void {
    this.#table(kind).delete(this.#key(kind, object));
    this.#next();
    const { uid: owner } = object.metadata;
    if (owner !== undefined) this.#byUid.set(owner, undefined);
    this.#managers.delete(owner);
    this.#emit({ type: 'deleted', kind, object });
    const dependents = this.all().filter((other) => other.metadata.ownerReferences?.some((ref) => ref.uid === owner));
    for (const dependent of dependents) {
      const dependentKind = this.#kind(dependent);
      // Collecting one may have taken another along.
      const standing = this.get(dependentKind, dependent.metadata.namespace, dependent.metadata.name);
      if (standing !== undefined && standing.metadata.uid === dependent.metadata.uid)
        this.#collectIfOwnerless(dependentKind, standing);
    }
  }

  /**
   * The garbage collector: an object all of whose owners are gone goes, too. An owner in another namespace is none.
   * Owners that this store never held are taken to live elsewhere, as those of objects copied from a cluster do.
   */
  #collectIfOwnerless(kind: KindInfo, object: KubernetesObject): void {
    const owners = object.metadata.ownerReferences ?? [];
    const stays = owners.some(({ uid: id }) => {
      if (!this.#byUid.has(id)) return true;
      const owner = this.#byUid.get(id);
      if (owner === undefined) return false;
      // Of an object without a namespace, an owner in one cannot be resolved: nothing is collected.
      if (!owner.kind.namespaced || !kind.namespaced) return true;
      return this.#table(owner.kind).get(owner.key)?.metadata.namespace === object.metadata.namespace;
    });
    if (owners.length > 0 && !stays) this.#delete(kind, object);
  }

  #current(kind: KindInfo, object: KubernetesObject): KubernetesObject {
    const { name, namespace, resourceVersion, uid: id } = object.metadata;
    const old = this.get(kind, namespace, name);
    if (old === undefined) throw new ApiError('NotFound', `${kind.resource} "${name}" not found`);
    if (
      (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion) ||
      (id !== undefined && id !== old.metadata.uid)
    )
      throw new ApiError('Conflict', `${kind.resource} "${name}": the object has been modified`);
    return old;
  }

  #kind(object: KubernetesObject): KindInfo {
    const kind = this.kindOf(object.apiVersion, object.kind);
    if (kind === undefined) throw new ApiError('NotFound', `no kind ${object.kind} in ${object.apiVersion}`);
    return kind;
  }

  #table(kind: KindInfo): Map<string, KubernetesObject> {
    return this.#objects.get(`${kind.apiVersion}/${kind.kind}`) ?? new Map();
  }

  #key(kind: KindInfo, object: KubernetesObject): string {
    return objectKey(kind.namespaced ? object.metadata.namespace : undefined, object.metadata.name);
  }

  #next(): string {
    this.#version += 1;
    this.writes += 1;
    return String(this.#version);
  }

  #emit(event: StoreEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
