import { join } from 'node:path';
import { blobName, keysOf } from '../../shards/blobs.ts';
import { type NodeData, nodeDataOf } from '../../shards/node-data.ts';
import type { Blobs } from '../store/blob-store.ts';
import { type Disk, isAbsent, linkIfThere, readIfThere } from '../store/disk.ts';
import { type Entry, entry, nameOf } from '../store/entry.ts';
import { readManifest } from './mounted-manifest.ts';

/** What a shard wants live: its last complete state. */
export interface ShardState {
  revision: string;
  entries: Entry[];
  /** Whether its manifest lies in the volume, or is only remembered. */
  present: boolean;
}

export interface Assembled {
  shards: ReadonlyMap<number, ShardState>;
  /** Shards whose newest state is not complete yet, with what is missing. */
  incomplete: ReadonlyMap<number, string>;
}

/**
 * Takes from the projected volume what is complete. ConfigMaps, Secrets and shards reach a node one by one: a state of
 * a shard counts from the moment when all that it names is there, and until then the one before.
 */
export class Incoming {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #blobs: Blobs;
  readonly #shards: Map<number, ShardState>;

  /** `known`: shards as they were before this process started. */
  constructor(disk: Disk, folder: string, blobs: Blobs, known: ReadonlyMap<number, ShardState> = new Map()) {
    this.#disk = disk;
    this.#folder = folder;
    this.#blobs = blobs;
    this.#shards = new Map(known);
  }

  assemble(): Assembled {
    // The kubelet swaps the whole volume while it is read, and takes the former away: then once more.
    for (let tries = 0; ; tries++) {
      try {
        return this.#read(this.#current());
      } catch (error) {
        if (!isAbsent(error) || tries >= 5) throw error;
      }
    }
  }

  /** Changes whenever the volume does. */
  stamp(): string {
    return this.#current();
  }

  /** The folder that the link of a projected volume leads to at this moment. */
  #current(): string {
    return join(this.#folder, linkIfThere(this.#disk, join(this.#folder, '..data')) ?? '');
  }

  #read(folder: string): Assembled {
    const there = new Set(this.#disk.readdirSync(folder));
    const incomplete = new Map<number, string>();
    for (const state of this.#shards.values()) state.present = false;
    for (const name of there) {
      const shard = Number(/^manifest-(\d{1,4})\.json$/.exec(name)?.[1] ?? -1);
      if (shard < 0) continue;
      const missing = this.#take(shard, folder, there);
      if (missing !== undefined) incomplete.set(shard, missing);
      const state = this.#shards.get(shard);
      if (state !== undefined) state.present = true;
    }
    this.#forgetMoved();
    return { shards: this.#shards, incomplete };
  }

  /** What a shard that is there has taken over: removed from that one, it must not come back from memory. */
  #forgetMoved(): void {
    const states = [...this.#shards.values()];
    const there = new Set(states.filter(({ present }) => present).flatMap(({ entries }) => entries.map(nameOf)));
    for (const [shard, state] of this.#shards) {
      if (state.present) continue;
      state.entries = state.entries.filter((entry) => !there.has(nameOf(entry)));
      if (state.entries.length === 0) this.#shards.delete(shard);
    }
  }

  /** Brings a shard up to date, or says what it lacks. */
  #take(shard: number, folder: string, there: ReadonlySet<string>): string | undefined {
    const piece = (number: number) =>
      readIfThere(
        this.#disk,
        join(folder, number === 0 ? `manifest-${shard}.json` : `manifest-${shard}.${number}.json`),
      );
    const manifest = readManifest(shard, piece);
    if (typeof manifest === 'string') return manifest;
    const known = this.#shards.get(shard);
    if (known?.revision === manifest.revision) return undefined;
    const parts = new Map<string, string[]>();
    for (const ref of manifest.pipelines) {
      for (const content of [ref.file, ...Object.values(ref.secrets)]) parts.set(blobName(content), keysOf(content));
    }
    const wanted = [...parts].filter(([blob]) => !this.#blobs.has(blob));
    const absent = wanted.flatMap(([, names]) => names).find((name) => !there.has(name));
    if (absent !== undefined) return `${absent} is not there`;
    for (const [blob, names] of wanted) {
      const content = Buffer.concat(names.map((name) => this.#disk.readFileSync(join(folder, name))));
      if (!this.#blobs.put(blob, content)) return `${blob} is another than its name says`;
    }
    const entries = manifest.pipelines.map((ref) => entry(ref, shard, ref.node ?? this.#dataOf(blobName(ref.file))));
    this.#shards.set(shard, { revision: manifest.revision, entries, present: true });
    return undefined;
  }

  /** Of a manifest of version 1, which says nothing of its files; it is taken for one release. */
  #dataOf(blob: string): NodeData {
    return nodeDataOf(this.#blobs.read(blob).toString('utf8'));
  }
}
