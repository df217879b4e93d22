import { mkdtempSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connect as tlsConnect } from 'node:tls';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../hooks/config/config-source.ts';
import { readServerConfig } from '../../../hooks/config/server-config.ts';
import { controllers } from '../../../hooks/controllers/index.ts';
import { type CompositeController, defaultSettings } from '../../../hooks/kit/controller.ts';
import { listen, type Running } from '../../../hooks/server/listen.ts';
import { authority } from '../../support/input/issued-certificates.ts';
import { make } from '../../support/world.ts';

const silent = pino({ level: 'silent' });
const folder = mkdtempSync(join(tmpdir(), 'fluentbind-'));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const running: Running[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.drain();
});

async function start(environment: Record<string, string>, list = controllers): Promise<Running> {
  const one = await listen(
    readServerConfig({
      FLUENTBIND_HOST: '127.0.0.1',
      FLUENTBIND_PORT: '0',
      FLUENTBIND_DRAIN_SECONDS: '0',
      ...environment,
    }),
    list,
    silent,
  );
  running.push(one);
  return one;
}

interface Answer {
  status: number;
  headers: Record<string, unknown>;
}

function post(
  port: number,
  options: object = {},
  secure = false,
  path = '/hooks/servicebindingconfigs/customize',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json' };
    const send = secure ? httpsRequest : httpRequest;
    const call = send({ host: '127.0.0.1', port, path, method: 'POST', headers, ...options }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
    });
    call.on('error', reject);
    call.end(JSON.stringify({ parent: make.binding('logs', {}) }));
  });
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return;
    await wait(100);
  }
  throw new Error('it never came true');
}

