const lua = (code: string, more: object[] = []) => ({
  filters: [...more, { plugin: 'lua', properties: { call: 'f', code } }],
});
const bomb = 'local t = {} for i = 1, 1e9 do t[i] = string.rep("x", 1e6) .. i end';

type Refusal = [name: string, fragment: Record<string, unknown>, path: string, message: RegExp];

/** What a trial refuses, and the field and the message with which it does. */
export const refusals: Refusal[] = [
  [
    'a bad regex',
    { filters: [{ plugin: 'grep', properties: { regex: 'log (' } }] },
    'spec.filters[0]',
    /^\[filter:grep\] could not compile regex pattern '\('$/,
  ],
  [
    'a rule with too few words',
    {
      filters: [
        { plugin: 'grep', properties: { regex: 'log a' } },
        { plugin: 'modify', rules: ['rename log'] },
      ],
    },
    'spec.filters[1]',
    /^\[filter:modify\] Invalid operation rename : log in configuration$/,
  ],
  [
    'a parser that is not there',
    { filters: [{ plugin: 'parser', properties: { key_name: 'log', parser: 'nothing' } }] },
    'spec.filters[0]',
    /requested parser 'nothing' not found/,
  ],
  [
    'a parser that does not compile',
    {
      parsers: [
        { name: 'good', properties: { format: 'json' } },
        { name: 'bad', properties: { format: 'regex', regex: '(?<a>b' } },
      ],
    },
    'spec.parsers[1]',
    /^\[parser:bad\] Invalid regex pattern/,
  ],
  [
    'a multiline parser',
    { multilineParsers: [{ name: 'bad', properties: { type: 'ends' } }] },
    'spec.multilineParsers[0]',
    /invalid type 'ends'/,
  ],
  ['Lua that does not compile', lua('function f( end'), 'spec.filters[0]', /line 1: .* expected near 'end'/],
  ['Lua without its function', lua('g = 1'), 'spec.filters[0]', /function f is not found/],
  ['Lua that never ends', lua('while true do end'), 'spec.filters[0]', /^It calculates without an end/],
  [
    'Lua that never ends with a record, behind another filter',
    lua('function f() while true do end end', [{ plugin: 'modify', rules: ['add a b'] }]),
    'spec.filters[1]',
    /^It calculates without an end/,
  ],
  [
    'the same where lines are joined first',
    { ...lua('function f() while true do end end'), input: { multiline: ['java'] } },
    'spec.filters[0]',
    /^It calculates without an end/,
  ],
  ['Lua that eats memory', lua(`${bomb} function f() end`), 'spec.filters[0]', /^It takes more than 256 MiB/],
  [
    'Lua that eats memory with a record',
    lua(`function f() ${bomb} end`),
    'spec.filters[0]',
    /^It takes more than 256 MiB/,
  ],
  [
    'an output that does not start while its backend is away',
    { outputs: [{ plugin: 'pgsql', properties: { host: 'a', user: 'b' } }] },
    'spec.outputs[0]',
    /could not translate host name/,
  ],
  ['Lua that ends the agent', lua('function f() os.exit(0) end'), 'spec', /^It does not say why\.$/],
  [
    'Lua that waits for ever',
    lua('function f() os.execute("sleep 100") end'),
    'spec.filters[0]',
    /^It hangs for more than 4 s/,
  ],
  [
    'a file that is not there',
    {
      outputs: [
        { plugin: 'null' },
        { plugin: 'http', properties: { host: 'a', tls: true, 'tls.ca_file': '/nowhere/ca.crt' } },
      ],
    },
    'spec.outputs[1].properties.tls.ca_file',
    /No such file/,
  ],
  [
    'a setting of the second of two equal outputs',
    {
      outputs: [
        { plugin: 'http', properties: { host: 'a' } },
        { plugin: 'http', properties: { host: 'b', compress: 'none' } },
      ],
    },
    'spec.outputs[1]',
    /^\[output:http\] invalid compress option 'none'$/,
  ],
];
