import type { Packable } from './pack.ts';

/** What a LoggingConfiguration takes of the quotas of its namespace. */
export interface Usage {
  /** Outputs: each is a pipeline of its own. */
  pipelines: number;
  /** Bytes that they may have undelivered on a node, all together. */
  buffer: number;
}

/** Counted in the file that nodes get: whatever else an owner may write, they run nothing but that. */
export function usageOf({ entry }: Packable): Usage {
  const { ids, limit = 0 } = entry.node ?? { ids: [] };
  return { pipelines: ids.length, buffer: ids.length * limit };
}
