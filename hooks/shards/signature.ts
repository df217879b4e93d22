import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../kubernetes/digest.ts';

/** What a signature holds together; a tenant who changes any of it cannot sign anew. */
export interface Signed {
  kind: 'ConfigMap' | 'Secret';
  namespace: string;
  name: string;
  /** Of the LoggingConfiguration: a copy under another owner is another object. */
  ownerUid: string;
  /** The same on both children. */
  revision: string;
  policyHash: string;
  /** Where it belongs, as its labels say; no agent where none carries the namespace. */
  agent: string;
  shard: number;
  data: Readonly<Record<string, string>>;
}

/** HMAC-SHA-256 in hex, by a key that only the hooks hold. */
export function sign(key: string, { data, ...claims }: Signed): string {
  const entries = Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1));
  // The lengths stand before the content, so that nothing can pass for anything else; it is not quoted, for it is long.
  const lengths = entries.map(([name, value]) => [name, value.length]);
  const hmac = createHmac('sha256', key).update(`fluentbind/signature/1\n${canonicalJson({ ...claims, lengths })}\n`);
  for (const [, value] of entries) hmac.update(value);
  return hmac.digest('hex');
}

/** Whether one of the keys made the signature: all are believed, so that a key can be rotated. */
export function isSigned(keys: readonly string[], signature: string, signed: Signed): boolean {
  const given = Buffer.from(signature, 'hex');
  return keys.some((key) => {
    const own = Buffer.from(sign(key, signed), 'hex');
    return own.length === given.length && timingSafeEqual(own, given);
  });
}
