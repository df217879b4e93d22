import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { type Problem, problem } from '../api/problems/problem.ts';
import { isCutOff, pemBlocks } from '../kubernetes/pem.ts';
import { timestamp } from '../kubernetes/timestamp.ts';
import { silentKeyFault, startFault } from './openssl-rules.ts';

/** A piece of TLS material with what messages call it and where they point. Content is PEM as `canonicalPem` leaves it. */
export interface Material {
  content: Buffer;
  called: string;
  path: string;
}

export interface ClientTls {
  certificate?: Material;
  key?: Material;
  ca?: Material;
  passphrase?: Buffer;
  /** Whether TLS 1.3 is switched off. */
  legacy?: boolean;
}

export interface CertificateCheck {
  problems: Problem[];
  /** Life of the client certificate, where there is one that parses. */
  notBefore?: Date;
  notAfter?: Date;
}

/** Whether certificate, key and CA can be what they are used as: each parses, the pair fits, the time is right. */
export function checkClientTls(
  { certificate, key, ca, passphrase, legacy = false }: ClientTls,
  now: Date,
): CertificateCheck {
  const problems: Problem[] = [];
  const verdict: CertificateCheck = { problems };
  if (ca !== undefined) parseCertificates(ca, problems);
  const leaf = certificate === undefined ? undefined : parseCertificates(certificate, problems)[0];
  const privateKey = key === undefined ? undefined : parseKey(key, passphrase, problems);
  if (certificate !== undefined && leaf !== undefined) {
    verdict.notBefore = new Date(leaf.validFrom);
    verdict.notAfter = new Date(leaf.validTo);
    if (verdict.notAfter <= now) {
      problems.push(
        problem(
          'CertificateExpired',
          certificate.path,
          `The certificate in ${certificate.called} ended on ${timestamp(verdict.notAfter)}.`,
        ),
      );
    }
    if (verdict.notBefore > now) {
      problems.push(
        problem(
          'CertificateNotYetValid',
          certificate.path,
          `The certificate in ${certificate.called} begins on ${timestamp(verdict.notBefore)}.`,
        ),
      );
    }
  }
  if (
    certificate !== undefined &&
    key !== undefined &&
    leaf !== undefined &&
    privateKey !== undefined &&
    !leaf.checkPrivateKey(privateKey)
  ) {
    problems.push(
      problem(
        'CertificateMismatch',
        key.path,
        `The key in ${key.called} does not belong to the certificate in ${certificate.called}.`,
      ),
    );
  }
  if (certificate !== undefined && leaf !== undefined) {
    const { called, path } = certificate;
    const both = key !== undefined && problems.length === 0;
    const fault =
      (both ? startFault(called, certificate.content, key.content, passphrase?.toString('utf8')) : undefined) ??
      (legacy ? undefined : silentKeyFault(leaf, called));
    if (fault !== undefined) problems.push(problem('InvalidCertificate', path, fault.message, fault.hint));
  }
  return verdict;
}

function parseCertificates(material: Material, problems: Problem[]): X509Certificate[] {
  const text = material.content.toString('utf8');
  const blocks = pemBlocks(text)
    .filter(({ label }) => /^(TRUSTED |X509 )?CERTIFICATE$/.test(label))
    .map(({ block }) => block);
  if (blocks.length === 0) {
    problems.push(problem('InvalidCertificate', material.path, `${material.called} holds no PEM certificate.`));
    return [];
  }
  if (isCutOff(text)) {
    problems.push(cutOff(material));
    return [];
  }
  const certificates: X509Certificate[] = [];
  for (const [index, pem] of blocks.entries()) {
    try {
      certificates.push(new X509Certificate(pem));
    } catch {
      problems.push(
        problem(
          'InvalidCertificate',
          material.path,
          `Certificate ${index + 1} of ${blocks.length} in ${material.called} cannot be read.`,
        ),
      );
      return [];
    }
  }
  return certificates;
}

function cutOff({ called, path }: Material): Problem {
  return problem('InvalidCertificate', path, `${called} begins a PEM block that it does not end.`, 'Copy all of it.');
}

function parseKey(material: Material, passphrase: Buffer | undefined, problems: Problem[]): KeyObject | undefined {
  const pem = material.content.toString('utf8');
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
    problems.push(problem('InvalidCertificate', material.path, `${material.called} holds no PEM private key.`));
    return undefined;
  }
  if (isCutOff(pem)) {
    problems.push(cutOff(material));
    return undefined;
  }
  try {
    return createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    problems.push(
      problem(
        'InvalidCertificate',
        material.path,
        `The private key in ${material.called} cannot be read${passphrase === undefined ? '' : ' with its passphrase'}.`,
      ),
    );
    return undefined;
  }
}

/**
 * From when a certificate counts as near its end: the last fifth of its life. A fixed lead would call a certificate
 * of a week expiring from its first day, and one of two years far too late.
 */
export function expiryWarning(notBefore: Date, notAfter: Date): Date {
  return new Date(notAfter.getTime() - (notAfter.getTime() - notBefore.getTime()) / 5);
}
