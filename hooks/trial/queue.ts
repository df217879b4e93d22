import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Candidate, TrialVerdict } from '../api/wire/trial.ts';
import type { Tried } from './run.ts';

export interface TrialsOptions {
  /** How a candidate is tried. */
  attempt: (candidate: Candidate) => Promise<Tried>;
  /** Trials at once. */
  concurrency: number;
  /** Candidates that may wait for one of them to end. */
  queue: number;
  remembered?: number;
}

/** Trials of many, some at a time: equal candidates share one, and what came of it is remembered. */
export class Trials {
  readonly #options: TrialsOptions;
  readonly #verdicts: LRUCache<string, TrialVerdict>;
  readonly #underWay = new Map<string, Promise<TrialVerdict>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: TrialsOptions) {
    this.#options = options;
    this.#verdicts = new LRUCache({ max: options.remembered ?? 4096 });
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** The verdict, at once where it is known; `full` where too many wait already. Rejects where a trial itself fails. */
  verdict(candidate: Candidate): TrialVerdict | Promise<TrialVerdict> | 'full' {
    const key = createHash('sha256').update(JSON.stringify(candidate)).digest('base64');
    const known = this.#verdicts.get(key) ?? this.#underWay.get(key);
    if (known !== undefined) return known;
    if (this.#running >= this.#options.concurrency && this.#waiting.length >= this.#options.queue) return 'full';
    const promise = this.#turn()
      .then(() => this.#options.attempt(candidate).finally(() => this.#next()))
      .then(({ verdict, final }) => {
        if (final) this.#verdicts.set(key, verdict);
        return verdict;
      })
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, promise);
    return promise;
  }

  async #turn(): Promise<void> {
    if (this.#running < this.#options.concurrency) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Whoever waits takes the place over. */
  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay.values());
  }
}
