import type { KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';

/** A fault, and what helps. */
export interface Fault {
  message: string;
  hint: string;
}

/** As in the images of Fluent Bit, whose OpenSSL refuses to start with less (fact: strength-of-keys). */
const ciphers = 'DEFAULT@SECLEVEL=2';

const stronger = 'Issue the certificate with RSA keys of 2048 bits or more, or EC keys, and SHA-256, its CA as well.';

/** What OpenSSL says of a client certificate at the start of an output, where it ends the agent. */
export function startFault(called: string, cert: Buffer, key: Buffer, passphrase?: string): Fault | undefined {
  try {
    createSecureContext({ cert, key, ciphers, ...(passphrase === undefined ? {} : { passphrase }) });
    return undefined;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const weak = faults[code]?.(called);
    return weak === undefined
      ? { message: `OpenSSL does not take the certificate in ${called}.`, hint: 'Issue certificate and key anew.' }
      : { message: weak, hint: stronger };
  }
}

const faults: Record<string, (called: string) => string> = {
  ERR_SSL_EE_KEY_TOO_SMALL: (called) =>
    `The key of the certificate in ${called} is too small: Fluent Bit does not start with it.`,
  ERR_SSL_CA_KEY_TOO_SMALL: (called) =>
    `The key of a CA in the chain in ${called} is too small: Fluent Bit does not start with it.`,
  ERR_SSL_CA_MD_TOO_WEAK: (called) =>
    `A certificate in ${called} is signed with SHA-1 or MD5: Fluent Bit does not start with it.`,
};

/** Curves that TLS 1.3 has signatures for, by their names in OpenSSL. */
const curves = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** Keys that sign nothing in TLS 1.3: OpenSSL then sends no certificate, and no error either. */
export function silentKeyFault({ publicKey }: X509Certificate, called: string): Fault | undefined {
  const kind = kindOf(publicKey);
  return kind === undefined
    ? undefined
    : {
        message: `The key of the certificate in ${called} is ${kind}, with which TLS 1.3 sends no certificate.`,
        hint: 'Issue it with an RSA, EC P-256, P-384, P-521, Ed25519 or Ed448 key, or set tls.max_version: tlsv1.2.',
      };
}

function kindOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  if (asymmetricKeyType === 'dsa') return 'a DSA key';
  if (asymmetricKeyType !== 'ec') return undefined;
  const { namedCurve = 'an unnamed curve' } = asymmetricKeyDetails ?? {};
  return curves.has(namedCurve) ? undefined : `an EC key on ${namedCurve}`;
}
