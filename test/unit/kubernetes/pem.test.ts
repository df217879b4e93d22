import { describe, expect, it } from 'vitest';
import { segments } from '../../../hooks/api/references.ts';
import { pemBlocks } from '../../../hooks/kubernetes/pem.ts';

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

describe('beginnings without an end', () => {
  it.each<[string, (text: string) => unknown, string]>([
    ['PEM', pemBlocks, '-----BEGIN CERTIFICATE-----'],
    ['variables', segments, '${'],
    ['references', segments, '$(a'],
  ])('%s: cost no more the more there are', (_, read, unit) => {
    const before = process.cpuUsage();
    read(unit.repeat(Math.ceil(1_000_000 / unit.length)));
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
  });
});
