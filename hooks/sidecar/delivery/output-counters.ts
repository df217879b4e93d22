/** Counters of an output since Fluent Bit loaded it: of records, or of attempts to send a chunk. */
export interface OutputCounters {
  /** Records that were taken by the backend. */
  processed: number;
  /** Chunks that were dropped at once. */
  errors: number;
  retries: number;
  /** Chunks that were dropped after their last attempt. */
  givenUp: number;
  /** Records that were dropped, whatever for. */
  dropped: number;
  /** Records that are to be sent again. */
  retried: number;
}

const names: Record<keyof OutputCounters, string> = {
  processed: 'proc_records',
  errors: 'errors',
  retries: 'retries',
  givenUp: 'retries_failed',
  dropped: 'dropped_records',
  retried: 'retried_records',
};

/**
 * Counters by alias, out of the text of `/api/v1/metrics` (fact: metrics-of-outputs). Only the part about outputs is
 * parsed; undefined where there is none.
 */
export function outputCounters(text: string): Map<string, OutputCounters> | undefined {
  const start = text.lastIndexOf('"output":{');
  if (start < 0) return undefined;
  try {
    const { output } = JSON.parse(`{${text.slice(start)}`) as { output: Record<string, Record<string, number>> };
    return new Map(Object.entries(output).map(([alias, written]) => [alias, countersIn(written)]));
  } catch {
    return undefined;
  }
}

function countersIn(written: Record<string, number>): OutputCounters {
  const found = Object.entries(names).map(([own, name]) => [own, Number(written[name] ?? 0)]);
  return Object.fromEntries(found) as unknown as OutputCounters;
}

/** What was counted between two samples. A reload begins anew: then all of the later one is. */
export function increase(before: OutputCounters | undefined, now: OutputCounters): OutputCounters {
  if (before === undefined) return now;
  const keys = Object.keys(names) as (keyof OutputCounters)[];
  if (keys.some((key) => now[key] < before[key])) return now;
  return Object.fromEntries(keys.map((key) => [key, now[key] - before[key]])) as unknown as OutputCounters;
}
