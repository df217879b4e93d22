import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate and its key, PEM. */
export interface Pair {
  certificate: string;
  key: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 24 * 3600 * 1000;
/** Long lives: only an upgrade renews, and an installation that nobody touches must not stop by itself. */
const authorityDays = 20 * 365;
const serverDays = 10 * 365;
/** A clock that is behind must not find the certificate in the future. */
const skew = 3600 * 1000;

/** A new certificate authority. Its name is its own: two of them in one bundle must not be taken for each other. */
export async function newAuthority(now: Date): Promise<Pair> {
  const { keys, pem } = await keyPair();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=fluentbind-ca-${randomBytes(4).toString('hex')}`,
    ...life(now, authorityDays),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pemOf(certificate), key: pem };
}

/** A server's certificate for names, signed by an authority. */
export async function issue(authority: Pair, hosts: readonly string[], now: Date): Promise<Pair> {
  const { keys, pem } = await keyPair();
  const issuer = new x509.X509Certificate(authority.certificate);
  const der = createPrivateKey(authority.key).export({ type: 'pkcs8', format: 'der' });
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: 'CN=fluentbind',
    issuer: issuer.subject,
    ...life(now, serverDays, issuer.notAfter),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(hosts.map((value) => ({ type: 'dns', value }))),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { certificate: pemOf(certificate), key: pem };
}

/** The certificate of a pair that belongs together and whose time has come and is not over. */
export function usable({ certificate, key }: Partial<Pair>, now: Date): X509Certificate | undefined {
  if (certificate === undefined || key === undefined) return undefined;
  try {
    const parsed = new X509Certificate(certificate);
    const inTime = new Date(parsed.validFrom) <= now && now < new Date(parsed.validTo);
    return inTime && parsed.checkPrivateKey(createPrivateKey(key)) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Less than a third of its life is left: time for the next one. */
export function nearsItsEnd(certificate: X509Certificate, now: Date): boolean {
  const [from, to] = [new Date(certificate.validFrom).getTime(), new Date(certificate.validTo).getTime()];
  return to - now.getTime() < (to - from) / 3;
}

/** Whether one of the certificates of a bundle signed it. */
export function trusted(certificate: X509Certificate, bundle: readonly string[]): boolean {
  return bundle.some((pem) => {
    try {
      const authority = new X509Certificate(pem);
      return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
    } catch {
      return false;
    }
  });
}

/** The certificates in a PEM text, one by one. */
export function certificates(bundle: string): string[] {
  const found = bundle.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return found.map((pem) => `${pem}\n`);
}

function life(now: Date, days: number, end?: Date): { notBefore: Date; notAfter: Date } {
  const notAfter = new Date(now.getTime() + days * day);
  return { notBefore: new Date(now.getTime() - skew), notAfter: end !== undefined && end < notAfter ? end : notAfter };
}

/** Positive, and without a leading zero: ASN.1 integers have a sign. */
function serial(): string {
  return `4${randomBytes(15).toString('hex')}0`;
}

function pemOf(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

async function keyPair(): Promise<{ keys: webcrypto.CryptoKeyPair; pem: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const pem = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ type: 'pkcs8', format: 'pem' });
  return { keys, pem: pem.toString() };
}
