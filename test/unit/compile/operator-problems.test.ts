import { describe, expect, it } from 'vitest';
import type { FluentBitAgentSpec } from '../../../hooks/api/kinds/fluent-bit-agent.ts';
import { operatorProblems } from '../../../hooks/compile/operator-spec.ts';

type Part = Pick<FluentBitAgentSpec, 'inputs' | 'filters' | 'outputs' | 'parsers'>;
type Input = NonNullable<Part['inputs']>[number];

const otlp: Input = { id: 'a', plugin: 'opentelemetry', port: 4318 };
const input = (change: Partial<Input>): Part => ({ inputs: [{ ...otlp, ...change }] });
const properties = (plugin: string, own: Input['properties']) => input({ plugin, properties: own });
const parsers: Part['parsers'] = [{ name: 'line', properties: { format: 'regex', regex: '^(?<m>.*)$' } }];
const output = (plugin: string, own: Input['properties'] = {}): Part => ({
  inputs: [otlp],
  outputs: [{ plugin, properties: own }],
});
const filter = (plugin: string, own: Input['properties'] = {}): Part => ({
  inputs: [otlp],
  filters: [{ plugin, properties: own }],
});

describe('what an operator adds to an agent', () => {
  it.each<[string, Part]>([
    ...['forward', 'OpenTelemetry', 'elasticsearch', 'splunk', 'tcp', 'udp'].map((plugin): [string, Part] => [
      plugin,
      input({ plugin }),
    ]),
    ['syslog', { ...properties('syslog', { mode: 'tcp', parser: 'line' }), parsers }],
    ['settings of its own', properties('forward', { buffer_max_size: '4M', 'net.keepalive': true })],
    ['lines', properties('tcp', { format: 'none', separator: '|', chunk_size: '64' })],
    ['an output that no list allows tenants', output('stdout')],
    ['code', filter('lua', { call: 'f', code: 'function f(tag, time, record) return 0, time, record end' })],
    ['public authorities', output('http', { 'tls.ca_file': '/etc/ssl/certs/ca-certificates.crt' })],
    ['two ports', { inputs: [otlp, { ...otlp, id: 'b', port: 4319 }] }],
  ])('is good: %s', (_, spec) => {
    expect(operatorProblems('edge', spec)).toEqual([]);
  });

  it.each<[Part, string, string]>([
    [input({ plugin: 'tail' }), 'UnfitInput', 'spec.inputs[0].plugin'],
    [input({ plugin: 'exec' }), 'UnfitInput', 'spec.inputs[0].plugin'],
    [input({ plugin: 'Systemd' }), 'UnfitInput', 'spec.inputs[0].plugin'],
    [input({ plugin: 'http' }), 'UnfitInput', 'spec.inputs[0].plugin'],
    [input({ plugin: 'dummy' }), 'UnfitInput', 'spec.inputs[0].plugin'],
    [input({ plugin: 'forwad' }), 'UnknownPlugin', 'spec.inputs[0].plugin'],
    [properties('forward', { nope: 1 }), 'UnknownProperty', 'spec.inputs[0].properties.nope'],
    // Whoever sends would choose the pipeline of a tenant.
    [properties('forward', { Tag_Prefix: 'p' }), 'ReservedProperty', 'spec.inputs[0].properties.Tag_Prefix'],
    [properties('opentelemetry', { tagFromUri: true }), 'ReservedProperty', 'spec.inputs[0].properties.tagFromUri'],
    [properties('splunk', { tag_key: 'x' }), 'ReservedProperty', 'spec.inputs[0].properties.tag_key'],
    ...['tag', 'alias', 'listen', 'port', 'threaded', 'workers', 'mem_buf_limit', 'storage.type', 'tls', 'tls.crt_file']
      .map(
        (name) =>
          [properties('tcp', { [name]: 'x' }), 'ReservedProperty', `spec.inputs[0].properties.${name}`] as const,
      )
      .map(([spec, reason, path]): [Part, string, string] => [spec, reason, path]),
    [properties('forward', { unix_path: '/run/x' }), 'ReservedProperty', 'spec.inputs[0].properties.unix_path'],
    [properties('forward', { buffer_max_size: 'much' }), 'InvalidValue', 'spec.inputs[0].properties.buffer_max_size'],
    [properties('tcp', { chunk_size: '64k' }), 'InvalidValue', 'spec.inputs[0].properties.chunk_size'],
    [properties('syslog', { mode: 'tcp', parser: 'line' }), 'UnknownParser', 'spec.inputs[0].properties.parser'],
    [
      { ...properties('syslog', { mode: 'unix_udp', parser: 'line' }), parsers },
      'InvalidValue',
      'spec.inputs[0].properties.mode',
    ],
    [properties('syslog', {}), 'MissingProperty', 'spec.inputs[0]'],
    [input({ port: 2020 }), 'PortConflict', 'spec.inputs[0].port'],
    [input({ port: 2021 }), 'PortConflict', 'spec.inputs[0].port'],
    [{ inputs: [otlp, { ...otlp, id: 'b', plugin: 'udp' }] }, 'PortConflict', 'spec.inputs[1].port'],
    [output('exit'), 'UnfitPlugin', 'spec.outputs[0].plugin'],
    [output('lib'), 'UnfitPlugin', 'spec.outputs[0].plugin'],
    [output('file'), 'PluginNotAllowed', 'spec.outputs[0].plugin'],
    [output('http', { format: 'xml' }), 'InvalidValue', 'spec.outputs[0].properties.format'],
    [output('http', { http_passwd: '$(token)' }), 'UnknownVariable', 'spec.outputs[0].properties.http_passwd'],
    [output('http', { 'tls.key_file': '/etc/x' }), 'UnknownFile', 'spec.outputs[0].properties.tls.key_file'],
    // The variables of tenants are the agent's, too.
    [output('http', { uri: '/${p0}' }), 'UnknownVariable', 'spec.outputs[0].properties.uri'],
    [
      { inputs: [otlp], outputs: [{ plugin: 'null' }, { plugin: 'null', id: '0' }] },
      'DuplicateName',
      'spec.outputs[1].id',
    ],
    [filter('rewrite_tag', { rule: '$a b c false' }), 'PluginNotAllowed', 'spec.filters[0].plugin'],
    [filter('kubernetes'), 'PluginNotAllowed', 'spec.filters[0].plugin'],
    [filter('lua', { call: 'f', code: 'function g() end' }), 'InvalidCode', 'spec.filters[0].properties.code'],
    [filter('grep', { regex: 'a (' }), 'InvalidRegex', 'spec.filters[0].properties.regex'],
    [filter('parser', { key_name: 'log', parser: 'x' }), 'UnknownParser', 'spec.filters[0].properties.parser'],
    [
      { inputs: [otlp], parsers: [{ name: 'p', properties: { format: 'regex' } }] },
      'MissingProperty',
      'spec.parsers[0]',
    ],
  ])('is refused: %j', (spec, reason, path) => {
    expect(operatorProblems('edge', spec).map((found) => [found.reason, found.path])).toEqual([[reason, path]]);
  });

  it('sends whoever needs credentials to a LoggingConfiguration', () => {
    const [found] = operatorProblems('edge', output('http', { http_passwd: '$(token)' }));
    expect(found?.hint).toMatch(/LoggingConfiguration that selects the input/);
  });
});
