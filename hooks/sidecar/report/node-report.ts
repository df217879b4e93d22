import type { AgentReport } from '../../api/wire/agent-report.ts';
import type { Desired } from '../desired/plan.ts';
import { nameOf } from '../store/entry.ts';
import type { Index } from '../store/tree.ts';
import type { Judge } from '../verdict/judge.ts';
import { bounded } from './bounded-report.ts';

/** What of the newest is refused, and what is live in place of it or of what waits. */
export function against(desired: Desired, good: Index, judge: Judge): Pick<AgentReport, 'refused' | 'kept'> {
  const live = new Map(good.pipelines.map((entry) => [nameOf(entry), entry]));
  const refused: AgentReport['refused'] = [];
  const kept: AgentReport['kept'] = [];
  for (const [key, entry] of desired.entries) {
    const former = live.get(key);
    if (former !== undefined && former.content === entry.content) continue;
    const refusal = judge.refusal(entry.content);
    const { namespace, name, revision } = entry;
    if (refusal !== undefined) refused.push({ namespace, name, revision, ...refusal, kept: former !== undefined });
    if (former !== undefined) kept.push({ namespace, name, revision: former.revision });
  }
  return { refused, kept };
}

/** Whatever brings it to where the hook sees it. Rejects where that failed. */
export type Reporter = (report: AgentReport) => Promise<void>;

export interface Times {
  /** At most one in this time. */
  report: number;
  /** And one in this, even where nothing has changed. */
  heartbeat: number;
  /** At most one in this where nothing has changed but what is delivered. */
  deliveryReport: number;
}

/** Sends what has changed, not too often, and now and then a sign of life. */
export class Reports {
  readonly #send: Reporter;
  readonly #times: Times;
  #last = { own: '', delivery: '' };
  #sent = Number.NEGATIVE_INFINITY;

  constructor(send: Reporter, times: Times) {
    this.#send = send;
    this.#times = times;
  }

  async offer(report: AgentReport): Promise<void> {
    const now = Date.now();
    const { time: _, delivery, ...rest } = bounded(report);
    const what = { ...rest, ...(delivery === undefined ? {} : { delivery }) };
    const next = { own: JSON.stringify(rest), delivery: JSON.stringify(delivery) ?? '' };
    if (now - this.#sent < this.#wait(next)) return;
    // Before it is sent: one that fails is not repeated at once either.
    this.#sent = now;
    await this.#send({ ...what, time: new Date(now).toISOString() });
    this.#last = next;
  }

  /** How long after the last one this may be sent. */
  #wait({ own, delivery }: { own: string; delivery: string }): number {
    if (own !== this.#last.own) return this.#times.report;
    return delivery === this.#last.delivery ? this.#times.heartbeat : this.#times.deliveryReport;
  }
}
