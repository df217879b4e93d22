import { z } from 'zod';
import { dataKey, dnsSubdomain } from './object.ts';

/**
 * A path into a JSON document: `auth.token`, `hosts[0]`. A key that contains dots is found by its whole name first.
 */
const property = z
  .string()
  .min(1)
  .max(253)
  .describe('Property of the JSON document under the key, such as auth.token. A key that contains dots is found too.');

/** Exactly one of several fields, for zod and for the CRD. */
export function exactlyOne(fields: readonly string[]) {
  const has = fields.map((field) => `(has(self.${field}) ? 1 : 0)`).join(' + ');
  const message = `set exactly one of ${fields.join(', ')}`;
  return {
    message,
    holds: (value: object) =>
      fields.filter((field) => (value as Record<string, unknown>)[field] !== undefined).length === 1,
    rule: { rule: `${has} == 1`, message },
  };
}

export const SecretKeyRef = z
  .strictObject({
    name: dnsSubdomain.describe('Secret in the same namespace.'),
    key: dataKey.describe('Key of the Secret.'),
    property: property.optional(),
  })
  .describe('A value from a Secret; it stays a reference and is never copied into anything but a Secret.');

export const ConfigMapKeyRef = z
  .strictObject({
    name: dnsSubdomain.describe('ConfigMap in the same namespace.'),
    key: dataKey.describe('Key of the ConfigMap.'),
    property: property.optional(),
  })
  .describe('A value from a ConfigMap.');

const one = exactlyOne(['secretKeyRef', 'configMapKeyRef']);

export const ValueSource = z
  .strictObject({ secretKeyRef: SecretKeyRef.optional(), configMapKeyRef: ConfigMapKeyRef.optional() })
  .refine(one.holds, one.message)
  .meta({ 'x-kubernetes-validations': [one.rule] })
  .describe('Where the value comes from.');

export type ValueSource = z.infer<typeof ValueSource>;

/** Names of variables, files and placeholders: what `$(name)` takes. */
export const variableName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[A-Za-z_][A-Za-z0-9_-]*$/);

const valueTypes = ['string', 'host', 'port', 'url', 'integer', 'boolean', 'text', 'file'] as const;
export type ValueType = (typeof valueTypes)[number];

const type = z
  .enum(valueTypes)
  .optional()
  .describe(
    'What the value must be: string (one line; the default), host, port, url, integer, boolean, text (may have line breaks) or file (written to a file and used by its path).',
  );

const pattern = z
  .string()
  .min(1)
  .max(512)
  .optional()
  .describe('Regular expression (RE2) that the whole value must match.');

const enumeration = z
  .array(z.string().max(1024))
  .min(1)
  .max(64)
  .optional()
  .meta({ 'x-kubernetes-list-type': 'atomic' })
  .describe('The values that are allowed.');

const part = z
  .enum(['host', 'port', 'scheme', 'path', 'user', 'password'])
  .optional()
  .describe('Take one part of an endpoint or URL, such as the host of collector.example.com:443.');

const encode = z.enum(['base64', 'url']).optional().describe('Encode the value: base64, or url (percent-encoding).');

/** What variables and placeholders have in common: the checks and changes that a value goes through. */
export const valueShape = { type, pattern, enum: enumeration, part, encode };

export const literal = z.string().max(65536);

export const sensitive = z
  .boolean()
  .optional()
  .describe('True refuses a literal or default: the value has to come from a Secret.');
