export type Properties = Record<string, string | number | boolean | string[]>;

/** Settings of a tenant that would read, stop or end what others have. They are refused before a node sees them. */
export interface RefusedAttack {
  kind: 'path' | 'log' | 'time' | 'size' | 'loop' | 'memory' | 'address' | 'identity';
  /** In words. */
  what: string;
  /** What is named. */
  at: string;
  spec: Record<string, unknown>;
}

const to = (plugin: string, properties: Properties) => ({ outputs: [{ plugin, properties }] });
const web = { host: 'a.example.com' };
const http = to('http', web);
const through = (...filters: [plugin: string, properties: Properties][]) => ({
  filters: filters.map(([plugin, properties]) => ({ plugin, properties })),
  ...http,
});
const multiline: [string, Properties] = ['multiline', { 'multiline.parser': 'java', 'multiline.key_content': 'log' }];
const azure = { account_name: 'a', container_name: 'logs', shared_key: 'YQ==' };
const oauth = {
  'oauth2.enable': true,
  'oauth2.client_id': 'a',
  'oauth2.client_secret': 'b',
  'oauth2.token_url': 'https://b.example.com/token',
};
const doubling: [string, Properties][] = [0, 1, 2, 3, 4].flatMap((round): [string, Properties][] => [
  ['nest', { operation: 'nest', wildcard: '*', nest_under: `all${round}` }],
  ['modify', { copy: `all${round} again${round}` }],
]);

