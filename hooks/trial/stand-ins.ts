import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { SecretKind } from '../api/wire/trial.ts';

/** Contents that stand for secrets, one a kind. */
export type StandIns = Readonly<Record<SecretKind, string>>;

const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const century = 100 * 365 * 24 * 3600 * 1000;

/**
 * Makes them, with a certificate and key that nobody else has and that fit each other. RSA, for what signs tokens
 * takes no other; an authority and a client at once, for one file may be used as either.
 */
export async function makeStandIns(): Promise<StandIns> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const key = pem('PRIVATE KEY', Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)));
  const now = Date.now();
  const selfSigned = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=trial',
    notBefore: new Date(now - century / 100),
    notAfter: new Date(now + century),
    signingAlgorithm: algorithm,
    keys,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const certificate = `${selfSigned.toString('pem')}\n`;
  return {
    text: 'trial',
    words: 'trial trial',
    lines: 'trial\ntrial\n',
    number: '1',
    boolean: 'true',
    path: '/trial',
    address: 'trial.invalid:443',
    'http-url': 'http://trial.invalid/trial',
    'https-url': 'https://trial.invalid/trial',
    base64: Buffer.from('a trial, and no secret at all..').toString('base64'),
    'cloud-id': `trial:${Buffer.from('trial.invalid$trial$trial').toString('base64')}`,
    json: '{}',
    'google-credentials': JSON.stringify({
      type: 'service_account',
      project_id: 'trial',
      private_key_id: 'trial',
      private_key: key,
      client_email: 'trial@trial.invalid',
      client_id: '1',
      token_uri: 'https://trial.invalid/token',
    }),
    certificate,
    'private-key': key,
    'certificate-and-key': certificate + key,
  };
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
