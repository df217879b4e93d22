import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from '../../hooks/cli/main.ts';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs the command line in process, in a folder with the given files. */
export async function terminal(files: Record<string, string | Buffer>, ...args: string[]): Promise<Ran> {
  const cwd = mkdtempSync(join(tmpdir(), 'fluentbind-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), text);
  }
  return inFolder(cwd, ...args);
}

export async function inFolder(cwd: string, ...args: string[]): Promise<Ran> {
  const ran: Ran = { code: -1, out: '', err: '' };
  ran.code = await run(args, {
    out: (text) => {
      ran.out += text;
    },
    err: (text) => {
      ran.err += text;
    },
    now: () => new Date('2026-06-01T00:00:00Z'),
    cwd,
    stopped: Promise.resolve(),
  });
  return ran;
}
