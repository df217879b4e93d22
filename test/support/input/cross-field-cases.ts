const http = { plugin: 'http' };
const template = { templateRef: { name: 't' } };
const otlp = { id: 'otlp', plugin: 'opentelemetry', port: 4318 };
const fromAlone =
  'from is no selection of container logs: leave out containers, workloads, podSelector, namespaces, multiline';
const nothingToWorkOn = 'filters, outputs and parsers of an agent are for its inputs: name at least one in inputs';
const once = (field: string) => `each ${field} may be used once`;
const oneOf = (...fields: string[]) => `set exactly one of ${fields.join(', ')}`;

/** Every cross-field rule with what breaks it, and what only looks like it. */
export const crossFieldCases: [kind: string, name: string, spec: object, message: string | undefined][] = [
  ['ServiceBindingConfig', 'plain', { ...template, secretRef: { name: 's' } }, undefined],
  [
    'ServiceBindingConfig',
    'value and source',
    { ...template, values: [{ name: 'a', value: '', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }] },
    oneOf('value', 'valueFrom'),
  ],
  ['ServiceBindingConfig', 'neither', { ...template, values: [{ name: 'a' }] }, oneOf('value', 'valueFrom')],
  ['ServiceBindingConfig', 'an empty value is one', { ...template, values: [{ name: 'a', value: '' }] }, undefined],
  [
    'ServiceBindingConfig',
    'two sources',
    {
      ...template,
      secretRef: { name: 's' },
      values: [{ name: 'a', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' }, secretKeyRef: { key: 'k' } } }],
    },
    oneOf('secretKeyRef', 'configMapKeyRef'),
  ],
  [
    'ServiceBindingConfig',
    'no source',
    { ...template, values: [{ name: 'a', valueFrom: {} }] },
    oneOf('secretKeyRef', 'configMapKeyRef'),
  ],
  [
    'ServiceBindingConfig',
    'two of one name',
    {
      ...template,
      values: [
        { name: 'a', value: '1' },
        { name: 'a', value: '2' },
      ],
    },
    once('name'),
  ],
  [
    'ServiceBindingConfig',
    'a key of no Secret',
    { ...template, values: [{ name: 'a', valueFrom: { secretKeyRef: { key: 'k' } } }] },
    'without spec.secretRef each secretKeyRef needs a name',
  ],
  [
    'ServiceBindingConfig',
    'a key of a named Secret',
    { ...template, values: [{ name: 'a', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] },
    undefined,
  ],
  ['LoggingConfiguration', 'plain', { outputs: [http, http, { ...http, id: 'a' }] }, undefined],
  [
    'LoggingConfiguration',
    'two outputs of one id',
    {
      outputs: [
        { ...http, id: 'a' },
        { ...http, id: 'a' },
      ],
    },
    once('id'),
  ],
  [
    'LoggingConfiguration',
    'two variables',
    {
      outputs: [http],
      variables: [
        { name: 'a', value: '1' },
        { name: 'a', value: '2' },
      ],
    },
    once('name'),
  ],
  [
    'LoggingConfiguration',
    'two files',
    {
      outputs: [http],
      files: [
        { name: 'a', content: '1' },
        { name: 'a', content: '2' },
      ],
    },
    once('name'),
  ],
  ['LoggingConfiguration', 'two parsers', { outputs: [http], parsers: [{ name: 'a' }, { name: 'a' }] }, once('name')],
  [
    'LoggingConfiguration',
    'two multiline parsers',
    { outputs: [http], multilineParsers: [{ name: 'a' }, { name: 'a' }] },
    once('name'),
  ],
  [
    'LoggingConfiguration',
    'content and source',
    { outputs: [http], files: [{ name: 'a', content: 'x', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }] },
    oneOf('content', 'valueFrom'),
  ],
  [
    'LoggingConfiguration',
    'a variable of nothing',
    { outputs: [http], variables: [{ name: 'a' }] },
    oneOf('value', 'valueFrom'),
  ],
  [
    'LoggingConfiguration',
    'a variable of two sources',
    {
      outputs: [http],
      variables: [
        { name: 'a', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' }, secretKeyRef: { name: 's', key: 'k' } } },
      ],
    },
    oneOf('secretKeyRef', 'configMapKeyRef'),
  ],
  [
    'LoggingConfiguration',
    'a sensitive literal',
    { outputs: [http], variables: [{ name: 'a', value: 'x', sensitive: true }] },
    'a sensitive variable takes its value from a Secret: set valueFrom.secretKeyRef, and neither value nor default',
  ],
  [
    'LoggingConfiguration',
    'a sensitive default',
    {
      outputs: [http],
      variables: [{ name: 'a', valueFrom: { secretKeyRef: { name: 's', key: 'k' } }, default: 'x', sensitive: true }],
    },
    'a sensitive variable takes its value from a Secret: set valueFrom.secretKeyRef, and neither value nor default',
  ],
  [
    'LoggingConfiguration',
    'not sensitive',
    { outputs: [http], variables: [{ name: 'a', value: 'x', sensitive: false }] },
    undefined,
  ],
  ['Template', 'two placeholders', { outputs: [http], placeholders: [{ name: 'a' }, { name: 'a' }] }, once('name')],
  [
    'Template',
    'a sensitive default',
    { outputs: [http], placeholders: [{ name: 'a', default: 'x', sensitive: true }] },
    'a sensitive placeholder has no default: its value comes from a Secret',
  ],
  [
    'ClusterTemplate',
    'plain',
    {
      outputs: [http],
      placeholders: [
        { name: 'a', default: 'x' },
        { name: 'b', sensitive: true },
      ],
    },
    undefined,
  ],
  ['LoggingConfiguration', 'an input of the agent', { outputs: [http], input: { from: 'otlp' } }, undefined],
  [
    'LoggingConfiguration',
    'an input of the agent and containers',
    { outputs: [http], input: { from: 'otlp', containers: {} } },
    fromAlone,
  ],
  ['Template', 'one and multiline', { outputs: [http], input: { from: 'otlp', multiline: ['java'] } }, fromAlone],
  ['ServiceBindingConfig', 'one and namespaces', { ...template, input: { from: 'a', namespaces: {} } }, fromAlone],
  ['ServiceBindingConfig', 'one and workloads', { ...template, input: { from: 'a', workloads: [] } }, fromAlone],
  ['LoggingConfiguration', 'one and pods', { outputs: [http], input: { from: 'a', podSelector: {} } }, fromAlone],
  ['FluentBitAgent', 'outputs of an input', { inputs: [otlp], outputs: [http], filters: [], parsers: [] }, undefined],
  ['FluentBitAgent', 'outputs of nothing', { outputs: [http] }, nothingToWorkOn],
  ['FluentBitAgent', 'filters of nothing', { filters: [] }, nothingToWorkOn],
  ['FluentBitAgent', 'parsers of nothing', { parsers: [] }, nothingToWorkOn],
  ['FluentBitAgent', 'two inputs of one id', { inputs: [otlp, otlp] }, once('id')],
  ['FluentBitAgent', 'plain', { shards: 64, parts: 16, pod: { tolerations: [{ operator: 'Exists' }] } }, undefined],
  ['FluentBitAgent', 'too many parts', { shards: 64, parts: 17 }, 'shards times parts may be at most 1024'],
  [
    'FluentBitAgent',
    'too many parts of the default shards',
    { parts: 32, shards: 33 },
    'shards times parts may be at most 1024',
  ],
  [
    'FluentBitAgent',
    'too many parts of the most shards',
    { shards: 64, parts: 17 },
    'shards times parts may be at most 1024',
  ],
  [
    'FluentBitAgent',
    'a toleration of nothing',
    { pod: { tolerations: [{ effect: 'NoExecute' }] } },
    'without a key the operator is Exists',
  ],
  [
    'FluentBitAgent',
    'a toleration with a value too many',
    { pod: { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] } },
    'the operator Exists takes no value',
  ],
];
