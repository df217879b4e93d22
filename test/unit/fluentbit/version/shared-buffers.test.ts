import { describe, expect, it } from 'vitest';
import { allowedByDefault } from '../../../../hooks/fluentbit/policy/plugins.ts';
import { propertyType } from '../../../../hooks/fluentbit/version/catalogue.ts';
import { sharedBuffers } from '../../../../hooks/fluentbit/version/shared-buffers.ts';
import { problemsOf } from '../../../support/rendered-spec.ts';
import { open, secret } from '../render/parsed-file.ts';

const x = (bytes: number) => 'x'.repeat(bytes);
const output = (plugin: string, properties: Record<string, string | boolean>) => ({
  outputs: [{ plugin, properties: { host: 'a.example.com', ...properties } }],
});
const withUser = allowedByDefault('output').filter(
  (plugin) =>
    propertyType('output', plugin, 'http_user') !== undefined &&
    propertyType('output', plugin, 'http_passwd') !== undefined,
);
/** What an output needs besides. */
const needed: Record<string, Record<string, string>> = {
  'kafka-rest': { topic: 'a' },
  s3: { bucket: 'abc', region: 'eu-central-1' },
  td: { api: 'a' },
  bigquery: { google_service_credentials: '/x' },
  azure_blob: { account_name: 'a', shared_key: 'YQ==' },
};
const paths = (plugin: string, properties: Record<string, string | boolean>) =>
  problemsOf(output(plugin, { ...needed[plugin], ...properties }))
    .filter(({ reason, message }) => reason === 'InvalidValue' && message.includes(' bytes. '))
    .map(({ path }) => path.replace('spec.outputs[0].properties.', ''));

describe('properties that share a buffer', () => {
  it('of the basic authentication: each output with user and password', () => {
    expect(withUser).toEqual(
      expect.arrayContaining([
        'es',
        'http',
        'influxdb',
        'loki',
        'opensearch',
        'opentelemetry',
        'prometheus_remote_write',
        'splunk',
      ]),
    );
  });

  it.each(withUser)('%s refuses a user and a password that are too long together', (plugin) => {
    expect(paths(plugin, { http_user: 'fluent', http_passwd: x(755) })).toEqual([]);
    expect(paths(plugin, { http_user: 'fluent', http_passwd: x(756) })).toEqual(['http_passwd']);
    expect(paths(plugin, { http_user: x(756), http_passwd: 'secret' })).toEqual(['http_passwd']);
    expect(paths(plugin, { http_user: x(762) })).toEqual(['http_user']);
  });

  it.each([
    ['http', { 'oauth2.client_id': x(61), 'oauth2.client_secret': x(700) }, []],
    ['http', { 'oauth2.client_id': x(62), 'oauth2.client_secret': x(700) }, ['oauth2.client_secret']],
    [
      'http',
      { 'oauth2.client_id': x(62), 'oauth2.client_secret': x(700), 'oauth2.auth_method': 'basic' },
      ['oauth2.client_secret'],
    ],
    ['http', { 'oauth2.client_id': x(62), 'oauth2.client_secret': x(700), 'oauth2.auth_method': 'post' }, []],
    [
      's3',
      { authorization_endpoint_username: x(61), authorization_endpoint_password: x(701) },
      ['authorization_endpoint_password'],
    ],
    ['kafka-rest', { url_path: `/${x(99)}`, topic: x(146) }, []],
    ['kafka-rest', { url_path: `/${x(99)}`, topic: x(147) }, ['topic']],
    ['opensearch', { path: `/${x(900)}`, pipeline: x(104) }, []],
    ['opensearch', { path: `/${x(900)}`, pipeline: x(105) }, ['pipeline']],
    ['td', { database: x(100), table: x(126) }, []],
    ['td', { database: x(100), table: x(127) }, ['table']],
    ['es', { index: x(124) }, []],
    ['es', { index: x(125) }, ['index']],
    ['es', { index: x(118), type: x(10) }, []],
    ['es', { index: x(118), type: x(11) }, ['type']],
    ['es', { index: x(79), generate_id: true }, []],
    ['es', { index: x(80), generate_id: true }, ['index']],
    ['es', { logstash_format: true, logstash_prefix: x(112) }, []],
    ['es', { logstash_format: true, logstash_prefix: x(113) }, ['logstash_prefix']],
    ['es', { logstash_format: true, logstash_prefix: x(68), generate_id: true }, ['logstash_prefix']],
    ['bigquery', { project_id: x(900), dataset_id: x(500), table_id: x(501) }, ['table_id']],
    ['azure_blob', { container_name: 'a', path: x(1000), sas_token: x(499) }, []],
    ['azure_blob', { container_name: 'a', path: x(1000), sas_token: x(500) }, ['sas_token']],
  ] as [string, Record<string, string | boolean>, string[]][])('%s %o: %j', (plugin, properties, at) => {
    expect(paths(plugin, properties)).toEqual(at);
  });

  it('count bytes, and values of Secrets, of which no message tells anything', () => {
    const spec = (user: string) => output('http', { http_user: user, http_passwd: '$(pw)' });
    expect(problemsOf(spec('ä'.repeat(3)), [secret('pw', x(755))])).toEqual([]);
    const [problem, ...more] = problemsOf(spec('fluent-ä'), [secret('pw', x(755))]);
    expect(more).toEqual([]);
    expect(problem).toMatchObject({ reason: 'InvalidValue', path: 'spec.outputs[0].properties.http_passwd' });
    expect(problem?.message).toContain('http_user and http_passwd may have together at most 761 bytes');
    expect(`${problem?.message} ${problem?.hint}`).not.toMatch(/xx|755|764/);
  });

  it('are judged by what is known where a Secret is not at hand', () => {
    const spec = (user: string) => output('http', { http_user: user, http_passwd: '$(pw)' });
    const standIn = { ...secret('pw', x(2000)), standIn: true as const };
    expect(problemsOf(spec('fluent'), [standIn])).toEqual([]);
    expect(problemsOf(spec('$(user)'), [standIn, open('user', x(762))])).toHaveLength(1);
  });

  it('are properties of this version, each row with its source', () => {
    for (const { plugins = ['http'], properties, source } of sharedBuffers) {
      expect(source).toMatch(/^(src|plugins)\/[\w./-]+:\d+$/);
      for (const plugin of plugins)
        for (const property of properties)
          expect(propertyType('output', plugin, property), `${plugin} ${property}`).toBeDefined();
    }
  });
});

