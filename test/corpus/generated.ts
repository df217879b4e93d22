import fc from 'fast-check';
import { completePolicy } from '../../hooks/fluentbit/policy/complete-policy.ts';
import { catalogue, type PropertyType } from '../../hooks/fluentbit/version/catalogue.ts';
import type { Spec } from './victims.ts';

/** The host of every backend; a test puts another in its place. */
export const backend = 'backend.invalid';

/** What a plugin needs at least. */
const least: Record<string, Record<string, Record<string, unknown>>> = {
  output: {
    azure: { customer_id: 'c', shared_key: 'YQ==' },
    datadog: { apikey: 'k' },
    kafka: { brokers: backend },
    logdna: { api_key: 'k' },
    nrlogs: { api_key: 'k' },
    slack: { webhook: `https://${backend}/x` },
    splunk: { splunk_token: 't' },
    td: { api: 'k', database: 'd', table: 't' },
  },
  filter: {
    checklist: { file: '$(list)', lookup_key: 'log', record: 'a b' },
    expect: { action: 'warn' },
    grep: { regex: 'log .*' },
    lua: { call: 'f', code: 'function f(tag, timestamp, record) record.a = 1 return 2, timestamp, record end' },
    multiline: { 'multiline.key_content': 'log', 'multiline.parser': 'java' },
    nest: { operation: 'nest', wildcard: 'n*', nest_under: 'under' },
    parser: { key_name: 'log', parser: 'mine' },
    type_converter: { int_key: 'n text string' },
  },
};

/** They ask their cloud when they start, need an identity, or code that nobody generates. */
const left = new Set([
  'azure_blob',
  'azure_kusto',
  'azure_logs_ingestion',
  'bigquery',
  'cloudwatch_logs',
  'gcs',
  'geoip2',
  'kinesis_firehose',
  'kinesis_streams',
  'oracle_log_analytics',
  's3',
  'stackdriver',
  'wasm',
]);

/** Texts that are right somewhere, and texts that YAML, Fluent Bit or a backend could read otherwise. */
const texts = [
  ...[
    'log',
    'a',
    '$log',
    "$nested['a']",
    '$TAG',
    'prefix_$level',
    'a b',
    'a b c',
    'log ^h',
    'key $n string',
    'k=v',
    'k=v, l=$level',
  ],
  ...[
    'json',
    'gzip',
    'none',
    'on',
    'off',
    'no',
    'info',
    'iso8601',
    'double',
    'epoch',
    'UTC',
    '%Y-%m-%dT%H:%M:%S',
    'tcp',
    'PUT',
    'POST',
    'v1',
    'rfc5424',
  ],
  ...[
    '/',
    '/a/b',
    '/a?b=c&d=%20',
    'a.b.c',
    backend,
    `https://${backend}/x`,
    `http://${backend}:9200`,
    '10s',
    '5M',
    '1',
    '0',
    '-1',
    '65535',
    '1.5',
  ],
  ...[
    'é',
    '日本語',
    '"quoted"',
    "it's",
    '{"a": [1]}',
    '100%',
    '# hash',
    '~',
    '1e3',
    '0x1f',
    '*',
    '&a',
    '!b',
    '- c',
    'd: e',
    'a,b',
    '^(?<x>.*)$',
    '[',
    ' a ',
    '$(token)',
    'x$(token)y',
  ],
];

const byType: Partial<Record<PropertyType, fc.Arbitrary<unknown>>> = {
  boolean: fc.constantFrom<unknown>(true, false, 'on', 'off', 'Yes', 'no'),
  integer: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom<unknown>('5', 443, 1024)),
  double: fc.constantFrom<unknown>(0.5, 1, '2.5'),
  size: fc.constantFrom<unknown>('1M', '64k', 4096, '512KB', '1.5M'),
  time: fc.constantFrom<unknown>('5s', '1m', 10, '1h'),
};

function value(type: PropertyType): fc.Arbitrary<unknown> {
  const text = fc.constantFrom(...texts);
  if (type === 'list' || type.startsWith('words'))
    return fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 2 }));
  return byType[type] ?? text;
}

