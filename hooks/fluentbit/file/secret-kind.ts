import { X509Certificate } from 'node:crypto';
import type { SecretKind } from '../../api/wire/trial.ts';
import { isOpenKey, pemBlocks } from '../../kubernetes/pem.ts';
import { byContent } from '../../memo/by-content.ts';

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
  return (
    pemKind(text) ??
    jsonKind(text) ??
    cloudIdKind(text) ??
    patterns.find(([, pattern]) => pattern.test(text))?.[0] ??
    'text'
  );
}

/**
 * To read a key takes longer than all the rest. Without it one change takes 1.06 and onboarding 0.98 times the CPU
 * (`npm run bench -- memory`).
 */
const pemKinds = byContent<{ kind: SecretKind | undefined }>('kinds of PEM', { size: 64 * 1024 * 1024, count: 8192 });

/** The kind of PEM; only where all of it can be read, for a broken one must stay what it is to Fluent Bit. */
export function pemKind(text: string): SecretKind | undefined {
  if (!text.includes('-----BEGIN ')) return undefined;
  return pemKinds(text, () => ({ kind: readPem(text) })).kind;
}

function readPem(text: string): SecretKind | undefined {
  const blocks = pemBlocks(text).map(({ block }) => block);
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

/** Whether one can be read with its passphrase is checked where that is known. */
function isKey(pem: string): boolean {
  return isOpenKey(pem) || pem.includes('ENCRYPTED');
}

/** Of Elastic: a name, and what `host$elasticsearch$kibana` is in base64. */
function cloudIdKind(text: string): SecretKind | undefined {
  const encoded = /^[\w.-]+:([A-Za-z0-9+/]+=*)$/.exec(text)?.[1] ?? '';
  return Buffer.from(encoded, 'base64').toString('latin1').includes('$') ? 'cloud-id' : undefined;
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
