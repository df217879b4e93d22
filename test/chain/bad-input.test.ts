import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../hooks/api/object.ts';
import { authority } from '../support/input/issued-certificates.ts';
import { make, World } from '../support/world.ts';

const ca = await authority();
const issued = await ca.issue();
const other = await ca.issue();
const expired = await ca.issue({ notBefore: new Date('2026-01-01'), notAfter: new Date('2026-05-01') });
const future = await ca.issue({ notBefore: new Date('2026-07-01'), notAfter: new Date('2026-09-01') });
const encryptedKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'pw' })
  .toString();

const template = make.template('t', {
  placeholders: [
    { name: 'host', secretKey: 'host', type: 'host' },
    { name: 'port', default: '443', type: 'port' },
    { name: 'endpoint', default: 'https://a.example.com/x', type: 'url' },
    { name: 'retries', default: '3', type: 'integer' },
    { name: 'gzip', default: 'on', type: 'boolean' },
    { name: 'index', default: 'main', pattern: '[a-z]+' },
    { name: 'stage', default: 'dev', enum: ['dev', 'live'] },
    { name: 'token', secretKey: 'token', sensitive: true },
    { name: 'cert', secretKey: 'cert', type: 'file' },
    { name: 'key', secretKey: 'key', type: 'file' },
    { name: 'ca', secretKey: 'ca', type: 'file', required: false },
  ],
  outputs: [
    {
      plugin: 'http',
      properties: {
        host: '$(host)',
        port: '$(port)',
        uri: '/$(index)/$(stage)',
        header: 'Authorization Bearer $(token)',
        tls: true,
        'tls.crt_file': '$(cert)',
        'tls.key_file': '$(key)',
        'tls.ca_file': '$(ca)',
      },
    },
  ],
});
const good = { host: 'a.example.com', token: 't0ken', cert: issued.certificate, key: issued.key, ca: ca.certificate };
const secret = (change: Record<string, string | Buffer | undefined> = {}) =>
  make.secret(
    'cls',
    Object.fromEntries(
      Object.entries({ ...good, ...change }).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  );
const binding = (change: object = {}) =>
  make.binding('logs', { templateRef: { name: 't' }, secretRef: { name: 'cls' }, ...change });
const value = (name: string, text: string) => binding({ values: [{ name, value: text }] });
const fromConfigMap = (ref: object) => binding({ values: [{ name: 'index', valueFrom: { configMapKeyRef: ref } }] });
const filter = (item: object) => binding({ filters: [item] });
const input = (selection: object) => binding({ input: selection });
const map = make.configMap('settings', { plain: 'x', json: '{"a": {"b": "main"}}' });

type Row = [name: string, objects: KubernetesObject[], reason: string, path: string];

/** Changes of a ServiceBindingConfig that works, or of what it refers to; each with the reason and the field it must name. */
const bindings: Row[] = [
  ['Secret that does not exist', [binding({ secretRef: { name: 'clss' } })], 'SecretNotFound', 'spec.secretRef.name'],
  ['no Secret where one is needed', [binding({ secretRef: undefined })], 'PlaceholderUnresolved', 'spec.secretRef'],
  [
    'key of a document that does not exist',
    [binding({ secretRef: { name: 'cls', key: 'credentials' } })],
    'KeyNotFound',
    'spec.secretRef.key',
  ],
  [
    'key of a document that is no JSON',
    [binding({ secretRef: { name: 'cls', key: 'token' } })],
    'SecretInvalid',
    'spec.secretRef.key',
  ],
  ['empty Secret', [make.secret('cls', {})], 'SecretInvalid', 'spec.secretRef'],
  ['Secret with .metadata only', [make.secret('cls', { '.metadata': '{}' })], 'SecretInvalid', 'spec.secretRef'],
  ['missing key', [secret({ token: undefined })], 'PlaceholderUnresolved', 'spec.secretRef'],
  ['misspelt key', [secret({ token: undefined, tokn: 'x' })], 'PlaceholderUnresolved', 'spec.secretRef'],
  [
    'invalid JSON document',
    [make.secret('cls', { credentials: '{"host": ' })],
    'PlaceholderUnresolved',
    'spec.secretRef',
  ],
  ['empty value', [secret({ token: '' })], 'InvalidValue', 'spec.secretRef'],
  ['line break in a value', [secret({ token: 'a\nb' })], 'InvalidValue', 'spec.secretRef'],
  ['header injection in a value', [secret({ token: 'a\r\nX-Admin: 1' })], 'InvalidValue', 'spec.secretRef'],
  [
    'YAML in a value',
    [secret({ token: 'x\npipeline:\n  outputs:\n    - name: exec' })],
    'InvalidValue',
    'spec.secretRef',
  ],
  ['classic syntax in a value', [secret({ host: 'a\n[OUTPUT]\n    Name exec' })], 'InvalidValue', 'spec.secretRef'],
  ['control character in a value', [secret({ token: 'a\u0000b' })], 'InvalidValue', 'spec.secretRef'],
  [
    'binary where text is needed',
    [secret({ token: Buffer.from([0xff, 0xfe, 0x41]) })],
    'InvalidValue',
    'spec.secretRef',
  ],
  [
    'variable of another tenant in a secret',
    [secret({ token: 'x${p0123456789abcdef_token}' })],
    'InvalidValue',
    'spec.templateRef',
  ],
  ['value of 65 KiB', [secret({ token: 'x'.repeat(66_560) })], 'InvalidValue', 'spec.secretRef'],
  ['file of 300 KiB', [secret({ ca: `${ca.certificate}${'#'.repeat(300_000)}` })], 'InvalidValue', 'spec.secretRef'],
  [
    'files that together are too large',
    [secret({ ca: `${ca.certificate}${'#'.repeat(200_000)}` })],
    'TooLarge',
    'spec',
  ],
  ['URL for a host', [secret({ host: 'https://a.example.com' })], 'InvalidValue', 'spec.secretRef'],
  ['host and port for a host', [secret({ host: 'a.example.com:443' })], 'InvalidValue', 'spec.secretRef'],
  ['host with a space', [secret({ host: 'a example' })], 'InvalidValue', 'spec.secretRef'],
  ['host with an umlaut', [value('host', 'bücher.example')], 'InvalidValue', 'spec.values[0]'],
  ['port 0', [value('port', '0')], 'InvalidValue', 'spec.values[0]'],
  ['port 70000', [value('port', '70000')], 'InvalidValue', 'spec.values[0]'],
  ['port https', [value('port', 'https')], 'InvalidValue', 'spec.values[0]'],
  ['URL without scheme', [value('endpoint', 'a.example.com/x')], 'InvalidValue', 'spec.values[0]'],
  ['integer with a unit', [value('retries', '3s')], 'InvalidValue', 'spec.values[0]'],
  ['boolean maybe', [value('gzip', 'maybe')], 'InvalidValue', 'spec.values[0]'],
  ['value off its pattern', [value('index', 'Main!')], 'InvalidValue', 'spec.values[0]'],
  ['value that only begins like its pattern', [value('index', 'main/../../x')], 'InvalidValue', 'spec.values[0]'],
  ['value off its enum', [value('stage', 'test')], 'InvalidValue', 'spec.values[0]'],
  ['empty static value', [value('host', '')], 'InvalidValue', 'spec.values[0]'],
  ['secret written out', [value('token', 's3cret')], 'SensitiveLiteral', 'spec.values[0]'],
  [
    'secret from a ConfigMap',
    [map, binding({ values: [{ name: 'token', valueFrom: { configMapKeyRef: { name: 'settings', key: 'plain' } } }] })],
    'SensitiveLiteral',
    'spec.values[0]',
  ],
  ['misspelt placeholder', [value('indx', 'main')], 'UnknownPlaceholder', 'spec.values[0].name'],
  [
    'placeholder twice',
    [
      binding({
        values: [
          { name: 'index', value: 'a' },
          { name: 'index', value: 'b' },
        ],
      }),
    ],
    'InvalidSpec',
    'spec.values',
  ],
  [
    'value and valueFrom',
    [binding({ values: [{ name: 'index', value: 'a', valueFrom: { secretKeyRef: { key: 'token' } } }] })],
    'InvalidSpec',
    'spec.values[0]',
  ],
  ['neither value nor valueFrom', [binding({ values: [{ name: 'index' }] })], 'InvalidSpec', 'spec.values[0]'],
  [
    'two sources',
    [
      binding({
        values: [
          { name: 'index', valueFrom: { secretKeyRef: { key: 'a' }, configMapKeyRef: { name: 'settings', key: 'b' } } },
        ],
      }),
    ],
    'InvalidSpec',
    'spec.values[0].valueFrom',
  ],
  [
    'secretKeyRef without any Secret',
    [binding({ secretRef: undefined, values: [{ name: 'host', valueFrom: { secretKeyRef: { key: 'a' } } }] })],
    'InvalidSpec',
    'spec',
  ],
  [
    'ConfigMap that does not exist',
    [fromConfigMap({ name: 'nowhere', key: 'a' })],
    'ConfigMapNotFound',
    'spec.values[0]',
  ],
  [
    'ConfigMap without the key',
    [map, fromConfigMap({ name: 'settings', key: 'nothing' })],
    'KeyNotFound',
    'spec.values[0]',
  ],
  [
    'ConfigMap without the property',
    [map, fromConfigMap({ name: 'settings', key: 'json', property: 'a.c' })],
    'KeyNotFound',
    'spec.values[0]',
  ],
  [
    'property of a text',
    [map, fromConfigMap({ name: 'settings', key: 'plain', property: 'a' })],
    'KeyNotFound',
    'spec.values[0]',
  ],
  [
    'inherited property',
    [map, fromConfigMap({ name: 'settings', key: 'json', property: 'constructor.name' })],
    'KeyNotFound',
    'spec.values[0]',
  ],
  [
    'template that does not exist',
    [binding({ templateRef: { name: 'tt' } })],
    'TemplateNotFound',
    'spec.templateRef.name',
  ],
  [
    'template of the other kind',
    [binding({ templateRef: { kind: 'Template', name: 't' } })],
    'TemplateNotFound',
    'spec.templateRef.name',
  ],
  [
    'template of no kind',
    [binding({ templateRef: { kind: 'Tmplate', name: 't' } })],
    'InvalidSpec',
    'spec.templateRef.kind',
  ],
  ['no template', [binding({ templateRef: undefined })], 'InvalidSpec', 'spec.templateRef'],
  ['broken template', [{ ...template, spec: { outputs: 'http' } }], 'TemplateInvalid', 'spec.templateRef'],
  ['template without outputs', [{ ...template, spec: { outputs: [] } }], 'TemplateInvalid', 'spec.templateRef'],
  ['certificate that is no PEM', [secret({ cert: 'MIIB' })], 'InvalidCertificate', 'spec.secretRef'],
  ['certificate cut off', [secret({ cert: issued.certificate.slice(0, 300) })], 'InvalidCertificate', 'spec.secretRef'],
  [
    'certificate of garbage',
    [secret({ cert: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' })],
    'InvalidCertificate',
    'spec.secretRef',
  ],
  ['key that is no PEM', [secret({ key: 'x' })], 'InvalidCertificate', 'spec.secretRef'],
  [
    'key and certificate mixed up',
    [secret({ key: issued.certificate, cert: issued.key })],
    'InvalidCertificate',
    'spec.secretRef',
  ],
  ['encrypted key', [secret({ key: encryptedKey })], 'InvalidCertificate', 'spec.secretRef'],
  ['key of another certificate', [secret({ key: other.key })], 'CertificateMismatch', 'spec.secretRef'],
  [
    'expired certificate',
    [secret({ cert: expired.certificate, key: expired.key })],
    'CertificateExpired',
    'spec.secretRef',
  ],
  [
    'certificate of the future',
    [secret({ cert: future.certificate, key: future.key })],
    'CertificateNotYetValid',
    'spec.secretRef',
  ],
  ['CA that is none', [secret({ ca: 'none' })], 'InvalidCertificate', 'spec.secretRef'],
  ['unknown filter', [filter({ plugin: 'grepp', properties: {} })], 'UnknownPlugin', 'spec.filters[0].plugin'],
  [
    'unknown property',
    [filter({ plugin: 'grep', properties: { regexx: 'a b' } })],
    'UnknownProperty',
    'spec.filters[0].properties.regexx',
  ],
  [
    'match',
    [filter({ plugin: 'grep', properties: { match: '*' } })],
    'ReservedProperty',
    'spec.filters[0].properties.match',
  ],
  [
    'Match',
    [filter({ plugin: 'grep', properties: { Match: '*' } })],
    'ReservedProperty',
    'spec.filters[0].properties.Match',
  ],
  [
    'MATCH_REGEX',
    [filter({ plugin: 'grep', properties: { MATCH_REGEX: 'a|.*' } })],
    'ReservedProperty',
    'spec.filters[0].properties.MATCH_REGEX',
  ],
  [
    'matchRegex',
    [filter({ plugin: 'grep', properties: { matchRegex: '.*' } })],
    'ReservedProperty',
    'spec.filters[0].properties.matchRegex',
  ],
  [
    'match in a rule',
    [filter({ plugin: 'modify', rules: ['Match *'] })],
    'ReservedProperty',
    'spec.filters[0].rules[0]',
  ],
  [
    'another name of the plugin',
    [filter({ plugin: 'grep', properties: { name: 'exec' } })],
    'ReservedProperty',
    'spec.filters[0].properties.name',
  ],
  [
    'rule without a value',
    [filter({ plugin: 'modify', rules: ['rename'] })],
    'InvalidSpec',
    'spec.filters[0].rules[0]',
  ],
  [
    'property that is no name',
    [filter({ plugin: 'grep', properties: { 'regex: x\n  match': 'a b' } })],
    'UnknownProperty',
    'spec.filters[0].properties["regex: x\\n  match"]',
  ],
  [
    'two spellings of one property',
    [filter({ plugin: 'grep', properties: { regex: 'a b', Regex: 'c d' } })],
    'DuplicateProperty',
    'spec.filters[0].properties.regex',
  ],
  [
    'object as a property',
    [filter({ plugin: 'grep', properties: { regex: { a: 'b' } } })],
    'InvalidSpec',
    'spec.filters[0].properties.regex',
  ],
  [
    'null as a property',
    [filter({ plugin: 'grep', properties: { regex: null } })],
    'InvalidSpec',
    'spec.filters[0].properties.regex',
  ],
  [
    'unresolved $(x)',
    [filter({ plugin: 'grep', properties: { regex: 'a $(nope)' } })],
    'UnknownVariable',
    'spec.filters[0].properties.regex',
  ],
  [
    '${OTHER} of somebody',
    [filter({ plugin: 'grep', properties: { regex: 'a ${OTHER}' } })],
    'UnknownVariable',
    'spec.filters[0].properties.regex',
  ],
  [
    '${OTHER:-default}',
    [filter({ plugin: 'grep', properties: { regex: 'a ${OTHER:-x}' } })],
    'UnknownVariable',
    'spec.filters[0].properties.regex',
  ],
  [
    'empty ${}',
    [filter({ plugin: 'grep', properties: { regex: 'a ${}' } })],
    'UnknownVariable',
    'spec.filters[0].properties.regex',
  ],
  [
    'line break in a property',
    [filter({ plugin: 'grep', properties: { regex: 'a b\nmatch *' } })],
    'InvalidValue',
    'spec.filters[0].properties.regex',
  ],
  [
    '$(x) in code',
    [filter({ plugin: 'lua', properties: { call: 'f', code: 'function f() return "$(token)" end' } })],
    'VariableInCode',
    'spec.filters[0].properties.code',
  ],
  [
    '${x} in code',
    [filter({ plugin: 'lua', properties: { call: 'f', code: 'function f() return "${HOME}" end' } })],
    'VariableInCode',
    'spec.filters[0].properties.code',
  ],
  [
    'protected_mode off',
    [filter({ plugin: 'lua', properties: { call: 'f', code: 'x = 1', Protected_Mode: false } })],
    'ReservedProperty',
    'spec.filters[0].properties.Protected_Mode',
  ],
  [
    'unknown parser',
    [filter({ plugin: 'parser', properties: { key_name: 'log', parser: 'nginx' } })],
    'UnknownParser',
    'spec.filters[0].properties.parser',
  ],
  ['unknown multiline parser', [input({ multiline: ['jav'] })], 'UnknownParser', 'spec.input.multiline'],
  [
    'other namespaces',
    [input({ namespaces: { include: ['kube-system'] } })],
    'NamespaceNotAllowed',
    'spec.input.namespaces',
  ],
  [
    'all namespaces but one',
    [input({ namespaces: { exclude: ['kube-system'] } })],
    'NamespaceNotAllowed',
    'spec.input.namespaces',
  ],
  [
    'container that is a path',
    [input({ containers: { include: ['../../etc'] } })],
    'InvalidSpec',
    'spec.input.containers.include[0]',
  ],
  [
    'container that is a glob',
    [input({ containers: { include: ['*'] } })],
    'InvalidSpec',
    'spec.input.containers.include[0]',
  ],
  ['workload of no kind', [input({ workloads: ['Deploymint/shop'] })], 'InvalidSpec', 'spec.input.workloads[0]'],
  ['text for a list', [binding({ filters: 'grep' })], 'InvalidSpec', 'spec.filters'],
  ['number for a name', [binding({ secretRef: { name: 7 } })], 'InvalidSpec', 'spec.secretRef.name'],
  ['name with capitals', [binding({ secretRef: { name: 'Cls' } })], 'InvalidSpec', 'spec.secretRef.name'],
];

const output = { plugin: 'http', properties: { host: 'a.example.com' } };

/** Handwritten LoggingConfigurations, each a change of one that works. */
const logging: [name: string, spec: object, reason: string, path: string][] = [
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

describe('bad input', () => {
  let world: World;
  let children: unknown;
  const state = () =>
    ['LoggingConfiguration', 'ConfigMap', 'Secret']
      .map((kind) => world.get(kind, kind === 'LoggingConfiguration' ? 'logs' : 'logs-fluent-bit'))
      .map((o) => ({
        ...o,
        status: undefined,
        metadata: { ...o?.metadata, ...(o?.kind === 'LoggingConfiguration' ? { resourceVersion: undefined } : {}) },
      }));

  beforeAll(async () => {
    world = await World.start();
    await world.apply(
      template,
      secret(),
      binding(),
      make.secret('elsewhere', { a: 'b' }),
      make.logging('hand', { outputs: [output] }),
    );
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True' });
    expect(world.condition('LoggingConfiguration', 'hand', 'Ready')).toMatchObject({ status: 'True' });
    children = state();
  });

  it.each(bindings)('ServiceBindingConfig: %s', async (_name, objects, reason, path) => {
    await world.apply(...objects);
    const problems = world.problems('ServiceBindingConfig', 'logs');
    const own = problems.length > 0 ? problems : world.problems('LoggingConfiguration', 'logs');
    expect(own.map((p) => ({ reason: p.reason, path: p.path }))).toContainEqual({ reason, path });
    for (const problem of own) expect(`${problem.message} ${problem.hint}`.length).toBeGreaterThan(20);
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'False' });
    expect(state()).toEqual(children);
    expect(world.engine.errors).toEqual([]);
    await world.apply(template, secret(), binding());
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True' });
  });

  it.each(logging)('LoggingConfiguration: %s', async (_name, spec, reason, path) => {
    const before = world.file('hand');
    await world.apply(make.logging('hand', spec));
    expect(
      world.problems('LoggingConfiguration', 'hand').map((p) => ({ reason: p.reason, path: p.path })),
    ).toContainEqual({ reason, path });
    expect(world.condition('LoggingConfiguration', 'hand', 'Accepted')).toMatchObject({ status: 'False' });
    expect(world.file('hand')).toBe(before);
    expect(world.engine.errors).toEqual([]);
  });

  it.each(['ServiceBindingConfig', 'LoggingConfiguration'])('%s: a name of 64 characters', async (kind) => {
    const name = 'n'.repeat(64);
    await world.apply(
      kind === 'ServiceBindingConfig'
        ? make.binding(name, { templateRef: { name: 't' }, secretRef: { name: 'cls' } })
        : make.logging(name, { outputs: [output] }),
    );
    expect(world.problems(kind, name)).toMatchObject([{ reason: 'InvalidName', path: 'metadata.name' }]);
    expect(world.get('ConfigMap', `${name}-fluent-bit`)).toBeUndefined();
    await world.remove(kind, name);
  });

  it('a key that is missing is one problem, however often it is used', async () => {
    await world.apply(template, secret({ host: undefined }), map, binding());
    expect(world.problems('ServiceBindingConfig', 'logs')).toMatchObject([{ reason: 'PlaceholderUnresolved' }]);
    await world.apply(secret());
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True' });
  });

  it('is enough of it', () => {
    expect(bindings.length + logging.length).toBeGreaterThanOrEqual(60);
  });
});
