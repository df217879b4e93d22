import { join } from 'node:path';
import { chunksIn, list } from './chunk.ts';
import { type Entry, nameOf } from './entry.ts';
import type { NodeLogs } from './node-logs.ts';
import { bytesOf, filesEnding } from './node-state.ts';
import { parkedIn } from './parking.ts';
import type { Index } from './tree.ts';

/** How long what is live outlasts the last folder of its pods, in milliseconds: a job may come again. */
const lingers = 10 * 60_000;

/** Pipelines that a node has nothing to do for, by name. */
export interface Idle {
  /** They are not live, and need not be. */
  asleep: Set<string>;
  /** They are live, and need not be any more. */
  outlasted: Set<string>;
}

/**
 * Knows for which pipelines there is something to read or to send on the node. Each that is live costs memory, looks at
 * files four times a second, and makes every reload longer; most namespaces have no pod on most nodes.
 */
export class Idleness {
  readonly #logs: NodeLogs;
  readonly #state: string;
  readonly #anyway: number;
  readonly #seen = new Map<string, number>();

  /** @param anyway pipelines of which nobody minds that they are live */
  constructor(logs: NodeLogs, state: string, anyway: number) {
    this.#logs = logs;
    this.#state = state;
    this.#anyway = anyway;
  }

  of(entries: ReadonlyMap<string, Entry>, good: Index | undefined, now: number): Idle {
    const idle: Idle = { asleep: new Set(), outlasted: new Set() };
    const outputs = [...entries.values()].reduce((sum, { ids }) => sum + ids.length, 0);
    if (outputs <= this.#anyway || !this.#logs.look()) return idle;
    const live = new Set(good?.pipelines.map(nameOf));
    const unread = [...entries].filter(([name, entry]) => {
      if (!this.#reads(entry)) return true;
      this.#seen.set(name, now);
      return false;
    });
    const undelivered = unread.length === 0 ? new Set<string>() : this.#undelivered();
    for (const [name, { ids }] of unread) {
      if (ids.some((id) => undelivered.has(id))) continue;
      const since = this.#seen.get(name) ?? now;
      if (!live.has(name)) idle.asleep.add(name);
      else if (now - since >= lingers) idle.outlasted.add(name);
      // A process that has just begun does not know since when.
      else this.#seen.set(name, since);
    }
    for (const name of this.#seen.keys()) if (!entries.has(name) || idle.asleep.has(name)) this.#seen.delete(name);
    return idle;
  }

  /** Whether one of these has got something to read since. */
  ends(asleep: Iterable<Entry>): boolean {
    if (!this.#logs.look()) return true;
    for (const entry of asleep) if (this.#reads(entry)) return true;
    return false;
  }

  /** What does not read files is sent records. */
  #reads({ paths }: Entry): boolean {
    return paths === undefined || this.#logs.has(paths);
  }

  /** Ids of those with something on the disk that they have to deliver. */
  #undelivered(): Set<string> {
    const chunks = [...chunksIn(join(this.#state, 'chunks')), ...parkedIn(this.#state)];
    const files = list(this.#state).filter(
      (name) => name.endsWith(filesEnding) && bytesOf(join(this.#state, name)) > 0,
    );
    return new Set([
      ...chunks.flatMap(({ id }) => id ?? []),
      ...files.map((name) => name.slice(0, -filesEnding.length)),
    ]);
  }
}