function properties(kind: 'output' | 'filter', plugin: string): fc.Arbitrary<Record<string, unknown>> {
  const known = Object.entries({ ...catalogue.common[kind], ...catalogue.plugins[kind][plugin] }).filter(
    // Resources of the machine, and no question of whether it starts.
    ([name, type]) => name !== 'workers' && name !== 'log_level' && type !== 'deprecated' && type !== 'prefix',
  );
  return fc
    .subarray(known, { maxLength: 5 })
    .chain((chosen) =>
      fc
        .record(Object.fromEntries(chosen.map(([name, type]) => [name, value(type)])))
        .map((some) => ({ ...some, ...least[kind]?.[plugin] })),
    );
}

const policy = completePolicy();
const plugins = (kind: 'output' | 'filter') =>
  (kind === 'output' ? policy.outputs : policy.filters).allow.filter((name) => !left.has(name));

const filter = fc
  .constantFrom(...plugins('filter'))
  .chain((plugin) => fc.record({ plugin: fc.constant(plugin), properties: properties('filter', plugin) }));
const output = fc.constantFrom(...plugins('output')).chain((plugin) =>
  properties('output', plugin).map((some) => ({
    plugin,
    properties: plugin === 'null' || plugin === 'slack' || plugin === 'kafka' ? some : { ...some, host: backend },
  })),
);

const rule = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('add', 'set', 'rename', 'hard_rename', 'copy', 'hard_copy'),
      fc.constantFrom(...texts),
      fc.constantFrom(...texts),
    )
    .map((all) => all.join(' ')),
  fc
    .tuple(
      fc.constantFrom('remove', 'remove_wildcard', 'remove_regex', 'move_to_start', 'move_to_end'),
      fc.constantFrom(...texts),
    )
    .map((all) => all.join(' ')),
  fc
    .tuple(
      fc.constantFrom('key_exists', 'a_key_matches', 'key_value_equals', 'key_value_matches'),
      fc.constantFrom(...texts),
      fc.constantFrom(...texts),
    )
    .map(([name, a, b]) => `condition ${name} ${a}${name.startsWith('key_value') ? ` ${b}` : ''}`),
);
const modify = fc
  .array(rule, { minLength: 1, maxLength: 3 })
  .map((rules) => ({ plugin: 'modify', rules: [...rules, 'add x y'] }));

const parserProperties = fc
  .record(
    {
      time_key: fc.constantFrom(...texts),
      time_format: fc.constantFrom('%Y-%m-%dT%H:%M:%S.%L%z', '%s', '%d/%b/%Y', '%Q', '%', ...texts),
      time_keep: byType.boolean ?? fc.boolean(),
      time_offset: fc.constantFrom('+0200', 'Z', '-05:30', ...texts),
      types: fc.constantFrom('a:integer', 'a:float b:bool', ...texts),
      skip_empty_values: fc.boolean(),
      decode_field_as: fc.constantFrom('json log', 'escaped_utf8 log do_next', ...texts),
    },
    { requiredKeys: [] },
  )
  .chain((some) =>
    fc.constantFrom(
      { ...some, format: 'json' },
      { ...some, format: 'logfmt' },
      { ...some, format: 'ltsv' },
      { ...some, format: 'regex', regex: '^(?<a>[^ ]*) (?<b>.*)$' },
    ),
  );

const multilineParser = fc.constantFrom(
  { properties: { type: 'regex' }, rules: [{ state: 'start_state', regex: '/^x/', next: 'start_state' }] },
  { properties: { type: 'endswith', match_string: '\\', negate: true } },
  {
    properties: { type: 'regex', flush_timeout: '1000' },
    rules: [
      { state: 'start_state', regex: '/^h/', next: 'more' },
      { state: 'more', regex: '^\\s+', next: 'more' },
    ],
  },
);

/** A specification over the whole catalogue: most are refused, and what is not must start. */
export const generated: fc.Arbitrary<Spec> = fc
  .record({
    filters: fc.array(fc.oneof({ weight: 3, arbitrary: filter }, { weight: 1, arbitrary: modify }), { maxLength: 2 }),
    outputs: output.map((one) => [one]),
    parser: parserProperties,
    multilineParser,
    multiline: fc.constantFrom([], [], ['java'], ['go', 'own']),
  })
  .map(({ parser, multilineParser: joined, multiline, filters, outputs }) => ({
    variables: [{ name: 'token', valueFrom: { secretKeyRef: { name: 'cls', key: 'token' } } }],
    files: [{ name: 'list', content: 'hello\nworld\n' }],
    parsers: [{ name: 'mine', properties: parser }],
    multilineParsers: [{ name: 'own', ...joined }],
    input: { multiline },
    filters,
    outputs,
  }));
