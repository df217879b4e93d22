import type { DeliveryCause } from '../../api/wire/delivery.ts';
import type { Destination } from './resolved-target.ts';

/** What became of an attempt to connect: a cause, or nothing where it succeeded. */
export interface Attempt {
  at: number;
  cause: DeliveryCause | undefined;
}

export interface AttemptLimits {
  /** At a time. */
  most: number;
  /** Between two to one destination, in milliseconds. */
  every: number;
  /** How long one counts. */
  valid: number;
}

/** A handful at a time, and to each destination one in a while. */
const usualLimits: AttemptLimits = { most: 8, every: 120_000, valid: 300_000 };

/**
 * Attempts to connect, beside everything else that the node does. Outputs with one destination and the same files share
 * theirs.
 */
export class Attempts {
  readonly #connect: (destination: Destination) => Promise<DeliveryCause | undefined>;
  readonly #limits: AttemptLimits;
  readonly #known = new Map<string, Attempt | 'under way'>();
  readonly #waiting = new Map<string, Destination>();
  #running = 0;

  constructor(
    connect: (destination: Destination) => Promise<DeliveryCause | undefined>,
    limits: AttemptLimits = usualLimits,
  ) {
    this.#connect = connect;
    this.#limits = limits;
  }

  /** The last one, as long as it counts. */
  last(destination: Destination, now: number): Attempt | undefined {
    const known = this.#known.get(nameOf(destination));
    return known === undefined || known === 'under way' || now - known.at > this.#limits.valid ? undefined : known;
  }

  /** Makes one soon, unless there was one lately. */
  ask(destination: Destination, now: number): void {
    const name = nameOf(destination);
    const known = this.#known.get(name);
    if (known === 'under way' || (known !== undefined && now - known.at < this.#limits.every)) return;
    this.#waiting.set(name, destination);
    this.#next(now);
  }

  /** Forgets all others. */
  keep(destinations: Iterable<Destination>): void {
    const names = new Set([...destinations].map(nameOf));
    for (const name of [...this.#known.keys(), ...this.#waiting.keys()]) {
      if (names.has(name)) continue;
      this.#waiting.delete(name);
      if (this.#known.get(name) !== 'under way') this.#known.delete(name);
    }
  }

  #next(now: number): void {
    for (const [name, destination] of this.#waiting) {
      if (this.#running >= this.#limits.most) return;
      this.#waiting.delete(name);
      this.#running += 1;
      this.#known.set(name, 'under way');
      const begun = Date.now();
      void this.#connect(destination)
        // What goes wrong here says nothing of the backend.
        .catch(() => undefined)
        .then((cause) => {
          this.#running -= 1;
          const at = now + Date.now() - begun;
          this.#known.set(name, { at, cause });
          this.#next(at);
        });
    }
  }
}

const nameOf = (destination: Destination) => JSON.stringify(destination);
