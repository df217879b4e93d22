import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { packageFile } from '../../../hooks/runtime/package-file.ts';
import { inFolder, terminal } from '../../support/terminal.ts';

const secret = readFileSync(packageFile('examples/demo/secret.yaml'), 'utf8');
const binding = readFileSync(packageFile('examples/demo/service-binding-config.yaml'), 'utf8');
const good = { 'secret.yaml': secret, 'sbc.yaml': binding };

describe('render', () => {
  it('prints the resulting objects, values sealed', async () => {
    const { code, out, err } = await terminal(good, 'render', '-f', '.');
    expect(err).toBe('');
    expect(code).toBe(0);
    const objects = parseAllDocuments(out).map(
      (document) =>
        document.toJS() as {
          kind: string;
          metadata: { name: string; namespace: string };
          data?: Record<string, string>;
        },
    );
    expect(objects.map((o) => `${o.kind} ${o.metadata.namespace}/${o.metadata.name}`)).toEqual([
      'LoggingConfiguration shop/cloud-logging',
      'ConfigMap shop/cloud-logging-fluent-bit',
      'Secret shop/cloud-logging-fluent-bit',
    ]);
    expect(Object.values(objects[2]?.data ?? {})).toEqual(['[sealed]', '[sealed]', '[sealed]']);
    expect(out).not.toContain('not-a-password');
    expect(out).not.toContain('BEGIN PRIVATE KEY');
    expect(out).not.toMatch(/resourceVersion|last-applied|controller-uid/);
    expect((await terminal(good, 'render', '-f', 'secret.yaml', '-f', 'sbc.yaml')).out).toBe(out);
  });

  it('shows values when asked to', async () => {
    const { out } = await terminal(good, 'render', '-f', '.', '--show-secrets');
    const data = parseAllDocuments(out)
      .map((document) => document.toJS() as { kind: string; data?: Record<string, string> })
      .find((o) => o.kind === 'Secret')?.data;
    expect(Object.values(data ?? {}).map((value) => Buffer.from(value, 'base64').toString())).toEqual(
      expect.arrayContaining([expect.stringContaining('BEGIN PRIVATE KEY')]),
    );
  });

  it('says what is wrong, and still prints what there is', async () => {
    const other = binding
      .replace('name: cloud-logging', 'name: broken')
      .replace('name: sap-cloud-logging\n  secretRef', 'name: sap-cloud-loging\n  secretRef');
    const { code, out, err } = await terminal({ ...good, 'broken.yaml': other }, 'render', '-f', '.');
    expect(code).toBe(0);
    expect(err).toContain('broken.yaml:8:11: warning: TemplateNotFound');
    expect(out).toContain('kind: ConfigMap');
    expect((await terminal({ ...good, 'broken.yaml': other }, 'render', '-f', '.', '--strict')).code).toBe(1);
  });

  it('takes lists, JSON and objects without a namespace', async () => {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [parse(secret), parse(binding)] })
      .replaceAll('"namespace":"shop",', '')
      .replaceAll(',"namespace":"shop"', '');
    const { out, err } = await terminal({ 'all.json': list }, 'render', '-f', 'all.json', '-n', 'mine');
    expect(err).toBe('');
    expect(out).toContain('namespace: mine');
  });

  it('takes absolute paths from anywhere', async () => {
    const { code, out } = await inFolder(tmpdir(), 'render', '-f', packageFile('examples/demo'));
    expect(code).toBe(0);
    expect(out).toContain('name: cloud-logging-fluent-bit');
  });

  it('leaves kinds alone that it does not know', async () => {
    const foreign =
      'apiVersion: services.cloud.sap.com/v1\nkind: ServiceBinding\nmetadata: {name: cls, namespace: shop}\nspec: {}\n';
    expect(await terminal({ ...good, 'foreign.yaml': foreign }, 'render', '-f', '.')).toMatchObject({
      code: 0,
      err: '',
    });
  });
});

const lc = (spec: string) =>
  `apiVersion: fluentbit.kyma-project.io/v1alpha1\nkind: LoggingConfiguration\nmetadata:\n  name: x\n  namespace: shop\nspec:\n${spec}`;

