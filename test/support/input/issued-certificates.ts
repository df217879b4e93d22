import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface Issued {
  certificate: string;
  key: string;
}

export interface Authority extends Issued {
  issue: (options?: { name?: string; notBefore?: Date; notAfter?: Date }) => Promise<Issued>;
}

async function keyPair(): Promise<{ keys: webcrypto.CryptoKeyPair; pem: string }> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return { keys, pem: `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n` };
}

const year = 365 * 24 * 3600 * 1000;

/** A certificate authority that issues client and server certificates, as a broker does for each binding. */
export async function authority(name = 'Test CA', now = new Date('2026-06-01T00:00:00Z')): Promise<Authority> {
  const ca = await keyPair();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: `CN=${name}`,
    notBefore: new Date(now.getTime() - year),
    notAfter: new Date(now.getTime() + 20 * year),
    signingAlgorithm: algorithm,
    keys: ca.keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  let serial = 1;
  return {
    certificate: `${root.toString('pem')}\n`,
    key: ca.pem,
    issue: async (options = {}) => {
      const own = await keyPair();
      serial += 1;
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: serial.toString(16).padStart(4, '0'),
        subject: `CN=${options.name ?? 'localhost'}`,
        issuer: root.subject,
        notBefore: options.notBefore ?? new Date(now.getTime() - 24 * 3600 * 1000),
        notAfter: options.notAfter ?? new Date(now.getTime() + 89 * 24 * 3600 * 1000),
        signingAlgorithm: algorithm,
        publicKey: own.keys.publicKey,
        signingKey: ca.keys.privateKey,
        extensions: [
          new x509.SubjectAlternativeNameExtension([
            { type: 'dns', value: options.name ?? 'localhost' },
            { type: 'ip', value: '127.0.0.1' },
          ]),
        ],
      });
      return { certificate: `${certificate.toString('pem')}\n`, key: own.pem };
    },
  };
}
