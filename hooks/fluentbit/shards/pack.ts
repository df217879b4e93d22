import { LRUCache } from 'lru-cache';
import { jsonSize } from '../../kubernetes/json-size.ts';
import type { Blob } from './blobs.ts';
import { type ManifestEntry, manifestPieces } from './manifest.ts';

/** One object of each kind: ConfigMap data, and Secret data in base64. */
export interface Part {
  config: Record<string, string>;
  secret: Record<string, string>;
}

/** A pipeline with the content that it needs. */
export interface Packable {
  entry: ManifestEntry;
  blobs: readonly Blob[];
  /** Since when there is a pipeline of this name. */
  since?: string | undefined;
}

export interface Packing {
  parts: Part[];
  /** What is in, in the order of the manifest. */
  entries: ManifestEntry[];
  /** What found no room, by name. */
  leftOut: ManifestEntry[];
}

/** Bytes of JSON that an object holds: either apply strategy can write it (dynamic apply repeats it in an annotation). */
export const partLimit = 192 * 1024;

const order = ({ namespace, name }: ManifestEntry) => `${namespace}/${name}`;

/**
 * Packs the pipelines of a shard into parts. Where a blob goes follows from its name and from what is full, so that
 * equal input gives equal parts, and a change of one pipeline touches the parts of its own content. Who has been in
 * stays in: newcomers are left out first.
 */
export function pack(
  shard: number,
  pipelines: readonly Packable[],
  partCount: number,
  wasIn: (entry: ManifestEntry) => boolean = () => true,
): Packing {
  const sorted = [...pipelines].sort((a, b) => (order(a.entry) < order(b.entry) ? -1 : 1));
  const candidates = [...sorted.filter(({ entry }) => wasIn(entry)), ...sorted.filter(({ entry }) => !wasIn(entry))];
  const accepted = new Set(candidates);
  for (;;) {
    const entries = sorted.filter((one) => accepted.has(one)).map(({ entry }) => entry);
    const attempt = place(shard, entries, blobsOf(sorted.filter((one) => accepted.has(one))), partCount);
    if (attempt.missing === 0) {
      const leftOut = sorted.filter((one) => !accepted.has(one)).map(({ entry }) => entry);
      return { parts: attempt.parts, entries, leftOut };
    }
    // Newcomers first, the last of them first, and so many that what found no room would fit.
    let needed = attempt.missing;
    while (needed > 0) {
      const victim = candidates.findLast((one) => accepted.has(one));
      if (victim === undefined) return { parts: attempt.parts, entries: [], leftOut: sorted.map(({ entry }) => entry) };
      accepted.delete(victim);
      needed -= victim.blobs.reduce((sum, blob) => sum + sizeOf(blob), 0) + 1;
    }
  }
}

function blobsOf(pipelines: readonly Packable[]): Blob[] {
  const unique = new Map(pipelines.flatMap(({ blobs }) => blobs.map((blob) => [blob.key, blob] as const)));
  return [...unique.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function place(
  shard: number,
  entries: readonly ManifestEntry[],
  blobs: readonly Blob[],
  partCount: number,
): { parts: Part[]; missing: number } {
  const parts: Part[] = Array.from({ length: partCount }, () => ({ config: {}, secret: {} }));
  const room = { config: parts.map(() => partLimit), secret: parts.map(() => partLimit) };
  let missing = 0;
  const put = (blob: Blob, first: number) => {
    const field = blob.secret ? 'secret' : 'config';
    const size = sizeOf(blob);
    for (let step = 0; step < partCount; step++) {
      const index = (first + step) % partCount;
      const part = parts[index];
      if (part === undefined || (room[field][index] ?? 0) < size) continue;
      part[field][blob.key] = blob.content;
      room[field][index] = (room[field][index] ?? 0) - size;
      return;
    }
    missing += size;
  };
  for (const [key, content] of Object.entries(manifestPieces(shard, entries))) put({ key, secret: false, content }, 0);
  for (const blob of blobs) put(blob, home(blob.key, partCount));
  return { parts, missing };
}

/** Sizes of contents by their names, which follow from them: those that have not changed are not counted again. */
const sizes = new LRUCache<string, number>({ max: 65_536 });

/** What a blob takes of a part; Base64 is written as it is. */
function sizeOf({ key, secret, content }: Blob): number {
  if (secret) return key.length + content.length + 8;
  const known = key.startsWith('f-') ? sizes.get(key) : undefined;
  const size = known ?? key.length + jsonSize(content) + 8;
  if (known === undefined && key.startsWith('f-')) sizes.set(key, size);
  return size;
}

/** Names are digests: any of their digits will do. */
function home(key: string, partCount: number): number {
  return Number.parseInt(key.slice(2, 10), 16) % partCount;
}
