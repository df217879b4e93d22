import { hash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../kubernetes/digest.ts';
import { idPattern } from '../kubernetes/ids.ts';
import type { NodeData } from './node-data.ts';

const fileKey = z.string().regex(/^f-[0-9a-f]{64}$/);
const secretKey = z.string().regex(/^s-[0-9a-f]{32}$/);
const whole = <T extends z.ZodType>(key: T) => z.union([key, z.object({ blob: key, pieces: z.int().min(1).max(64) })]);
const digest = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
const offset = z.int().min(0).max(0xffffffff);

const short = z.string().max(4096);

const Target = z.object({
  plugin: z.string().max(128),
  host: short.optional(),
  port: short.optional(),
  tls: z
    .object({
      unverified: z.literal(true).optional(),
      named: z.literal(true).optional(),
      ca: short.optional(),
      certificate: short.optional(),
      key: short.optional(),
      password: short.optional(),
      serverName: short.optional(),
    })
    .optional(),
});

const Node = z.object({
  ids: z.array(z.string().max(128)).max(256),
  limit: z.number().min(0).optional(),
  threads: z.int().min(0).optional(),
  paths: z.array(z.string().max(4096)).max(1024).optional(),
  leading: z
    .object({
      filters: z.array(z.object({ id: z.string().regex(new RegExp(`^${idPattern}$`)), code: digest })).max(256),
      cut: z.array(z.tuple([offset, offset])).max(256),
    })
    .optional(),
  targets: z.array(Target).max(256).optional(),
}) satisfies z.ZodType<NodeData>;

/** Names become paths on the node, so nothing may stand in them that a path would follow. */
const Entry = z.object({
  namespace: z.string().regex(/^[a-z0-9-]{1,63}$/),
  name: z.string().regex(/^[a-z0-9.-]{1,253}$/),
  uid: z.string().max(128),
  /** Revision of the pair of children that it came from. */
  revision: digest,
  /** The policy that it was judged by. */
  policy: z.string().max(64).default(''),
  file: whole(fileKey),
  /** Content by the name that the file refers to it by. */
  secrets: z.record(z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}$/), whole(secretKey)),
  /** What is to be known of the file. Version 1 of a manifest has none. */
  node: Node.optional(),
});

/**
 * 2: entries tell what is to be known of their files. Nodes take version 1 for one release more; an older node passes
 * over what it does not know, and reads the files.
 */
const manifestVersion = 2;

/** One text of a manifest. Fields that a later version adds are passed over: nodes are not all updated at once. */
export const ManifestPiece = z.object({
  format: z.literal(1),
  version: z.int().min(1).default(1),
  shard: z.int().min(0),
  revision: digest,
  /** How many more pieces belong to this revision. */
  continued: z.int().min(0).max(1024).default(0),
  pipelines: z.array(Entry),
});

/** A pipeline as a node gets it. */
export type ManifestEntry = z.infer<typeof Entry>;

/** Small enough for the first part of a shard to hold it beside other things. */
const pieceLength = 32 * 1024;

/** An entry as it is written, and as it is hashed: what is known of its file follows from that. */
export interface EntryTexts {
  written: string;
  canonical: string;
}

export function entryTexts(entry: ManifestEntry): EntryTexts {
  const { node: _, ...own } = entry;
  return { written: JSON.stringify(entry), canonical: canonicalJson(own) };
}

/** Equal for equal entries; nodes say which one is in force. */
export function manifestRevision(entries: readonly EntryTexts[]): string {
  const list = entries.map(({ canonical }) => canonical).join(',');
  return hash('sha256', `[${list}]`).slice(0, 32);
}

/** Everything that a node takes from a shard, in as many texts as it needs: nothing counts until all of them are there. */
export function manifestPieces(
  shard: number,
  entries: readonly EntryTexts[],
  revision: string = manifestRevision(entries),
): Record<string, string> {
  const groups: string[][] = [[]];
  let length = 0;
  for (const { written } of entries) {
    const size = written.length + 1;
    if (length > 0 && length + size > pieceLength) {
      groups.push([]);
      length = 0;
    }
    groups.at(-1)?.push(written);
    length += size;
  }
  const head = JSON.stringify({
    format: 1,
    version: manifestVersion,
    shard,
    revision,
    continued: groups.length - 1,
  }).slice(0, -1);
  return Object.fromEntries(
    groups.map((pipelines, index) => [manifestKey(shard, index), `${head},"pipelines":[${pipelines.join(',')}]}`]),
  );
}

function manifestKey(shard: number, piece: number): string {
  return piece === 0 ? `manifest-${shard}.json` : `manifest-${shard}.${piece}.json`;
}

/** The entries of a shard; undefined while pieces are missing, of different revisions, or no manifest at all. */
export function readManifest(shard: number, read: (key: string) => string | undefined): ManifestEntry[] | undefined {
  const first = readPiece(read(manifestKey(shard, 0)));
  if (first === undefined || first.shard !== shard) return undefined;
  const entries = [...first.pipelines];
  for (let index = 1; index <= first.continued; index++) {
    const piece = readPiece(read(manifestKey(shard, index)));
    if (piece === undefined || piece.revision !== first.revision || piece.shard !== shard) return undefined;
    entries.push(...piece.pipelines);
  }
  return entries;
}

function readPiece(text: string | undefined): z.infer<typeof ManifestPiece> | undefined {
  if (text === undefined) return undefined;
  try {
    return ManifestPiece.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
