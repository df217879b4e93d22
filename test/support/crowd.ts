import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { eventually, run } from './fluent-bit.ts';
import { record } from './survival.ts';

/** A rendered file with what stands beside it. */
export interface Member {
  key: string;
  text: string;
  secrets: Readonly<Record<string, string | Buffer>>;
}

/** The file with an input that gives a record each second in the place of container logs: inotify is scarce. */
function fed({ text }: Member, folder: string): string {
  const inputs = [...text.matchAll(/^ {4}- name: tail\n {6}alias: (\S+)\n {6}tag: (\S+)$/gm)].map(
    ([, alias, tag = '']) =>
      `    - name: dummy\n      alias: ${alias}\n      tag: ${tag.replace('*', 'var.log.x')}\n      dummy: '${record}'\n      flush_on_startup: true\n      samples: 3\n`,
  );
  return text
    .replace(/^ {2}inputs:\n(?: {4}.*\n)*/m, `  inputs:\n${inputs.join('')}`)
    .replaceAll('/fluentbind/live', folder)
    .replaceAll('/var/lib/fluentbind', folder);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Whether one agent with all of them starts, takes records, reloads, takes records and stops; else what it says. */
export async function crowd(members: readonly Member[]): Promise<{ well: boolean; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'fb-'));
  const write = (name: string, content: string | Buffer) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  };
  try {
    const port = await freePort();
    for (const member of members) {
      write(`pipelines/${member.key}`, fed(member, folder));
      for (const [name, content] of Object.entries(member.secrets)) write(`secrets/${name}`, content);
    }
    write(
      'agent.yaml',
      `service:\n  flush: 0.5\n  grace: 1\n  log_level: info\n  http_server: on\n  http_listen: 127.0.0.1\n  http_port: ${port}\n  hot_reload: on\n  hot_reload.ensure_thread_safety: off\n  storage.path: ${folder}/chunks\nincludes:\n  - ${folder}/pipelines/*.yaml\n`,
    );
    const agent = await run(['-c', join(folder, 'agent.yaml')], folder);
    const url = `http://127.0.0.1:${port}/api/v2/reload`;
    const count = async () => ((await (await fetch(url)).json()) as { hot_reload_count: number }).hot_reload_count;
    const life = async () => {
      await eventually(() => agent.output().includes('stream processor started'), 20);
      await wait(1500);
      await fetch(url, { method: 'POST', body: '' });
      for (let tries = 0; (await count().catch(() => 0)) !== 1; tries++) {
        if (tries > 100) throw new Error('it was not reloaded');
        await wait(200);
      }
      await wait(1000);
    };
    const lived = await Promise.race([
      life().then(
        () => true,
        () => false,
      ),
      agent.ended.then(() => false),
    ]);
    const code = await agent.stop();
    return { well: lived && code === 0, output: agent.output() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Those that do not live in any company, each with what the agent says when it is alone with it. */
export async function unfit<T extends Member>(members: readonly T[]): Promise<{ member: T; output: string }[]> {
  const { well, output } = await crowd(members);
  if (well) return [];
  const [only] = members;
  if (members.length === 1 && only !== undefined) return [{ member: only, output }];
  const middle = Math.ceil(members.length / 2);
  const found = [...(await unfit(members.slice(0, middle))), ...(await unfit(members.slice(middle)))];
  // Each half lives by itself: they are fatal together.
  return found.length === 0 && only !== undefined ? [{ member: only, output }] : found;
}
