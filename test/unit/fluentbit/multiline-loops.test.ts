import { expect, it } from 'vitest';
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
