import { make } from '../../support/world.ts';
import type { Properties } from './refused-attacks.ts';

/** Backends and log lines of a tenant that no check can know. */
const hostileOutputs: [plugin: string, properties: Properties][] = [
  ['http', {}],
  ['http', { format: 'json', compress: 'gzip' }],
  ['es', { suppress_type_name: true }],
  ['opensearch', { suppress_type_name: true }],
  ['splunk', { splunk_token: 'planted-token' }],
  ['loki', {}],
  ['opentelemetry', {}],
  ['forward', { require_ack_response: true }],
  ['tcp', { format: 'json_lines' }],
  ['syslog', { mode: 'tcp', syslog_message_key: 'log' }],
  ['gelf', { mode: 'tcp', gelf_short_message_key: 'log' }],
  ['nats', {}],
  ['websocket', {}],
  ['influxdb', {}],
  ['kafka-rest', {}],
  ['skywalking', {}],
];

/** A tenant whose logs go to one backend by all these outputs, each in a LoggingConfiguration of its own. */
export function attacker(namespace: string, port: number) {
  return hostileOutputs.map(([plugin, properties], index) =>
    make.logging(
      `to-${index}`,
      {
        parsers: [{ name: 'json', properties: { format: 'json' } }],
        filters: [{ plugin: 'parser', properties: { key_name: 'log', parser: 'json', reserve_data: true } }],
        outputs: [{ plugin, properties: { host: '127.0.0.1', port, ...properties } }],
      },
      namespace,
    ),
  );
}

/** Lines that are odd, deep, wide or long. */
export const hostileLines: string[] = [
  '',
  '{}',
  '[]',
  'null',
  '{"log":null,"time":"x","stream":{}}',
  '{"":{"":{"":[]}}}',
  '{"a":1e999,"b":-0,"c":18446744073709551616,"d":1.0e-400}',
  '{"kubernetes":{"namespace_name":"bank"},"log":"forged"}',
  `{"a":"${'\\u0000'.repeat(2000)}"}`,
  '%s%n%x%{a}$(b)${c} \u0001\u001b[31m',
  `${'a'.repeat(40)}!`,
  `${'x'.repeat(200_000)}`,
  `${'['.repeat(60_000)}${']'.repeat(60_000)}`,
  `{${Array.from({ length: 2000 }, (_, index) => `"k${index}":${index}`).join(',')}}`,
];
