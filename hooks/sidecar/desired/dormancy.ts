import { join } from 'node:path';
import { chunksIn, list } from '../buffers/chunk.ts';
import { bytesOf, filesEnding } from '../buffers/node-state.ts';
import { parkedIn } from '../buffers/parking.ts';
import type { Entry } from '../store/entry.ts';
import type { NodeLogs } from './node-logs.ts';

/** For how long what lies on the disk is not looked at again, in milliseconds: thousands of chunks take their time. */
const remembered = 10_000;

/**
 * Knows for which pipelines there is nothing on the node, neither to read nor to send. Each that is live costs memory,
 * looks at files four times a second, and makes every reload longer; most namespaces have no pod on most nodes.
 */
export class Dormancy {
  readonly #logs: NodeLogs;
  readonly #state: string;
  readonly #anyway: number;
  #undelivered = { ids: new Set<string>(), at: Number.NEGATIVE_INFINITY };
  /** Of the folders that were looked at last. */
  #seen = -1;

  /** @param anyway outputs of which nobody minds that they are live */
  constructor(logs: NodeLogs, state: string, anyway: number) {
    this.#logs = logs;
    this.#state = state;
    this.#anyway = anyway;
  }

  /** Names of those that need not become live. What is live stays: nothing that runs depends on what is found here. */
  of(entries: ReadonlyMap<string, Entry>, live: ReadonlySet<string>, now: number): Set<string> {
    const outputs = [...entries.values()].reduce((sum, { ids }) => sum + ids.length, 0);
    if (outputs <= this.#anyway || !this.#logs.look()) return new Set();
    this.#seen = this.#logs.changes;
    const unread = [...entries].filter(([name, entry]) => !live.has(name) && !this.#reads(entry));
    const undelivered = unread.length === 0 ? new Set<string>() : this.#holders(now);
    return new Set(unread.filter(([, { ids }]) => !ids.some((id) => undelivered.has(id))).map(([name]) => name));
  }

  /** Whether one of these has got something to read since. */
  ends(dormant: Iterable<Entry>): boolean {
    if (!this.#logs.look()) return true;
    if (this.#logs.changes === this.#seen) return false;
    for (const entry of dormant) if (this.#reads(entry)) return true;
    this.#seen = this.#logs.changes;
    return false;
  }

  /** What does not read files is sent records. */
  #reads({ paths }: Entry): boolean {
    return paths === undefined || this.#logs.has(paths);
  }

  /** Ids of those with something on the disk that they have to deliver. */
  #holders(now: number): ReadonlySet<string> {
    if (now - this.#undelivered.at < remembered) return this.#undelivered.ids;
    const chunks = [...chunksIn(join(this.#state, 'chunks')), ...parkedIn(this.#state)];
    const files = list(this.#state).filter(
      (name) => name.endsWith(filesEnding) && bytesOf(join(this.#state, name)) > 0,
    );
    const owners = files.map((name) => name.slice(0, -filesEnding.length));
    this.#undelivered = { ids: new Set([...chunks.flatMap(({ id }) => id ?? []), ...owners]), at: now };
    return this.#undelivered.ids;
  }
}
