import { output } from './good-binding.ts';

/** Handwritten LoggingConfigurations, each a change of one that works. */
export const badLogging: [name: string, spec: object, reason: string, path: string][] = [
  ['no outputs', { outputs: [] }, 'InvalidSpec', 'spec.outputs'],
  ['unknown output', { outputs: [{ plugin: 'elastic' }] }, 'UnknownPlugin', 'spec.outputs[0].plugin'],
  ['input as output', { outputs: [{ plugin: 'tail' }] }, 'UnknownPlugin', 'spec.outputs[0].plugin'],
  [
    'misspelt property',
    { outputs: [{ plugin: 'http', properties: { hosst: 'a' } }] },
    'UnknownProperty',
    'spec.outputs[0].properties.hosst',
  ],
  [
    'alias',
    { outputs: [{ plugin: 'http', properties: { alias: 'mine' } }] },
    'ReservedProperty',
    'spec.outputs[0].properties.alias',
  ],
  [
    'storage limit',
    { outputs: [{ plugin: 'http', properties: { 'Storage.Total_Limit_Size': '1G' } }] },
    'ReservedProperty',
    'spec.outputs[0].properties.Storage.Total_Limit_Size',
  ],
  [
    'storage limit in camel case',
    { outputs: [{ plugin: 'http', properties: { 'storage.totalLimitSize': '1G' } }] },
    'ReservedProperty',
    'spec.outputs[0].properties.storage.totalLimitSize',
  ],
  [
    'processors',
    { outputs: [{ plugin: 'http', properties: { processors: 'x' } }] },
    'ReservedProperty',
    'spec.outputs[0].properties.processors',
  ],
  [
    'routes',
    { outputs: [{ plugin: 'http', properties: { Routes: 'x' } }] },
    'ReservedProperty',
    'spec.outputs[0].properties.Routes',
  ],
  [
    'debug of requests',
    { outputs: [{ plugin: 'http', properties: { '_debug.http.request_payload': true } }] },
    'ReservedProperty',
    'spec.outputs[0].properties._debug.http.request_payload',
  ],
  [
    'two outputs of one id',
    {
      outputs: [
        { id: 'a', ...output },
        { id: 'a', ...output },
      ],
    },
    'InvalidSpec',
    'spec.outputs',
  ],
  [
    'an id that is the place of another',
    { outputs: [{ id: '1', ...output }, output] },
    'DuplicateName',
    'spec.outputs[1].id',
  ],
  [
    'two variables of one name',
    {
      variables: [
        { name: 'a', value: '1' },
        { name: 'a', value: '2' },
      ],
      outputs: [output],
    },
    'InvalidSpec',
    'spec.variables',
  ],
  [
    'variable and file of one name',
    { variables: [{ name: 'a', value: '1' }], files: [{ name: 'a', content: '2' }], outputs: [output] },
    'DuplicateName',
    'spec.variables[0]',
  ],
  [
    'variable of a missing Secret',
    { variables: [{ name: 'a', valueFrom: { secretKeyRef: { name: 'x', key: 'y' } } }], outputs: [output] },
    'SecretNotFound',
    'spec.variables[0]',
  ],
  [
    'file of a missing key',
    { files: [{ name: 'a', valueFrom: { secretKeyRef: { name: 'cls', key: 'y' } } }], outputs: [output] },
    'KeyNotFound',
    'spec.files[0]',
  ],
  [
    'sensitive variable written out',
    { variables: [{ name: 'a', value: '1', sensitive: true }], outputs: [output] },
    'InvalidSpec',
    'spec.variables[0]',
  ],
  [
    'pattern that does not compile',
    { variables: [{ name: 'a', value: '1', pattern: '(' }], outputs: [output] },
    'InvalidValue',
    'spec.variables[0]',
  ],
  [
    'part of what is no endpoint',
    { variables: [{ name: 'a', value: 'no port here', part: 'port' }], outputs: [output] },
    'InvalidValue',
    'spec.variables[0]',
  ],
  [
    'text with line breaks in a header',
    {
      variables: [{ name: 'a', value: 'x\ny', type: 'text' }],
      outputs: [{ plugin: 'http', properties: { header: 'X $(a)' } }],
    },
    'InvalidValue',
    'spec.outputs[0].properties.header',
  ],
  [
    'parser property',
    { parsers: [{ name: 'p', properties: { format: 'json', regx: 'x' } }], outputs: [output] },
    'UnknownProperty',
    'spec.parsers[0].properties.regx',
  ],
  [
    'name of a parser',
    { parsers: [{ name: 'p', properties: { Name: 'json' } }], outputs: [output] },
    'ReservedProperty',
    'spec.parsers[0].properties.Name',
  ],
  [
    'two parsers of one name',
    {
      parsers: [
        { name: 'p', properties: { format: 'json' } },
        { name: 'p', properties: { format: 'json' } },
      ],
      outputs: [output],
    },
    'InvalidSpec',
    'spec.parsers',
  ],
  ['buffer without unit', { buffer: { limit: '1000' }, outputs: [output] }, 'InvalidSpec', 'spec.buffer.limit'],
  [
    'selection of too many paths',
    {
      input: {
        workloads: Array.from({ length: 40 }, (_, i) => `Pod/p${i}`),
        containers: { include: Array.from({ length: 40 }, (_, i) => `c${i}`) },
      },
      outputs: [output],
    },
    'TooLarge',
    'spec.input',
  ],
  [
    'code of 250 KiB',
    { filters: [{ plugin: 'lua', properties: { call: 'f', code: `-- ${'x'.repeat(250_000)}` } }], outputs: [output] },
    'TooLarge',
    'spec',
  ],
];
