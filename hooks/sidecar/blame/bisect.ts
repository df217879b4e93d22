import type { Change } from '../desired/plan.ts';

/** A unit that is let in together; `suspect` where it came out of one that failed, `late` where that was later. */
export interface Unit {
  changes: Change[];
  suspect: boolean;
  late: boolean;
}

/** What may be tried at this moment. */
export interface Openness {
  suspects: boolean;
  /** Those of whom nothing shows at once: one unit after the other is let live for a while. */
  late: boolean;
}

/**
 * Who of several changes it was that Fluent Bit did not take. What failed together is halved and tried by halves until
 * a single one is left; what came later is none of it and goes first.
 */
export class Bisection {
  #units: string[][] = [];
  readonly #late = new Set<string>();

  /** What to try next of the changes that there are. */
  next(changes: readonly Change[], { suspects: withSuspects, late: withLate }: Openness): Unit | undefined {
    const current = new Map(changes.map((change) => [change.content, change]));
    this.#units = without(this.#units, (content) => current.has(content));
    const suspects = new Set(this.#units.flat());
    const fresh = changes.filter(({ content }) => !suspects.has(content));
    if (fresh.length > 0) return { changes: fresh, suspect: false, late: false };
    const isLate = (unit: readonly string[]) => unit.some((content) => this.#late.has(content));
    const unit = withSuspects ? this.#units.find((one) => withLate || !isLate(one)) : undefined;
    if (unit === undefined) return undefined;
    return { changes: unit.flatMap((content) => current.get(content) ?? []), suspect: true, late: isLate(unit) };
  }

  /**
   * The unit failed: true where that settles who it was. `beside`: others are live that may have been it; then whoever
   * did not fail before has to do so once more.
   */
  failed({ changes, suspect }: Pick<Unit, 'changes' | 'suspect'>, beside: boolean): boolean {
    const contents = changes.map(({ content }) => content);
    this.succeeded({ changes });
    if (contents.length === 1) {
      if (suspect || !beside) return true;
      this.#units.unshift(contents);
      return false;
    }
    // The base configuration alone before anything else: it concerns everybody.
    const cut = changes[0]?.entry === undefined ? 1 : Math.ceil(contents.length / 2);
    this.#units.unshift(contents.slice(0, cut), contents.slice(cut));
    return false;
  }

  /**
   * What was live together ended Fluent Bit after a while: the one that it must have been, if that is settled. `others`
   * were not there when the suspects became that.
   */
  struck(suspects: readonly Change[], others: readonly Change[]): Change | undefined {
    const [first, second] = suspects.length > 0 ? [suspects, others] : [others, []];
    for (const { content } of [...first, ...second]) this.#late.add(content);
    const isSettled = this.failed({ changes: [...first], suspect: suspects.length > 0 }, false);
    if (second.length > 0) this.#units.push(second.map(({ content }) => content));
    return isSettled ? first[0] : undefined;
  }

  /** A change that was changed again is no suspect any more. */
  keep(wanted: ReadonlySet<string>): void {
    this.#keep((content) => wanted.has(content));
  }

  /** They are nobody's suspects any more. */
  acquit(contents: ReadonlySet<string>): void {
    this.#keep((content) => !contents.has(content));
  }

  succeeded({ changes }: Pick<Unit, 'changes'>): void {
    const done = new Set(changes.map(({ content }) => content));
    this.#units = without(this.#units, (content) => !done.has(content));
  }

  #keep(isKept: (content: string) => boolean): void {
    this.#units = without(this.#units, isKept);
    for (const content of this.#late) if (!isKept(content)) this.#late.delete(content);
  }
}

function without(units: readonly string[][], isKept: (content: string) => boolean): string[][] {
  return units.map((unit) => unit.filter(isKept)).filter((unit) => unit.length > 0);
}
