import { X509Certificate } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { authority } from '../../support/input/issued-certificates.ts';
import { terminal } from '../../support/terminal.ts';

interface Stored {
  metadata: { name: string; uid?: string; labels?: Record<string, string>; resourceVersion?: string };
  data: Record<string, string>;
}

interface Configuration {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  webhooks: { name: string; clientConfig: { caBundle?: string; url?: string } }[];
}

/** As much of an API server as the commands meet: Secrets of one namespace, a webhook, and refusals on demand. */
const secrets = new Map<string, Stored>();
let webhook: Configuration | undefined;
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
  webhook = undefined;
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
  if (url.startsWith('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/fb'))
    return answerWebhook(method, text);
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

function answerWebhook(method: string, text: string): { code: number; body: unknown } {
  calls.push(`${method} webhook`);
  if (webhook === undefined) return { code: 404, body: {} };
  if (method === 'PATCH') {
    // Lists are merged by name, as the API server does with what is applied.
    const { webhooks, ...rest } = JSON.parse(text) as Configuration;
    expect(rest).toEqual({ apiVersion: webhook.apiVersion, kind: webhook.kind, metadata: { name: 'fb' } });
    for (const { name, clientConfig } of webhooks) {
      expect(Object.keys(clientConfig)).toEqual(['caBundle']);
      Object.assign(webhook.webhooks.find((one) => one.name === name)?.clientConfig ?? {}, clientConfig);
    }
  }
  return { code: 200, body: webhook };
}

function installWebhook(): void {
  webhook = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'fb' },
    webhooks: ['a', 'b'].map((name) => ({ name, clientConfig: { url: 'https://x' } })),
  };
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

  it('makes those of the trial server where it is asked for, and removes them in any case', async () => {
    const more = ['trial-token', 'trial-tls'];
    await command();
    const { out } = await command('--trial');
    expect(out.match(/fb-\S+: created/g)).toEqual(more.map((part) => `fb-${part}: created`));
    const certificate = new X509Certificate(
      Buffer.from(secrets.get('fb-trial-tls')?.data['tls.crt'] ?? '', 'base64').toString(),
    );
    expect(certificate.subjectAltName?.split(', ')).toEqual(
      ['', '.logging', '.logging.svc', '.logging.svc.cluster.local'].map((domain) => `DNS:fb-trial${domain}`),
    );
    calls.length = 0;
    expect((await command()).out).toBe(said('kept').join(''));
    expect(calls.filter((call) => call.includes('trial'))).toEqual([]);
    expect((await command('--remove')).out.match(/: deleted\n/g)).toHaveLength(6);
    expect(secrets.size).toBe(0);
    expect((await command('--trial', '--without-tls')).out).toBe(
      ['token', 'digest', 'trial-token'].map((part) => `Secret logging/fb-${part}: created\n`).join(''),
    );
    expect([...secrets.keys()]).toEqual(['fb-token', 'fb-digest', 'fb-trial-token']);
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

describe('the authority of the webhook', () => {
  const trust = (...args: string[]) => terminal({}, 'trust', '--secret=fb-tls', '--configuration=fb', ...args);
  const line = (done: string) => `ValidatingWebhookConfiguration fb: ${done}\n`;
  const bundle = (name: string) => secrets.get(name)?.data['ca.crt'];

  it('is put in by trust, once, and beside what is there', async () => {
    await command();
    expect(await trust()).toEqual({ code: 0, out: line('not there'), err: '' });
    installWebhook();
    expect(await trust()).toEqual({ code: 0, out: line('knows the authority'), err: '' });
    expect(webhook?.webhooks).toEqual(
      ['a', 'b'].map((name) => ({ name, clientConfig: { url: 'https://x', caBundle: bundle('fb-tls') } })),
    );
    calls.length = 0;
    expect((await trust()).out).toBe(line('up to date'));
    expect(calls).toEqual(['GET fb-tls', 'GET webhook']);
  });

  it('is known before the hooks show a certificate of it, and the former one with it', async () => {
    expect((await command('--admission=fb')).out).toBe(line('not there') + said('created').join(''));
    installWebhook();
    await trust();
    const former = Buffer.from(bundle('fb-tls') ?? '', 'base64').toString();
    calls.length = 0;
    const { out } = await command('--admission=fb', '--rotate=1');
    expect(out).toBe(line('knows the authority') + said('rotated').join(''));
    const writes = calls.filter((call) => call.startsWith('PATCH'));
    expect(writes[0]).toBe('PATCH webhook');
    expect(writes).toContain('PATCH fb-tls');
    for (const { clientConfig } of webhook?.webhooks ?? []) {
      const known = Buffer.from(clientConfig.caBundle ?? '', 'base64').toString();
      expect(known.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
      expect(known).toContain(former.trim());
      expect(clientConfig.caBundle).toBe(bundle('fb-tls'));
    }
    expect((await command('--admission=fb', '--rotate=1')).out).toBe(line('up to date') + said('kept').join(''));
  });

  it('must be in the Secret', async () => {
    for (const data of [undefined, {}, { 'ca.crt': 'eA==' }]) {
      if (data !== undefined) secrets.set('fb-tls', { metadata: { name: 'fb-tls' }, data } as Stored);
      const { code, err } = await trust();
      expect(code).toBe(1);
      expect(err).toContain('Secret logging/fb-tls has no certificate in ca.crt');
    }
    expect((await terminal({}, 'trust', '--secret=x')).err).toContain('--configuration is missing');
    expect((await terminal({}, 'trust', '--configuration=x')).code).toBe(2);
  });
});
