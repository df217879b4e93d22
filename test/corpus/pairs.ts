import type { Spec } from './victims.ts';

interface Half {
  namespace: string;
  name: string;
  spec: Spec;
}

/** Two configurations that are fine alone; together they are fatal, or one takes what is the other's, unless renamed. */
export interface Pair {
  name: string;
  one: Half;
  other: Half;
  /** What becomes of an agent with both as they stand; left out where it shows only with records of both. */
  fatal?: true;
}

const output = { plugin: 'http', properties: { host: 'a.example.com' } };
const specs = {
  parsers: (name: string): Spec => ({
    parsers: [{ name, properties: { format: 'json' } }],
    filters: [{ plugin: 'parser', properties: { key_name: 'log', parser: name } }],
    outputs: [output],
  }),
  multilineParsers: (name: string): Spec => ({
    multilineParsers: [
      {
        name,
        properties: { type: 'regex' },
        rules: [
          { state: 'start_state', regex: '/^x/', next: 'cont' },
          { state: 'cont', regex: '/^ /', next: 'cont' },
        ],
      },
    ],
    input: { multiline: [name] },
    outputs: [output],
  }),
  variables: (name: string): Spec => ({
    variables: [{ name, valueFrom: { secretKeyRef: { name: 'cls', key: 'token' } } }],
    outputs: [{ ...output, properties: { ...output.properties, header: `X $(${name})` } }],
  }),
  files: (name: string): Spec => ({
    files: [{ name, valueFrom: { secretKeyRef: { name: 'cls', key: 'list' } } }],
    filters: [{ plugin: 'checklist', properties: { file: `$(${name})`, lookup_key: 'log', record: 'a b' } }],
    outputs: [output],
  }),
  outputs: (id: string): Spec => ({ outputs: [{ ...output, id }] }),
};
type Kind = keyof typeof specs;

/** The same thing in two namespaces, under equal names or names that are made equal easily. */
const things: [kind: Kind, one: string, other?: string][] = [
  ...['json', 'docker', 'cri', 'syslog-rfc5424', 'mine', 'a.b'].map((name): [Kind, string] => ['parsers', name]),
  ['parsers', 'a.b', 'a_b'],
  ['parsers', 'a-b', 'a_b'],
  ['parsers', 'mine', 'MINE'],
  ['parsers', 'p', 'p_p'],
  ...['java', 'go', 'mine', 'docker'].map((name): [Kind, string] => ['multilineParsers', name]),
  ['multilineParsers', 'java', 'Java'],
  ['multilineParsers', 'a.b', 'a-b'],
  ...['token', 'HOME', 'PATH', 'HOSTNAME', 'p0123456789abcdef_x'].map((name): [Kind, string] => ['variables', name]),
  ['variables', 'a-b', 'a_b'],
  ['variables', 'token', 'TOKEN'],
  ['variables', 'a', 'a_a'],
  ...['ca', 'tls', 'token'].map((name): [Kind, string] => ['files', name]),
  ['files', 'a-b', 'a_b'],
  ['files', 'ca', 'CA'],
  ...['main', '0', 'a', 'emitter', 'filters'].map((id): [Kind, string] => ['outputs', id]),
  ['outputs', '1', '11'],
  ['outputs', 'a', 'a-b'],
];
const fatalKinds = new Set<Kind>(['parsers', 'multilineParsers', 'outputs']);

/** Names of which one begins like the other, or that are one when they are put together. */
const places: [one: string, other: string][] = [
  ['a/logs', 'ab/logs'],
  ['a/logs', 'a/logs-2'],
  ['team/a', 'team/a-b'],
  ['team-a/b', 'team/a-b'],
  ['x/y.z', 'x-y/z'],
  ['x/y.z', 'x/y'],
  ['shop/logs', 'logs/shop'],
  ['p/p', 'p/pp'],
  ['n/0', 'n/00'],
  ['n/1', 'n/1-0'],
  ['kube/logs.fluent-bit', 'kube/logs'],
  ['one/same', 'two/same'],
  ['aa/a', 'a/aa'],
  ['dev/logs', 'dev-2/logs'],
  ['s/t', 's-t/s-t'],
  ['v/filters', 'v/parsers'],
  ['w/files', 'w/texts'],
  ['y/variables', 'y/variables-token'],
];

function half(place: string, spec: Spec): Half {
  const [namespace = '', name = ''] = place.split('/');
  return { namespace, name, spec };
}

export const pairs: readonly Pair[] = [
  ...things.map(
    ([kind, one, other = one], index): Pair => ({
      name: `${kind} ${one} and ${other}`,
      one: half(`one-${index}/logs`, specs[kind](one)),
      other: half(`other-${index}/logs`, specs[kind](other)),
      ...(one === other && fatalKinds.has(kind) ? { fatal: true } : {}),
    }),
  ),
  ...places.map(
    ([one, other]): Pair => ({
      name: `${one} and ${other}`,
      one: half(one, specs.outputs('0')),
      other: half(other, specs.outputs('0')),
    }),
  ),
];
