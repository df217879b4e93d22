/** Outputs that start two threads each unless told otherwise (fact: threads-of-outputs): a thousand of them are too many. */
export const threadedOutputs: ReadonlySet<string> = new Set([
  'es',
  'forward',
  'http',
  'prometheus_remote_write',
  'splunk',
  'tcp',
  'udp',
]);

/**
 * Outputs that work in the thread of the engine unless told otherwise (fact: threads-of-outputs), where a record with
 * tens of thousands of keys takes seconds of everybody's time. More than one thread each some of them do not survive.
 * `null` has one by default, and is counted with them.
 */
export const engineOutputs: ReadonlySet<string> = new Set([
  'datadog',
  'gelf',
  'influxdb',
  'kafka-rest',
  'logdna',
  'nats',
  'nrlogs',
  'null',
  'opensearch',
  'opentelemetry',
  'skywalking',
  'syslog',
  'td',
  'websocket',
]);