export const refusedAttacks: RefusedAttack[] = [
  {
    kind: 'path',
    what: 'azure_blob, chunks of others',
    at: 'spec.outputs[0].properties.azure_blob_buffer_key',
    spec: to('azure_blob', { ...azure, azure_blob_buffer_key: '../chunks' }),
  },
  {
    kind: 'path',
    what: 'azure_blob, folder of others',
    at: 'spec.outputs[0].properties.buffer_dir',
    spec: to('azure_blob', { ...azure, buffer_dir: '/var/lib/fluentbind' }),
  },
  {
    kind: 'path',
    what: 's3, chunks of others',
    at: 'spec.outputs[0].properties.bucket',
    spec: to('s3', { bucket: '../chunks', region: 'eu-west-1' }),
  },
  {
    kind: 'path',
    what: 's3, folder of others',
    at: 'spec.outputs[0].properties.store_dir',
    spec: to('s3', { bucket: 'b', region: 'eu-west-1', store_dir: '/var/lib' }),
  },
  {
    kind: 'path',
    what: 'gcs, folder of others',
    at: 'spec.outputs[0].plugin',
    spec: to('gcs', { bucket: '../../chunks' }),
  },
  {
    kind: 'path',
    what: 'azure_kusto, folder of others',
    at: 'spec.outputs[0].properties.azure_kusto_buffer_key',
    spec: to('azure_kusto', { azure_kusto_buffer_key: '../chunks' }),
  },
  {
    kind: 'path',
    what: 'forward to a socket of the node',
    at: 'spec.outputs[0].properties.unix_path',
    spec: to('forward', { unix_path: '/run/containerd/containerd.sock' }),
  },
  {
    kind: 'path',
    what: 'forward by a file of nodes',
    at: 'spec.outputs[0].properties.upstream',
    spec: to('forward', { upstream: '/etc/passwd' }),
  },
  {
    kind: 'path',
    what: 'kafka, a library of the node',
    at: 'spec.outputs[0].properties.rdkafka.plugin.library.paths',
    spec: to('kafka', { brokers: 'a:9092', 'rdkafka.plugin.library.paths': '/tmp/x' }),
  },
  {
    kind: 'path',
    what: 'kafka, a key of the node',
    at: 'spec.outputs[0].properties.rdkafka.ssl.key.location',
    spec: to('kafka', { brokers: 'a:9092', 'rdkafka.ssl.key.location': '/etc/shadow' }),
  },
  {
    kind: 'log',
    what: 'splunk writes the token',
    at: 'spec.outputs[0].properties.http_debug_bad_request',
    spec: to('splunk', { ...web, splunk_token: 't', http_debug_bad_request: true }),
  },
  {
    kind: 'log',
    what: 'es writes records',
    at: 'spec.outputs[0].properties.trace_output',
    spec: to('es', { ...web, trace_output: true }),
  },
  {
    kind: 'log',
    what: 'es writes records of errors',
    at: 'spec.outputs[0].properties.trace_error',
    spec: to('es', { ...web, trace_error: true }),
  },
  {
    kind: 'log',
    what: 'opensearch writes records',
    at: 'spec.outputs[0].properties.Trace_Output',
    spec: to('opensearch', { ...web, Trace_Output: 'On' }),
  },
  {
    kind: 'log',
    what: 'http writes what it does',
    at: 'spec.outputs[0].properties.log_level',
    spec: to('http', { ...web, log_level: 'trace' }),
  },
  {
    kind: 'log',
    what: 'kafka writes what it does',
    at: 'spec.outputs[0].properties.rdkafka.debug',
    spec: to('kafka', { brokers: 'a:9092', 'rdkafka.debug': 'all' }),
  },
  {
    kind: 'log',
    what: 'TLS writes what it does',
    at: 'spec.outputs[0].properties.tls.debug',
    spec: to('http', { ...web, tls: true, 'tls.debug': 4 }),
  },
  {
    kind: 'time',
    what: 'tokens in the thread of all',
    at: 'spec.outputs[0].properties.workers',
    spec: to('http', { ...web, ...oauth, workers: 0 }),
  },
  {
    kind: 'time',
    what: 'tokens in the thread of all, oddly',
    at: 'spec.outputs[0].properties.Workers',
    spec: to('http', { ...web, ...oauth, Workers: '-00' }),
  },
  {
    kind: 'time',
    what: 'loki in the thread of all',
    at: 'spec.outputs[0].properties.workers',
    spec: to('loki', { ...web, workers: 0 }),
  },
  {
    kind: 'time',
    what: 'names by the legacy resolver',
    at: 'spec.outputs[0].properties.net.dns.resolver',
    spec: to('http', { ...web, 'net.dns.resolver': 'legacy' }),
  },
  {
    kind: 'time',
    what: 'names by TCP without an answer',
    at: 'spec.outputs[0].properties.net.connect_timeout',
    spec: to('http', { ...web, 'net.dns.mode': 'TCP', 'net.connect_timeout': '10h' }),
  },
  {
    kind: 'time',
    what: 'time-outs of days',
    at: 'spec.outputs[0].properties.net.io_timeout',
    spec: to('http', { ...web, 'net.io_timeout': '40h' }),
  },
  {
    kind: 'size',
    what: 'es, an answer without an end',
    at: 'spec.outputs[0].properties.buffer_size',
    spec: to('es', { ...web, buffer_size: 'false' }),
  },
  {
    kind: 'size',
    what: 'opensearch, an answer without an end',
    at: 'spec.outputs[0].properties.buffer_size',
    spec: to('opensearch', { ...web, buffer_size: 'False' }),
  },
  {
    kind: 'size',
    what: 'splunk, an answer without an end',
    at: 'spec.outputs[0].properties.http_buffer_size',
    spec: to('splunk', { ...web, splunk_token: 't', http_buffer_size: '10G' }),
  },
  {
    kind: 'size',
    what: 'threads without an end',
    at: 'spec.outputs[0].properties.workers',
    spec: to('http', { ...web, workers: 5000 }),
  },
  { kind: 'size', what: 'a record that doubles', at: 'spec.filters[9]', spec: through(...doubling) },
  {
    kind: 'size',
    what: 'a list of 300,000 items',
    at: 'spec',
    spec: through(['record_modifier', { allowlist_key: Array.from({ length: 300_000 }, (_, index) => `k${index}`) }]),
  },
  {
    kind: 'size',
    what: 'a rate over years',
    at: 'spec.filters[0].properties.window',
    spec: through(['throttle', { rate: 1, window: 4_000_000_000 }]),
  },
  { kind: 'loop', what: 'two multiline filters', at: 'spec.filters[1].plugin', spec: through(multiline, multiline) },
  {
    kind: 'loop',
    what: 'one beside input.multiline',
    at: 'spec.filters[0].plugin',
    spec: { input: { multiline: ['java'] }, ...through(multiline) },
  },
  {
    kind: 'memory',
    what: 'geoip2 beyond its 64 bytes',
    at: 'spec.filters[0].properties.record',
    spec: through(['geoip2', { database: '/x', lookup_key: 'ip', record: `a ip %{${'x'.repeat(100)}}` }]),
  },
  {
    kind: 'memory',
    what: 'lines that are joined behind the guard',
    at: 'spec.filters[0].properties.buffer',
    spec: through(['multiline', { 'multiline.parser': 'java', 'multiline.key_content': 'log', buffer: 'off' }]),
  },
  {
    kind: 'memory',
    what: 'alter_size',
    at: 'spec.filters[0].properties.remove',
    spec: through(['alter_size', { remove: 10 }]),
  },
  {
    kind: 'memory',
    what: 'a request line beyond 2 KiB',
    at: 'spec.outputs[0].properties.uri',
    spec: to('http', { ...web, uri: `/${'x'.repeat(4000)}` }),
  },
  {
    kind: 'address',
    what: 'the reload server',
    at: 'spec.outputs[0].properties.host',
    spec: to('http', { host: '127.0.0.1', port: 2020, uri: '/api/v2/reload' }),
  },
  {
    kind: 'address',
    what: 'the same in another notation',
    at: 'spec.outputs[0].properties.host',
    spec: to('http', { host: '0x7f.1', port: 2020 }),
  },
  {
    kind: 'address',
    what: 'the same in IPv6',
    at: 'spec.outputs[0].properties.host',
    spec: to('http', { host: '::ffff:127.0.0.1', port: 2020 }),
  },
  {
    kind: 'address',
    what: 'the same by its name',
    at: 'spec.outputs[0].properties.host',
    spec: to('http', { host: 'localhost', port: 2020 }),
  },
  {
    kind: 'address',
    what: 'the same by a proxy',
    at: 'spec.outputs[0].properties.proxy',
    spec: to('http', { ...web, proxy: 'http://127.0.0.1:2020' }),
  },
  {
    kind: 'identity',
    what: 'es with the identity of the node',
    at: 'spec.outputs[0].properties.aws_auth',
    spec: to('es', { ...web, aws_auth: 'On', aws_region: 'eu-west-1' }),
  },
];
