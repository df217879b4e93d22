/** What becomes of the records of a request that the backend refuses for what they are, and so at every attempt. */
export type Refusal =
  /** They are sent again, as if the backend were away. */
  | 'retried'
  /** They are dropped at once, and counted as dropped. */
  | 'dropped'
  /** They count as delivered, and are lost. */
  | 'lost'
  /** The protocol has no refusal. */
  | 'none';

/** How an output reads the answers of its backend (fact: answers-of-backends). */
export interface Answers {
  refusal: Refusal;
  /** After what the whole chunk is sent again; a backend that cannot be reached is the same for every output. */
  retried: string;
  /** What drops the chunk at once, counted as dropped. */
  dropped: string;
  /** What counts as delivered although records are lost. */
  lost: string;
  /** Where: `file:line` of Fluent Bit's source tree. */
  source: string;
}

const nothing = '–';
const every = 'every status but 2xx';
const to205 = 'every status but 200 to 205';
const noAnswer = {
  refusal: 'none',
  retried: 'a connection that breaks',
  dropped: nothing,
  lost: 'what the backend refuses, for it does not answer',
} as const;

/** Every output that a policy allows by default. */
export const answers: Readonly<Record<string, Answers>> = {
  azure: {
    refusal: 'retried',
    retried: every,
    dropped: nothing,
    lost: nothing,
    source: 'plugins/out_azure/azure.c:398',
  },
  azure_blob: {
    refusal: 'retried',
    retried: 'every status but 201, and 202 for the list of blocks',
    dropped: nothing,
    lost: nothing,
    source: 'plugins/out_azure_blob/azure_blob.c:1022',
  },
  azure_kusto: {
    refusal: 'retried',
    retried: 'every status but 200 and 201',
    dropped: nothing,
    lost: 'refusals by the database itself, which come later',
    source: 'plugins/out_azure_kusto/azure_kusto_ingest.c:472',
  },
  azure_logs_ingestion: {
    refusal: 'retried',
    retried: every,
    dropped: nothing,
    lost: nothing,
    source: 'plugins/out_azure_logs_ingestion/azure_logs_ingestion.c:332',
  },
  bigquery: {
    refusal: 'retried',
    retried: 'every status but 200',
    dropped: nothing,
    lost: '200 with insertErrors',
    source: 'plugins/out_bigquery/bigquery.c:1071',
  },
  cloudwatch_logs: {
    refusal: 'retried',
    retried: 'every error but the next',
    dropped: 'a log stream that does not exist',
    lost: 'events that are too large',
    source: 'plugins/out_cloudwatch_logs/cloudwatch_api.c:2193',
  },
  datadog: {
    refusal: 'retried',
    retried: to205,
    dropped: nothing,
    lost: nothing,
    source: 'plugins/out_datadog/datadog.c:449',
  },
  es: {
    refusal: 'retried',
    retried: 'every status but 200 and 201; 200 if no document of the bulk was taken, 409 for all of them as well',
    dropped: nothing,
    lost: '200 if at least one document was taken: the others, also those with 429',
    source: 'plugins/out_es/es.c:1179',
  },
  forward: {
    ...noAnswer,
    retried: 'no acknowledgement, where require_ack_response is on',
    source: 'plugins/out_forward/forward.c:1802',
  },
  gcs: {
    refusal: 'retried',
    retried: 'every status but 2xx, from a queue of its own',
    dropped: nothing,
    lost: nothing,
    source: 'plugins/out_gcs/gcs.c:835',
  },
  gelf: { ...noAnswer, source: 'plugins/out_gelf/gelf.c:355' },
  http: {
    refusal: 'dropped',
    retried: '408, 429, and every status outside of 200 to 205 and 4xx',
    dropped: 'every other 4xx, 401 and 403 as well',
    lost: nothing,
    source: 'plugins/out_http/http.c:329',
  },
  influxdb: {
    refusal: 'lost',
    retried: 'no answer',
    dropped: nothing,
    lost: 'every answer counts as delivered, 401 and 5xx as well',
    source: 'plugins/out_influxdb/influxdb.c:550',
  },
  kafka: {
    refusal: 'lost',
    retried: 'a queue that is full',
    dropped: 'messages that the library refuses, such as larger ones than message.max.bytes',
    lost: 'messages that the broker refuses, or does not take in time, once they are in the queue',
    source: 'plugins/out_kafka/kafka.c:471',
  },
  'kafka-rest': {
    refusal: 'retried',
    retried: 'every status but 200',
    dropped: nothing,
    lost: '200 with an error of single records',
    source: 'plugins/out_kafka_rest/kafka.c:306',
  },
  kinesis_firehose: {
    refusal: 'retried',
    retried: 'every error; one record that failed: all of them again',
    dropped: nothing,
    lost: 'records that are too large',
    source: 'plugins/out_kinesis_firehose/firehose_api.c:1054',
  },
  kinesis_streams: {
    refusal: 'retried',
    retried: 'every error; one record that failed: all of them again',
    dropped: nothing,
    lost: 'records that are too large',
    source: 'plugins/out_kinesis_streams/kinesis_api.c:1100',
  },
  logdna: {
    refusal: 'retried',
    retried: to205,
    dropped: nothing,
    lost: nothing,
    source: 'plugins/out_logdna/logdna.c:577',
  },
  loki: {
    refusal: 'retried',
    retried: 'every status but 200 to 205 and 400: 401, 403, 404, 413, 422, 429, 5xx',
    dropped: '400',
    lost: nothing,
    source: 'plugins/out_loki/loki.c:2020',
  },
  nats: { ...noAnswer, source: 'plugins/out_nats/nats.c:221' },
  nrlogs: {
    refusal: 'retried',
    retried: to205,
    dropped: nothing,
    lost: nothing,
    source: 'plugins/out_nrlogs/newrelic.c:480',
  },
  null: {
    refusal: 'none',
    retried: nothing,
    dropped: nothing,
    lost: 'everything',
    source: 'plugins/out_null/null.c:138',
  },
  opensearch: {
    refusal: 'retried',
    retried:
      'every status but 200 and 201; 200 if one document of the bulk was refused, but for 409: all of them again',
    dropped: nothing,
    lost: nothing,
    source: 'plugins/out_opensearch/opensearch.c:913',
  },
  opentelemetry: {
    refusal: 'dropped',
    retried: '429, 502, 503, 504',
    dropped: 'every other status but 200 to 205: 401, 403 and 500 as well',
    lost: 'a partial success',
    source: 'plugins/out_opentelemetry/opentelemetry.c:373',
  },
  prometheus_remote_write: {
    refusal: 'retried',
    retried: 'every status but 200 to 205 and 400',
    dropped: '400',
    lost: nothing,
    source: 'plugins/out_prometheus_remote_write/remote_write.c:191',
  },
  s3: {
    refusal: 'retried',
    retried: 'every error, from a store of its own; no_limits is 5 attempts',
    dropped: nothing,
    lost: nothing,
    source: 'plugins/out_s3/s3.c:838',
  },
  skywalking: {
    refusal: 'retried',
    retried: to205,
    dropped: nothing,
    lost: nothing,
    source: 'plugins/out_skywalking/skywalking.c:372',
  },
  splunk: {
    refusal: 'dropped',
    retried: '408, 429, and every status outside of 200 and 4xx',
    dropped: 'every other 4xx, 401 and 403 as well',
    lost: '200 with an error inside',
    source: 'plugins/out_splunk/splunk.c:1028',
  },
  syslog: { ...noAnswer, source: 'plugins/out_syslog/syslog.c:948' },
  tcp: { ...noAnswer, source: 'plugins/out_tcp/tcp.c:192' },
  td: {
    refusal: 'retried',
    retried: 'every status but 200',
    dropped: nothing,
    lost: nothing,
    source: 'plugins/out_td/td.c:190',
  },
  udp: { ...noAnswer, source: 'plugins/out_udp/udp.c:204' },
  websocket: { ...noAnswer, source: 'plugins/out_websocket/websocket.c:301' },
};

