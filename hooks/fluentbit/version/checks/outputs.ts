import { createSecureContext } from 'node:tls';
import { googleCredentials, pemFile, withoutVariables } from './contents.ts';
import { address, cloudId, header, host, httpsUrl, path, rootedPath, url } from './destination.ts';
import { type Check, invalid, shown } from './fault.ts';
import {
  all,
  excludes,
  forbids,
  has,
  type ItemCheck,
  is,
  isNumber,
  isOn,
  needs,
  needsOneOf,
  together,
  when,
} from './item.ts';
import {
  accessor,
  accessorFault,
  between,
  completedKey,
  dollarKey,
  exactly,
  key,
  listOf,
  matching,
  oneOf,
  pairs,
  rule,
} from './values.ts';
import { tokens } from './words.ts';

const tlsVersions = ['sslv2', 'sslv3', 'tlsv1', 'tlsv1.1', 'tlsv1.2', 'tlsv1.3'];

/** What a value must be for every output; read in the source and tried (fact: core-output-values). */
export const outputCommon: Record<string, Check> = {
  host,
  port: between(1, 65_535, 'A port'),
  workers: between(0, 64),
  log_level: oneOf('off', 'error', 'warn', 'warning', 'info', 'debug', 'trace'),
  retry_limit: matching(
    /^(no_limits|no_retries|false|off|0*[1-9][0-9]{0,8})$/i,
    'is no limit',
    'Write no_limits, no_retries or a number from 1.',
  ),
  'tls.ciphers': ciphers,
  'tls.debug': between(0, 4),
  'tls.min_version': oneOf(...tlsVersions),
  'tls.max_version': oneOf(...tlsVersions),
  'tls.vhost': host,
  'net.dns.mode': matching(/^(UDP|TCP|U|T)$/i, 'is none of UDP, TCP'),
  'net.dns.resolver': oneOf('legacy', 'async'),
  'net.source_address': address,
};

const jsonDate = oneOf(
  'double',
  'iso8601',
  'java_sql_timestamp',
  'epoch',
  'epoch_ms',
  'epoch_millis',
  'epoch_milliseconds',
);
const jsonFormats = ['msgpack', 'json', 'json_stream', 'json_lines'];
const label: Check = (value) =>
  tokens(value.text, 2).length >= 2 ? undefined : rule('A label needs a name and a value.', 'Write it as "app shop".');

/** es and opensearch look for the word On: true is a boolean, and signs nothing. */
const signed = oneOf('on', 'off', 'false', 'no');
const base64 = matching(/^[A-Za-z0-9+/]+={0,2}$/, 'is no Base64');
const gzip = oneOf('gzip', 'none', 'false', 'off', 'no');
const kustoIdentities = ['service_principal', 'managed_identity', 'workload_identity'];
const googleList =
  /^(authenticated-?read|bucket-?owner-?full-?control|bucket-?owner-?read|private|project-?private|public-?read)$/i;
const awsCompression = exactly('gzip', 'zstd', 'snappy');