describe('validate', () => {
  it('is silent on what is right', async () => {
    expect(await terminal(good, 'validate', '-f', '.')).toEqual({
      code: 0,
      out: '2 objects, 0 errors, 0 warnings\n',
      err: '',
    });
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['no YAML', { 'a.yaml': 'kind: [\n' }, ['a.yaml:2:1: error: ']],
    ['a tab', { 'a.yaml': 'kind:\n\tx: 1\n' }, ['a.yaml:2:1: error: ']],
    ['no object', { 'a.yaml': 'just: data\n' }, ['a.yaml:1:1: error: this is no Kubernetes object']],
    [
      'no name',
      { 'a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {}\n' },
      ['a.yaml:3:1: error: this is no Kubernetes object'],
    ],
    [
      'a kind that does not exist',
      { 'a.yaml': lc('  outputs: []\n').replace('LoggingConfiguration', 'LoggingConfig') },
      ['a.yaml:2:7: error: InvalidSpec: ', 'Kinds of fluentbit.kyma-project.io/v1alpha1: ServiceBindingConfig'],
    ],
    [
      'a version that does not exist',
      { 'a.yaml': lc('  outputs: []\n').replace('v1alpha1', 'v1') },
      ['a.yaml:2:7: error: InvalidSpec: '],
    ],
    [
      'an unknown field',
      { 'a.yaml': lc('  ouputs: []\n') },
      ['a.yaml:7:3: error: InvalidSpec: ', 'Did you mean outputs?', '    7 |   ouputs: []\n      |   ^'],
    ],
    [
      'a property',
      { 'a.yaml': lc('  outputs:\n    - plugin: http\n      properties:\n        tls.verfy: on\n') },
      [
        'a.yaml:10:20: error: UnknownProperty: ',
        'Did you mean tls.verify?',
        'tls.verfy: on\n      |                    ^',
      ],
    ],
    [
      'a nested list',
      { 'a.yaml': lc('  outputs: [{plugin: http, properties: {header: ["a b", "c $(d)"]}}]\n') },
      ['a.yaml:7:57: error: UnknownVariable: '],
    ],
    [
      'the same object twice',
      { 'a.yaml': binding, 'b.yaml': `${secret}---\n${binding}` },
      ['b.yaml:', 'error: DuplicateName: ', 'The same object stands in a.yaml.'],
    ],
    [
      'a name that a child needs',
      { ...good, 'c.yaml': lc('  outputs: [{plugin: http}]\n').replace('name: x', 'name: cloud-logging') },
      ['sbc.yaml:4:9: error: NameConflict: '],
    ],
    [
      'a template that nobody binds',
      {
        'a.yaml':
          'apiVersion: fluentbit.kyma-project.io/v1alpha1\nkind: Template\nmetadata: {name: t, namespace: shop}\nspec:\n  placeholders:\n    - {name: port, type: port, default: none}\n  outputs:\n    - plugin: htp\n',
      },
      ['a.yaml:6:41: error: InvalidValue: ', 'a.yaml:8:15: error: UnknownPlugin: ', 'Did you mean http?'],
    ],
    [
      'a secret key that is not there',
      { ...good, 'secret.yaml': secret.replace('ingest-mtls-key', 'ingest-mtls-kex') },
      ['sbc.yaml:9:3: error: PlaceholderUnresolved: ', 'Did you mean ingest-mtls-kex?'],
    ],
  ])('%s', async (_name, files, expected) => {
    const { code, err } = await terminal(files, 'validate', '-f', '.');
    for (const text of expected) expect(err).toContain(text);
    expect(code).toBe(1);
  });

  it('warns of what may be in the cluster, and fails on it with --strict', async () => {
    const { code, err, out } = await terminal({ 'sbc.yaml': binding }, 'validate', '-f', 'sbc.yaml');
    expect(err).toContain('sbc.yaml:10:11: warning: SecretNotFound: ');
    expect(out).toBe('1 objects, 0 errors, 1 warnings\n');
    expect(code).toBe(0);
    expect((await terminal({ 'sbc.yaml': binding }, 'validate', '-f', 'sbc.yaml', '--strict')).code).toBe(1);
  });

  it('warns of what a FluentBitAgent finds in the cluster only', async () => {
    const agent = lc('  namespace: logging\n').replace('LoggingConfiguration', 'FluentBitAgent');
    const { code, err, out } = await terminal({ 'a.yaml': agent }, 'validate', '-f', '.');
    expect(err).toContain('a.yaml:7:14: warning: NamespaceNotFound: FluentBitAgent x, spec.namespace: ');
    expect([code, out]).toEqual([0, '1 objects, 0 errors, 1 warnings\n']);
  });

  it('never shows a secret', async () => {
    const { err } = await terminal(
      {
        ...good,
        'secret.yaml': secret
          .replace(/ingest-mtls-cert: \|\n/, 'ingest-mtls-cert: |\n    hunter2\n')
          .replace(/-----BEGIN CERT/, '-----BEGIN DIRT'),
      },
      'validate',
      '-f',
      '.',
    );
    expect(err).toContain('InvalidCertificate');
    expect(err).not.toContain('hunter2');
  });
});

describe('the command line', () => {
  it.each([
    [[], 0, /render .*\n.*validate/],
    [['--help'], 0, /fluentbind COMMAND/],
    [['render', '--help'], 0, /--show-secrets/],
    [['rendr'], 2, /no command rendr/],
    [['render'], 2, /name at least one file/],
    [['render', '-f', 'nowhere.yaml'], 2, /nowhere.yaml does not exist/],
    [['validate', '--nonsense'], 2, /nonsense/],
    [['constructor'], 2, /no command constructor/],
    [['catalogue'], 2, /name the file/],
    [['serve', '--port', '1'], 2, /port/],
  ])('%j', async (args, code, text) => {
    const ran = await terminal({}, ...args);
    expect(ran.code).toBe(code);
    expect(ran.out + ran.err).toMatch(text);
  });

  it('shows the whole chain in the demo', async () => {
    const { code, out, err } = await inFolder(packageFile('.'), 'demo');
    expect(err).toBe('');
    expect(code).toBe(0);
    for (const text of [
      'kind: ServiceBindingConfig',
      'kind: LoggingConfiguration',
      'kind: ConfigMap',
      'shop.cloud-logging.yaml: |',
      'Ready=True',
    ])
      expect(out).toContain(text);
    expect(out).not.toContain('not-a-password');
  });
});