/**
 * Attempts for an output that sends again what its backend refuses for good. Fluent Bit cannot tell that from a backend
 * that is away, so this has to outlast an outage: an attempt comes after half of the longest time between two on
 * average, which makes three and a half days with the default of 300 seconds, and four hours with the least, 10. The
 * buffer gives up its oldest chunks long before in most cases. A reload begins to count anew.
 */
export const boundedAttempts = 2000;

/** What `retry_limit` is where nobody sets it: no limit where only a backend that is away causes retries. */
export function retryLimit(plugin: string): number | 'no_limits' {
  const refusal = Object.hasOwn(answers, plugin) ? answers[plugin]?.refusal : undefined;
  return refusal === 'retried' ? boundedAttempts : 'no_limits';
}

/** The settings of an output that decide whether a document may have an id of its content. */
export interface SentAgain {
  isSet: (property: string) => boolean;
  /** The text of a property where it is literal; undefined where it is not set, or comes from elsewhere. */
  literal: (property: string) => string | undefined;
}

/**
 * What is written so that documents that a backend took already are not there twice when their chunk is sent again.
 * opensearch sends all of a bulk again because of one that is refused; with an id of its content each of the others
 * replaces itself. Nanoseconds keep two equal lines of one millisecond apart. Not where the index has a format of time,
 * which Fluent Bit does not fill in beside ids, nor where the time is that of the attempt.
 */
export function idsOfContent(plugin: string, { isSet, literal }: SentAgain): [property: string, value: boolean][] {
  if (plugin !== 'opensearch') return [];
  if (['id_key', 'generate_id', 'time_key_nanos', 'current_time_index'].some(isSet)) return [];
  if (isSet('index') && (literal('index') ?? '%').includes('%')) return [];
  return [
    ['generate_id', true],
    ['time_key_nanos', true],
  ];
}
