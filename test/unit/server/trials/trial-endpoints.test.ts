import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import type { Candidate } from '../../../../hooks/api/wire/trial.ts';
import { run } from '../../../../hooks/cli/main.ts';
import { ConfigError } from '../../../../hooks/config/config-source.ts';
import { readTrialConfig } from '../../../../hooks/config/server-config.ts';
import { defaultSettings } from '../../../../hooks/kit/controller.ts';
import { createApp } from '../../../../hooks/server/app.ts';
import type { Running } from '../../../../hooks/server/listen.ts';
import { createMetrics } from '../../../../hooks/server/metrics/hook-metrics.ts';
import { listenTrials } from '../../../../hooks/server/trials/listen-trials.ts';
import { trialEndpoints } from '../../../../hooks/server/trials/trial-endpoints.ts';
import { Trials } from '../../../../hooks/trial/queue.ts';
import type { Tried } from '../../../../hooks/trial/run.ts';
import { scene, standIn } from '../../../support/fluent-bit/stand-in.ts';

const ok: Tried = { verdict: { verdict: 'ok', version: '9.9.9' }, final: true };

/** Trials that end when the test says so. */
function stage(options: { concurrency?: number; queue?: number } = {}) {
  const started: { candidate: Candidate; end: (tried: Tried | Error) => void }[] = [];
  const trials = new Trials({
    attempt: (candidate) =>
      new Promise((resolve, reject) => {
        started.push({ candidate, end: (tried) => (tried instanceof Error ? reject(tried) : resolve(tried)) });
      }),
    concurrency: options.concurrency ?? 1,
    queue: options.queue ?? 1,
  });
  return { started, trials };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('trials', () => {
  it('of equal candidates are one, and are remembered', async () => {
    const { started, trials } = stage();
    const both = [trials.verdict(scene('a')), trials.verdict(scene('a'))];
    await turn();
    expect(started).toHaveLength(1);
    started[0]?.end(ok);
    expect(await Promise.all(both)).toEqual([ok.verdict, ok.verdict]);
    expect(trials.verdict(scene('a'))).toEqual(ok.verdict);
    expect(trials.verdict(scene('b'))).toBeInstanceOf(Promise);
  });

  it('run so many at once, let so many wait, and turn away the rest', async () => {
    const { started, trials } = stage({ concurrency: 2, queue: 1 });
    const verdicts = ['a', 'b', 'c', 'd'].map((play) => trials.verdict(scene(play)));
    await turn();
    expect([started.length, trials.running, trials.waiting]).toEqual([2, 2, 1]);
    expect(verdicts[3]).toBe('full');
    started[0]?.end(ok);
    await verdicts[0];
    await turn();
    expect([started.length, trials.running, trials.waiting]).toEqual([3, 2, 0]);
    started[1]?.end(ok);
    started[2]?.end(ok);
    await trials.settled();
    expect([trials.running, trials.waiting]).toEqual([0, 0]);
  });

  it('that say nothing about their candidate are done again', async () => {
    const { started, trials } = stage();
    for (const end of [{ ...ok, final: false }, new Error('no memory'), ok]) {
      const verdict = trials.verdict(scene('a')) as Promise<unknown>;
      await turn();
      started.at(-1)?.end(end);
      await verdict.catch(() => undefined);
    }
    expect(started).toHaveLength(3);
    expect(trials.running).toBe(0);
  });
});

describe('the trial server', () => {
  const lines: string[] = [];
  function app(trials: Trials, tokens?: readonly string[]) {
    const metrics = createMetrics();
    return createApp({
      routes: [],
      context: () => ({ now: new Date(), settings: defaultSettings }),
      logger: pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) }),
      metrics,
      tokens: () => tokens,
      maxInFlight: 8,
      bodyLimit: '1mb',
      draining: () => false,
      ending: () => false,
      mount: trialEndpoints({ trials, version: '9.9.9', registry: metrics.registry, waitMilliseconds: 50 }),
    });
  }

  it('answers with the verdict, and with 202 while there is none', async () => {
    const { started, trials } = stage();
    const server = app(trials);
    const first = await request(server).post('/trial').send(scene('a'));
    expect([first.status, first.body]).toEqual([202, { verdict: 'pending' }]);
    started[0]?.end(ok);
    await trials.settled();
    const second = await request(server).post('/trial').send(scene('a'));
    expect([second.status, second.body]).toEqual([200, ok.verdict]);
    const { text } = await request(server).get('/metrics');
    expect(text).toContain('fluentbind_trial_answers_total{verdict="pending"} 1');
    expect(text).toContain('fluentbind_trial_answers_total{verdict="ok"} 1');
    expect(text).toContain('fluentbind_trials_running 0');
    expect(lines.join('')).not.toContain('play');
  });

  it('answers 503 with a time to wait when too many wait', async () => {
    const { trials } = stage({ queue: 0 });
    const server = app(trials);
    await request(server).post('/trial').send(scene('a'));
    const turnedAway = await request(server).post('/trial').send(scene('b'));
    expect([turnedAway.status, turnedAway.headers['retry-after']]).toEqual([503, '1']);
    expect((await request(server).post('/trial').send(scene('a'))).status).toBe(202);
  });

  it('answers 500 without a word of what went wrong', async () => {
    const { started, trials } = stage();
    const answer = request(app(trials))
      .post('/trial')
      .send(scene('a'))
      .then((response) => response);
    while (started.length === 0) await turn();
    started[0]?.end(new Error('ENOSPC /secret/place'));
    expect(await answer).toMatchObject({ status: 500, body: { error: 'internal error' } });
    expect(lines.join('')).not.toContain('/secret/place');
  });

  it('tells its version, and refuses what is no candidate', async () => {
    const server = app(stage().trials, ['t0ken']);
    expect((await request(server).get('/version')).body).toEqual({ version: '9.9.9' });
    expect((await request(server).get('/healthz')).status).toBe(200);
    expect((await request(server).get('/trial')).status).toBe(405);
    expect((await request(server).post('/trial').send(scene('a'))).status).toBe(401);
    const bearing = (body: object) => request(server).post('/trial').set('Authorization', 'Bearer t0ken').send(body);
    const { configuration, secrets, fields } = scene('a');
    for (const body of [
      {},
      { configuration, secrets },
      { configuration, secrets, fields, more: 1 },
      { configuration: 1, secrets, fields },
      { configuration, secrets: { '../x': { kind: 'text' } }, fields },
      { configuration, secrets: { 'a/b': { kind: 'text' } }, fields },
      { configuration, secrets: { '.': { kind: 'text' } }, fields },
      { configuration, secrets: { a: { kind: 'password' } }, fields },
      { configuration, secrets: { a: { content: '{}' } }, fields },
      { configuration: 'x'.repeat(1_048_577), secrets: {}, fields: {} },
    ])
      expect((await bearing(body)).status, JSON.stringify(body).slice(0, 80)).toBeGreaterThanOrEqual(400);
    const { body } = await bearing({ configuration, secrets, fields, more: 'Pa55w0rd' });
    expect(JSON.stringify(body)).not.toContain('Pa55w0rd');
  });
});

