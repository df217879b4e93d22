import { fieldPath, type Problem } from '../api/problems/problem.ts';
import { segments } from '../api/references.ts';
import { type ClientTls, checkClientTls, expiryWarning, type Material } from '../binding/certificates.ts';
import type { Subject } from '../binding/resolve.ts';
import { canonicalProperty } from '../fluentbit/version/plugins/property-name.ts';
import type { ConditionState } from '../kubernetes/conditions.ts';
import { timestamp } from '../kubernetes/timestamp.ts';
import type { Value } from '../kubernetes/value.ts';

export interface TlsCheck {
  problems: Problem[];
  /** The earliest end among the client certificates, RFC 3339. */
  expiry?: string;
  /** Absent where there is no client certificate. */
  finding?: ConditionState;
  /** When something about the certificates changes by itself, in seconds from now. */
  changesIn?: number;
}

const roles = {
  'tls.crt_file': 'certificate',
  'tls.key_file': 'key',
  'tls.ca_file': 'ca',
  'tls.key_passwd': 'passphrase',
  'rdkafka.ssl.certificate.location': 'certificate',
  'rdkafka.ssl.key.location': 'key',
  'rdkafka.ssl.ca.location': 'ca',
  'rdkafka.ssl.key.password': 'passphrase',
} as const;

type Outputs = readonly { properties: Readonly<Record<string, unknown>> }[];

/** Checks what the outputs use as client certificate, key and CA, whatever the values are called. */
export function checkTls(
  outputs: Outputs,
  values: ReadonlyMap<string, Value>,
  subject: ((name: string) => Subject) | undefined,
  now: Date,
): TlsCheck {
  const verdict: TlsCheck = { problems: [] };
  const seen = new Set<string>();
  let earliest: { notBefore: Date; notAfter: Date } | undefined;
  for (const [index, output] of outputs.entries()) {
    const { tls, key } = materials(output.properties, index, values, subject);
    if (key === '' || seen.has(key)) continue;
    seen.add(key);
    const { problems, notBefore, notAfter } = checkClientTls(tls, now);
    verdict.problems.push(...problems);
    if (notBefore !== undefined && notAfter !== undefined && (earliest === undefined || notAfter < earliest.notAfter))
      earliest = { notBefore, notAfter };
  }
  if (earliest === undefined) return verdict;
  const warning = expiryWarning(earliest.notBefore, earliest.notAfter);
  const next = [earliest.notBefore, warning, earliest.notAfter].find((date) => date > now);
  const expiry = timestamp(earliest.notAfter);
  return {
    ...verdict,
    expiry,
    finding:
      warning <= now
        ? {
            status: 'True',
            reason: 'CertificateExpiring',
            message: `A client certificate ends on ${expiry}. Rotate the credentials; the Secret is followed at once.`,
          }
        : { status: 'False', reason: 'Valid', message: `The client certificate that ends first does so on ${expiry}.` },
    ...(next === undefined
      ? {}
      : { changesIn: Math.min(Math.max(Math.ceil((next.getTime() - now.getTime()) / 1000), 60), 86400) }),
  };
}

function materials(
  properties: Readonly<Record<string, unknown>>,
  output: number,
  values: ReadonlyMap<string, Value>,
  subject: ((name: string) => Subject) | undefined,
) {
  const tls: ClientTls = {};
  const used: string[] = [];
  for (const [property, text] of Object.entries(properties)) {
    if (canonicalProperty(property) === 'tls.max_version' && /^(ssl|tlsv1(\.[0-2])?$)/i.test(String(text)))
      tls.legacy = true;
    const role = roles[canonicalProperty(property) as keyof typeof roles];
    const parts = typeof text === 'string' ? segments(text) : [];
    const only = parts.length === 1 ? parts[0] : undefined;
    if (role === undefined || only === undefined || !('reference' in only)) continue;
    const value = values.get(only.reference);
    if (value === undefined || (role !== 'passphrase' && !value.file)) continue;
    used.push(`${role}=${value.name}`);
    const at = subject?.(value.name) ?? {
      called: value.name,
      path: fieldPath(['spec', 'outputs', output, 'properties', property]),
    };
    if (role === 'passphrase') tls.passphrase = value.content.open();
    else tls[role] = { content: value.content.open(), ...at } satisfies Material;
  }
  // Whether TLS 1.3 is left out decides what may be sent, too.
  return { tls, key: used.length === 0 ? '' : [...used.sort(), tls.legacy === true].join(' ') };
}
