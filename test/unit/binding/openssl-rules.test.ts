import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkTls } from '../../../hooks/compile/client-tls.ts';
import { Sealed } from '../../../hooks/kubernetes/sealed.ts';

const pairs = parse(readFileSync('test/support/input/odd-keys.yaml', 'utf8')) as Record<
  string,
  { certificate: string; key: string }
>;

/** What each is to TLS: `start` ends Fluent Bit, `silent` sends no certificate with TLS 1.3. */
const kinds: [name: string, is: 'good' | 'start' | 'silent', says: RegExp][] = [
  ['rsa-2048', 'good', /^$/],
  ['ec-P-384', 'good', /^$/],
  ['ed25519', 'good', /^$/],
  ['ed448', 'good', /^$/],
  ['rsa-1024', 'start', /^The key of the certificate in cert is too small/],
  ['below-rsa-1024', 'start', /^The key of a CA in the chain in cert is too small/],
  ['by-sha1', 'start', /^A certificate in cert is signed with SHA-1 or MD5/],
  ['by-md5', 'start', /^A certificate in cert is signed with SHA-1 or MD5/],
  ['dsa', 'silent', /is a DSA key, with which TLS 1.3 sends no certificate/],
  ['ec-P-224', 'silent', /is an EC key on secp224r1, with which/],
  ['ec-secp256k1', 'silent', /is an EC key on secp256k1, with which/],
  ['ec-brainpoolP256r1', 'silent', /is an EC key on brainpoolP256r1, with which/],
];

function problems(name: string, properties: Record<string, string> = {}, prefix = ['tls.crt_file', 'tls.key_file']) {
  const { certificate = '', key = '' } = pairs[name] ?? {};
  const value = (called: string, text: string) =>
    [called, { name: called, file: true, content: Sealed.fromText(text) }] as const;
  const files = { [prefix[0] ?? '']: '$(cert)', [prefix[1] ?? '']: '$(key)' };
  const now = new Date('2027-06-01T00:00:00Z');
  return checkTls(
    [{ properties: { ...properties, ...files } }],
    new Map([value('cert', certificate), value('key', key)]),
    undefined,
    now,
  ).problems;
}

describe('a client certificate', () => {
  it.each(kinds)('with %s is %s', (name, is, says) => {
    const [problem, ...more] = problems(name);
    expect(more).toEqual([]);
    expect(problem?.message ?? '').toMatch(says);
    expect(problem?.reason).toBe(is === 'good' ? undefined : 'InvalidCertificate');
  });

  it.each(kinds)('of the same kind is judged alike for Kafka: %s', (name, is) => {
    const found = problems(name, {}, ['rdkafka.ssl.certificate.location', 'rdkafka.ssl.key.location']);
    expect(found.length).toBe(is === 'good' ? 0 : 1);
  });

  it('is judged for each output that has it: one without TLS 1.3 says nothing of another', () => {
    const { certificate = '', key = '' } = pairs['dsa'] ?? {};
    const value = (called: string, text: string) =>
      [called, { name: called, file: true, content: Sealed.fromText(text) }] as const;
    const files = { 'tls.crt_file': '$(cert)', 'tls.key_file': '$(key)' };
    const outputs = [{ properties: { ...files, 'tls.max_version': 'tlsv1.2' } }, { properties: files }];
    const found = checkTls(outputs, new Map([value('cert', certificate), value('key', key)]), undefined, new Date());
    expect(found.problems.map(({ path }) => path)).toEqual(['spec.outputs[1].properties.tls.crt_file']);
  });

  it.each(['tlsv1.2', 'TLSv1.1', 'tlsv1'])('that TLS 1.3 does not send passes where there is none: %s', (version) => {
    expect(problems('dsa', { 'tls.max_version': version })).toEqual([]);
    expect(problems('dsa', { 'tls.max_version': 'tlsv1.3' })).toHaveLength(1);
    expect(problems('rsa-1024', { 'tls.max_version': version })).toHaveLength(1);
  });
});
