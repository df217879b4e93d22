import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { trialClient } from '../../../hooks/server/trial-client.ts';
import { scene } from '../../support/fluent-bit/stand-in.ts';
import { authority } from '../../support/input/issued-certificates.ts';

const logged: string[] = [];
const logger = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
const serving = async (listener: RequestListener) => `http://127.0.0.1:${await listening(createServer(listener))}`;
const answering = (status: number, body: string) =>
  serving((request, response) => {
    request.resume();
    response.writeHead(status).end(body);
  });
const ok = { verdict: 'ok', version: '9.9.9' };

/** A port where nobody listens. */
async function nowhere(): Promise<string> {
  const url = await answering(200, '');
  const server = servers.pop();
  await new Promise((resolve) => server?.close(resolve));
  return url;
}

describe('the client of the trial server', () => {
  it.each<[number, string, unknown]>([
    [200, JSON.stringify(ok), ok],
    [200, JSON.stringify({ ...ok, new: 'field' }), ok],
    [200, JSON.stringify({ verdict: 'maybe', version: '1' }), 'unavailable'],
    [200, 'no JSON', 'unavailable'],
    [202, '{"verdict":"pending"}', 'pending'],
    [503, '{"error":"too many candidates wait"}', 'pending'],
    [401, '{}', 'unavailable'],
    [404, '{}', 'unavailable'],
    [500, '{}', 'unavailable'],
  ])('takes %i %s for an answer', async (status, body, answer) => {
    const ask = trialClient({ url: await answering(status, body) }, logger);
    expect(await ask(scene('a'))).toEqual(answer);
  });

  it('sends the candidate, and bears the token of the day', async () => {
    const seen: [string, string, unknown][] = [];
    const url = await serving((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push([
          request.url ?? '',
          request.headers.authorization ?? '',
          JSON.parse(Buffer.concat(chunks).toString()),
        ]);
        response.end(JSON.stringify(ok));
      });
    });
    const tokenFile = join(mkdtempSync(join(tmpdir(), 'fluentbind-')), 'token');
    const ask = trialClient({ url: `${url}/base`, tokenFile }, logger);
    for (const token of ['one', 'two']) {
      writeFileSync(tokenFile, `${token}\nold\n`);
      await ask(scene('ü'));
    }
    expect(seen).toEqual([
      ['/base/trial', 'Bearer one', scene('ü')],
      ['/base/trial', 'Bearer two', scene('ü')],
    ]);
  });

  it('believes the authority that it is told only', async () => {
    const [ours, other] = await Promise.all([authority('Ours', new Date()), authority('Other', new Date())]);
    const { key, certificate } = await ours.issue();
    const server = createTlsServer({ key, cert: certificate }, (_, response) => response.end(JSON.stringify(ok)));
    const url = `https://localhost:${await listening(server)}`;
    const folder = mkdtempSync(join(tmpdir(), 'fluentbind-'));
    for (const [name, pem] of Object.entries({ ours: ours.certificate, other: other.certificate }))
      writeFileSync(join(folder, name), pem);
    expect(await trialClient({ url, caFile: join(folder, 'ours') }, logger)(scene('a'))).toEqual(ok);
    expect(await trialClient({ url, caFile: join(folder, 'other') }, logger)(scene('a'))).toBe('unavailable');
    expect(await trialClient({ url, caFile: '/nowhere' }, logger)(scene('a'))).toBe('unavailable');
  });

  it('never takes longer than a hook may', async () => {
    const ask = trialClient({ url: await serving(() => {}) }, logger);
    const started = Date.now();
    expect(await ask(scene('a'))).toBe('unavailable');
    expect(Date.now() - started).toBeGreaterThan(3500);
    expect(Date.now() - started).toBeLessThan(5000);
  });

  it('leaves a server alone that fails again and again, and tries it with one call after a while', async () => {
    let calls = 0;
    let status = 500;
    const url = await serving((request, response) => {
      calls += 1;
      request.resume();
      response.writeHead(status).end(JSON.stringify(ok));
    });
    let now = 0;
    const ask = trialClient({ url }, logger, () => now);
    for (let times = 0; times < 10; times++) expect(await ask(scene('a'))).toBe('unavailable');
    expect(calls).toBe(3);
    now += 20_000;
    expect(await Promise.all([ask(scene('a')), ask(scene('b'))])).toEqual(['unavailable', 'unavailable']);
    expect(calls).toBe(4);
    status = 200;
    now += 20_000;
    expect(await Promise.all([ask(scene('a')), ask(scene('b'))])).toEqual([ok, 'unavailable']);
    expect(await ask(scene('b'))).toEqual(ok);
    // A failure now and then is none.
    for (const next of [500, 500, 200, 500, 500, 200]) {
      status = next;
      await ask(scene('a'));
    }
    expect(await ask(scene('a'))).toEqual(ok);
  });

  it('says at once that nobody is there, and in the log no more than that', async () => {
    const ask = trialClient({ url: await nowhere() }, logger);
    const started = Date.now();
    expect(await ask(scene('start', { note: 'Pa55w0rd' }))).toBe('unavailable');
    expect(Date.now() - started).toBeLessThan(1000);
    expect(logged.join('')).toContain('ECONNREFUSED');
    expect(logged.join('')).not.toContain('Pa55w0rd');
  });
});
