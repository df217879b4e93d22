import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, run } from './fluent-bit.ts';

/** What an agent gets to read: one record with something of everything. */
export const record = '{"log":"hello world","level":"info","n":5,"nested":{"a":"b"}}';

/** The settings under which a record goes all the way at once. */
export const hasty = 'service:\n  flush: 0.2\n  grace: 1\n  log_level: info\n';

/** Whether an agent starts with the file, takes a record and stops when it is told to. `files` stand beside it. */
export async function survives(
  text: string,
  files: Readonly<Record<string, string>> = {},
): Promise<{ survives: boolean; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'fb-'));
  try {
    // Where lines are joined the pipeline emits into files.
    const stored = text.includes('name: rewrite_tag') ? text.replace(hasty, `${hasty}  storage.path: chunks\n`) : text;
    for (const [name, content] of Object.entries({ ...files, 'agent.yaml': stored }))
      writeFileSync(join(folder, name), content);
    const agent = await run(['-c', join(folder, 'agent.yaml')], folder);
    const started = eventually(() => agent.output().includes('stream processor started'), 3).then(
      () => true,
      () => false,
    );
    const up = await Promise.race([started, agent.ended.then(() => false)]);
    const alive = up && (await Promise.race([agent.ended.then(() => false), later(500)]));
    const code = await agent.stop();
    // An agent that does not stop is killed; one that crashes has a signal, and no code either.
    return { survives: alive && code === 0, output: agent.output() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function later(milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => setTimeout(() => resolve(true), milliseconds));
}
