import type { Packable } from './pack.ts';

/** What a LoggingConfiguration takes of the quotas of its namespace. */
export interface Usage {
  /** Outputs: each is a pipeline of its own. */
  pipelines: number;
  /** Bytes that they may have undelivered on a node, all together. */
  buffer: number;
}

/** Units of Fluent Bit (flb_utils_size_to_bytes, 5.1). */
const units: Record<string, number> = { K: 1e3, M: 1e6, G: 1e9 };
const limit = /^ {6}storage\.total_limit_size: (\d+)([KMG]?)B?$/gim;

/** Bytes that each output of a rendered file may have undelivered. */
export function limitsIn(text: string): number[] {
  return [...text.matchAll(limit)].map(([, digits, unit = '']) => Number(digits) * (units[unit.toUpperCase()] ?? 1));
}

/** Counted in the file that nodes get: whatever else an owner may write, they run nothing but that. */
export function usageOf({ blobs }: Packable): Usage {
  const text = blobs.map(({ secret, content }) => (secret ? '' : content)).join('');
  const sizes = limitsIn(text);
  return { pipelines: sizes.length, buffer: sizes.reduce((sum, size) => sum + size, 0) };
}
