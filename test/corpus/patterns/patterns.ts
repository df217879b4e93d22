import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** Patterns that people use, by where they stand. */
export const realPatterns = z.record(z.string(), z.array(z.string())).parse(read('real.yaml'));

/** What Onigmo needs for patterns. */
export const times = z
  .strictObject({
    /** By pattern: the parts that are to be named; none where it cannot be judged. */
    exponential: z.record(z.string(), z.array(z.string())),
    overReported: z.array(z.string()),
    harmless: z.array(z.string()),
    /** By pattern: the power of the length. */
    polynomial: z.record(z.string(), z.number()),
  })
  .parse(read('times.yaml'));

function read(name: string): unknown {
  return parse(readFileSync(join(import.meta.dirname, name), 'utf8'));
}
