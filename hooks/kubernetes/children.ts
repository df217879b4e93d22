import { isEmpty, isEqual, isPlainObject, omit, pick } from 'lodash-es';
import type { KubernetesObject } from '../api/object.ts';
import type { AppliedRecord } from '../api/status.ts';
import type { Child, ObjectMap } from '../api/wire/metacontroller.ts';
import { digest } from './digest.ts';
import { annotations, labels } from './names.ts';
import { groupOf, type ResourceKind } from './related.ts';

const lastAppliedAnnotation = 'metacontroller.k8s.io/last-applied-configuration';
const ourLabels = Object.values(labels);
const ourAnnotations = Object.values(annotations);

/** Switches of a child that are no content: they follow the parent even while the content stays at last good. */
const switches = ['enabled', 'suspend'];

/** Digest keys: the first one signs, all of them are believed, so that a key can be rotated. */
export type DigestKeys = readonly [string, ...string[]];

function dataOf(object: KubernetesObject | Child): Record<string, unknown> | undefined {
  return (object as { data?: Record<string, unknown> | null }).data ?? undefined;
}

/** The part of an object that is ours, built anew: nothing of the observed object slips into a reply by accident. */
function ours(object: KubernetesObject | Child, keys: readonly string[] | undefined): Child {
  const data = keys === undefined ? undefined : pick(dataOf(object) ?? {}, keys);
  const { spec, type } = object as { spec?: unknown; type?: unknown };
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      name: object.metadata.name,
      ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
      ...unlessEmpty('labels', pick(object.metadata.labels ?? {}, ourLabels)),
      ...unlessEmpty('annotations', pick(object.metadata.annotations ?? {}, ourAnnotations)),
    },
    ...(type === undefined ? {} : { type }),
    ...(spec === undefined ? {} : { spec }),
    ...unlessEmpty('data', data ?? {}),
  };
}

/** The API server drops an empty map, and a reply that holds one would be written again on every pass. */
function unlessEmpty<K extends string, V extends object>(field: K, map: V): { [key in K]?: V } {
  return Object.keys(map).length === 0 ? {} : ({ [field]: map } as { [key in K]?: V });
}

/** Where a child belongs is no content either: it changes with the agents, while the content may have to stay. */
const address = [labels.agent, labels.shard];

function contentOf(child: Child): object {
  const { metadata } = child;
  const content = { ...child, metadata: { ...metadata, labels: omit(metadata.labels ?? {}, address) } };
  return child['spec'] === undefined ? content : { ...content, spec: omit(child['spec'] as object, switches) };
}

function contentDigest(key: string, child: Child): string {
  return digest(key, contentOf(child));
}

function record(child: Child, key: string): AppliedRecord {
  const data = dataOf(child);
  const keys = child['spec'] === undefined ? Object.keys(data ?? {}).sort() : undefined;
  return {
    kind: child.kind,
    name: child.metadata.name,
    revision: contentDigest(key, ours(child, keys)),
    ...(keys === undefined ? {} : { keys }),
  };
}

const same = (a: AppliedRecord) => (b: AppliedRecord) => a.kind === b.kind && a.name === b.name;

function vouches(recorded: AppliedRecord, object: KubernetesObject | Child, keys: DigestKeys): Child | undefined {
  const candidate = ours(object, recorded.keys);
  return keys.some((key) => contentDigest(key, candidate) === recorded.revision) ? candidate : undefined;
}

/** A child that is to be written, and what is to be recorded of it. */
export interface DesiredChild {
  child: Child;
  now: AppliedRecord;
}

/** @param key the one that signs */
export function desiredChild(child: Child, key: string): DesiredChild {
  return { child, now: record(child, key) };
}

/** A child beside what stands in its place. */
export interface Compared extends DesiredChild {
  standing: KubernetesObject | undefined;
  /** What of it is ours, where its content is that of the child. */
  same: Child | undefined;
}

