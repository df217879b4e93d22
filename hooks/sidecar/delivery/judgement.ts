import type { DeliveryCause } from '../../api/wire/delivery.ts';
import type { Counts } from './evidence.ts';
import type { OutputCounters } from './output-counters.ts';

/** What is known of an output at one look. Times in milliseconds. */
export interface OutputLook {
  now: number;
  plugin: string;
  /** What was counted since the last look; since Fluent Bit loaded it at the `first`. */
  counted: OutputCounters;
  first: boolean;
  /** What lines say; see `Evidence`. */
  plain: Counts | undefined;
  doubtful: Counts | undefined;
  late: boolean;
  /** Whether all lines since the last look were read. */
  complete: boolean;
  /** What the node found when it connected; undefined where it has not tried, or not lately. */
  tried: { cause: DeliveryCause | undefined } | undefined;
  /** Whether it will. */
  tries: boolean;
}

/** What is remembered of an output from look to look. */
export interface OutputState {
  /** What is told of it: nothing before there were records. */
  verdict: 'delivered' | DeliveryCause | undefined;
  /** Looks at which something failed since it last was well, and when the last of them was. */
  failures: number;
  failedAt: number;
  /** Points: four for a look at which records were taken and nothing failed, one for each at which nothing happened. */
  well: number;
  /** A cause that is to be seen twice before it takes the place of another. */
  next: DeliveryCause | undefined;
  /** Looks in a row that failed without a cause. */
  unexplained: number;
  /** What lines said last, and when. */
  heard: { cause: DeliveryCause; at: number } | undefined;
}

export const noVerdict: OutputState = {
  verdict: undefined,
  failures: 0,
  failedAt: Number.NEGATIVE_INFINITY,
  well: 0,
  next: undefined,
  unexplained: 0,
  heard: undefined,
};

/** Looks without a cause after which one is told that says little: lines may still tell, or an attempt to connect. */
const patience = 4;
/** Two looks at which all is well, or one that nothing contradicts for a while. */
const enoughPoints = 8;
/** Failures that are farther apart have nothing to do with each other. */
const forgottenAfter = 10 * 60_000;
/** A line may come a look before the counter that it belongs to; of what was not read the last that was heard holds. */
const heardFor = { complete: 25_000, incomplete: 10 * 60_000 };

/**
 * What an output's counters say, and why. Counters alone decide whether something fails: lines are asked only where they
 * have moved.
 */
export function judgeOutput(before: OutputState, look: OutputLook): OutputState {
  const cause = heardCause(look);
  const state = { ...before, heard: cause === undefined ? before.heard : { cause, at: look.now } };
  if (look.first && look.counted.processed > 0) return { ...state, well: 1 };
  if (fails(look.counted)) return failed(state, look);
  if (look.counted.processed > 0) return rested(state, state.well + 4);
  return state.well === 0 ? state : rested(state, state.well + 1);
}

/** What was dropped is lost; what is sent again counts where it is more than now and then. */
export function fails({ processed, errors, retries, givenUp, dropped, retried }: OutputCounters): boolean {
  if (errors + givenUp + dropped > 0) return true;
  return retries > 0 && processed < 10 * Math.max(retried, 1);
}

function rested(state: OutputState, points: number): OutputState {
  if (points < enoughPoints) return { ...state, well: points };
  return { ...noVerdict, verdict: 'delivered', well: enoughPoints, heard: state.heard };
}

function failed(state: OutputState, look: OutputLook): OutputState {
  const failures = look.now - state.failedAt > forgottenAfter ? 1 : state.failures + 1;
  const found = causeOf(state, look);
  const unexplained = found === undefined ? state.unexplained + 1 : 0;
  const cause = found ?? (unexplained >= patience ? fallback(look) : undefined);
  const next = { ...state, failures, failedAt: look.now, well: 0, unexplained, next: cause ?? state.next };
  const isTold = state.verdict !== undefined && state.verdict !== 'delivered';
  const settled = isTold ? cause === state.next : failures >= 2;
  return cause !== undefined && settled ? { ...next, verdict: cause } : next;
}

/** Outputs that look for errors in an answer that says 200, and say nothing of them (fact: answers-of-backends). */
const readsAnswers = new Set(['es', 'opensearch']);

function causeOf({ heard }: OutputState, look: OutputLook): DeliveryCause | undefined {
  const { tried, doubtful, now, complete } = look;
  const age = heard === undefined ? Number.POSITIVE_INFINITY : now - heard.at;
  if (heard !== undefined && age <= (complete ? heardFor.complete : heardFor.incomplete)) return heard.cause;
  if (heard !== undefined && age <= heardFor.incomplete && doubtful?.has(heard.cause)) return heard.cause;
  if (tried?.cause !== undefined) return tried.cause;
  const doubted = doubtfulCause(look);
  if (doubted !== undefined) return doubted;
  const waits = doubtful !== undefined || (tried === undefined && look.tries && look.counted.retries > 0);
  return waits ? undefined : fallback(look);
}

/** Where neither a line nor a connection says why. */
function fallback({ counted, tried, plugin }: OutputLook): DeliveryCause {
  // Nothing is sent again: it was given up.
  if (counted.retries === 0) return 'Dropped';
  return tried !== undefined && readsAnswers.has(plugin) ? 'RejectedByBackend' : 'Unreachable';
}

function heardCause({ plain, late }: OutputLook): DeliveryCause | undefined {
  const [top] = [...(plain ?? [])].sort(([, a], [, b]) => b - a);
  if (top !== undefined) return top[0];
  return late ? 'Timeout' : undefined;
}

/** What lines in doubt say, where all say the same, and there are about as many as there are failures. */
function doubtfulCause({ doubtful, counted, complete }: OutputLook): DeliveryCause | undefined {
  const failures = counted.errors + counted.retries + counted.givenUp;
  const [only, ...others] = doubtful ?? [];
  if (only === undefined || others.length > 0 || failures === 0) return undefined;
  const [cause, count] = only;
  return count <= failures + 2 && (!complete || count >= failures / 2) ? cause : undefined;
}
