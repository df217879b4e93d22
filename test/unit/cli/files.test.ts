import { mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inFolder, terminal } from '../../support/terminal.ts';

const lc = (spec: string) =>
  `apiVersion: fluentbit.kyma-project.io/v1alpha1\nkind: LoggingConfiguration\nmetadata:\n  name: x\n  namespace: shop\nspec:\n${spec}`;

/** What the API server would not take, with the place and the message. */
const refused: [string, Record<string, string>, string[]][] = [
  [
    'a name that is a number',
    { 'a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: 123}\n' },
    ['a.yaml:3:18: error: metadata.name must be a string: write it in quotes'],
  ],
  [
    'an alias of nothing',
    { 'a.yaml': lc('  outputs: *nope\n'), 'b.yaml': lc('  ouputs: []\n') },
    ['a.yaml:7:12: error: Unresolved alias', 'b.yaml:7:3: error: InvalidSpec'],
  ],
  [
    'aliases of aliases of aliases',
    {
      'a.yaml': `a0: &a0 [x]\n${[1, 2, 3, 4, 5, 6].map((n) => `a${n}: &a${n} [${`*a${n - 1},`.repeat(9)}]\n`).join('')}`,
    },
    ['a.yaml:1:1: error: Excessive alias count'],
  ],
  [
    'an alias of what it stands in',
    { 'a.yaml': lc('  outputs: &o [*o]\n') },
    ['a.yaml:1:1: error: an alias stands in what it is an alias of'],
  ],
  ['a merge of no map', { 'a.yaml': lc('  <<: 5\n') }, ['a.yaml:1:1: error: Merge sources must be maps']],
  [
    'a bad document between good ones',
    { 'a.yaml': [lc('  outputs: 1\n'), 'x: [\n', lc('  outputs: 2\n').replace('name: x', 'name: z')].join('---\n') },
    ['a.yaml:7:12: error: InvalidSpec', 'a.yaml:10:1: error: ', 'a.yaml:17:12: error: InvalidSpec'],
  ],
  ...['', 'Shop', '-x', 'a_b', '../x', 'x\ny', '\u0455hop', 'x'.repeat(254)].map(
    (name): [string, Record<string, string>, string[]] => [
      `the name ${JSON.stringify(name.slice(0, 9))}`,
      { 'a.yaml': lc('  outputs: [{plugin: stdout}]\n').replace('name: x', `name: ${JSON.stringify(name)}`) },
      ['a.yaml:4:9: error: metadata.name: ', 'is no name of an object'],
    ],
  ),
  [
    'a namespace that cannot be',
    { 'a.yaml': lc('  outputs: []\n').replace('namespace: shop', `namespace: ${'x'.repeat(64)}`) },
    ['a.yaml:5:14: error: metadata.namespace: ', 'is no name of a namespace'],
  ],
  [
    'a Secret with a number',
    { 'a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  port: 443\n' },
    ['a.yaml:5:9: error: stringData.port must be a string: write it in quotes'],
  ],
  [
    'a Secret that is not encoded',
    { 'a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  password: hunter2!\n' },
    ['a.yaml:5:13: error: data.password is no base64'],
  ],
  [
    'a ConfigMap of no map',
    { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata: [a]\n' },
    ['a.yaml:4:1: error: data must be a map of strings'],
  ],
  [
    'a group that does not exist',
    { 'a.yaml': lc('  outputs: []\n').replace('kyma-project', 'kyma-projekt') },
    ['a.yaml:1:13: error: InvalidSpec: ', 'Write fluentbit.kyma-project.io/v1alpha1.'],
  ],
  [
    'no group',
    { 'a.yaml': lc('  outputs: []\n').replace('fluentbit.kyma-project.io/v1alpha1', 'v1') },
    ['a.yaml:1:13: error: InvalidSpec: ', 'Write fluentbit.kyma-project.io/v1alpha1.'],
  ],
  [
    'a cluster-scoped object twice',
    {
      'a.yaml': lc('  outputs: []\n').replace('LoggingConfiguration', 'ClusterTemplate'),
      'b.yaml': lc('  outputs: []\n').replace('LoggingConfiguration', 'ClusterTemplate').replace('shop', 'other'),
    },
    ['b.yaml:4:9: error: DuplicateName: ClusterTemplate x, '],
  ],
];

describe('files', () => {
  it.each(refused)('%s', async (_name, files, expected) => {
    const { code, err } = await terminal(files, 'validate', '-f', '.');
    for (const text of expected) expect(err).toContain(text);
    expect(code).toBe(1);
  });

  it.each<[string, Record<string, string>]>([
    ['nothing', { 'a.yaml': '' }],
    ['comments', { 'a.yaml': '# none\n' }],
    ['empty documents', { 'a.yaml': '---\n---\n# none\n---\n' }],
    ['a folder without YAML', { 'a.txt': 'x' }],
  ])('of %s are no mistake to pass over in silence', async (_name, files) => {
    expect(await terminal(files, 'validate', '-f', '.')).toEqual({
      code: 2,
      out: '',
      err: 'fluentbind validate: there is no object in .\n',
    });
  });

  it.each<[string, string | Buffer]>([
    ['a byte order mark', `\ufeff${lc('  outputs: [{plugin: http, properties: {host: example.com}}]\n')}`],
    [
      'line ends of Windows',
      lc('  outputs: [{plugin: http, properties: {host: example.com}}]\n').replaceAll('\n', '\r\n'),
    ],
    [
      'empty documents',
      `---\n---\n${lc('  outputs: [{plugin: http, properties: {host: example.com}}]\n')}---\n# end\n`,
    ],
    [
      'a date for a name',
      lc('  outputs: [{plugin: http, properties: {host: example.com}}]\n').replace('name: x', 'name: 2026-01-01'),
    ],
    [
      'an empty namespace',
      lc('  outputs: [{plugin: http, properties: {host: example.com}}]\n').replace('namespace: shop', 'namespace: ""'),
    ],
  ])('with %s are read as kubectl does', async (_name, text) => {
    expect(await terminal({ 'a.yaml': text }, 'validate', '-f', '.')).toEqual({
      code: 0,
      out: '1 objects, 0 errors, 0 warnings\n',
      err: '',
    });
  });

  it.each([
    ['UTF-16', Buffer.from('\ufeffkind: Secret\n', 'utf16le')],
    ['Latin-1', Buffer.from('kind: Sécret\n', 'latin1')],
  ])('in %s are named', async (_name, text) => {
    const { code, err } = await terminal({ 'a.yaml': text, 'b.yaml/c.yml': 'x: [\n' }, 'validate', '-f', '.');
    expect(err).toContain('a.yaml:1:1: error: this is no text in UTF-8');
    expect(err).toContain('b.yaml/c.yml:2:1: error: ');
    expect(code).toBe(1);
  });

  it('that cannot be read are named', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fluentbind-'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'a.yaml'));
    const { code, err } = await inFolder(folder, 'validate', '-f', '.');
    expect(err).toBe(`fluentbind validate: ${join(folder, 'a.yaml')} cannot be read (ENOENT)\n`);
    expect(code).toBe(2);
  });

  it('do not write to the terminal what only looks like text', async () => {
    const { err } = await terminal(
      { 'a.yaml': lc('  "\\e[2Jx\\u202e": 1\n'), 'b.yaml': lc('  \u202eouputs: 1\n') },
      'validate',
      '-f',
      '.',
    );
    expect(err).toContain('There is no field \\u001b[2Jx\\u202e');
    expect(err).toContain('  \\u202eouputs: 1');
    expect(err).not.toMatch(/[\u001b\u202e]/);
  });

  it('of Secrets are never shown, whatever is wrong with them', async () => {
    for (const text of [
      'data:\n  password: hunter2!\n',
      'stringData: {p: hunter2, q: 5}\n',
      'stringData: {p: hunter2\n',
    ]) {
      const { code, err } = await terminal(
        { 'a.yaml': `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n${text}` },
        'validate',
        '-f',
        '.',
      );
      expect([code, err]).toEqual([1, expect.not.stringContaining('hunter2')]);
    }
  });
});
