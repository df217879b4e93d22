import { expect, it } from 'vitest';
import { type Entries, toYaml } from '../../../hooks/fluentbit/file/yaml.ts';
import { outputsIn } from '../../../hooks/shards/node-data.ts';

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

function section(name: string, matched: string, more: Entries = []) {
  return { entries: [['name', name], ...more, ...match(matched)] as Entries };
}

function match(text: string): Entries {
  return [['match', text]];
}
