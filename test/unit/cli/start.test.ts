import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { buildOnce } from '../../support/fluent-bit/agent-host.ts';

const shell = (script: string) =>
  promisify(execFile)('/bin/sh', ['-c', script]).then(
    ({ stdout }) => ({ stdout, code: 0 }),
    ({ stdout, code }: { stdout: string; code: number }) => ({ stdout, code }),
  );

it('starts a program with as many open files as it may have, and ends as it ends', async () => {
  const node = `exec '${process.execPath}' '${buildOnce()}' start`;
  const limits = await shell(
    `ulimit -Sn 256; ulimit -Hn 4096; ${node} /bin/sh -c 'ulimit -Sn; echo "$1"; exit 7' sh --once`,
  );
  expect(limits).toEqual({ stdout: '4096\n--once\n', code: 7 });
  expect(await shell(`${node} /bin/sh -c 'kill -TERM $$'; echo "ended $?"`.replace('exec ', ''))).toMatchObject({
    stdout: 'ended 143\n',
  });
  expect((await shell(`${node} /no/such/program 2>&1`)).stdout).toMatch(/\/no\/such\/program/);
  expect((await shell(`${node} 2>&1`)).stdout).toContain('it needs a program to start');
});

it('finds what was rotated while the program was away, and starts it whatever comes of that', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'start-'));
  const id = 'p0123456789abcdef';
  const pod = 'shop_web_u';
  const logs = join(folder, 'logs');
  for (const name of ['live', 'state', `logs/${pod}/app`]) mkdirSync(join(folder, name), { recursive: true });
  for (const name of ['0.log', '0.log.20260101-000001']) writeFileSync(join(logs, pod, 'app', name), '');
  const entry = { namespace: 'shop', name: 'web', uid: 'u', revision: 'r', file: 'f', content: 'c', shard: 0 };
  const pipelines = [{ ...entry, secrets: {}, ids: [id], paths: [`${logs}/shop_*`] }];
  const index = { format: 1, generation: 1, base: 'b', shards: {}, pipelines };
  const environment = `FLUENTBIND_LIVE='${folder}/live' FLUENTBIND_STATE='${folder}/state' FLUENTBIND_LOGS='${logs}'`;
  const start = () => shell(`${environment} '${process.execPath}' '${buildOnce()}' start /bin/echo started 2>&1`);
  try {
    expect(await start()).toEqual({ stdout: 'started\n', code: 0 });
    writeFileSync(join(folder, 'live/index.json'), JSON.stringify(index));
    writeFileSync(join(folder, `state/${id}.db`), 'broken');
    expect(await start()).toMatchObject({ stdout: expect.stringMatching(/SQLite[\s\S]*started\n$/), code: 0 });
    copyFileSync('test/unit/sidecar/positions/opened.db', join(folder, `state/${id}.db`));
    expect(await start()).toEqual({ stdout: '1 rotated log files to read\nstarted\n', code: 0 });
    expect(readdirSync(join(folder, 'state', `${id}.rotated`, pod, 'app'))).toEqual(['0-20260101-000001.log']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
