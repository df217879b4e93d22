import { setTimeout as wait } from 'node:timers/promises';
import type { AgentApi, AgentStatus } from './agent-api.ts';
import type { Timing } from './timing.ts';

/**
 * What came of a reload. `refused`: it runs on with what it had. `died`: it does not answer any more. `hung`: it does
 * not come to an end. `down`: it did not answer before.
 */
export type ReloadResult = 'live' | 'refused' | 'died' | 'hung' | 'down';

type Look = { is: 'same'; loaded: number } | { is: 'another' | 'silent' | 'gone' };

type Times = Pick<Timing, 'ask' | 'again' | 'settle' | 'refused' | 'died' | 'hung' | 'perPipeline' | 'start'>;

/** Reloads Fluent Bit, and believes nothing but what it does then. */
export class Reloader {
  readonly #agent: AgentApi;
  readonly #times: Times;
  /** As it was seen last. */
  #last: AgentStatus | undefined;
  /** Since when it does not answer. */
  #silent: number | undefined;

  constructor(agent: AgentApi, times: Times) {
    this.#agent = agent;
    this.#times = times;
  }

  async isUp(): Promise<boolean> {
    return (await this.#agent.status()) !== undefined;
  }

  /** Waits for a process that starts; false where it does not come. */
  async starts(pipelines: number): Promise<boolean> {
    const until = Date.now() + this.#times.start + pipelines * this.#times.perPipeline;
    while (Date.now() < until) {
      if (await this.#stays()) return true;
      await wait(this.#times.ask);
    }
    return false;
  }

  /**
   * Whether the process that ran last still runs, and since when with what it has loaded. `silent`: it does not answer;
   * `gone`: for so long that it would be there again by now.
   */
  async look(pipelines: number): Promise<Look> {
    const status = await this.#agent.status();
    if (status === undefined) {
      this.#silent ??= Date.now();
      const patience = this.#times.start + pipelines * this.#times.perPipeline;
      return { is: Date.now() - this.#silent > patience ? 'gone' : 'silent' };
    }
    const before = this.#last;
    this.#silent = undefined;
    this.#last = status;
    return before !== undefined && isAnother(before, status)
      ? { is: 'another' }
      : { is: 'same', loaded: status.since[1] };
  }

  /** `swap` is called once it is known what runs now: it puts the new configuration in place. */
  async reload(pipelines: number, swap: () => void = () => {}): Promise<ReloadResult> {
    const first = await this.#agent.status();
    if (first === undefined) return 'down';
    swap();
    const limit = (base: number) => base + pipelines * this.#times.perPipeline;
    const begun = Date.now();
    const before = await this.#ask(first, limit);
    return typeof before === 'string' ? before : await this.#outcome(before, begun, limit);
  }

  /** What comes of a reload that was heard. */
  async #outcome(before: AgentStatus, begun: number, limit: (base: number) => number): Promise<ReloadResult> {
    let asked = Date.now();
    let answered = asked;
    let heard = 1;
    for (;;) {
      await wait(this.#times.ask);
      const status = await this.#agent.status();
      const now = Date.now();
      if (status === undefined) {
        if (now - answered > limit(this.#times.died)) return 'died';
        continue;
      }
      answered = now;
      if (isLater(before, status)) {
        // A process that died meanwhile and was started again has read the new configuration, too.
        if (await this.#stays()) return 'live';
        if (now - begun > limit(this.#times.hung)) return 'died';
        continue;
      }
      // Nothing to see of a reload: it is slow, or was refused. Being asked once more it says whether it is on it; one
      // that has just come to its end says no, too, and shows afterwards.
      if (now - asked <= (heard === 1 ? this.#times.again : limit(this.#times.refused))) continue;
      if (heard >= 2) return 'refused';
      if (now - begun > limit(this.#times.hung)) return 'hung';
      heard = (await this.#agent.reload()) === 'in progress' ? 0 : heard + 1;
      asked = now;
    }
  }

  /**
   * Asks until that is heard: a reload that is under way, which another process may have asked for, has read what was
   * there before, and its end is none of ours. What was there when it was heard, or what came in between.
   */
  async #ask(first: AgentStatus, limit: (base: number) => number): Promise<AgentStatus | 'died' | 'hung'> {
    const begun = Date.now();
    let before = first;
    let answered = begun;
    for (let tries = 0; ; tries++) {
      const answer = await this.#agent.reload();
      if (answer === 'asked' && tries === 0) return before;
      const status = await this.#agent.status();
      const now = Date.now();
      before = status ?? before;
      if (answer === 'asked') return before;
      if (status !== undefined) answered = now;
      else if (now - answered > limit(this.#times.died)) return 'died';
      if (now - begun > limit(this.#times.hung)) return 'hung';
      await wait(this.#times.ask);
    }
  }

  /** Whether it runs, and still does so a little later, with the same configuration. */
  async #stays(): Promise<boolean> {
    const first = await this.#agent.status();
    if (first === undefined) return false;
    const until = Date.now() + this.#times.settle;
    while (Date.now() < until) {
      await wait(Math.min(this.#times.ask, this.#times.settle));
      const status = await this.#agent.status();
      if (status === undefined || status.reloads !== first.reloads || isAnother(first, status)) return false;
    }
    this.#last = first;
    this.#silent = undefined;
    return true;
  }
}

function isLater(before: AgentStatus, after: AgentStatus): boolean {
  return after.reloads > before.reloads || isAnother(before, after);
}

/** Whether it was started anew, or reloaded, between the two. An answer that took long must not look like it. */
function isAnother(before: AgentStatus, after: AgentStatus): boolean {
  return after.reloads < before.reloads || after.since[0] > before.since[1];
}