describe('the server', () => {
  it('serves HTTPS, and takes a renewed certificate without a restart', async () => {
    const [first, second] = await Promise.all([authority('First', new Date()), authority('Second', new Date())]);
    const [one, two] = await Promise.all([first.issue(), second.issue()]);
    const cert = file('tls.crt', one.certificate);
    const key = file('tls.key', one.key);
    const { port } = await start({ FLUENTBIND_TLS_CERT_FILE: cert, FLUENTBIND_TLS_KEY_FILE: key });
    expect(await post(port, { ca: first.certificate }, true)).toMatchObject({ status: 200 });
    await expect(post(port, { ca: second.certificate }, true)).rejects.toThrow();
    // Half of a rotation: certificate and key do not fit, and the former stay.
    file('tls.crt', two.certificate);
    await wait(6000);
    expect(await post(port, { ca: first.certificate, agent: false }, true)).toMatchObject({ status: 200 });
    file('tls.key', two.key);
    await eventually(async () =>
      post(port, { ca: second.certificate, agent: false }, true).then(
        () => true,
        () => false,
      ),
    );
    // Plain HTTP and old TLS are refused.
    await expect(post(port)).rejects.toThrow();
    await expect(
      new Promise((resolve, reject) =>
        tlsConnect(
          { host: '127.0.0.1', port, maxVersion: 'TLSv1.1', minVersion: 'TLSv1', rejectUnauthorized: false },
          () => resolve('connected'),
        ).on('error', reject),
      ),
    ).rejects.toThrow();
  });

  it('takes a renewed token without a restart', async () => {
    const tokenFile = file('token', 'one\n');
    const { port } = await start({ FLUENTBIND_TOKEN_FILE: tokenFile });
    const bearing = (token: string) =>
      post(port, { headers: { 'Content-Type': 'application/json', authorization: `Bearer ${token}` } });
    expect(await bearing('one')).toMatchObject({ status: 200 });
    expect(await bearing('two')).toMatchObject({ status: 401 });
    file('token', 'two\none\n');
    await eventually(async () => (await bearing('two')).status === 200);
    expect(await bearing('one')).toMatchObject({ status: 200 });
    // An emptied file locks nobody out.
    file('token', '\n');
    await wait(6000);
    expect(await bearing('two')).toMatchObject({ status: 200 });
  });

  it('keeps idle connections longer than the 90 s of Go clients', async () => {
    const { port } = await start({});
    const { headers } = await post(port, { agent: new Agent({ keepAlive: true }) });
    expect(Number(/timeout=(\d+)/.exec(String(headers['keep-alive']))?.[1])).toBeGreaterThan(90);
  });

  it('finishes what is under way when it drains, then takes nothing more', async () => {
    const { port, drain } = await start({});
    const slow = connect(port, '127.0.0.1');
    const body = JSON.stringify({ parent: make.binding('logs', {}) });
    let answer = '';
    slow.on('data', (chunk) => (answer += chunk.toString()));
    const ended = new Promise((resolve) => slow.on('close', resolve));
    slow.write(
      `POST /hooks/servicebindingconfigs/customize HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 10)}`,
    );
    await wait(100);
    const drained = drain();
    await wait(100);
    slow.write(body.slice(10));
    await ended;
    await drained;
    expect(answer).toContain('HTTP/1.1 200');
    expect(answer.toLowerCase()).toContain('connection: close');
    await expect(post(port, { agent: false })).rejects.toThrow();
    running.pop();
  });

  it('answers 503 with a time to wait, never 429, when it has too much to do', async () => {
    const { port } = await start({ FLUENTBIND_MAX_IN_FLIGHT: '1' });
    const slow = connect(port, '127.0.0.1');
    slow.write(
      'POST /hooks/servicebindingconfigs/customize HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{',
    );
    await wait(100);
    expect(await post(port)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    slow.destroy();
    await eventually(async () => (await post(port)).status === 200);
  });

  it('refuses to start where a port is taken', async () => {
    const { port } = await start({});
    await expect(
      listen(readServerConfig({ FLUENTBIND_HOST: '127.0.0.1', FLUENTBIND_PORT: String(port) }), controllers, silent),
    ).rejects.toThrow(/EADDRINUSE/);
  });

  it('serves other controllers by the same table', async () => {
    const echo: CompositeController = {
      type: 'composite',
      name: 'echo',
      parent: { apiVersion: 'test.example/v1', kind: 'Echo', resource: 'echoes', namespaced: true },
      children: [],
      sync: () => ({ status: { seen: true }, children: [] }),
    };
    const { port } = await start({}, [echo]);
    expect(await post(port, {}, false, '/hooks/echo/sync')).toMatchObject({ status: 200 });
    expect(await post(port)).toMatchObject({ status: 404 });
  });
});

describe('the configuration', () => {
  it.each([
    [{ FLUENTBIND_PORT: 'x' }, /FLUENTBIND_PORT/],
    [{ FLUENTBIND_PORT: '70000' }, /FLUENTBIND_PORT/],
    [{ FLUENTBIND_TLS_CERT_FILE: '/x' }, /go together/],
    [{ FLUENTBIND_BTP_ENABLED: 'maybe' }, /FLUENTBIND_BTP_ENABLED/],
    [{ FLUENTBIND_BODY_LIMIT: 'much' }, /FLUENTBIND_BODY_LIMIT/],
    [
      { FLUENTBIND_HOST: '0.0.0.0' },
      /FLUENTBIND_HOST: 0\.0\.0\.0 is reached from other machines; set FLUENTBIND_TOKEN_FILE/,
    ],
    [{ FLUENTBIND_HOST: '::' }, /FLUENTBIND_TOKEN_FILE/],
    [{ FLUENTBIND_HOST: 'pod.example' }, /FLUENTBIND_TOKEN_FILE/],
    [{ FLUENTBIND_DIGEST_KEY_FILE: '/nowhere' }, /cannot read \/nowhere: ENOENT/],
    [{ FLUENTBIND_DIGEST_KEY_FILE: file('empty', '\n\n') }, /holds no key/],
  ])('%o is refused', (environment, message) => {
    expect(() => readServerConfig(environment as Record<string, string>)).toThrow(ConfigError);
    expect(() => readServerConfig(environment as Record<string, string>)).toThrow(message);
  });

  it('listens to this machine only where it asks for no token', () => {
    for (const host of [undefined, 'localhost', '127.0.0.1', '127.9.8.7', '::1'])
      expect(readServerConfig(host === undefined ? {} : { FLUENTBIND_HOST: host }).host).toBe(host ?? '127.0.0.1');
    const tokenFile = { FLUENTBIND_TOKEN_FILE: file('token', 'one\n') };
    expect(readServerConfig(tokenFile).host).toBe('0.0.0.0');
    expect(readServerConfig({ ...tokenFile, FLUENTBIND_HOST: '::' }).host).toBe('::');
  });

  it('has a default for everything', () => {
    expect(readServerConfig({})).toMatchObject({
      port: 8080,
      settings: defaultSettings,
    });
    const keys = file('keys', 'new\nold\n');
    expect(
      readServerConfig({
        FLUENTBIND_DIGEST_KEY_FILE: keys,
        FLUENTBIND_CONTROL_NAMESPACES: 'a, b',
        FLUENTBIND_BTP_ENABLED: 'true',
      }).settings,
    ).toEqual({
      btpEnabled: true,
      controlNamespaces: ['a', 'b'],
      digestKeys: ['new', 'old'],
      agent: defaultSettings.agent,
    });
  });

  it('that names no certificate or token is said before anything listens', async () => {
    await expect(
      start({ FLUENTBIND_TLS_CERT_FILE: file('c', 'x'), FLUENTBIND_TLS_KEY_FILE: file('k', 'y') }),
    ).rejects.toThrow(/no certificate/);
    await expect(start({ FLUENTBIND_TOKEN_FILE: file('t', '') })).rejects.toThrow(/no token/);
  });
});
