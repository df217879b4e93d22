import { describe, expect, it } from 'vitest';
import { complete } from '../../../hooks/binding/complete.ts';
import { sectionsOf } from '../../../hooks/fluentbit/file/read-yaml.ts';
import { trialInput } from '../../../hooks/fluentbit/render/trial-input.ts';
import { catalogue } from '../../../hooks/fluentbit/version/catalogue.ts';
import type { Build } from '../../../hooks/trial/build.ts';
import { explain, givenUp } from '../../../hooks/trial/error-line.ts';
import { runInput } from '../../../hooks/trial/run-input.ts';
import { render } from '../../support/rendered-spec.ts';

type Spec = Parameters<typeof complete>[0];
const folder = '/dev/shm/fluentbind-trial-a1B2c3';
const build: Build = {
  binary: '',
  version: '5.1.1',
  inputs: new Set(),
  filters: new Set(Object.keys(catalogue.plugins.filter)),
  outputs: new Set(Object.keys(catalogue.plugins.output)),
};

/** A resource with two pipelines, each with both filters. */
const spec: Spec = {
  filters: [
    { plugin: 'grep', properties: { regex: 'log ^a' } },
    { plugin: 'modify', rules: ['add cluster "prod one'] },
  ],
  outputs: [
    { plugin: 'http', properties: { host: 'a', uri: '/first', tls: true, 'tls.ca_file': '/etc/ssl/own/ca.crt' } },
    { plugin: 'http', properties: { host: 'b', uri: '/second', 'net.keepalive': 'maybe' } },
    { plugin: 'loki', properties: { host: 'c', line_format: 'text' } },
  ],
  parsers: [{ name: 'mine', properties: { format: 'regex', regex: '(?<a>b' } }],
  multilineParsers: [{ name: 'stack', properties: { type: 'ends' } }],
};

function subject() {
  const { draft } = render({ namespace: 'shop', name: 'logs', generation: 1, spec: complete(spec), values: new Map() });
  const made = draft();
  if (made === undefined) throw new Error('no draft');
  const { configuration, fields } = trialInput(made);
  return { ...runInput(sectionsOf(configuration) ?? [], build, folder, 'marker'), fields, folder };
}
const started = subject();
const nameOf = (path: string, nth = 0) =>
  Object.entries(started.fields).filter(([, field]) => field === path)[nth]?.[0] ?? '';
const place = (path: string) =>
  started.filters.findIndex((section) =>
    section.entries.some(([name, value]) => name === 'alias' && started.fields[String(value)] === path),
  );

const first = nameOf('spec.outputs[0]');
const second = nameOf('spec.outputs[1]');
const third = nameOf('spec.outputs[2]');
const grep = nameOf('spec.filters[0]');
const parser = nameOf('spec.parsers[0]');
const stack = nameOf('spec.multilineParsers[0]');
const failed = (plugin: string) =>
  `[error] [output] failed to initialize '${plugin}' plugin\n[error] [engine] output initialization failed`;

