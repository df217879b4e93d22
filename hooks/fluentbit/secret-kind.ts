import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { SecretKind } from '../api/trial.ts';

/** What there is of each kind, the narrowest first. */
const patterns: [kind: SecretKind, pattern: RegExp][] = [
  ['number', /^-?\d+(\.\d+)?([kKmMgG][bB]?|[smhd])?$/],
  ['boolean', /^(true|false|on|off|yes|no)$/i],
  ['https-url', /^https:\/\/\S+$/],
  ['http-url', /^http:\/\/\S+$/],
  ['path', /^\/\S*$/],
  ['address', /^[\w.-]+:\d+(,[\w.-]+:\d+)*$/],
  ['base64', /^(?=.{16})(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/],
  ['lines', /[\r\n]\s*\S/],
  ['words', /\S\s+\S/],
];

/** The kind of a content that must not be told; undefined where nothing can stand in for it. */
export function secretKind(content: Buffer): SecretKind | undefined {
  const text = content.toString('utf8');
  if (Buffer.byteLength(text) !== content.length || text.includes('\u0000')) return undefined;
  return pemKind(text) ?? jsonKind(text) ?? patterns.find(([, pattern]) => pattern.test(text))?.[0] ?? 'text';
}

/** The kind of PEM; only where all of it can be read, for a broken one must stay what it is to Fluent Bit. */
export function pemKind(text: string): SecretKind | undefined {
  const blocks = text.match(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g) ?? [];
  if (blocks.length === 0 || blocks.length > 512) return undefined;
  const certificates = blocks.filter((block) => block.includes('CERTIFICATE-----'));
  const keys = blocks.filter((block) => block.includes('PRIVATE KEY-----'));
  if (certificates.length + keys.length !== blocks.length || keys.length > 1) return undefined;
  if (!certificates.every(isCertificate) || !keys.every(isKey)) return undefined;
  if (keys.length === 0) return 'certificate';
  return certificates.length === 0 ? 'private-key' : 'certificate-and-key';
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).serialNumber !== '';
  } catch {
    return false;
  }
}

function isKey(pem: string): boolean {
  try {
    createPrivateKey(pem);
    return true;
  } catch (error) {
    // Whether the passphrase fits is checked where it is known.
    return (error as { code?: string }).code === 'ERR_MISSING_PASSPHRASE';
  }
}

function jsonKind(text: string): SecretKind | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const parsed = JSON.parse(text) as { private_key?: unknown; client_email?: unknown };
    const google = typeof parsed.private_key === 'string' && typeof parsed.client_email === 'string';
    return google ? 'google-credentials' : 'json';
  } catch {
    return undefined;
  }
}
