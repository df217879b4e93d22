import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder with the given files. */
export function folder(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'project-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

/** A folder of commands for PATH, each a line of shell. */
export function commands(lines: Record<string, string>): string {
  const root = folder(Object.fromEntries(Object.entries(lines).map(([name, line]) => [name, `#!/bin/sh\n${line}\n`])));
  for (const name of Object.keys(lines)) chmodSync(join(root, name), 0o755);
  return root;
}

/** Runs a script of a workflow as GitHub does with `shell: bash`. */
export function bash(script: string, cwd: string, { PATH = '', ...environment }: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...environment, PATH: `${PATH}:${process.env['PATH']}` },
  });
  return { code: status, out: stdout, err: stderr };
}