describe('a property with a buffer of its own has a bound', () => {
  it.each([
    ['es', 'cloud_auth', `u:${x(760)}`, `u:${x(761)}`],
    ['es', 'logstash_dateformat', x(64), x(65)],
    ['opensearch', 'logstash_prefix_separator', x(16), x(17)],
    ['opensearch', 'type', x(512), x(513)],
    ['logdna', 'api_key', x(761), x(762)],
    ['influxdb', 'bucket', x(512), x(513)],
    ['influxdb', 'uri', `/${x(1023)}`, `/${x(1024)}`],
    ['azure_blob', 'container_name', x(63), x(64)],
    ['gcs', 'gcs_key_format', x(512), x(513)],
    ['bigquery', 'service_account_email', x(512), x(513)],
    ['syslog', 'syslog_hostname_preset', x(255), x(256)],
    ['syslog', 'syslog_appname_preset', x(48), x(49)],
    ['syslog', 'syslog_procid_preset', x(128), x(129)],
    ['syslog', 'syslog_msgid_preset', x(32), x(33)],
    ['opentelemetry', 'grpc_logs_uri', x(1024), x(1025)],
    ['http', 'oauth2.token_url', `https://a/${x(1014)}`, `https://a/${x(1015)}`],
  ])('%s %s', (plugin, property, fits, tooLong) => {
    const of = (value: string) =>
      problemsOf(output(plugin, { [property]: value })).filter(({ path }) => path.endsWith(`properties.${property}`));
    expect(of(fits)).toEqual([]);
    expect(of(tooLong)).toMatchObject([{ reason: 'InvalidValue' }]);
    expect(of(tooLong)[0]?.message).toContain('Its length');
  });
});
