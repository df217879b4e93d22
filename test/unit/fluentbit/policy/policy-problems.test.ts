import { describe, expect, it } from 'vitest';
import type { Policy } from '../../../../hooks/api/policy.ts';
import { complete } from '../../../../hooks/binding/complete.ts';
import { policyHash } from '../../../../hooks/compile/policy-in-force.ts';
import { TrustedCode } from '../../../../hooks/fluentbit/policy/code.ts';
import { completePolicy } from '../../../../hooks/fluentbit/policy/complete-policy.ts';
import { restrictedPlugins } from '../../../../hooks/fluentbit/policy/plugins.ts';
import { policyFaults } from '../../../../hooks/fluentbit/policy/policy-faults.ts';
import { openPolicy } from '../../../../hooks/fluentbit/policy/policy-problems.ts';
import { Sealed } from '../../../../hooks/kubernetes/sealed.ts';
import type { Value } from '../../../../hooks/kubernetes/value.ts';
import { render } from '../../../support/rendered-spec.ts';

type Spec = Omit<Parameters<typeof complete>[0], 'outputs'> & Partial<Parameters<typeof complete>[0]>;

const hidden = (name: string, text: string): Value => ({ name, file: false, content: Sealed.fromText(text) });
const values = [
  { ...hidden('file', 'content'), file: true },
  { ...hidden('mappings', '{"a": "${HOME}"}'), file: true },
  hidden('inside', '169.254.169.254'),
  hidden('outside', 'logs.example.com'),
  { ...hidden('later', '-'), standIn: true as const },
];

function problems(spec: Spec, inForce = openPolicy) {
  return render({
    namespace: 'shop',
    name: 'logs',
    generation: 1,
    spec: complete({ outputs: [{ plugin: 'null' }], ...spec }),
    values: new Map(values.map((value) => [value.name, value])),
    inForce,
  }).problems;
}

const under = (policy: Policy) => ({
  policy: completePolicy(policy),
  called: 'the policy of FluentBitAgent edge',
  excludeNamespaces: [],
  trusted: () => false,
});
const output = (plugin: string, properties: Record<string, string | boolean> = {}): Spec => ({
  outputs: [{ plugin, properties: properties as Record<string, string> }],
});
const http = (properties: Record<string, string | boolean>) => output('http', { host: 'a.example.com', ...properties });
const filter = (plugin: string, properties: Record<string, string> = {}): Spec => ({
  filters: [{ plugin, properties }],
});
const lua = filter('lua', { call: 'f', code: 'function f() return 0 end' });
const cloudwatch = output('cloudwatch_logs', { region: 'a', log_group_name: 'a', log_stream_name: 'a' });
const bigquery = { project_id: 'a', dataset_id: 'b', table_id: 'c' };

type Row = [spec: Spec, reason: string, path: string, opened: Policy];

