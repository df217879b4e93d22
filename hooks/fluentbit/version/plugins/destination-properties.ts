import { hostsIn } from './hosts.ts';

/** How a property names its destinations. */
type Form = 'one' | 'list' | 'cloud id';

const aws = { aws_sts_endpoint: 'one' } as const;
const oauth = { 'oauth2.token_url': 'one' } as const;
const proxy = { proxy: 'one' } as const;
const awsOutput = { endpoint: 'one', sts_endpoint: 'one' } as const;

/** Properties that say where to connect to, beside `host` of every output. */
const byPlugin: Record<string, Record<string, Form>> = {
  'filter/ecs': { ecs_meta_host: 'one' },
  'output/azure_blob': { endpoint: 'one', configuration_endpoint_url: 'one' },
  'output/azure_kusto': { ingestion_endpoint: 'one' },
  'output/azure_logs_ingestion': { auth_url: 'one', dce_url: 'one' },
  'output/cloudwatch_logs': awsOutput,
  'output/datadog': proxy,
  'output/es': { ...aws, cloud_id: 'cloud id' },
  'output/http': { ...aws, ...oauth, ...proxy },
  'output/kafka': {
    brokers: 'list',
    'rdkafka.bootstrap.servers': 'list',
    'rdkafka.metadata.broker.list': 'list',
    'rdkafka.sasl.oauthbearer.token.endpoint.url': 'one',
  },
  'output/kinesis_firehose': awsOutput,
  'output/kinesis_streams': awsOutput,
  'output/logdna': { logdna_host: 'one' },
  'output/nrlogs': { base_uri: 'one' },
  'output/opensearch': aws,
  'output/opentelemetry': { ...aws, ...oauth, ...proxy },
  'output/oracle_log_analytics': proxy,
  'output/prometheus_remote_write': { ...aws, ...proxy },
  'output/s3': { ...awsOutput, authorization_endpoint_url: 'one' },
  'output/slack': { webhook: 'one' },
  'output/stackdriver': { cloud_logging_base_url: 'one', metadata_server: 'one' },
};

/** Outputs that ship to 127.0.0.1 when they have no host, as their sources say. */
const loopbackOutputs = new Set([
  'es',
  'forward',
  'gelf',
  'http',
  'influxdb',
  'kafka-rest',
  'loki',
  'nats',
  'opensearch',
  'opentelemetry',
  'prometheus_remote_write',
  'skywalking',
  'splunk',
  'syslog',
  'tcp',
  'udp',
  'websocket',
]);

/** Properties that stand in for the host. */
const insteadOfHost = ['cloud_id', 'unix_path'];

export function namesDestination(kind: 'filter' | 'output', plugin: string, property: string): boolean {
  return (kind === 'output' && property === 'host') || Object.hasOwn(byPlugin[`${kind}/${plugin}`] ?? {}, property);
}

/** The hosts that the text of such a property leads to. */
export function hostsOf(kind: 'filter' | 'output', plugin: string, property: string, text: string): string[] {
  const form = byPlugin[`${kind}/${plugin}`]?.[property];
  if (form === 'list') return text.split(/[\s,]+/).flatMap((one) => (one === '' ? [] : hostsIn(one)));
  return form === 'cloud id' ? cloudHosts(text) : hostsIn(text);
}

/** `name:base64(region$host:port$…)` is host.region (extract_cloud_host of out_es). */
function cloudHosts(text: string): string[] {
  const decoded = Buffer.from(text.slice(text.indexOf(':') + 1), 'base64').toString('utf8');
  const [region, host] = decoded.split('$').filter((part) => part !== '');
  return region === undefined || host === undefined ? [] : hostsIn(`${host.replace(/:.*$/s, '')}.${region}`);
}

/** Where an output ships to without being told. */
export function defaultHost(plugin: string, has: (property: string) => boolean): string | undefined {
  return loopbackOutputs.has(plugin) && !has('host') && !insteadOfHost.some(has) ? '127.0.0.1' : undefined;
}
