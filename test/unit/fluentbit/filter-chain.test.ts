import { describe, expect, it } from 'vitest';
import { Sealed } from '../../../hooks/kubernetes/sealed.ts';
import { problemsOf } from '../../support/rendered-spec.ts';
import { rendered } from './render/parsed-file.ts';

const joins = (parser: string, plugin = 'multiline') => ({
  plugin,
  properties: { 'multiline.parser': parser, 'multiline.key_content': 'log' },
});
const problems = (spec: Omit<Parameters<typeof rendered>[0], 'outputs'>) =>
  rendered({ ...spec, outputs: [{ plugin: 'null' }] }).problems;

it.each([
  [{ input: { multiline: ['java'] }, filters: [joins('go')] }, 'InvalidSpec', 'spec.filters[0].plugin'],
  [{ filters: [joins('java'), joins('go')] }, 'InvalidSpec', 'spec.filters[1].plugin'],
  [{ filters: [joins('go', 'Multiline'), joins('go')] }, 'InvalidSpec', 'spec.filters[1].plugin'],
  [{ filters: [joins('go, CRI')] }, 'InvalidValue', 'spec.filters[0].properties.multiline.parser'],
])('%j ships nothing, or ends the agent: %s', (spec, reason, path) => {
  expect(problems(spec)).toMatchObject([{ reason, path }]);
});

it('one filter with several parsers, or the selection of the input, is fine', () => {
  expect(problems({ filters: [joins('java, go')] })).toEqual([]);
  expect(problems({ input: { multiline: ['java', 'go'] } })).toEqual([]);
});

describe('copies', () => {
  const nest = { plugin: 'nest', properties: { operation: 'nest', wildcard: '*', nest_under: 'a' } };
  const copy = (count: number) => ({
    plugin: 'modify',
    rules: Array.from({ length: count }, (_, at) => `copy a b${at}`),
  });
  const pairs = (count: number) => Array.from({ length: count }, () => [nest, copy(1)]).flat();

  it('of what was nested double a record only so often', () => {
    expect(problems({ filters: pairs(4) })).toEqual([]);
    expect(problems({ filters: pairs(5) })).toMatchObject([{ reason: 'InvalidSpec', path: 'spec.filters[9]' }]);
    expect(problems({ filters: [nest, copy(4), nest, copy(4)] })).toMatchObject([{ path: 'spec.filters[3]' }]);
  });

  it('are few in one filter, as rules and as a list', () => {
    expect(problems({ filters: [copy(4)] })).toEqual([]);
    expect(problems({ filters: [copy(5)] })).toMatchObject([
      { reason: 'InvalidValue', path: 'spec.filters[0].rules[4]' },
    ]);
    const listed = { plugin: 'modify', properties: { copy: ['a b', 'a c', 'a d', 'a e', 'a f'] } };
    expect(problems({ filters: [listed] })).toMatchObject([{ path: 'spec.filters[0].properties.copy' }]);
  });
});

describe('what each record costs', () => {
  const modify = (count: number) => ({
    plugin: 'modify',
    rules: Array.from({ length: count }, (_, at) => `add a${at} b`),
  });
  const remove = (count: number) => ({
    plugin: 'record_modifier',
    properties: { remove_key: Array.from({ length: count }, (_, at) => `a${at}`) },
  });
  const records = (length: number) => ({
    plugin: 'record_modifier',
    properties: { record: [1, 2].map((at) => `k${at} ${'x'.repeat(length)}`) },
  });
  const lift = (length: number) => ({
    plugin: 'nest',
    properties: { operation: 'lift', nested_under: 'a', add_prefix: 'x'.repeat(length) },
  });
  const convert = (count: number) => ({
    plugin: 'type_converter',
    properties: { str_key: Array.from({ length: count }, (_, at) => `a${at} b${at} int`) },
  });
  const throttle = { plugin: 'throttle', properties: { rate: 10 } };

  it.each([
    ['512 values', [remove(256), remove(256)]],
    ['64 values of modify', [modify(32), modify(32)]],
    ['texts of 60 kB', [records(30_000)]],
    ['prefixes of 128 bytes', [lift(64), lift(64)]],
    ['16 conversions', [convert(16)]],
    ['one throttle', [throttle]],
  ])('%s: is fine', (_what, filters) => {
    expect(problems({ filters })).toEqual([]);
  });

  it.each([
    ['more values', [remove(256), remove(256), remove(1), remove(1)], 'TooLarge', 'spec.filters[2]'],
    ['more values of modify', [modify(64), modify(1), modify(1)], 'TooLarge', 'spec.filters[1]'],
    ['longer texts', [records(30_000), records(5_000), records(1)], 'TooLarge', 'spec.filters[1]'],
    ['longer prefixes', [lift(64), lift(65)], 'TooLarge', 'spec.filters[1]'],
    ['more conversions', [convert(16), convert(1)], 'TooLarge', 'spec.filters[1]'],
    ['one more throttle', [throttle, throttle], 'InvalidSpec', 'spec.filters[1].plugin'],
  ])('%s: is told once', (_what, filters, reason, path) => {
    expect(problems({ filters })).toMatchObject([{ reason, path }]);
  });
});

it('a long value in many places is refused before it is put in place', () => {
  const long = { name: 'long', file: false, text: 'x'.repeat(60_000), content: Sealed.fromText('x'.repeat(60_000)) };
  const spec = {
    filters: Array.from({ length: 64 }, () => ({
      plugin: 'record_modifier',
      properties: { record: Array.from({ length: 256 }, (_, at) => `k${at} ${'$(long)'.repeat(20)}`) },
    })),
  };
  expect(problemsOf(spec, [long])).toMatchObject([
    { reason: 'TooLarge', path: 'spec.filters[0]' },
    { reason: 'TooLarge', path: 'spec.filters[2]' },
    { reason: 'TooLarge', path: 'spec.filters[0].properties.record[3]' },
  ]);
});
