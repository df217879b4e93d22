import { groupBy, isEqual, mapValues, partition, sortBy, sum, sumBy } from 'lodash-es';
import { byIdentity } from '../memo/by-identity.ts';
import { remember } from '../memo/freeze.ts';
import { type Blob, blob } from './blobs.ts';
import { type EntryTexts, entryTexts, type ManifestEntry, manifestPieces, manifestRevision } from './manifest.ts';

/** One object of each kind: ConfigMap data, and Secret data in base64. */
export interface Part {
  config: Record<string, string>;
  secret: Record<string, string>;
}

/** A pipeline with the content that it needs. */
export interface Packable {
  entry: ManifestEntry;
  /** The entry as it is written, and as it is hashed. */
  texts: EntryTexts;
  blobs: readonly Blob[];
  /** Since when there is a pipeline of this name. */
  since?: string | undefined;
}

export function packable(entry: ManifestEntry, blobs: readonly Blob[], since?: string): Packable {
  return { entry, texts: entryTexts(entry), blobs, since };
}

export interface Packing {
  parts: Part[];
  /** What is in, in the order of the manifest. */
  entries: ManifestEntry[];
  /** Digest of them. */
  revision: string;
  /** How much of the room is taken, from 0 to 1: of that of ConfigMaps or of Secrets, whichever is less free. */
  filled: number;
  /** What found no room, as it is wanted. */
  leftOut: ManifestEntry[];
  /** Those of them, by namespace/name, that are in as they stood before. */
  kept: ReadonlySet<string>;
  /** Whether something is where it was rather than where it would be without that: the places are needed once more. */
  stayed: boolean;
}

/** Numbers of parts by the key of what is in them: a hint, which vouches for nothing. */
export type Places = ReadonlyMap<string, number>;

/** Bytes of JSON that an object holds: either apply strategy can write it (dynamic apply repeats it in an annotation). */
export const partLimit = 192 * 1024;

const order = ({ namespace, name }: ManifestEntry) => `${namespace}/${name}`;

/**
 * Packs the pipelines of a shard into parts. Where a blob goes follows from its name and from what is full, so that
 * equal input gives equal parts, and a change of one pipeline touches the parts of its own content. Where room is short,
 * nobody loses it to another: who comes is left out, who changed stays as it stands, and only then others follow.
 *
 * @param standing what the parts hold, by namespace/name
 * @param places where it is, should their number have changed: what is in a part that there still is, and has room, stays
 */
export function pack(
  shard: number,
  pipelines: readonly Packable[],
  partCount: number,
  standing: () => ReadonlyMap<string, Packable> = () => new Map(),
  places: Places = new Map(),
): Packing {
  const sorted = [...pipelines].sort((a, b) => (order(a.entry) < order(b.entry) ? -1 : 1));
  const accepted = new Map(sorted.map((one) => [order(one.entry), one]));
  const leftOut = new Map<string, ManifestEntry>();
  let candidates: Packable[] | undefined;
  for (;;) {
    const inside = sorted.flatMap(({ entry }) => accepted.get(order(entry)) ?? []);
    const entries = inside.map(({ entry }) => entry);
    const texts = inside.map((one) => one.texts);
    const { missing, ...placed } = settle(shard, texts, blobsOf(inside), partCount, places);
    if (missing === 0) {
      const kept = [...leftOut.keys()].filter((name) => accepted.has(name));
      return { ...placed, entries, leftOut: [...leftOut.values()], kept: new Set(kept) };
    }
    candidates ??= byRight(sorted, standing());
    let needed = missing;
    while (needed > 0) {
      const victim = candidates.pop();
      if (victim === undefined) return { ...placed, entries: [], leftOut: [...leftOut.values()], kept: new Set() };
      const name = order(victim.entry);
      const former = standing().get(name);
      const changed = former?.entry.uid === victim.entry.uid && former.entry.revision !== victim.entry.revision;
      // As it stands it may stay, until nothing else is left to go.
      if (changed && accepted.get(name) === victim) {
        accepted.set(name, former);
        candidates.unshift(former);
        needed -= sizeIn(victim) - sizeIn(former);
      } else {
        accepted.delete(name);
        needed -= sizeIn(victim) + 1;
      }
      leftOut.set(name, victim.entry);
    }
  }
}