describe('fluentbind trial', () => {
  const running: Running[] = [];
  afterEach(async () => {
    for (const one of running.splice(0)) await one.drain();
  });
  const folder = mkdtempSync(join(tmpdir(), 'fluentbind-'));
  const environment = {
    FLUENTBIND_HOST: '127.0.0.1',
    FLUENTBIND_PORT: '0',
    FLUENTBIND_DRAIN_SECONDS: '0',
    FLUENTBIND_TRIAL_FLUENT_BIT: standIn(),
    FLUENTBIND_TRIAL_FOLDER: folder,
    FLUENTBIND_TRIAL_CONCURRENCY: '1',
  };
  async function start(more: Record<string, string> = {}) {
    const one = await listenTrials(readTrialConfig({ ...environment, ...more }), pino({ level: 'silent' }));
    running.push(one);
    return request(`http://127.0.0.1:${one.port}`);
  }

  it('tries candidates with the program that is configured', async () => {
    const tokenFile = join(folder, '..', `${folder.split('/').at(-1)}.token`);
    writeFileSync(tokenFile, 't0ken\n');
    const server = await start({ FLUENTBIND_TOKEN_FILE: tokenFile });
    const post = (play: string) => server.post('/trial').set('Authorization', 'Bearer t0ken').send(scene(play));
    expect((await server.get('/version')).body).toEqual({ version: '9.9.9' });
    expect((await post('start')).body).toMatchObject({ verdict: 'ok' });
    expect((await post('fail')).body).toMatchObject({ verdict: 'refused', path: 'spec.outputs[0]' });
    expect((await server.post('/trial').send(scene('start'))).status).toBe(401);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is not done before its last trial is', async () => {
    const server = await start();
    const answer = server
      .post('/trial')
      .send(scene('late'))
      .then((response) => response);
    while (readdirSync(folder).length === 0) await turn();
    await running.pop()?.drain();
    expect(readdirSync(folder)).toEqual([]);
    expect((await answer).body).toMatchObject({ verdict: 'ok' });
  });

  it('says so where there is no such program', async () => {
    for (const binary of ['/nowhere/fluent-bit', '/bin/true'])
      await expect(start({ FLUENTBIND_TRIAL_FLUENT_BIT: binary })).rejects.toThrow(ConfigError);
    let said = '';
    const io = { out: (text: string) => (said += text), err: () => {}, now: () => new Date(), cwd: '/' };
    expect(await run(['trial', '--help'], { ...io, stopped: Promise.resolve() })).toBe(0);
    expect(said).toContain('FLUENTBIND_TRIAL_SECONDS');
  });

  it('finds its program in PATH, which the program itself does not get', () => {
    const [folder, name] = [dirname(environment.FLUENTBIND_TRIAL_FLUENT_BIT), 'fluent-bit.mjs'];
    const read = (PATH: string) => readTrialConfig({ PATH, FLUENTBIND_TRIAL_FLUENT_BIT: name }).binary;
    expect(read(`/nowhere:${folder}`)).toBe(join(folder, name));
    expect(read('/nowhere')).toBe(name);
  });

  it.each([
    [{ FLUENTBIND_TRIAL_CONCURRENCY: '0' }],
    [{ FLUENTBIND_TRIAL_SECONDS: 'x' }],
    [{ FLUENTBIND_TRIAL_MEMORY_MIB: '1' }],
    [{ FLUENTBIND_TRIAL_URL: 'trial:8080' }],
  ])('%o is refused', (more) => {
    expect(() => readTrialConfig(more as Record<string, string>)).toThrow(ConfigError);
  });
});
