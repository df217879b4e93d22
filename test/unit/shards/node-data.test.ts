import { expect, it } from 'vitest';
import { complete } from '../../../hooks/binding/complete.ts';
import { type Entries, toYaml } from '../../../hooks/fluentbit/file/yaml.ts';
import { Sealed } from '../../../hooks/kubernetes/sealed.ts';
import { outputsIn } from '../../../hooks/shards/node-data.ts';
import { render } from '../../support/rendered-spec.ts';

const own = 'p00000000000000aa';
const foreign = 'pffffffffffffffff';
const lines = ['', '  ', '    ', '      ', '        '].map((indent) => `${indent}match: ${foreign}`).join('\n');

it.each([
  ['alone', own],
  ['with the path behind', `${own}.*`],
])('an id is what an output matches: %s', (_, match) => {
  expect(outputsIn(toYaml(' A file.', [['pipeline.outputs', [section('http', match)]]])).ids).toEqual([own]);
});

it.each([
  ['a text of lines', `function f()\n${lines}\n  outputs:\n${lines}\n`],
  ['lines that begin with blanks', `  pipeline:\n  outputs:\n${lines}\n`],
  ['a quoted text', `\u0001 ${'long '.repeat(20)}\npipeline:\n  outputs:\n${lines}\n`],
  ['a line', `match: ${foreign}`],
])('and nothing that a tenant writes is one: %s', (_, text) => {
  const more: Entries = [
    ['code', text],
    ['header', [text, text]],
  ];
  const file = toYaml(` LoggingConfiguration\n${lines}`, [
    ['env', [{ entries: [['name', text]] }]],
    ['parsers', [{ entries: [['regex', text], ...match(foreign)] }]],
    ['multiline_parsers', [{ entries: [['name', 'x']], lists: { rules: [{ state: text, match: foreign }] } }]],
    ['pipeline.inputs', [section('tail', foreign, more)]],
    ['pipeline.filters', [section('lua', foreign, more)]],
    ['pipeline.outputs', [section('http', own, more)]],
  ]);
  expect(outputsIn(file).ids).toEqual([own]);
});

it.each<[plugin: string, properties: Record<string, string | number>, threads: number | undefined]>([
  ['http', {}, undefined],
  ['http', { workers: 3 }, 3],
  ['http', { workers: '3' }, 3],
  ['http', { Workers: '03' }, 3],
  ['http', { WORKERS: '+2' }, 2],
  ['http', { workers: 0 }, undefined],
  ['http', { workers: '$(workers)' }, 4],
  ['datadog', { apikey: 'k' }, undefined],
  ['loki', {}, 1],
  ['null', {}, undefined],
])('threads are those that the owner or the plugin demands: %s %j', (plugin, properties, threads) => {
  const placed = plugin === 'null' ? {} : { host: 'a.example.com', ...properties };
  const { file, problems } = render({
    namespace: 'shop',
    name: 'logs',
    generation: 1,
    spec: complete({ outputs: [{ plugin, properties: placed }] }),
    values: new Map([['workers', { name: 'workers', file: false, content: Sealed.fromText('2') }]]),
  });
  expect(problems).toEqual([]);
  expect(outputsIn(file.text).threads).toBe(threads);
});

it('each throttle has a thread of its own', () => {
  const { file, problems } = render({
    namespace: 'shop',
    name: 'logs',
    generation: 1,
    spec: complete({
      filters: [{ plugin: 'Throttle', properties: { rate: 10 } }],
      outputs: ['a', 'b'].map((id) => ({ id, plugin: 'http', properties: { host: 'a.example.com' } })),
    }),
    values: new Map(),
  });
  expect(problems).toEqual([]);
  expect(outputsIn(file.text).threads).toBe(2);
});

function section(name: string, matched: string, more: Entries = []) {
  return { entries: [['name', name], ...more, ...match(matched)] as Entries };
}

function match(text: string): Entries {
  return [['match', text]];
}