/** What the default policy refuses, where, and the least policy that allows it. */
const refused: Row[] = [
  [output('stdout'), 'PluginNotAllowed', 'spec.outputs[0].plugin', { outputs: { allow: ['stdout'] } }],
  [output('StdOut'), 'PluginNotAllowed', 'spec.outputs[0].plugin', { outputs: { allow: ['STDOUT'] } }],
  [filter('stdout'), 'PluginNotAllowed', 'spec.filters[0].plugin', { filters: { allow: ['stdout'] } }],
  [filter('aws'), 'PluginNotAllowed', 'spec.filters[0].plugin', { filters: { allow: ['aws'] } }],
  [lua, 'CodeNotAllowed', 'spec.filters[0].properties.code', { code: 'Any' }],
  [
    filter('LUA', { Call: 'f', CODE: 'function f() return 0 end' }),
    'CodeNotAllowed',
    'spec.filters[0].properties.CODE',
    { code: 'Any' },
  ],
  [
    filter('wasm', { wasm_path: '$(file)', function_name: 'f' }),
    'CodeNotAllowed',
    'spec.filters[0].properties.wasm_path',
    { code: 'Any' },
  ],
  [output('http'), 'DestinationNotAllowed', 'spec.outputs[0]', { destinations: { allow: ['127.0.0.1'] } }],
  [output('forward'), 'DestinationNotAllowed', 'spec.outputs[0]', { destinations: { allow: ['127.0.0.1'] } }],
  [
    http({ host: '169.254.169.254' }),
    'DestinationNotAllowed',
    'spec.outputs[0].properties.host',
    { destinations: { allow: ['169.254.169.254'] } },
  ],
  [
    http({ host: '2852039166' }),
    'DestinationNotAllowed',
    'spec.outputs[0].properties.host',
    { destinations: { allow: ['169.254.0.0/17', '169.254.128.0/17'] } },
  ],
  [
    http({ host: '$(inside)' }),
    'DestinationNotAllowed',
    'spec.outputs[0].properties.host',
    { destinations: { allow: ['169.254.169.254'] } },
  ],
  [
    http({ Proxy: 'http://proxy.example.com:3128' }),
    'ProxyNotAllowed',
    'spec.outputs[0].properties.Proxy',
    { proxies: true },
  ],
  [
    http({ 'net.proxy_env_ignore': true }),
    'ProxyNotAllowed',
    'spec.outputs[0].properties.net.proxy_env_ignore',
    { proxies: true },
  ],
  [
    output('slack', { webhook: 'https://127.0.0.1/x' }),
    'DestinationNotAllowed',
    'spec.outputs[0].properties.webhook',
    { destinations: { allow: ['127.0.0.1'] } },
  ],
  [
    output('kafka', { brokers: 'a:9092,127.0.0.1:2020' }),
    'DestinationNotAllowed',
    'spec.outputs[0].properties.brokers',
    { destinations: { allow: ['a', '127.0.0.1'] } },
  ],
  [cloudwatch, 'IdentityNotAllowed', 'spec.outputs[0].plugin', { ambientIdentity: ['cloudwatch_logs'] }],
  [output('s3', { bucket: 'a' }), 'IdentityNotAllowed', 'spec.outputs[0].plugin', { ambientIdentity: ['s3'] }],
  [
    http({ AWS_Auth: 'On', aws_region: 'a', aws_service: 'b' }),
    'IdentityNotAllowed',
    'spec.outputs[0].properties.AWS_Auth',
    { ambientIdentity: ['http'] },
  ],
  [output('bigquery', bigquery), 'IdentityNotAllowed', 'spec.outputs[0].plugin', { ambientIdentity: ['bigquery'] }],
  [
    output('stackdriver', { service_account_email: 'a' }),
    'IdentityNotAllowed',
    'spec.outputs[0].plugin',
    { ambientIdentity: ['stackdriver'] },
  ],
  [
    output('azure_kusto', { auth_type: 'managed_identity', ingestion_endpoint: 'https://a.example.com' }),
    'IdentityNotAllowed',
    'spec.outputs[0].properties.auth_type',
    { ambientIdentity: ['azure_kusto'] },
  ],
  [
    output('kafka', { brokers: 'a', aws_msk_iam: true }),
    'IdentityNotAllowed',
    'spec.outputs[0].properties.aws_msk_iam',
    { ambientIdentity: ['kafka'] },
  ],
  [
    http({ 'tls.ca_file': '/var/lib/kubelet/pki/ca.crt' }),
    'UnknownFile',
    'spec.outputs[0].properties.tls.ca_file',
    { nodePaths: true },
  ],
  [
    http({ 'tls.key_file': '/etc/ssl/private/a.key' }),
    'PathNotAllowed',
    'spec.outputs[0].properties.tls.key_file',
    { nodePaths: true },
  ],
  [
    output('forward', { unix_path: '/var/run/docker.sock' }),
    'PathNotAllowed',
    'spec.outputs[0].properties.unix_path',
    { nodePaths: true },
  ],
  [
    output('oracle_log_analytics', { config_file_location: '$(file)', host: 'a.example.com' }),
    'PathNotAllowed',
    'spec.outputs[0].properties.config_file_location',
    { nodePaths: true },
  ],
  [
    output('kafka', { brokers: 'a', 'rdkafka.ssl.crl.location': '/etc/passwd' }),
    'PathNotAllowed',
    'spec.outputs[0].properties.rdkafka.ssl.crl.location',
    { nodePaths: true },
  ],
  [
    filter('geoip2', { database: '/x', lookup_key: 'ip' }),
    'UnknownFile',
    'spec.filters[0].properties.database',
    { nodePaths: true },
  ],
];

