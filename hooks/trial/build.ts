import { execFile } from 'node:child_process';
import { z } from 'zod';
import { promisify } from '../runtime/builtins.ts';

/** A Fluent Bit and what was built into it. Names are in lower case. */
export interface Build {
  binary: string;
  version: string;
  inputs: ReadonlySet<string>;
  filters: ReadonlySet<string>;
  outputs: ReadonlySet<string>;
}

const names = z.array(z.object({ name: z.string() }));
const Printed = z.object({
  'fluent-bit': z.object({ version: z.string() }),
  inputs: names,
  filters: names,
  outputs: names,
});

/** Asks the binary itself; rejects where there is none, or one that is no Fluent Bit. */
export async function readBuild(binary: string): Promise<Build> {
  const { stdout } = await promisify(execFile)(binary, ['-J'], {
    env: {},
    timeout: 30_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  const { 'fluent-bit': core, inputs, filters, outputs } = Printed.parse(JSON.parse(stdout));
  const set = (list: z.infer<typeof names>) => new Set(list.map(({ name }) => name.toLowerCase()));
  return { binary, version: core.version, inputs: set(inputs), filters: set(filters), outputs: set(outputs) };
}
