/**
 * A controller's work queue after client-go: keys are unique, one that is added while it is worked on runs again, a
 * failure waits 5 ms · 2ⁿ up to 1000 s. Time comes from outside, so that tests can turn the clock.
 */
export class WorkQueue {
  readonly #ready = new Set<string>();
  readonly #later = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(key: string): void {
    this.#ready.add(key);
  }

  /** The earliest pending time wins; nothing cancels it. */
  addAfter(key: string, milliseconds: number): void {
    const due = this.#now() + milliseconds;
    this.#later.set(key, Math.min(due, this.#later.get(key) ?? Number.POSITIVE_INFINITY));
  }

  retry(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(5 * 2 ** failures, 1_000_000));
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  take(): string | undefined {
    const now = this.#now();
    const due = [...this.#later].filter(([, time]) => time <= now).sort(([, a], [, b]) => a - b);
    for (const [key] of due) {
      this.#later.delete(key);
      this.#ready.add(key);
    }
    const [key] = this.#ready;
    if (key !== undefined) this.#ready.delete(key);
    return key;
  }

  /** When the next waiting key is due, in milliseconds of the clock. */
  get nextDue(): number | undefined {
    return this.#ready.size > 0 ? this.#now() : this.#later.size === 0 ? undefined : Math.min(...this.#later.values());
  }

  get failing(): string[] {
    return [...this.#failures.keys()];
  }
}
