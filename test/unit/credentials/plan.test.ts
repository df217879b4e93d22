import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { type Part, plan, type SecretObject, type Step, type Wanted } from '../../../hooks/install/credentials.ts';

type Existing = Partial<Record<Part, SecretObject>>;

const year = 365 * 24 * 3600 * 1000;
const start = new Date();
const wanted: Wanted = {
  name: 'fb',
  namespace: 'logging',
  hosts: ['fb', 'fb.logging', 'fb.logging.svc'],
  rotate: '',
  tls: true,
  now: start,
};
const later = (years: number): Date => new Date(start.getTime() + years * year);

/** What stands in the cluster after a plan was carried out. */
function carriedOut(before: Existing, steps: readonly Step[]): Existing {
  const changed = steps.flatMap(({ part, secret }) => (secret === undefined ? [] : [[part, secret] as const]));
  return { ...before, ...Object.fromEntries(changed) };
}
async function madeFrom(before: Existing, change: Partial<Wanted> = {}): Promise<Existing> {
  return carriedOut(before, await plan(before, { ...wanted, ...change }));
}
async function outcome(before: Existing, change: Partial<Wanted> = {}): Promise<Record<string, string>> {
  return Object.fromEntries((await plan(before, { ...wanted, ...change })).map(({ part, done }) => [part, done]));
}
function value(existing: Existing, part: Part, key: string): string {
  return Buffer.from(existing[part]?.data?.[key] ?? '', 'base64').toString();
}
const lines = (existing: Existing, part: Part, key: string) => value(existing, part, key).trim().split('\n');
function without(existing: Existing, part: Part, key?: string): Existing {
  const { [part]: secret, ...rest } = existing;
  if (key === undefined || secret === undefined) return rest;
  const { [key]: _, ...data } = secret.data ?? {};
  return { ...rest, [part]: { ...secret, data } };
}