describe('the default policy', () => {
  it.each(refused)('%j: %s', (spec, reason, path, opened) => {
    const found = problems(spec, { ...under({}), called: 'the default policy' });
    const [mine, ...others] = found.filter((one) => one.path === path);
    expect(mine).toMatchObject({ reason, path });
    expect(others).toEqual([]);
    if (reason.endsWith('Allowed')) expect(mine?.message).toContain('the default policy');
    expect(mine?.hint).not.toBe('');
    expect(JSON.stringify(found)).not.toContain('169.254.169.254 is');
    const after = problems(spec, under(opened));
    expect(after.filter((one) => one.path === path)).toEqual([]);
  });

  it.each<[string, Spec]>([
    ['a host', http({})],
    ['a host that is secret', http({ host: '$(outside)' })],
    ['a host that is not known yet', http({ host: '$(later)' })],
    ['a service of the cluster', http({ host: 'loki.logging.svc' })],
    ['a declared file', http({ 'tls.ca_file': '$(file)', 'oauth2.jwt_key_file': '$(file)' })],
    [
      'public authorities',
      http({ 'tls.ca_file': '/etc/ssl/certs/ca-certificates.crt', 'tls.ca_path': '/etc/ssl/certs/' }),
    ],
    ['a path of requests', output('es', { host: 'a.example.com', path: '/x/y' })],
    ['aws_auth that is off', http({ aws_auth: 'off' })],
    ['credentials of its own', output('bigquery', { ...bigquery, google_service_credentials: '$(file)' })],
    ['an output that has its host in its plugin', output('datadog', { apikey: 'a' })],
    ['the same in capitals', output('DataDog', { APIKey: 'a' })],
    ['null', output('null')],
  ])('allows %s', (_, spec) => expect(problems(spec, under({}))).toEqual([]));

  it('says nothing of a secret that it refuses, nor under which entry it falls', () => {
    const found = problems(http({ host: '$(inside)' }), under({}));
    expect(found).toMatchObject([{ reason: 'DestinationNotAllowed' }]);
    expect(JSON.stringify(found)).not.toContain('169.254');
  });
});

