import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import {
  type Part,
  parts,
  plan,
  type SecretObject,
  type Step,
  type Wanted,
} from '../../../hooks/install/credential-secrets.ts';

type Existing = Partial<Record<Part, SecretObject>>;

const year = 365 * 24 * 3600 * 1000;
const start = new Date();
const wanted: Wanted = {
  name: 'fb',
  namespace: 'logging',
  hosts: ['fb', 'fb.logging', 'fb.logging.svc'],
  rotate: '',
  tls: true,
  trial: { hosts: ['fb-trial', 'fb-trial.logging', 'fb-trial.logging.svc'] },
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
  return outcomes(await plan(before, { ...wanted, ...change }));
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
async function accepted(
  server: Existing,
  client: Existing,
  servername = 'fb.logging.svc',
  part: Part = 'tls',
): Promise<boolean> {
  const listening = createServer({ cert: value(server, part, 'tls.crt'), key: value(server, part, 'tls.key') });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', servername, ca: value(client, part, 'ca.crt') });
  const result = await new Promise<boolean>((resolve) => {
    socket.once('secureConnect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  socket.destroy();
  listening.close();
  return result;
}

const first = await madeFrom({});
const everything = (done: string) => Object.fromEntries(parts.map((part) => [part, done]));
const withoutTrial = (({ trial: _, ...rest }) => rest)(wanted);
const outcomes = (steps: readonly Step[]) => Object.fromEntries(steps.map(({ part, done }) => [part, done]));

describe('the Secrets', () => {
  it('are made where there are none, and kept from then on', async () => {
    expect(await outcome({})).toEqual(everything('created'));
    expect(await outcome(first)).toEqual(everything('kept'));
    expect(await outcome(first, { now: later(6) })).toEqual(everything('kept'));
    for (const [part, { type }] of Object.entries(first))
      expect(type, part).toBe(/ca|tls/.test(part) ? 'kubernetes.io/tls' : 'Opaque');
    for (const { metadata } of Object.values(first))
      expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'fluentbind' });
    expect(value(first, 'token', 'token')).toMatch(/^[-\w]{43}$/);
    expect(lines(first, 'token', 'tokens')).toEqual([value(first, 'token', 'token')]);
    expect(lines(first, 'digest', 'keys')[0]).toMatch(/^[-\w]{43}$/);
    expect(value(first, 'digest', 'keys').trim()).not.toBe(value(first, 'token', 'token'));
  });

  it('are none of ours to make where somebody else makes the certificate', async () => {
    expect(await outcome({}, { tls: false })).toEqual({
      token: 'created',
      digest: 'created',
      'trial-token': 'created',
    });
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
    const half = carriedOut(first, (await plan(first, { ...wanted, rotate: '1' })).slice(0, 4));
    expect(await outcome(half, { rotate: '1' })).toEqual({
      ...everything('kept'),
      tls: 'rotated',
      'trial-tls': 'rotated',
    });
  });

  const leaves = { tls: 'renewed', 'trial-tls': 'renewed' };
  it.each<[string, Existing, Partial<Wanted>, Record<string, string>]>([
    ['no list of tokens', without(first, 'token', 'tokens'), {}, { token: 'renewed' }],
    ['no newest token', without(first, 'token', 'token'), {}, { token: 'renewed' }],
    ['no digest key', without(first, 'digest', 'keys'), {}, { digest: 'renewed' }],
    ['no certificate', without(first, 'tls'), {}, { tls: 'created' }],
    ['no key of the certificate', without(first, 'tls', 'tls.key'), {}, { tls: 'renewed' }],
    ['no bundle', without(first, 'tls', 'ca.crt'), {}, { tls: 'renewed' }],
    ['no authority', without(first, 'ca'), {}, { ca: 'created', ...leaves }],
    ['an authority without key', without(first, 'ca', 'tls.key'), {}, { ca: 'renewed', ...leaves }],
    ['no token of the trial server', without(first, 'trial-token'), {}, { 'trial-token': 'created' }],
    ['no certificate of the trial server', without(first, 'trial-tls'), {}, { 'trial-tls': 'created' }],
    ['another name of the trial server', first, { trial: { hosts: ['a.b.svc'] } }, { 'trial-tls': 'renewed' }],
    ['another name', first, { hosts: [...wanted.hosts, 'other.logging.svc'] }, { tls: 'renewed' }],
    ['a certificate that nears its end', first, { now: later(7) }, leaves],
    ['a certificate that has ended', first, { now: later(11) }, leaves],
    ['an authority that nears its end', first, { now: later(14) }, { ca: 'renewed', ...leaves }],
    ['an authority that has ended', first, { now: later(21) }, { ca: 'renewed', ...leaves }],
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

const there = carriedOut({}, await plan({}, withoutTrial));

describe('the trial server', () => {
  it('has Secrets where it is wanted only, beside those that are there already', async () => {
    expect(Object.keys(there).sort()).toEqual(['ca', 'digest', 'tls', 'token']);
    expect(await outcome(there)).toEqual({ ...everything('kept'), 'trial-token': 'created', 'trial-tls': 'created' });
    expect(outcomes(await plan(first, withoutTrial))).toEqual({
      token: 'kept',
      digest: 'kept',
      ca: 'kept',
      tls: 'kept',
    });
  });

  it('has a key and a token that are good for nothing else', async () => {
    expect(Object.keys(first['trial-tls']?.data ?? {}).sort()).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
    expect(Object.keys(first['trial-token']?.data ?? {}).sort()).toEqual(['token', 'tokens']);
    const others = (['token', 'digest', 'ca', 'tls'] as const).flatMap((part) =>
      Object.entries(first[part]?.data ?? {}).filter(
        ([key]) => key !== 'ca.crt' && !(part === 'ca' && key === 'tls.crt'),
      ),
    );
    const own = [first['trial-token'], first['trial-tls']].flatMap((secret) => Object.values(secret?.data ?? {}));
    for (const [key, text] of others) expect(own, key).not.toContain(text);
    // Whoever takes its key cannot pass for the hooks.
    expect(await accepted(first, first, 'fb.logging.svc', 'trial-tls')).toBe(false);
  });

  it('is known to the hooks by its name, also while a rotation is under way', async () => {
    const name = 'fb-trial.logging.svc';
    const second = await madeFrom(first, { rotate: '1' });
    expect(await accepted(first, first, name, 'trial-tls')).toBe(true);
    expect(await accepted(first, second, name, 'trial-tls')).toBe(true);
    expect(await accepted(second, second, name, 'trial-tls')).toBe(true);
    expect(lines(second, 'trial-token', 'tokens')).toEqual([
      value(second, 'trial-token', 'token'),
      value(first, 'trial-token', 'token'),
    ]);
  });
});
