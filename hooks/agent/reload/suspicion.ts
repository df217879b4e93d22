import type { Change } from './plan.ts';

/** A unit that is let in together; `suspect` where it came out of one that failed. */
export interface Unit {
  changes: Change[];
  suspect: boolean;
}

/**
 * Who of several changes it was that Fluent Bit did not take. What failed together is halved and tried by halves until
 * a single one is left; what came later is none of it and goes first.
 */
export class Suspicion {
  #units: string[][] = [];

  /** What to try next of the changes that there are. */
  next(changes: readonly Change[], withSuspects: boolean): Unit | undefined {
    const current = new Map(changes.map((change) => [change.content, change]));
    // A change that was changed again is no suspect any more.
    this.#units = this.#units.map((unit) => unit.filter((content) => current.has(content))).filter((u) => u.length > 0);
    const suspects = new Set(this.#units.flat());
    const fresh = changes.filter(({ content }) => !suspects.has(content));
    if (fresh.length > 0) return { changes: fresh, suspect: false };
    const [unit] = this.#units;
    if (unit === undefined || !withSuspects) return undefined;
    return { changes: unit.flatMap((content) => current.get(content) ?? []), suspect: true };
  }

  /** The unit failed: true where that settles who it was. */
  failed({ changes }: Unit): boolean {
    this.#without(changes);
    if (changes.length <= 1) return true;
    const contents = changes.map(({ content }) => content);
    // The base configuration alone before anything else: it concerns everybody.
    const cut = changes[0]?.entry === undefined ? 1 : Math.ceil(contents.length / 2);
    this.#units.unshift(contents.slice(0, cut), contents.slice(cut));
    return false;
  }

  succeeded({ changes }: Unit): void {
    this.#without(changes);
  }

  #without(changes: readonly Change[]): void {
    const done = new Set(changes.map(({ content }) => content));
    this.#units = this.#units.map((unit) => unit.filter((content) => !done.has(content))).filter((u) => u.length > 0);
  }
}
