import type { Problem } from '../api/problems/problem.ts';
import { type Reason, waits } from '../api/problems/reasons.ts';
import type { Condition } from '../api/status.ts';
import { timestamp } from './timestamp.ts';

/** A condition before it has a time. */
export interface ConditionState {
  status: Condition['status'];
  reason: Reason;
  message: string;
}

export interface ConditionStates {
  Accepted: ConditionState;
  Rendered: ConditionState;
  LastGood: ConditionState;
  Live: ConditionState;
  CertificateExpiring?: ConditionState;
}

const messageLimit = 4096;

/** One sentence a problem: what, where (the message names it), what to do. */
export function describe(problems: readonly Problem[]): string {
  const text = problems.map((p) => `${p.path === '' ? '' : `${p.path}: `}${p.message} ${p.hint}`.trim()).join('\n');
  return text.length <= messageLimit ? text : `${text.slice(0, messageLimit - 1)}…`;
}

export function accepted(problems: readonly Problem[], message: string): ConditionState {
  const first = problems[0];
  return first === undefined
    ? { status: 'True', reason: 'Accepted', message }
    : { status: 'False', reason: first.reason, message: describe(problems) };
}

/** Ready sums up: valid, written, and not known to be refused by an agent. */
function ready({ Accepted, Rendered, Live }: ConditionStates): ConditionState {
  const bad = [Accepted, Rendered].find((f) => f.status !== 'True') ?? (Live.status === 'False' ? Live : undefined);
  if (bad !== undefined) return { status: 'False', reason: bad.reason, message: bad.message };
  return {
    status: 'True',
    reason: Rendered.reason === 'Rendered' ? 'Ready' : Rendered.reason,
    message: Rendered.message,
  };
}

/**
 * kstatus: `Reconciling` while something is under way or awaited, `Stalled` when only a change by the user helps,
 * neither when all is well or switched off on purpose.
 */
function progress(summary: ConditionState, problems: readonly Problem[]): [string, ConditionState][] {
  if (summary.status === 'True' || summary.reason === 'Disabled' || summary.reason === 'Suspended') return [];
  const awaited =
    problems.length === 0
      ? waits(summary.reason) || summary.reason === 'Pending'
      : problems.every((p) => waits(p.reason));
  return [[awaited ? 'Reconciling' : 'Stalled', { status: 'True', reason: summary.reason, message: summary.message }]];
}

/**
 * The standard conditions, in a fixed order. `lastTransitionTime` is carried over while the status stays as it was,
 * so that equal input gives equal bytes and a status write triggers nothing.
 */
export function conditions(
  findings: ConditionStates,
  problems: readonly Problem[],
  before: readonly Condition[],
  generation: number,
  now: Date,
): Condition[] {
  const summary = ready(findings);
  const all: [string, ConditionState][] = [
    ['Ready', summary],
    ...Object.entries(findings),
    ...progress(summary, problems),
  ];
  return dated(all, before, generation, now);
}

/**
 * The same for findings of one's own: Ready is the first of those that `decide` and are not True. What is Unknown or
 * under way is awaited.
 */
export function listedConditions(
  findings: Readonly<Record<string, ConditionState>>,
  decide: readonly string[],
  problems: readonly Problem[],
  before: readonly Condition[],
  generation: number,
  now: Date,
): Condition[] {
  const deciding = decide.flatMap((type) => findings[type] ?? []);
  const bad = deciding.find((finding) => finding.status !== 'True');
  const last = deciding.at(-1);
  const summary: ConditionState = {
    status: bad === undefined ? 'True' : 'False',
    reason: bad === undefined ? 'Ready' : bad.reason,
    message: (bad ?? last)?.message ?? '',
  };
  return dated(
    [['Ready', summary], ...Object.entries(findings), ...progress(summary, problems)],
    before,
    generation,
    now,
  );
}

/** Conditions as they are listed: none is added. */
export function dated(
  all: readonly [string, ConditionState][],
  before: readonly Condition[],
  generation: number,
  now: Date,
): Condition[] {
  return all.map(([type, finding]) => {
    const old = before.find((c) => c.type === type);
    return {
      type,
      status: finding.status,
      reason: finding.reason,
      message: finding.message,
      lastTransitionTime: old?.status === finding.status ? old.lastTransitionTime : timestamp(now),
      observedGeneration: generation,
    };
  });
}

/** The conditions in a status, which anybody who may write it may have filled with anything. */
export function conditionsIn(status: unknown): Condition[] {
  const { conditions: found } = (status ?? {}) as { conditions?: unknown };
  return Array.isArray(found) ? found.filter(isCondition) : [];
}

function isCondition(value: unknown): value is Condition {
  const { type, status, reason, message } = (value ?? {}) as Record<string, unknown>;
  return [type, status, reason, message].every((text) => typeof text === 'string');
}
