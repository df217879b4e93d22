import { mkdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Chunk, chunksIn, list } from './chunk.ts';
import { fairTrim } from './fair-trim.ts';

/** Who has no more chunks than this delivers them. */
const delivered = 4;

/** Folders of chunks that are out of the sight of Fluent Bit, with the pipeline whose they are. */
export function parkedFolders(state: string): [id: string, path: string][] {
  return list(join(state, 'parked')).map((id) => [id, join(state, 'parked', id)]);
}

export function parkedIn(state: string): Chunk[] {
  return parkedFolders(state).flatMap(([, path]) => chunksIn(path));
}

/**
 * Chunks of dead backends, out of the sight of Fluent Bit: it makes a task of each that it finds when it loads, so that
 * more of them than it has task ids would stop everybody for as long as the backends are dead. They come back when
 * their pipeline delivers again.
 */
export class Parking {
  readonly #chunks: string;
  readonly #parked: string;

  constructor(state: string) {
    this.#chunks = join(state, 'chunks');
    this.#parked = join(state, 'parked');
  }

  /** Leaves Fluent Bit at most about `room` chunks; says how many went. To be called just before it loads anew. */
  park(room: number): number {
    const many = fairTrim(chunksIn(this.#chunks), { total: room, weigh: () => 1 });
    return many.filter(({ path, id }) => id !== undefined && move(path, join(this.#parked, id, inputOf(path)))).length;
  }

  /** Pipelines with parked chunks that deliver again. */
  waiting(): string[] {
    const parked = list(this.#parked).filter((id) => this.#holds(id));
    if (parked.length === 0) return [];
    const open = new Map<string, number>();
    for (const { id } of chunksIn(this.#chunks)) if (id !== undefined) open.set(id, (open.get(id) ?? 0) + 1);
    return parked.filter((id) => (open.get(id) ?? 0) <= delivered);
  }

  #holds(id: string): boolean {
    const inputs = list(join(this.#parked, id));
    return inputs.some((input) => list(join(this.#parked, id, input)).length > 0);
  }

  /** Brings back the oldest of these pipelines, about `room` in all; says how many. */
  release(ids: readonly string[], room: number): number {
    const share = Math.ceil(room / Math.max(1, ids.length));
    const back = ids.flatMap((id) =>
      chunksIn(join(this.#parked, id))
        .sort((a, b) => a.time - b.time)
        .slice(0, share),
    );
    return back.filter(({ path }) => move(path, join(this.#chunks, inputOf(path)))).length;
  }
}

/** The folder of the input that wrote it. */
function inputOf(path: string): string {
  return basename(dirname(path));
}

function move(path: string, folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    renameSync(path, join(folder, basename(path)));
    return true;
  } catch {
    // Delivered meanwhile.
    return false;
  }
}
