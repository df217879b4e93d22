import { describe, expect, it } from 'vitest';
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