/** Whether a client that knows a bundle takes the server of another moment for the one it wants. */
async function accepted(server: Existing, client: Existing, servername = 'fb.logging.svc'): Promise<boolean> {
  const listening = createServer({ cert: value(server, 'tls', 'tls.crt'), key: value(server, 'tls', 'tls.key') });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', servername, ca: value(client, 'tls', 'ca.crt') });
  const result = await new Promise<boolean>((resolve) => {
    socket.once('secureConnect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  socket.destroy();
  listening.close();
  return result;
}

const first = await madeFrom({});
const everything = (done: string) => ({ token: done, digest: done, ca: done, tls: done });

describe('the Secrets', () => {
  it('are made where there are none, and kept from then on', async () => {
    expect(await outcome({})).toEqual(everything('created'));
    expect(await outcome(first)).toEqual(everything('kept'));
    expect(await outcome(first, { now: later(6) })).toEqual(everything('kept'));
    expect(Object.values(first).map(({ type }) => type)).toEqual([
      'Opaque',
      'Opaque',
      'kubernetes.io/tls',
      'kubernetes.io/tls',
    ]);
    for (const { metadata } of Object.values(first))
      expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'fluentbind' });
    expect(value(first, 'token', 'token')).toMatch(/^[-\w]{43}$/);
    expect(lines(first, 'token', 'tokens')).toEqual([value(first, 'token', 'token')]);
    expect(lines(first, 'digest', 'keys')[0]).toMatch(/^[-\w]{43}$/);
    expect(value(first, 'digest', 'keys').trim()).not.toBe(value(first, 'token', 'token'));
  });

  it('are none of ours to make where somebody else makes the certificate', async () => {
    expect(await outcome({}, { tls: false })).toEqual({ token: 'created', digest: 'created' });
  });

  it('a rotation makes all anew, the former still accepted, and only once', async () => {
    const second = await madeFrom(first, { rotate: '1' });
    expect(await outcome(first, { rotate: '1' })).toEqual(everything('rotated'));
    expect(await outcome(second, { rotate: '1' })).toEqual(everything('kept'));
    expect(await outcome(second)).toEqual(everything('kept'));
    expect(lines(second, 'token', 'tokens')).toEqual([value(second, 'token', 'token'), value(first, 'token', 'token')]);
    expect(lines(second, 'digest', 'keys')[1]).toBe(lines(first, 'digest', 'keys')[0]);
    // Metacontroller has read the new bundle while a hook still shows the old certificate.
    expect(await accepted(first, second)).toBe(true);
    expect(await accepted(second, second)).toBe(true);

    const third = await madeFrom(second, { rotate: '2' });
    expect(lines(third, 'token', 'tokens')).toEqual([value(third, 'token', 'token'), value(second, 'token', 'token')]);
    expect(lines(third, 'digest', 'keys').length).toBe(2);
    expect(await accepted(first, third)).toBe(false);
    expect(await accepted(second, third)).toBe(true);
  });

  it('a rotation that was interrupted goes on where it stopped', async () => {
    const half = carriedOut(first, (await plan(first, { ...wanted, rotate: '1' })).slice(0, 3));
    expect(await outcome(half, { rotate: '1' })).toEqual({ ...everything('kept'), tls: 'rotated' });
  });

  it.each<[string, Existing, Partial<Wanted>, Record<string, string>]>([
    ['no list of tokens', without(first, 'token', 'tokens'), {}, { token: 'renewed' }],
    ['no newest token', without(first, 'token', 'token'), {}, { token: 'renewed' }],
    ['no digest key', without(first, 'digest', 'keys'), {}, { digest: 'renewed' }],
    ['no certificate', without(first, 'tls'), {}, { tls: 'created' }],
    ['no key of the certificate', without(first, 'tls', 'tls.key'), {}, { tls: 'renewed' }],
    ['no bundle', without(first, 'tls', 'ca.crt'), {}, { tls: 'renewed' }],
    ['no authority', without(first, 'ca'), {}, { ca: 'created', tls: 'renewed' }],
    ['an authority without key', without(first, 'ca', 'tls.key'), {}, { ca: 'renewed', tls: 'renewed' }],
    ['another name', first, { hosts: [...wanted.hosts, 'other.logging.svc'] }, { tls: 'renewed' }],
    ['a certificate that nears its end', first, { now: later(7) }, { tls: 'renewed' }],
    ['a certificate that has ended', first, { now: later(11) }, { tls: 'renewed' }],
    ['an authority that nears its end', first, { now: later(14) }, { ca: 'renewed', tls: 'renewed' }],
    ['an authority that has ended', first, { now: later(21) }, { ca: 'renewed', tls: 'renewed' }],
  ])('%s: mended, the rest kept', async (_, existing, change, done) => {
    expect(await outcome(existing, change)).toEqual({ ...everything('kept'), ...done });
    const mended = await madeFrom(existing, change);
    expect(await outcome(mended, change)).toEqual(everything('kept'));
    if ((change.now ?? start) === start) expect(await accepted(mended, mended, change.hosts?.at(-1))).toBe(true);
  });

  it('a certificate signed by somebody else is replaced', async () => {
    const foreign = await madeFrom({});
    expect(await outcome({ ...first, tls: foreign.tls as SecretObject })).toMatchObject({ tls: 'renewed' });
  });

  it('an authority that grows old signs once more, so that who knows only it still agrees', async () => {
    const old = await madeFrom(first, { now: later(14) });
    const leaf = new X509Certificate(value(old, 'tls', 'tls.crt'));
    const former = new X509Certificate(value(first, 'ca', 'tls.crt'));
    expect(leaf.verify(former.publicKey)).toBe(true);
    expect(new Date(leaf.validTo) <= new Date(former.validTo)).toBe(true);
    expect(value(old, 'tls', 'ca.crt')).toContain(value(first, 'ca', 'tls.crt'));
    expect(value(old, 'tls', 'ca.crt')).toContain(value(old, 'ca', 'tls.crt'));
    expect(value(old, 'ca', 'tls.crt')).not.toBe(value(first, 'ca', 'tls.crt'));
  });

  it('are for the names of the Service and no other', async () => {
    expect(await accepted(first, first, 'fb.logging')).toBe(true);
    expect(await accepted(first, first, 'elsewhere.svc')).toBe(false);
    expect(await accepted(await madeFrom({}), first)).toBe(false);
  });
});
