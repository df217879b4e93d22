import { describe, expect, it } from 'vitest';
import type { Policy } from '../../../../hooks/api/policy.ts';
import { bigquery, cloudwatch, filter, http, lua, output, problems, type Spec, under } from './judged-spec.ts';

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
    output('logdna', { api_key: 'k', logdna_host: '127.0.0.1' }),
    'DestinationNotAllowed',
    'spec.outputs[0].properties.logdna_host',
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
  [
    output('bigquery', bigquery),
    'PluginNotAllowed',
    'spec.outputs[0].plugin',
    { outputs: { allow: ['bigquery'] }, ambientIdentity: ['bigquery'] },
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
    output('kafka', { brokers: 'a', 'rdkafka.ssl.crl.location': '/etc/passwd' }),
    'PathNotAllowed',
    'spec.outputs[0].properties.rdkafka.ssl.crl.location',
    { nodePaths: true },
  ],
  [
    filter('geoip2', { database: '$(file)', lookup_key: 'ip', record: 'a ip %{a}' }),
    'PluginNotAllowed',
    'spec.filters[0].plugin',
    { filters: { allow: ['geoip2'] } },
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
    ['an output that has its host in its plugin', output('datadog', { apikey: 'a' })],
    ['the same in capitals', output('DataDog', { APIKey: 'a' })],
    ['null', output('null')],
  ])('allows %s', (_, spec) => expect(problems(spec, under({}))).toEqual([]));

  it('lets an output that it has to name use credentials of its own, and no identity', () => {
    const named = under({ outputs: { allow: ['bigquery'] } });
    const reasons = (spec: Spec) => problems(spec, named).map(({ reason, path }) => `${reason} ${path}`);
    expect(reasons(output('bigquery', { ...bigquery, google_service_credentials: '$(file)' }))).toEqual([]);
    expect(reasons(output('bigquery', bigquery))).toEqual(['IdentityNotAllowed spec.outputs[0].plugin']);
  });

  it('says nothing of a secret that it refuses, nor under which entry it falls', () => {
    const found = problems(http({ host: '$(inside)' }), under({}));
    expect(found).toMatchObject([{ reason: 'DestinationNotAllowed' }]);
    expect(JSON.stringify(found)).not.toContain('169.254');
  });
});
