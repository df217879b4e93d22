import { describe, expect, it } from 'vitest';
import { segments } from '../../../hooks/api/references.ts';
import { canonicalPem, isCutOff, pemBlocks } from '../../../hooks/kubernetes/pem.ts';

const pem = (label: string, body = 'AAAA') => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`;

describe('PEM blocks', () => {
  it.each([
    ['none', 'text', []],
    ['one', `note\n${pem('CERTIFICATE')}\n`, [pem('CERTIFICATE')]],
    ['several of several kinds', pem('A B') + pem('C'), [pem('A B'), pem('C')]],
    ['without an end', '-----BEGIN CERTIFICATE-----\nAAAA', []],
    ["with another's end", '-----BEGIN CERTIFICATE-----\nAAAA\n-----END KEY-----', []],
    ['after one without an end', `-----BEGIN CERTIFICATE-----\n${pem('CERTIFICATE')}`, [pem('CERTIFICATE')]],
    ['of no label', '-----BEGIN -----\n-----END -----', []],
  ])('%s', (_, text, expected) => {
    expect(pemBlocks(text).map(({ block }) => block)).toEqual(expected);
  });
});

describe('PEM as OpenSSL takes it', () => {
  const body = 'MIIB'.repeat(40);
  const lines = (body.match(/.{1,64}/g) ?? []).join('\n');
  const block = (label: string) => `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
  const certificate = block('CERTIFICATE');
  const key = block('PRIVATE KEY');
  const header = 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n';

  it.each([
    ['tidy', certificate + key, certificate + key],
    [
      'tidy with notes',
      `subject=CN = a\n${certificate}issuer\n${certificate}`,
      `subject=CN = a\n${certificate}issuer\n${certificate}`,
    ],
    ['without the last line break', certificate.trimEnd(), certificate.trimEnd()],
    ['with other line breaks', certificate.replaceAll('\n', '\r\n'), certificate.replaceAll('\n', '\r\n')],
    ['glued', certificate.trimEnd() + certificate.trimEnd() + key.trimEnd(), certificate + certificate + key],
    ['with line breaks as two characters', certificate.replaceAll('\n', '\\n'), certificate],
    ['with those of Windows', certificate.replaceAll('\n', '\\r\\n'), certificate],
    ['indented', certificate.replaceAll(/^/gm, '    ').trimEnd(), certificate],
    ['in one line', certificate.replaceAll('\n', ''), certificate],
    ['in one line with spaces', certificate.trim().replaceAll('\n', ' '), certificate],
    [
      'an encrypted key, indented',
      `  -----BEGIN RSA PRIVATE KEY-----\n${header}${lines}\n-----END RSA PRIVATE KEY-----`,
      `-----BEGIN RSA PRIVATE KEY-----\n${header}${lines}\n-----END RSA PRIVATE KEY-----\n`,
    ],
    ['in JSON', JSON.stringify({ private_key: key }), JSON.stringify({ private_key: key })],
    ['in code', `key = "${key.trimEnd()}"`, `key = "${key.trimEnd()}"`],
    ['with a body that is none', '-----BEGIN A-----???-----END A-----', '-----BEGIN A-----???-----END A-----'],
  ])('%s', (_what, text, expected) => {
    expect(canonicalPem(text)).toBe(expected);
    expect(canonicalPem(expected)).toBe(expected);
  });

  it.each([
    [certificate, false],
    [certificate + certificate.slice(0, 100), true],
    [`${certificate}-----BEGIN CERTIFICATE-----\n${lines}\n-----END KEY-----`, true],
    ['no PEM', false],
  ])('%j is cut off: %s', (text, expected) => {
    expect(isCutOff(text)).toBe(expected);
  });
});

describe('beginnings without an end', () => {
  it.each<[string, (text: string) => unknown, string]>([
    ['PEM', pemBlocks, '-----BEGIN CERTIFICATE-----'],
    ['PEM that is mended', canonicalPem, '-----BEGIN CERTIFICATE-----'],
    ['variables', segments, '${'],
    ['references', segments, '$(a'],
  ])('%s: cost no more the more there are', (_, read, unit) => {
    const before = process.cpuUsage();
    read(unit.repeat(Math.ceil(1_000_000 / unit.length)));
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
  });
});