/** Who goes last comes first: those that stand as they are, those that changed, those that are new. */
function byRight(sorted: readonly Packable[], standing: ReadonlyMap<string, Packable>): Packable[] {
  const rank = ({ entry }: Packable) => {
    const former = standing.get(order(entry))?.entry;
    return former?.uid !== entry.uid ? 2 : former.revision === entry.revision ? 0 : 1;
  };
  const sizes = mapValues(groupBy(sorted, 'entry.namespace'), (own) => sumBy(own, sizeIn));
  return sortBy(sorted, [rank, ({ entry }) => sizes[entry.namespace] ?? 0]);
}

function sizeIn({ blobs }: Packable): number {
  return blobs.reduce((sum, blob) => sum + blob.size, 0);
}

function blobsOf(pipelines: readonly Packable[]): Blob[] {
  const unique = new Map(pipelines.flatMap(({ blobs }) => blobs.map((blob) => [blob.key, blob] as const)));
  return [...unique.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

interface Placed {
  parts: Part[];
  missing: number;
  revision: string;
  filled: number;
}

/** Where all fit only if some move, they do. */
function settle(
  shard: number,
  entries: readonly EntryTexts[],
  blobs: readonly Blob[],
  partCount: number,
  places: Places,
): Placed & Pick<Packing, 'stayed'> {
  const plain = place(shard, entries, blobs, partCount);
  if (places.size === 0) return { ...plain, stayed: false };
  const former = (key: string) => places.get(key) ?? partCount;
  const [staying, others] = partition(blobs, ({ key }) => former(key) < partCount);
  const placed = place(shard, entries, [...staying, ...others], partCount, former);
  if (placed.missing > 0) return { ...plain, stayed: false };
  return { ...placed, stayed: !isEqual(placed.parts, plain.parts) };
}

function place(
  shard: number,
  entries: readonly EntryTexts[],
  blobs: readonly Blob[],
  partCount: number,
  former: (key: string) => number = () => partCount,
): Placed {
  const parts = Array.from({ length: partCount }, () => ({ config: [] as Blob[], secret: [] as Blob[] }));
  const room = { config: parts.map(() => partLimit), secret: parts.map(() => partLimit) };
  let missing = 0;
  const put = (one: Blob, first: number) => {
    const { secret, size } = one;
    const field = secret ? 'secret' : 'config';
    for (let step = 0; step < partCount; step++) {
      const index = (first + step) % partCount;
      const part = parts[index];
      if (part === undefined || (room[field][index] ?? 0) < size) continue;
      part[field].push(one);
      room[field][index] = (room[field][index] ?? 0) - size;
      return;
    }
    missing += size;
  };
  const revision = manifestRevision(entries);
  for (const [key, content] of Object.entries(manifestPieces(shard, entries, revision)))
    put(blob(key, false, content), 0);
  for (const one of blobs) put(one, former(one.key) < partCount ? former(one.key) : home(one.key, partCount));
  const filled = 1 - Math.min(sum(room.config), sum(room.secret)) / (partCount * partLimit);
  const written = parts.map(({ config, secret }) => ({ config: dataOf(config), secret: dataOf(secret) }));
  return { parts: written, missing, revision, filled };
}

/**
 * A change concerns few parts: the others are the very objects of before, which were checked and written already.
 * Without it one change takes 1.07 and onboarding 0.98 times the CPU (`npm run bench -- memory`).
 */
const partData = byIdentity<Blob, Record<string, string>>('data of parts');

function dataOf([first, ...others]: readonly Blob[]): Record<string, string> {
  if (first === undefined) return {};
  const make = () => Object.fromEntries([first, ...others].map(({ key, content }) => [key, content]));
  return partData(first, () => remember(make()), ...others);
}

/** Names are digests: any of their digits will do. */
function home(key: string, partCount: number): number {
  return Number.parseInt(key.slice(2, 10), 16) % partCount;
}
