import { execFile } from 'node:child_process';
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
