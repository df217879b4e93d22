import { describe, expect, it } from 'vitest';
import { allowedByDefault, namedReason, neverReason } from '../../../../hooks/fluentbit/policy/plugins.ts';
import { catalogue, pluginNames, propertyType } from '../../../../hooks/fluentbit/version/catalogue.ts';
import { ambientOutputs } from '../../../../hooks/fluentbit/version/checks/ambient-identity.ts';
import { namesDestination } from '../../../../hooks/fluentbit/version/plugins/destination-properties.ts';
import { namesFile } from '../../../../hooks/fluentbit/version/plugins/file-properties.ts';
import { pathRule } from '../../../../hooks/fluentbit/version/plugins/path-rules.ts';
import { reservedReason } from '../../../../hooks/fluentbit/version/plugins/reserved.ts';
import { unfitReason } from '../../../../hooks/fluentbit/version/plugins/unfit-outputs.ts';

const kinds = ['filter', 'output'] as const;

/** All texts among the properties of plugins that a policy can allow, as kind, plugin and property. */
const texts = kinds.flatMap((kind) =>
  pluginNames(kind)
    .filter((plugin) => neverReason(kind, plugin) === undefined)
    .flatMap((plugin) =>
      [...Object.keys(catalogue.plugins[kind][plugin] ?? {}), ...Object.keys(catalogue.common[kind])]
        .filter((property) => ['string', 'list', 'prefix'].includes(propertyType(kind, plugin, property) ?? 'prefix'))
        .map((property) => [kind, plugin, property] as const),
    ),
);

/** librdkafka's own, of which the catalogue knows no more than their prefix. */
const librdkafka = [
  'bootstrap.servers',
  'https.ca.location',
  'metadata.broker.list',
  'offset.store.path',
  'sasl.kerberos.keytab',
  'sasl.kerberos.kinit.cmd',
  'sasl.kerberos.principal',
  'sasl.oauthbearer.assertion.file',
  'sasl.oauthbearer.assertion.jwt.template.file',
  'sasl.oauthbearer.assertion.private.key.file',
  'sasl.oauthbearer.token.endpoint.url',
  'ssl.ca.location',
  'ssl.certificate.location',
  'ssl.crl.location',
  'ssl.engine.location',
  'ssl.key.location',
  'ssl.keystore.location',
  'plugin.library.paths',
].map((name) => ['output', 'kafka', `rdkafka.${name}`] as const);

function unclassified(
  looksLike: RegExp,
  harmless: Record<string, string>,
  rule: (kind: 'filter' | 'output', plugin: string, property: string) => unknown,
): string[] {
  const found = [...texts, ...librdkafka]
    .filter(
      ([kind, plugin, property]) => looksLike.test(property) && reservedReason(kind, plugin, property) === undefined,
    )
    .filter(([kind, plugin, property]) => rule(kind, plugin, property) === undefined)
    .map((names) => names.join(' '));
  const patterns = Object.keys(harmless).map((pattern) => new RegExp(`^${pattern}$`));
  const idle = patterns.filter((pattern) => !found.some((name) => pattern.test(name))).map(String);
  return [...found.filter((name) => !patterns.some((pattern) => pattern.test(name))), ...idle];
}

describe('every plugin of the catalogue is in one class', () => {
  it.each(kinds)('%ss', (kind) => {
    const classes = pluginNames(kind).map((plugin) => [
      plugin,
      [
        allowedByDefault(kind).includes(plugin),
        namedReason(kind, plugin) !== undefined,
        neverReason(kind, plugin) !== undefined,
      ].filter(Boolean).length,
    ]);
    expect(classes.filter(([, count]) => count !== 1)).toEqual([]);
    for (const plugin of allowedByDefault(kind)) expect(pluginNames(kind)).toContain(plugin);
  });

  it('what the checks refuse, no policy allows', () => {
    for (const plugin of pluginNames('output'))
      if (unfitReason(plugin) !== undefined) expect(neverReason('output', plugin)).toBeDefined();
  });
});

describe('every property that looks like one', () => {
  it('of a path is classified', () => {
    const harmless = {
      'output azure_blob path': 'prefix of blobs',
      'output (es|opensearch) path': 'prefix of requests',
      'output azure_kusto database_name': 'name at the backend',
      'output (influxdb|td) database': 'name at the backend',
      'output kafka-rest url_path': 'path of requests',
      'output logdna file': 'attribute of a record',
      'output (cloudwatch_logs|kinesis_firehose|kinesis_streams|s3) profile':
        'of the identity of the agent, which the policy has to name',
      'output \\S+ aws_profile': 'of the identity of the agent, which the policy has to name',
      'output opentelemetry (grpc_)?profiles_uri': 'path of requests',
    };
    const looks = /path|file|dir|database|location|script|credentials$|keytab|upstream|socket|store|crt|cmd$/;
    expect(unclassified(looks, harmless, pathRule)).toEqual([]);
  });

  it('of a destination is classified', () => {
    const harmless = {
      '\\S+ \\S+ (tls\\.vhost|net\\.dns\\.resolver|net\\.source_address)':
        'name in a handshake, way to look up, own address',
      'output \\S+ tls\\.proxy\\.\\S+': 'TLS with a proxy, which the policy has to allow',
      'output (http|influxdb|loki|opentelemetry|oracle_log_analytics|prometheus_remote_write|websocket) (\\S+_)?uri':
        'path of requests',
      'output kafka-rest url_path': 'path of requests',
      'output logdna (hostname|logdna_endpoint)': 'attribute of a record, path of requests',
      'output (datadog|gelf|http|kafka|splunk|forward|syslog) \\S*host\\S*': 'attribute of a record, or its key',
      'output (azure_blob|s3) (configuration|authorization)_endpoint_(bearer_token|username|password)':
        'credentials for the endpoint',
      'filter sysinfo hostname_key': 'key of a record',
    };
    const looks = /host|url|uri|endpoint|broker|server|proxy|webhook|address/;
    const rule = (kind: 'filter' | 'output', plugin: string, property: string) =>
      namesDestination(kind, plugin, property) || undefined;
    expect(unclassified(looks, harmless, rule)).toEqual([]);
  });

  it('of an identity of the node belongs to an output that is looked at', () => {
    const looks = /^(aws_|role_arn|profile$|metadata_server|workload_identity|google_service|enable_identity)/;
    const others = texts.filter(
      ([kind, plugin, name]) => kind === 'output' && looks.test(name) && !ambientOutputs.includes(plugin),
    );
    expect(others).toEqual([]);
  });
});

it('destinations and paths that are classified exist', () => {
  const listed = texts.filter(([kind, plugin, name]) => namesDestination(kind, plugin, name) && name !== 'host');
  expect(listed.length).toBeGreaterThan(20);
  for (const [kind, plugin, property] of texts.filter((names) => namesFile(...names)))
    if (reservedReason(kind, plugin, property) === undefined) expect(pathRule(kind, plugin, property)).toBeDefined();
});
