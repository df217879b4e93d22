import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Candidate } from '../../../hooks/api/wire/trial.ts';

/** A program that plays Fluent Bit, as a file that can be run: what it does is said by the candidate. */
export function standIn(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'fluentbind-')), 'fluent-bit.mjs');
  const script = fileURLToPath(new URL('stand-in.mjs', import.meta.url));
  // An environment without PATH must find it, too.
  writeFileSync(file, `#!${process.execPath}\nimport ${JSON.stringify(script)};\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A candidate with one output that says what the stand-in is to do. */
export function scene(play: string, more: Record<string, string> = {}): Candidate {
  const properties = Object.entries({ play, ...more }).map(([name, value]) => `      ${name}: ${value}\n`);
  return {
    configuration: `pipeline:\n  inputs:\n    - name: tail\n      alias: p0000000000000001\n      tag: p0000000000000001.*\n  outputs:\n    - name: http\n      alias: p0000000000000001\n      match: p0000000000000001.*\n      ca: /fluentbind/live/secrets/p0000000000000002_ca\n${properties.join('')}`,
    secrets: { p0000000000000002_ca: { kind: 'certificate' }, p0000000000000003_list: { content: 'YQ==' } },
    fields: { p0000000000000001: 'spec.outputs[0]' },
  };
}
