import { mkdtempSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { authority } from '../../support/certificates.ts';
import { terminal } from '../../support/terminal.ts';

interface Stored {
  metadata: { name: string; uid?: string; labels?: Record<string, string>; resourceVersion?: string };
  data: Record<string, string>;
}

/** As much of an API server as the command meets: Secrets of one namespace, and refusals on demand. */
const secrets = new Map<string, Stored>();
let refuse: ((method: string, name: string) => { code: number; message: string } | undefined) | undefined;
const calls: string[] = [];
let server: Server;

beforeAll(async () => {
  const ca = await authority('API server', new Date());
  const { certificate, key } = await ca.issue();
  const folder = mkdtempSync(join(tmpdir(), 'account-'));
  for (const [name, text] of Object.entries({
    token: 'service-account',
    namespace: 'logging',
    'ca.crt': ca.certificate,
  }))
    writeFileSync(join(folder, name), text);
  server = createServer({ cert: certificate, key }, async (request, response) => {
    const { code, body } = answer(request, await read(request));
    response.writeHead(code, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('KUBERNETES_SERVICE_HOST', '127.0.0.1');
  vi.stubEnv('KUBERNETES_SERVICE_PORT', String((server.address() as AddressInfo).port));
  vi.stubEnv('FLUENTBIND_SERVICE_ACCOUNT_FOLDER', folder);
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.close();
});
beforeEach(() => {
  secrets.clear();
  calls.length = 0;
});
afterEach(() => {
  refuse = undefined;
});

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function answer(request: IncomingMessage, text: string): { code: number; body: unknown } {
  const { method = '', url = '', headers } = request;
  const [, name = ''] = /^\/api\/v1\/namespaces\/logging\/secrets\/([^?]+)/.exec(url) ?? [];
  calls.push(`${method} ${name}`);
  if (headers.authorization !== 'Bearer service-account') return { code: 401, body: { message: 'Unauthorized' } };
  const refusal = refuse?.(method, name);
  if (refusal !== undefined) return { code: refusal.code, body: { reason: 'Invalid', message: refusal.message } };
  const stored = secrets.get(name);
  if (method === 'PATCH') {
    const secret = JSON.parse(text) as Stored;
    if (secret.metadata.resourceVersion !== stored?.metadata.resourceVersion) return { code: 409, body: {} };
    const version = String(Number(stored?.metadata.resourceVersion ?? 0) + 1);
    secrets.set(name, { ...secret, metadata: { ...secret.metadata, uid: `uid-${name}`, resourceVersion: version } });
    return { code: 200, body: secrets.get(name) };
  }
  if (stored === undefined) return { code: 404, body: {} };
  if (method === 'DELETE') {
    if ((JSON.parse(text) as { preconditions: { uid: string } }).preconditions.uid !== stored.metadata.uid)
      return { code: 409, body: {} };
    secrets.delete(name);
  }
  return { code: 200, body: stored };
}

const command = (...args: string[]) => terminal({}, 'credentials', '--name', 'fb', ...args);
const said = (done: string) => ['token', 'digest', 'ca', 'tls'].map((part) => `Secret logging/fb-${part}: ${done}\n`);

describe('fluentbind credentials', () => {
  it('makes, keeps, rotates and removes its Secrets, and prints nothing of them', async () => {
    const printed: string[] = [];
    for (const [args, done] of [
      [[], 'created'],
      [[], 'kept'],
      [['--rotate=1'], 'rotated'],
      [['--rotate=1'], 'kept'],
    ] as const) {
      const ran = await command(...args);
      expect(ran).toEqual({ code: 0, out: said(done).join(''), err: '' });
      printed.push(ran.out);
    }
    const values = [...secrets.values()].flatMap(({ data }) => Object.values(data));
    expect(values.length).toBe(9);
    for (const value of values) {
      expect(printed.join()).not.toContain(value);
      expect(printed.join()).not.toContain(Buffer.from(value, 'base64').toString());
    }
    expect(await command('--remove')).toEqual({ code: 0, out: said('deleted').join(''), err: '' });
    expect(secrets.size).toBe(0);
    expect(await command('--remove')).toEqual({ code: 0, out: '', err: '' });
  });

  it('writes nothing where all is well', async () => {
    await command();
    calls.length = 0;
    await command();
    expect(calls).toEqual(['token', 'digest', 'ca', 'tls'].map((part) => `GET fb-${part}`));
  });

  it("leaves somebody else's Secret alone", async () => {
    const foreign = { metadata: { name: 'fb-digest', uid: 'x', labels: {} }, data: { keys: 'bWluZQ==' } };
    secrets.set('fb-digest', foreign);
    const { code, err } = await command();
    expect(code).toBe(1);
    expect(err).toContain('Secret logging/fb-digest was not made by fluentbind and stays as it is.');
    expect([...secrets.values()]).toEqual([foreign]);
    expect((await command('--remove')).out).toBe('Secret logging/fb-digest: not ours, kept\n');
    expect(secrets.get('fb-digest')).toEqual(foreign);
  });

  it('looks at its own two only where somebody else makes the certificate', async () => {
    const { out } = await command('--without-tls');
    expect(out).toBe(said('created').slice(0, 2).join(''));
    expect(calls.filter((call) => /-(ca|tls)$/.test(call))).toEqual([]);
  });

  it.each([
    [422, 'data: Invalid value: "planted"', /^fluentbind credentials: PATCH \S+: 422 Invalid\n$/],
    [403, 'secrets "fb-token" is forbidden', /secrets "fb-token" is forbidden/],
    [500, '', /: 500 Invalid\n$/],
  ])('a refusal %d is told without what was sent', async (code, message, expected) => {
    refuse = (method) => (method === 'PATCH' ? { code, message } : undefined);
    const ran = await command();
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(expected);
    expect(ran.err).not.toContain('planted');
  });

  it('gives way to who was faster', async () => {
    await command();
    refuse = (method, name) => {
      const stored = secrets.get(name);
      if (method === 'PATCH' && stored !== undefined) stored.metadata.resourceVersion = '99';
      return undefined;
    };
    const { code, err } = await command('--rotate=1');
    expect(code).toBe(1);
    expect(err).toMatch(/409/);
  });

  it.each([
    [[], {}, 2, /--name is missing/],
    [['--name', 'fb', '--nothing'], {}, 2, /--nothing/],
    [['--name', 'fb'], { KUBERNETES_SERVICE_HOST: undefined }, 2, /runs in a pod/],
    [['--name', 'fb'], { FLUENTBIND_SERVICE_ACCOUNT_FOLDER: '/nowhere' }, 2, /cannot read \/nowhere\/ca\.crt: ENOENT/],
    [['--name', 'fb'], { KUBERNETES_SERVICE_PORT: '1' }, 1, /ECONNREFUSED/],
  ])('%j with %o: exit code %d', async (args, environment, code, message) => {
    const before = Object.keys(environment).map((name) => [name, process.env[name]] as const);
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const ran = await terminal({}, 'credentials', ...args);
    for (const [name, value] of before) vi.stubEnv(name, value);
    expect(ran.code).toBe(code);
    expect(ran.err).toMatch(message);
  });
});
