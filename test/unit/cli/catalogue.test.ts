import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../hooks/cli/commands/catalogue.ts';
import { catalogue as known } from '../../../hooks/fluentbit/version/catalogue.ts';
import { terminal } from '../../support/terminal.ts';

const option = (name: string, type: string) => ({ name, type });
const plugin = (name: string, options: object[], all: object[] = [option('match', 'string')]) => ({
  name,
  properties: { options, global_options: all },
});

/** What a Fluent Bit 9.9.9 with a few plugins prints. */
const printed = {
  'fluent-bit': { version: '9.9.9' },
  inputs: [],
  processors: [],
  filters: [plugin('Grep', [option('regex', 'space delimited strings (minimum 2)')]), plugin('stdout', [])],
  outputs: [
    plugin('http', [option('uri', 'boolean'), option('brand_new', 'string')]),
    plugin('newcomer', [option('y.', 'prefixed string')]),
    plugin('tcp', [option('z', 'comma delimited strings')]),
  ],
};
const version = 'set(FLB_VERSION_MAJOR  9)\nset(FLB_VERSION_MINOR  9)\nset(FLB_VERSION_PATCH  9)\n';
const loader = (body: string) =>
  `struct flb_env;\n\nflb_sds_t flb_env_var_translate(struct flb_env *env)\n{\n${body}\n}\n`;
const tree = {
  'j.json': JSON.stringify(printed),
  'fb/CMakeLists.txt': version,
  'fb/src/flb_env.c': loader('    return env;'),
  'fb/plugins/out_http/http.c': 'int x;\n',
};

describe('fluentbind catalogue', () => {
  it('lists what another version changes: plugins, properties, types', async () => {
    const { code, out } = await terminal(tree, 'catalogue', 'j.json');
    expect(code).toBe(0);
    expect(out).toContain(`Fluent Bit ${known.version} to 9.9.9\n`);
    for (const line of [
      'new   output newcomer',
      'gone  output kafka',
      'new   output http: brand_new (string)',
      'type  output http: uri (string before, boolean now)',
      'gone  filter grep: exclude (string)',
      'gone  every output: retry_limit (string)',
    ])
      expect(out).toContain(`  ${line}\n`);
    expect(out).not.toContain('Facts');
  });

  it('lists the facts and plugins whose source is another, with where it is and who rests on it', async () => {
    const { code, out } = await terminal(tree, 'catalogue', 'j.json', '--sources', 'fb');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^ {2}first-brace: .*\n {4}source src\/flb_env\.c#flb_env_var_translate \(line 3\)\n {4}used {3}hooks/m,
    );
    expect(out).toMatch(/^ {4}source src\/flb_utils\.c#flb_utils_bool \(gone\)$/m);
    expect(out).toMatch(/^ {2}output: .*\bhttp\b/m);
  });

  it('writes what it read, and finds nothing changed in it then', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fluentbind-'));
    const { code } = await terminal(tree, 'catalogue', 'j.json', '--sources', 'fb', '--write', folder);
    expect(code).toBe(0);
    const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
    expect(read('catalogue.json')).toMatchObject({
      version: '9.9.9',
      common: { output: { match: 'string', workers: 'integer', host: 'string' } },
      plugins: { output: { newcomer: { 'y.': 'prefix' }, tcp: { z: 'list' } }, filter: { grep: { regex: 'words 2' } } },
    });
    expect(read('sources.json')).toMatchObject({
      version: '9.9.9',
      facts: { 'src/flb_env.c#flb_env_var_translate': { line: 3, digest: expect.stringMatching(/^[0-9a-f]{16}$/) } },
      plugins: { 'output/http': expect.stringMatching(/^[0-9a-f]{16}$/) },
    });
  });

  it.each<[string, Record<string, string>, string[], RegExp]>([
    ['no file', {}, [], /name the file/],
    ['something else', { 'j.json': '{}' }, ['j.json'], /j\.json is not what fluent-bit -J prints/],
    ['no JSON', { 'j.json': 'x' }, ['j.json'], /j\.json is not what fluent-bit -J prints/],
    ['another tree', { 'fb/CMakeLists.txt': 'project(x)' }, ['j.json', '--sources', 'fb'], /fb is no source tree/],
    [
      'another version',
      { 'fb/CMakeLists.txt': version.replace('9)', '8)') },
      ['j.json', '--sources', 'fb'],
      /is Fluent Bit 8\.9\.9/,
    ],
    ['no folder to write to', {}, ['j.json', '--write', 'nowhere'], /no folder nowhere/],
  ])('says what is wrong with %s', async (_, files, args, message) => {
    const ran = await terminal({ ...tree, ...files }, 'catalogue', ...args);
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(message);
  });

  it('is called as it is typed', () => expect(catalogue.name).toBe('catalogue'));
});
