import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { readBuild } from '../../../hooks/trial/build.ts';
import { type Bench, tryCandidate } from '../../../hooks/trial/run.ts';
import { makeStandIns } from '../../../hooks/trial/stand-ins.ts';
import { scene, standIn } from '../../support/fluent-bit/stand-in.ts';

let bench: Bench;
const parent = mkdtempSync(join(tmpdir(), 'fluentbind-'));
const reports = mkdtempSync(join(tmpdir(), 'fluentbind-'));
beforeAll(async () => {
  const limits = { seconds: 4, cpuSeconds: 2, memoryMiB: 200 };
  bench = { build: await readBuild(standIn()), standIns: await makeStandIns(), limits, parent };
});

const tried = (play: string, more: Record<string, string> = {}, limits: Partial<Bench['limits']> = {}) =>
  tryCandidate(scene(play, more), { ...bench, limits: { ...bench.limits, ...limits } });
const reported = (name: string) => JSON.parse(readFileSync(join(reports, name), 'utf8')) as Record<string, unknown>;

/** Not one that only waits for somebody to hear of its end. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a trial', { timeout: 30_000 }, () => {
  it.each<[string, object]>([
    ['start', { verdict: 'ok', version: '9.9.9' }],
    ['late', { verdict: 'ok' }],
    // It says that it has given up, and ends by itself when the time is over only.
    ['fail', { verdict: 'refused', path: 'spec.outputs[0]', message: '[output:http] cannot read x' }],
    ['exit', { verdict: 'refused', path: 'spec', message: 'It does not say why.' }],
    ['crash', { verdict: 'refused', message: 'It crashes (SIGSEGV).' }],
    ['loop', { verdict: 'refused', message: 'It calculates without an end with two records.' }],
    ['eat', { verdict: 'refused', message: 'It takes more than 200 MiB of memory.' }],
    ['noise', { verdict: 'refused', message: 'It writes megabytes of log with two records.' }],
    ['block', { verdict: 'refused', message: 'It hangs for more than 4 s with two records.' }],
    ['hang', { verdict: 'skipped' }],
    ['killed', { verdict: 'skipped' }],
  ])('of what plays "%s"', async (play, verdict) => {
    const result = await tried(play, { report: join(reports, play) });
    expect(result.verdict).toMatchObject(verdict);
    expect(result.final).toBe(play !== 'killed');
    // Neither its folder nor the process is left.
    expect(readdirSync(parent)).toEqual([]);
    expect(isRunning(Number(reported(play)['pid']))).toBe(false);
  });

  it('ends what the program itself started', async () => {
    await tried('fork', { report: join(reports, 'fork') }, { seconds: 1 });
    await wait(100);
    expect(isRunning(Number(reported('fork')['pid']))).toBe(false);
  });

  it('gives it a folder of its own, stand-ins for secrets, and nothing of the environment', async () => {
    process.env['FLUENTBIND_PLANTED'] = 'planted';
    const report = join(reports, 'environment');
    await tried('start', { report });
    delete process.env['FLUENTBIND_PLANTED'];
    const { env, cwd, text } = reported('environment') as { env: object; cwd: string; text: string };
    expect(JSON.stringify(env)).not.toContain('planted');
    expect(Object.keys(env)).not.toContain('PATH');
    expect(cwd.startsWith(join(parent, 'fluentbind-trial-'))).toBe(true);
    expect(text).toContain(`ca: ${cwd}/live/secrets/p0000000000000002_ca`);
    expect(text).not.toContain('/fluentbind/live/');
    expect(text).toContain('tag: p0000000000000001.var.log.pods.');
    expect(text).not.toContain('name: tail');
  });

  it('is skipped where plugins are missing, unless the rest is wrong', async () => {
    const without = (play: string) => {
      const { configuration, ...rest } = scene(play);
      const filters =
        '  filters:\n    - name: nest\n      alias: p0000000000000004\n      match: p0000000000000001.*\n';
      return tryCandidate(
        { configuration: configuration.replace('  outputs:\n', `${filters}  outputs:\n`), ...rest },
        bench,
      );
    };
    expect((await without('start')).verdict).toMatchObject({
      verdict: 'skipped',
      message: expect.stringContaining('nest'),
    });
    expect((await without('fail')).verdict).toMatchObject({ verdict: 'refused', path: 'spec.outputs[0]' });
  });

  it('of what is no configuration is refused', async () => {
    const result = await tryCandidate({ ...scene('start'), configuration: 'a: [' }, bench);
    expect(result.verdict).toMatchObject({ verdict: 'refused', path: 'spec' });
  });

  it('is no trial without a program', async () => {
    await expect(readBuild('/nowhere/fluent-bit')).rejects.toThrow('ENOENT');
    await expect(readBuild('/bin/true')).rejects.toThrow();
    await expect(
      tryCandidate(scene('start'), { ...bench, build: { ...bench.build, binary: '/nowhere/fluent-bit' } }),
    ).rejects.toThrow('ENOENT');
    expect(readdirSync(parent)).toEqual([]);
  });
});

it('stand-ins are of their kinds, and of nobody else', async () => {
  const others = await makeStandIns();
  const certificate = new X509Certificate(bench.standIns.certificate);
  const { createPrivateKey } = await import('node:crypto');
  expect(certificate.checkPrivateKey(createPrivateKey(bench.standIns['private-key']))).toBe(true);
  expect(certificate.ca).toBe(true);
  expect(others['private-key']).not.toBe(bench.standIns['private-key']);
  const { secretKind } = await import('../../../hooks/fluentbit/file/secret-kind.ts');
  for (const [kind, content] of Object.entries(bench.standIns)) expect(secretKind(Buffer.from(content))).toBe(kind);
});
