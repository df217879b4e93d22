import { lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { idPattern } from '../../kubernetes/ids.ts';
import { blockSize, type Chunk, chunksIn, list } from './chunk.ts';
import { fairTrim } from './fair-trim.ts';
import { parkedFolders, parkedIn } from './parking.ts';

/** What is to be deleted of a node's disk. */
export interface Sweep {
  /** Databases, chunks and folders of outputs, of pipelines that are gone. */
  gone: string[];
  /** Chunks beyond what the node may hold, or a pipeline. */
  beyond: Chunk[];
  /** Whether Fluent Bit knows of some of them. */
  known: boolean;
  /** Bytes of chunks and of what outputs keep that are there. */
  bytes: number;
}

/** Databases, links to rotated files, and the folders of outputs that keep files of their own. */
const owned = new RegExp(`^(${idPattern})\\.(?:db(?:-wal|-shm|-journal)?|rotated|files)$`);

export const filesEnding = '.files';

/** Keeps the state of a node in bounds: what nobody owns any more goes after a while, and what is too much at once. */
export class NodeState {
  readonly #folder: string;
  readonly #goneFor: number;
  readonly #total: number;
  /** Ids without a pipeline, and since when. */
  readonly #orphans = new Map<string, number>();

  constructor(folder: string, goneFor: number, totalBytes: number) {
    this.#folder = folder;
    this.#goneFor = goneFor;
    this.#total = totalBytes;
  }

  /**
   * `ids`: of all outputs that are wanted or live, with the bytes that each may have. What bears no id of ours is left
   * alone.
   */
  look(ids: ReadonlyMap<string, number>, now: number): Sweep {
    const parked = parkedIn(this.#folder);
    const isParked = new Set(parked);
    const chunks = [...chunksIn(join(this.#folder, 'chunks')), ...parked];
    const things = [
      ...list(this.#folder).flatMap((name): [string, string][] => {
        const id = owned.exec(name)?.[1];
        return id === undefined ? [] : [[id, join(this.#folder, name)]];
      }),
      ...parkedFolders(this.#folder),
    ];
    const there = new Set([...things.map(([id]) => id), ...chunks.flatMap(({ id }) => id ?? [])]);
    for (const id of this.#orphans.keys()) if (ids.has(id) || !there.has(id)) this.#orphans.delete(id);
    for (const id of there) if (!ids.has(id) && !this.#orphans.has(id)) this.#orphans.set(id, now);
    const isGone = (id: string | undefined) =>
      id !== undefined && now - (this.#orphans.get(id) ?? now) >= this.#goneFor;
    const gone = [
      ...things.filter(([id]) => isGone(id)).map(([, path]) => path),
      ...chunks.filter(({ id }) => isGone(id)).map(({ path }) => path),
    ];
    const rest = chunks.filter(({ id }) => !isGone(id));
    const files = new Map(
      things
        .filter(([id, path]) => path.endsWith(filesEnding) && !isGone(id))
        .map(([id, path]) => [id, bytesOf(path)] as const),
    );
    // Of chunks that it sees Fluent Bit itself holds to the limit.
    const unseen = new Set([...files.keys(), ...parked.flatMap(({ id }) => id ?? [])]);
    const limit = (id: string) => (unseen.has(id) ? ids.get(id) : undefined) ?? Number.POSITIVE_INFINITY;
    const beyond = fairTrim(rest, { total: this.#total, limit, weigh: ({ bytes }) => bytes, besides: files });
    return {
      gone,
      beyond,
      known: beyond.some((chunk) => !isParked.has(chunk)),
      bytes: [...rest.map(({ bytes }) => bytes), ...files.values()].reduce((sum, bytes) => sum + bytes, 0),
    };
  }
}

/** Deletes them, and says how many bytes that were. */
export function remove(paths: readonly string[]): number {
  let bytes = 0;
  for (const path of paths) {
    try {
      bytes += bytesOf(path);
      rmSync(path, { recursive: true, force: true });
    } catch {
      // Delivered meanwhile.
    }
  }
  return bytes;
}

/** Of a file, or of all in a folder. */
export function bytesOf(path: string): number {
  try {
    const stat = lstatSync(path);
    if (!stat.isDirectory()) return Math.min(stat.size, stat.blocks * blockSize);
    return list(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
  } catch {
    // Delivered meanwhile.
    return 0;
  }
}
