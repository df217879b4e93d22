import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../free-port.ts';
import { eventually, run } from './fluent-bit.ts';
import { record } from './survival.ts';

/** A rendered file with what stands beside it. */
export interface Member {
  key: string;
  text: string;
  secrets: Readonly<Record<string, string | Buffer>>;
}

/** The file with inputs that give records, or none, in the place of container logs: inotify is scarce. */
function fed({ text }: Member, folder: string, samples: number): string {
  const inputs = [...text.matchAll(/^ {4}- name: tail\n {6}alias: (\S+)\n {6}tag: (\S+)$/gm)].map(
    ([, alias, tag = '']) =>
      `    - name: dummy\n      alias: ${alias}\n      tag: ${tag.replace('*', 'var.log.x')}\n      dummy: '${record}'\n${
        samples === 0 ? '      interval_sec: 3600\n' : `      flush_on_startup: true\n      samples: ${samples}\n`
      }`,
  );
  return text
    .replace(/^ {2}inputs:\n(?: {4}.*\n)*/m, `  inputs:\n${inputs.join('')}`)
    .replaceAll('/fluentbind/live', folder)
    .replaceAll('/var/lib/fluentbind', folder);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    if (await holds().catch(() => false)) return;
    await wait(100);
  }
  throw new Error('it never came true');
}

/**
 * Whether one agent starts with all of them, takes them up again in a reload and then takes records; else what it says.
 * Nothing is flushed: with chunks of a dummy input that flushed at its start and wait for a dead backend, Fluent Bit
 * 5.1.1 crashes in a reload, which it does not with those of tail.
 */
export async function runTogether(members: readonly Member[]): Promise<{ well: boolean; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'fb-'));
  const write = (name: string, content: string | Buffer) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  };
  const place = (samples: number) => {
    for (const member of members) write(`pipelines/${member.key}`, fed(member, folder, samples));
  };
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/api/v2/reload`;
  place(0);
  for (const { secrets } of members)
    for (const [name, content] of Object.entries(secrets)) write(`secrets/${name}`, content);
  write(
    'agent.yaml',
    `service:\n  flush: 3600\n  grace: 1\n  log_level: info\n  http_server: on\n  http_listen: 127.0.0.1\n  http_port: ${port}\n  hot_reload: on\n  hot_reload.ensure_thread_safety: off\n  storage.path: ${folder}/chunks\nincludes:\n  - ${folder}/pipelines/*.yaml\n`,
  );
  const agent = await run(['-c', join(folder, 'agent.yaml')], folder);
  const reloads = async () => ((await (await fetch(url)).json()) as { hot_reload_count: number }).hot_reload_count;
  const life = async () => {
    await eventually(() => agent.output().includes('stream processor started'), 20);
    place(3);
    await until(async () => (await fetch(url, { method: 'POST', body: '' })).ok);
    await until(async () => (await reloads()) === 1);
    await wait(2000);
    return true;
  };
  try {
    const ended = agent.ended.then(() => false);
    const well = await Promise.race([life().catch(() => false), ended]);
    return { well, output: agent.output() };
  } finally {
    await agent.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Those that do not live in any company, each with what the agent says when it is alone with it. */
export async function unfit<T extends Member>(members: readonly T[]): Promise<{ member: T; output: string }[]> {
  const { well, output } = await runTogether(members);
  if (well) return [];
  const [only] = members;
  if (members.length === 1 && only !== undefined) return [{ member: only, output }];
  const middle = Math.ceil(members.length / 2);
  const found = [...(await unfit(members.slice(0, middle))), ...(await unfit(members.slice(middle)))];
  // Each half lives by itself: they are fatal together.
  return found.length === 0 && only !== undefined ? [{ member: only, output }] : found;
}