/** As Fluent Bit 5.1.1 writes them, without the time. */
const cases: [lines: string, path: string | undefined, message: string][] = [
  [
    `[error] [filter:grep:${grep}] could not compile regex pattern '('\n[error] Failed initialize filter grep.${place('spec.filters[0]')}\n[error] [engine] filter initialization failed`,
    'spec.filters[0]',
    "[filter:grep] could not compile regex pattern '('",
  ],
  [
    `[error] [config map] property 'record' expects 2 values (only 1 were found)\n[error] [/work/src/plugins/filter_record_modifier/filter_modifier.c:83 errno=2] No such file or directory\n[error] Failed initialize filter modify.${place('spec.filters[1]')}`,
    'spec.filters[1]',
    "[config map] property 'record' expects 2 values (only 1 were found)",
  ],
  [
    `[error] [luajit] error loading buffer: [string "fluentbit.lua"]:3: '<eof>' expected near 'end'\n[error] Failed pre_run callback on filter lua.0`,
    'spec.input',
    "[luajit] error loading buffer: line 3: '<eof>' expected near 'end'",
  ],
  [
    `[error] [config map] invalid value for boolean property 'net.keepalive=maybe'\n${failed('http')}`,
    'spec.outputs[1].properties.net.keepalive',
    "[config map] invalid value for boolean property 'net.keepalive=maybe'",
  ],
  [
    `[error] [output:http:${second}] invalid compress option 'none'\n${failed('http')}`,
    'spec.outputs[1]',
    "[output:http] invalid compress option 'none'",
  ],
  // The first complains and goes on, the second fails.
  [
    `[error] [output:http:${first}] unrecognized 'format' option. Using 'msgpack'\n[error] [record accessor] syntax error at '$a['\n[error] [output:http:${second}] failed to allocate body record accessor\n${failed('http')}`,
    'spec.outputs[1]',
    "[record accessor] syntax error at '$a['",
  ],
  [
    `[error] [output:loki:${third}] invalid 'line_format' value: text\n${failed('loki')}`,
    'spec.outputs[2].properties.line_format',
    "[output:loki] invalid 'line_format' value: text",
  ],
  [
    "[error] [config] loki: unknown configuration property 'lable'. The following properties are allowed: uri, tenant_id\n[error] [engine] output initialization failed",
    'spec.outputs[2]',
    "[config] loki: unknown configuration property 'lable'.",
  ],
  [
    "[error] [config] could not configure property 'line_format' on output plugin with section name 'loki'\n[error] configuration file contains errors, aborting.",
    'spec.outputs[2].properties.line_format',
    "[config] could not configure property 'line_format' on output plugin with section name 'loki'",
  ],
  [
    "[error] [tls] ca_file '/etc/ssl/own/ca.crt' 268435584: error:80000002:system library::No such file or directory",
    'spec.outputs[0].properties.tls.ca_file',
    "[tls] ca_file '/etc/ssl/own/ca.crt' 268435584: error:80000002:system library::No such file or directory",
  ],
  [
    `[error] [tls] key_file '${folder}/live/secrets/p0123456789abcdef_key' 1: error`,
    undefined,
    "[tls] key_file 'key' 1: error",
  ],
  [
    `[error] [parser:${parser}] Invalid regex pattern (?<a>b\n[error] configuration file contains errors, aborting.`,
    'spec.parsers[0]',
    '[parser:mine] Invalid regex pattern (?<a>b',
  ],
  [
    `[error] [parser] no parser 'format' found for '${parser}' in file ''`,
    'spec.parsers[0]',
    "[parser] no parser 'format' found for 'mine' in file ''",
  ],
  [
    `[error] [multiline] rule don't contain a 'start_state'\n[error] [multiline parser: ${stack}] error creating rule`,
    'spec.multilineParsers[0]',
    "[multiline] rule don't contain a 'start_state'",
  ],
  [
    "[error] [multiline_parser] invalid type 'ends'\n[error] configuration file contains errors, aborting.",
    'spec.multilineParsers[0]',
    "[multiline_parser] invalid type 'ends'",
  ],
  ['[error] Parsing failed: cluster "prod one', 'spec.filters[1]', 'Parsing failed: cluster "prod one'],
  [
    '[engine] caught signal (SIGSEGV)\n#4  0x5618220c7ab9      in  cb_modify_init() at plugins/filter_modify/modify.c:986',
    'spec.filters[1]',
    '',
  ],
  ['[error] configuration file contains errors, aborting.', undefined, 'configuration file contains errors, aborting.'],
  // Nothing tells the two apart.
  [failed('http'), undefined, "[output] failed to initialize 'http' plugin"],
  ['[ warn] [config] invalid retry_limit. set default.', undefined, ''],
  ['', undefined, ''],
];

describe('a line of Fluent Bit', () => {
  it.each(cases)('%j', (lines, path, message) => {
    const timed = lines
      .split('\n')
      .map((line) =>
        line.startsWith('[e') ? `[2026/11/21 16:03:07.524123456] \u001b[91m${line.replace(']', ']\u001b[0m')}` : line,
      )
      .join('\n');
    expect(explain(timed, started)).toEqual({ path, message });
  });

  it('is cut, and never tells where it was written', () => {
    const { message } = explain(`[error] ${'x'.repeat(5000)}\u0007`, started);
    expect(message.length).toBeLessThanOrEqual(500);
    const { message: other } = explain(`[error] ${folder}/live/secrets/${parser} ${folder}/state/x.db \u0007`, started);
    expect(other).toBe('mine x.db');
  });

  it('that it has given up is one that nobody else writes', () => {
    expect(givenUp.test('[2026/11/21 16:03:07.5] [error] [engine] output initialization failed\n')).toBe(true);
    expect(givenUp.test('[2026/11/21 16:03:07.5] [ info] [engine] started (pid=1)\n')).toBe(false);
  });
});