/** Once for all who ask. Contents that are at hand are compared themselves: to digest them is more work. */
export function compare(desired: readonly DesiredChild[], observed: readonly KubernetesObject[]): Compared[] {
  return desired.map(({ child, now }) => {
    const standing = observed.find((object) => object.kind === now.kind && object.metadata.name === now.name);
    const found = standing === undefined ? undefined : ours(standing, now.keys);
    const equal = found !== undefined && isEqual(contentOf(found), contentOf(ours(child, now.keys)));
    return { child, now, standing, same: equal ? found : undefined };
  });
}

/**
 * `status.applied` after a reply with the children that were compared. What was there before stays on record until the
 * new content is observed: between the two, a bad input must find the one or the other vouched for.
 */
export function applied(
  before: readonly AppliedRecord[],
  compared: readonly Compared[],
  keys: DigestKeys,
): AppliedRecord[] {
  return compared.flatMap(({ now, standing, same: found }) => {
    if (standing === undefined || found !== undefined) return [now];
    const former = before.filter(same(now)).find((old) => vouches(old, standing, keys) !== undefined);
    return former === undefined ? [now] : [now, former];
  });
}

export interface LastGood {
  children: Child[];
  /** Children of which the good content is not known any more; they are returned as they stand. */
  lost: string[];
}

/**
 * The children as they were when all was well, from what stands in the cluster and what `status.applied` vouches
 * for. A child that stands there is never left out: Metacontroller would delete it.
 */
export function lastGood(
  observed: readonly KubernetesObject[],
  before: readonly AppliedRecord[],
  keys: DigestKeys,
): LastGood {
  const result: LastGood = { children: [], lost: [] };
  for (const object of observed) {
    const records = before.filter((r) => r.kind === object.kind && r.name === object.metadata.name);
    const sources = [object, lastApplied(object)].filter((source) => source !== undefined);
    const good = sources
      .flatMap((source) => records.map((r) => vouches(r, source, keys)))
      .find((child) => child !== undefined);
    if (good === undefined) {
      const known = records.flatMap((r) => r.keys ?? []);
      result.lost.push(`${object.kind} ${object.metadata.name}`);
      result.children.push(returnable(ours(object, known.length > 0 ? known : Object.keys(dataOf(object) ?? {}))));
    } else result.children.push(good);
  }
  return result;
}

/** What others wrote into a child may be nothing that a reply can hold: nulls, and maps that are empty, stay behind. */
function returnable(child: Child): Child {
  const { apiVersion, kind, metadata, ...content } = child;
  const kept = Object.entries(content).flatMap(([field, value]) => {
    const clean = withoutNulls(value);
    return clean === undefined || (isPlainObject(clean) && isEmpty(clean)) ? [] : [[field, clean] as const];
  });
  return { apiVersion, kind, metadata, ...Object.fromEntries(kept) };
}

function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(withoutNulls).filter((item) => item !== undefined);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value as object).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])),
  );
}

/** What Metacontroller wrote last, where it applies by its own merge (server-side apply leaves no such note). */
function lastApplied(object: KubernetesObject): KubernetesObject | undefined {
  const note = object.metadata.annotations?.[lastAppliedAnnotation];
  if (note === undefined) return undefined;
  try {
    const parsed = JSON.parse(note) as KubernetesObject;
    return parsed.kind === object.kind &&
      parsed.apiVersion === object.apiVersion &&
      parsed.metadata.name === object.metadata.name
      ? parsed
      : undefined;
  } catch {
    return undefined;
  }
}

/** All children of a request, of the kinds given, in a stable order. */
export function observedChildren(children: ObjectMap, kinds: readonly ResourceKind[]): KubernetesObject[] {
  return kinds.flatMap((kind) =>
    Object.entries(children[groupOf(kind)] ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object),
  );
}

/** Whether a child stands in the cluster as it was returned. */
export function isWritten({ child, same: found }: Compared): boolean {
  return (
    found !== undefined &&
    isEqual(pick(found['spec'] ?? {}, switches), pick(child['spec'] ?? {}, switches)) &&
    isEqual(pick(found.metadata.labels ?? {}, address), pick(child.metadata.labels ?? {}, address))
  );
}