describe('a policy', () => {
  it.each<[string, Spec, Policy, string | undefined]>([
    ['denies what is allowed by default', http({}), { outputs: { deny: ['http'] } }, 'PluginNotAllowed'],
    ['allows only what it lists', http({}), { outputs: { allow: ['loki'] } }, 'PluginNotAllowed'],
    ['denies what it allows', http({}), { outputs: { allow: ['http'], deny: ['HTTP'] } }, 'PluginNotAllowed'],
    ['allows only these destinations', http({}), { destinations: { allow: ['*.corp'] } }, 'DestinationNotAllowed'],
    ['of these destinations', http({ host: 'a.corp' }), { destinations: { allow: ['*.corp'] } }, undefined],
    ['denies a destination', http({}), { destinations: { deny: ['*.example.com'] } }, 'DestinationNotAllowed'],
    [
      'holds proxies to its destinations',
      http({ proxy: 'http://127.0.0.1:1' }),
      { proxies: true },
      'DestinationNotAllowed',
    ],
    ['that opens one identity opens no other', cloudwatch, { ambientIdentity: ['s3'] }, 'IdentityNotAllowed'],
    ['that allows no code', lua, { code: 'None' }, 'CodeNotAllowed'],
  ])('%s', (_, spec, policy, reason) => {
    const [found] = problems(spec, under(policy));
    expect(found?.reason).toBe(reason);
    if (found !== undefined) expect(found.message).toContain('the policy of FluentBitAgent edge');
  });

  it.each(restrictedPlugins().filter(({ never }) => never))('however open, never allows the $plugin', ({ plugin }) => {
    const [kind, name = ''] = plugin.split(' ');
    const spec = kind === 'output' ? output(name) : filter(name);
    expect(problems(spec, openPolicy)[0]?.reason).toMatch(/^(PluginNotAllowed|UnfitPlugin)$/);
  });

  it.each<[string, Spec]>([
    ['a configuration inside a file', output('forward', { upstream: '$(file)' })],
    ['the same of es', output('es', { host: 'a.example.com', Upstream: '$(file)' })],
    ['libraries', output('kafka', { brokers: 'a', 'rdkafka.plugin.library.paths': 'x.so' })],
    ['an engine', output('kafka', { brokers: 'a', 'RDKAFKA.ssl.engine.location': 'x.so' })],
    ['a command', output('kafka', { brokers: 'a', 'rdkafka.sasl.kerberos.kinit.cmd': 'id' })],
    ['a part of a command', output('kafka', { brokers: 'a', 'rdkafka.sasl.kerberos.principal': '$(id)' })],
    ['a folder that others ship from', output('s3', { bucket: 'a', store_dir: '/tmp/fluent-bit/s3' })],
    ['another one', output('azure_blob', { account_name: 'a', container_name: 'b', buffer_dir: '/tmp' })],
  ])('however open, never allows %s', (_, spec) => {
    expect(problems(spec, openPolicy).map(({ reason }) => reason)).toContain('ReservedProperty');
  });

  it('gives outputs with files of their own a folder for each pipeline', () => {
    const folder = (name: string) => {
      const spec = complete(output('s3', { bucket: 'a', region: 'b' }) as Parameters<typeof complete>[0]);
      const { file } = render({ namespace: 'shop', name, generation: 1, spec, values: new Map() });
      expect(file.text).toContain('store_dir_limit_size: 1G');
      return /store_dir: (.*)/.exec(file.text)?.[1];
    };
    expect(folder('a')).toMatch(/^\/var\/lib\/fluentbind\/p[0-9a-f]{16}\.files$/);
    expect(folder('a')).not.toBe(folder('b'));
  });

  it('however open, lets no file name variables of the agent', () => {
    const spec = output('loki', { host: 'a.example.com', label_map_path: '$(mappings)' });
    expect(problems(spec, openPolicy)).toMatchObject([{ reason: 'InvalidValue' }]);
  });

  it.each<[Policy, string, RegExp]>([
    [{ outputs: { allow: ['htpp'] } }, 'spec.policy.outputs.allow[0]', /no output htpp\. Did you mean http\?/],
    [{ filters: { deny: ['greb'] } }, 'spec.policy.filters.deny[0]', /Did you mean grep\?/],
    [{ outputs: { allow: ['http', 'file'] } }, 'spec.policy.outputs.allow[1]', /cannot be allowed\. It writes files/],
    [{ filters: { allow: ['Rewrite_Tag'] } }, 'spec.policy.filters.allow[0]', /cannot be allowed/],
    [{ destinations: { deny: ['10.0.0.0/33'] } }, 'spec.policy.destinations.deny[0]', /is no address/],
    [{ destinations: { allow: ['a.example.com:443'] } }, 'spec.policy.destinations.allow[0]', /is no address/],
    [{ ambientIdentity: ['s3', 'loki'] }, 'spec.policy.ambientIdentity[1]', /no output that can use such an identity/],
  ])('%j is invalid', (policy, path, message) => {
    const found = policyFaults({ namespace: 'logging', policy });
    expect(found).toMatchObject([{ reason: 'InvalidPolicy', path }]);
    expect(found[0]?.message).toMatch(message);
  });

  it('has one hash, however it is written, and another for each change', () => {
    const hash = (policy?: Policy) => policyHash(completePolicy(policy));
    const written = completePolicy();
    expect(completePolicy(written)).toEqual(written);
    expect(hash({ outputs: { deny: ['HTTP', 'loki'] } })).toBe(hash({ outputs: { deny: ['loki', 'http', 'http'] } }));
    expect(hash({})).toBe(hash());
    const changes: Policy[] = [
      { controlNamespaces: ['a'] },
      { outputs: { deny: ['http'] } },
      { filters: { allow: [] } },
      { code: 'None' },
      { destinations: { deny: ['10.0.0.0/8'] } },
      { ambientIdentity: ['s3'] },
      { proxies: true },
      { nodePaths: true },
    ];
    expect(new Set([{}, ...changes].map(hash)).size).toBe(changes.length + 1);
  });
});

