/** A pattern that is beyond what the analysis knows or may cost. The message completes "…, because it …". */
export class CannotJudge extends Error {}

/** More states of an automaton, or sets in a pattern, are too many. */
export const mostStates = 6000;

/** Steps of work, each bounded in time: a limit in steps gives the same verdict on every machine. */
export class Effort {
  #limit: number;
  #spent = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get spent(): number {
    return this.#spent;
  }

  /** Allows so many more steps from here on. */
  allow(steps: number): void {
    this.#limit = this.#spent + steps;
  }

  /** @throws CannotJudge */
  spend(steps = 1): void {
    this.#spent += steps;
    if (this.#spent <= this.#limit) return;
    this.#spent = this.#limit;
    throw new CannotJudge('is too intricate');
  }
}
