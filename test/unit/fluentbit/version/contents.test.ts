import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { geoDatabase, googleCredentials, pemFile } from '../../../../hooks/fluentbit/version/checks/contents.ts';

const pkcs8 = { type: 'pkcs8', format: 'pem' } as const;
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = privateKey.export(pkcs8).toString();
const large = generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey.export(pkcs8).toString();
const locked = privateKey.export({ ...pkcs8, cipher: 'aes-256-cbc', passphrase: 'x' }).toString();
const file = (text: string) => ({
  text: '/fluentbind/live/secrets/f',
  secret: true,
  unknown: false,
  file: true,
  content: Buffer.from(text),
  references: [],
});
const account = { type: 'service_account', client_email: 'a@b.example', private_key: key };

describe('the key of a service account', () => {
  const check = googleCredentials('private_key', 'client_email');

  it.each([
    ['whole', JSON.stringify(account), undefined],
    ['cut off', JSON.stringify(account).slice(0, -10), 'not a JSON object'],
    ['a list', '[]', 'not a JSON object'],
    ['without a key', JSON.stringify({ ...account, private_key: undefined }), 'has no private_key'],
    ['with an empty one', JSON.stringify({ ...account, private_key: '' }), 'has no private_key'],
    ['with a number for a name', JSON.stringify({ ...account, client_email: 5 }), 'has no client_email'],
    ['with a key that is none', JSON.stringify({ ...account, private_key: 'x' }), 'is not a private key'],
    ['with a key too large for its signature', JSON.stringify({ ...account, private_key: large }), 'has 3072 bits'],
    [
      'with a name too long for its token',
      JSON.stringify({ ...account, client_email: `${'x'.repeat(512)}@b.example` }),
      '512 bytes',
    ],
    ['with a key under a password', JSON.stringify({ ...account, private_key: locked }), 'without a password'],
  ])('%s', (_what, text, fault) => {
    const found = check(file(text))?.message;
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(fault);
    expect(found ?? '').not.toContain('b.example');
  });

  it('has a project that fits into what stackdriver has for it', () => {
    const named = (project: string) =>
      googleCredentials('project_id')(file(JSON.stringify({ ...account, project_id: project })))?.message;
    expect(named('p'.repeat(128))).toBeUndefined();
    expect(named('p'.repeat(129))).toContain('project_id in the file is longer than 128 bytes');
  });

  it('is not judged where nobody knows it yet', () => {
    const { content: _, ...unbound } = file('');
    expect(check(unbound)).toBeUndefined();
  });
});

it.each([
  ['a MaxMind database', '\xab\xcd\xefMaxMind.com', true],
  ['another file', 'MaxMind.com', false],
])('%s', (_what, mark, fine) => {
  const content = Buffer.concat([Buffer.alloc(200_000), Buffer.from(mark, 'latin1'), Buffer.alloc(100)]);
  expect(geoDatabase({ ...file(''), content })?.message).toBe(fine ? undefined : 'The file is not a MaxMind database.');
});

it.each([
  [key, undefined],
  [`notes\n${key}`, undefined],
  [key.slice(0, -30), 'does not end'],
  ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'no PEM private key'],
  ['x', 'no PEM private key'],
])('a file of PEM %#', (text, fault) => {
  const found = pemFile(/PRIVATE KEY$/, 'private key')(file(text))?.message;
  if (fault === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(fault);
});