describe('code', () => {
  const filters = [{ plugin: 'lua', properties: { call: 'f', code: 'c', type_int_key: 'a' }, rules: [] }];
  const template = { filters, files: [] };
  const changed = (change: object, properties: object = {}) =>
    ({
      ...filters[0],
      ...change,
      properties: { ...filters[0]?.properties, ...properties },
    }) as (typeof filters)[number];
  const script = (content: string, text = '$(s)') => ({
    filters: [{ plugin: 'lua', properties: { call: 'f', script: text }, rules: [] }],
    files: [{ name: 's', content }],
  });
  const keys: [string, ...string[]] = ['new', 'old'];

  it.each<[string, object, object, boolean]>([
    ['word for word', {}, {}, true],
    ['with other code', {}, { code: 'd' }, false],
    ['with another call', {}, { call: 'dofile' }, false],
    ['with one more property', {}, { time_as_table: true }, false],
    ['with another value of any property', {}, { type_int_key: 'b' }, false],
    ['with a rule', { rules: ['code d'] }, {}, false],
    ['with a twin of a property', {}, { Code: 'd' }, false],
    ['as another plugin', { plugin: 'wasm' }, {}, false],
  ])('of a ClusterTemplate, %s', (_, change, properties, trusted) => {
    expect(new TrustedCode(template, [], keys).trusts(changed(change, properties), [])).toBe(trusted);
  });

  it('of a template that is gone is trusted by its record, made with any of the keys, and by no other', () => {
    const record = new TrustedCode(template, [], ['old']).record(template);
    expect(record).toHaveLength(1);
    expect(JSON.stringify(record)).not.toContain('"c"');
    const after = new TrustedCode(undefined, record, keys);
    expect(after.trusts(changed({}), [])).toBe(true);
    expect(after.trusts(changed({}, { code: 'd' }), [])).toBe(false);
    expect(after.record(template)).not.toEqual(record);
    expect(new TrustedCode(undefined, after.record(template), ['new']).trusts(changed({}), [])).toBe(true);
    expect(new TrustedCode(undefined, record, ['another']).trusts(changed({}), [])).toBe(false);
  });

  it('in a file is trusted with its content, where that is written out', () => {
    const trusted = new TrustedCode(script('c'), [], keys);
    const [filter = changed({})] = script('c').filters;
    expect(trusted.trusts(filter, [{ name: 's', content: 'c' }])).toBe(true);
    expect(trusted.trusts(filter, [{ name: 's', content: 'd' }])).toBe(false);
    expect(trusted.trusts(filter, [{ name: 's' }])).toBe(false);
    expect(trusted.trusts(filter, [])).toBe(false);
  });

  it('with a value of somebody else is trusted nowhere, not even in the template', () => {
    const [filter = changed({})] = script('c', 'x$(s)').filters;
    expect(new TrustedCode(script('c', 'x$(s)'), [], keys).trusts(filter, [{ name: 's', content: 'c' }])).toBe(false);
    const called = { filters: [changed({}, { call: '$(fn)' })], files: [] };
    expect(new TrustedCode(called, [], keys).trusts(changed({}, { call: '$(fn)' }), [])).toBe(false);
    expect(new TrustedCode(called, [], keys).record(called)).toEqual([]);
  });
});