/** What a value must be, by output and property. */
export const outputValues: Record<string, Record<string, Check>> = {
  azure: { log_type_key: accessor, shared_key: base64 },
  azure_blob: {
    auth_type: oneOf('key', 'sas'),
    compress: oneOf('gzip', 'zstd'),
    blob_type: oneOf('appendblob', 'blockblob'),
    shared_key: base64,
  },
  azure_kusto: { auth_type: oneOf(...kustoIdentities), ingestion_endpoint: url },
  azure_logs_ingestion: { dce_url: url },
  cloudwatch_logs: { log_group_template: accessor, log_stream_template: accessor },
  datadog: { proxy: url, header },
  es: {
    aws_auth: signed,
    cloud_id: cloudId,
    compress: gzip,
    write_operation: oneOf('index', 'create', 'update', 'upsert'),
    logstash_prefix_key: completedKey,
    id_key: key,
    path,
  },
  file: {
    format: oneOf('csv', 'ltsv', 'plain', 'msgpack', 'template', 'out_file'),
  },
  forward: { compress: oneOf('text', 'gzip'), tag: accessor },
  bigquery: { google_service_credentials: googleCredentials('private_key', 'client_email') },
  gcs: {
    canned_acl: matching(googleList, 'is not a canned list of Google'),
    compression: oneOf('gzip', 'none'),
    google_service_credentials: googleCredentials('private_key', 'client_email'),
  },
  gelf: { mode: oneOf('tcp', 'tls', 'udp') },
  http: {
    uri: path,
    header,
    proxy: url,
    format: oneOf('gelf', 'otlp_json', 'otlp_json_pretty', ...jsonFormats),
    json_date_format: jsonDate,
    compress: oneOf('gzip', 'snappy', 'zstd'),
    http_method: oneOf('post', 'put'),
    body_key: key,
    headers_key: key,
    'oauth2.token_url': url,
    'oauth2.auth_method': oneOf('basic', 'post', 'private_key_jwt'),
  },
  influxdb: { uri: rootedPath, http_header: header },
  kafka: {
    format: oneOf('json', 'msgpack', 'gelf', 'avro', 'raw', 'otlp_json', 'otlp_proto'),
    timestamp_format: oneOf('double', 'iso8601', 'iso8601_ns'),
    'rdkafka.ssl.ca.location': pemFile(/CERTIFICATE$/, 'certificate'),
    'rdkafka.ssl.certificate.location': pemFile(/CERTIFICATE$/, 'certificate'),
    'rdkafka.ssl.crl.location': pemFile(/X509 CRL$/, 'revocation list'),
    'rdkafka.ssl.key.location': pemFile(/PRIVATE KEY$/, 'private key'),
  },
  kinesis_firehose: { compression: awsCompression },
  kinesis_streams: { compression: awsCompression },
  loki: {
    uri: rootedPath,
    header,
    compress: gzip,
    labels: pairs,
    label_map_path: withoutVariables,
    structured_metadata: pairs,
    label_keys: listOf(dollarKey),
    structured_metadata_map_keys: listOf(dollarKey),
    remove_keys: listOf(completedKey),
    line_format: oneOf('json', 'key_value'),
    drop_single_key: oneOf('raw', 'true', 'false', 'on', 'off', 'yes', 'no'),
    tenant_id_key: key,
    tenant_id_key_error_handling: oneOf('partial_success', 'partial_error'),
  },
  nrlogs: { base_uri: url, compress: gzip },
  opensearch: {
    aws_auth: signed,
    compress: gzip,
    write_operation: oneOf('index', 'create', 'update', 'upsert'),
    index: accessor,
    logstash_prefix_key: completedKey,
    id_key: key,
    path,
  },
  opentelemetry: {
    header,
    proxy: url,
    add_label: label,
    logs_uri: rootedPath,
    metrics_uri: rootedPath,
    traces_uri: rootedPath,
    profiles_uri: rootedPath,
    compress: oneOf('gzip', 'zstd'),
    http2: oneOf('on', 'off', 'true', 'false', 'yes', 'no', 'force'),
    logs_body_key: key,
    'oauth2.token_url': url,
    'oauth2.auth_method': oneOf('basic', 'post', 'private_key_jwt'),
  },
  prometheus_exporter: { add_label: label },
  prometheus_remote_write: { header, proxy: url, uri: rootedPath, add_label: label },
  s3: {
    authorization_endpoint_url: url,
    compression: oneOf('none', 'gzip', 'zstd', 'snappy'),
    format: oneOf('json', 'json_lines', 'otlp_json'),
    json_date_format: jsonDate,
    s3_key_format: matching(/^\//, 'does not begin with /'),
  },
  slack: { webhook: httpsUrl },
  splunk: {
    compress: gzip,
    event_key: dollarKey,
    event_host: accessor,
    event_source: accessor,
    event_sourcetype_key: accessor,
    event_index_key: accessor,
    metadata_auth_key: accessor,
    event_field: (value) => {
      const [, field = ''] = tokens(value.text, 1);
      return accessorFault(value, field);
    },
  },
  stackdriver: {
    labels: pairs,
    resource_labels: pairs,
    google_service_credentials: googleCredentials('private_key', 'client_email', 'project_id'),
  },
  syslog: {
    mode: oneOf('tcp', 'tls', 'udp', 'dtls'),
    syslog_format: oneOf('rfc3164', 'rfc5424'),
    syslog_severity_preset: between(0, 7),
    syslog_facility_preset: between(0, 23),
  },
  tcp: { format: oneOf(...jsonFormats), json_date_format: jsonDate, raw_message_key: accessor },
  td: { region: oneOf('us', 'jp') },
  udp: { host: address, format: oneOf(...jsonFormats), json_date_format: jsonDate, raw_message_key: accessor },
  websocket: { uri: rootedPath, header, format: oneOf(...jsonFormats), json_date_format: jsonDate },
};

const upsert = when(is('write_operation', 'update', 'upsert'), needsOneOf('id_key', 'generate_id'));
const aws = when(isOn('aws_auth'), needs('aws_region'));
const oauth = when(
  isOn('oauth2.enable'),
  all(
    when(
      isNumber('workers', 0),
      forbids('workers', 'Without a worker of its own it asks for tokens in the thread of all pipelines.'),
    ),
    needs('oauth2.token_url', 'oauth2.client_id'),
    when(
      is('oauth2.auth_method', 'private_key_jwt'),
      needs('oauth2.jwt_key_file', 'oauth2.jwt_cert_file'),
      needs('oauth2.client_secret'),
    ),
  ),
);

/** What stackdriver must know of a resource that has no labels of its own. */
const labelled = (resource: ReturnType<typeof is>, ...names: string[]): ItemCheck =>
  when((item) => resource(item) && !has('resource_labels')(item), needs(...names));

/** What the properties of an output must be together. */
export const outputItems: Record<string, ItemCheck> = {
  azure: needs('customer_id', 'shared_key'),
  azure_blob: all(
    needs('account_name', 'container_name'),
    when(
      (item) => isOn('compress_blob')(item) && !is('blob_type', 'blockblob')(item),
      forbids('compress_blob', 'It needs blob_type blockblob.', 'Set blob_type, or use compress.'),
    ),
  ),
  cloudwatch_logs: all(
    needs('region', 'log_group_name'),
    needsOneOf('log_stream_name', 'log_stream_prefix'),
    excludes('log_stream_name', 'log_stream_prefix'),
  ),
  datadog: needs('apikey'),
  es: all(upsert, aws),
  forward: all(
    when(has('username'), needsOneOf('shared_key', 'empty_shared_key')),
    when(has('password'), needsOneOf('shared_key', 'empty_shared_key')),
    when(
      isOn('time_as_integer'),
      when(is('compress', 'gzip'), forbids('compress', 'It cannot go with time_as_integer.')),
    ),
    when(
      has('tag', '$'),
      when(is('compress', 'gzip'), forbids('compress', 'It cannot go with a tag from the record.')),
    ),
  ),
  gcs: needs('bucket', 'google_service_credentials'),
  http: all(together('body_key', 'headers_key'), when(isOn('aws_auth'), needs('aws_region', 'aws_service')), oauth),
  kafka: needs('brokers'),
  kinesis_firehose: all(needs('region', 'delivery_stream'), excludes('time_key', 'log_key')),
  kinesis_streams: all(needs('region', 'stream'), excludes('time_key', 'log_key')),
  logdna: needs('api_key'),
  nrlogs: needsOneOf('api_key', 'license_key'),
  opensearch: all(upsert, aws),
  opentelemetry: all(aws, oauth),
  s3: needs('bucket'),
  slack: needs('webhook'),
  splunk: needsOneOf('splunk_token', 'http_user'),
  stackdriver: all(
    labelled(is('resource', 'k8s_container', 'k8s_node', 'k8s_pod'), 'k8s_cluster_name', 'k8s_cluster_location'),
    labelled(is('resource', 'generic_node'), 'location', 'namespace', 'node_id'),
    labelled(is('resource', 'generic_task'), 'location', 'namespace', 'job', 'task_id'),
    when(has('service_account_secret'), needs('service_account_email')),
  ),
  syslog: needs('mode'),
  td: needs('api', 'database', 'table'),
  gelf: needs('mode'),
};

/** A list that OpenSSL knows no cipher of ends the agent. */
function ciphers(value: Parameters<Check>[0]): ReturnType<Check> {
  try {
    createSecureContext({ ciphers: value.text });
    return undefined;
  } catch {
    return invalid(`${shown(value)} names no cipher.`, 'Write names of OpenSSL, such as HIGH:!aNULL.');
  }
}
