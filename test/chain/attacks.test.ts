import { cloneDeep } from 'lodash-es';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../hooks/api/object.ts';
import { make, World } from '../support/world.ts';

const secret = "alice's-planted-token";
const http = { plugin: 'http', properties: { host: 'a.example.com' } };
const code = 'function f() return 0 end';
const lua = (properties: object) => ({ plugin: 'lua', properties: { call: 'f', code, ...properties } });
const fromSecret = (name: string, key: string) => ({ valueFrom: { secretKeyRef: { name, key } } });
const bound = (change: object = {}) => ({ secretRef: { name: 'cls' }, templateRef: { name: 'shared' }, ...change });

/** What Mallory found out about Alice's part of the agent; names are no secrets. */
interface Known {
  id: string;
  variable: string;
  file: string;
  parser: string;
}

const mallorys = (spec: object, name = 'logs') => make.logging(name, { outputs: [http], ...spec }, 'mallory');
const output = (plugin: string, properties: object) => mallorys({ outputs: [{ plugin, properties }] });
const filter = (plugin: string, properties: object, more: object = {}) =>
  mallorys({ filters: [{ plugin, properties }], ...more });
const own = (template: object, binding: object = {}) => [
  make.ownTemplate('own', { outputs: [http], ...template }, 'mallory'),
  make.binding('logs', bound({ templateRef: { kind: 'Template', name: 'own' }, ...binding }), 'mallory'),
];
const forgedOwner = (object: KubernetesObject): KubernetesObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    labels: { 'app.kubernetes.io/managed-by': 'fluentbind' },
    ownerReferences: [
      { apiVersion: object.apiVersion, kind: 'ServiceBindingConfig', name: 'logs', uid: 'forged', controller: true },
    ],
  },
});

type Attack = [name: string, objects: (known: Known) => KubernetesObject | KubernetesObject[], reason: string];

const logs: Attack[] = [
  ['by namespace', () => mallorys({ input: { namespaces: { include: ['alice'] } } }), 'NamespaceNotAllowed'],
  ['by leaving all others out', () => mallorys({ input: { namespaces: { exclude: ['x'] } } }), 'NamespaceNotAllowed'],
  ['by an own template', () => own({ input: { namespaces: { include: ['alice'] } } }), 'NamespaceNotAllowed'],
  ['by a binding', () => own({}, { input: { namespaces: { include: ['alice'] } } }), 'NamespaceNotAllowed'],
  [
    'by a glob for a container',
    () => mallorys({ input: { containers: { include: ['*/../../alice_*'] } } }),
    'InvalidSpec',
  ],
  [
    'by a glob for a workload',
    () => mallorys({ input: { workloads: ['Pod/*,/var/log/pods/alice_*'] } }),
    'InvalidSpec',
  ],
  ["by Alice's tag", ({ id }) => output('http', { host: 'a.example.com', Match: id }), 'ReservedProperty'],
  [
    "by Alice's tag as a rule",
    ({ id }) => mallorys({ filters: [{ plugin: 'grep', rules: [`match_regex ${id}|.*`] }] }),
    'ReservedProperty',
  ],
  [
    'as if a controller had made it',
    () => forgedOwner(mallorys({ templateRef: { name: 'shared' }, input: { namespaces: { include: ['alice'] } } })),
    'NamespaceNotAllowed',
  ],
];

const secrets: Attack[] = [
  [
    'by namespace and name',
    () => mallorys({ variables: [{ name: 'x', ...fromSecret('alice/cls', 'token') }] }),
    'InvalidSpec',
  ],
  [
    'by a name upwards',
    () => mallorys({ variables: [{ name: 'x', ...fromSecret('../alice/cls', 'token') }] }),
    'InvalidSpec',
  ],
  [
    'that only Alice has',
    () => mallorys({ variables: [{ name: 'x', ...fromSecret('only-alice', 'token') }] }),
    'SecretNotFound',
  ],
  [
    "by the name of Alice's child",
    () => mallorys({ variables: [{ name: 'x', ...fromSecret('alice-logs-fluent-bit', 'token') }] }),
    'SecretNotFound',
  ],
  [
    'by her template',
    () => make.binding('logs', bound({ templateRef: { kind: 'Template', name: 'hers' } }), 'mallory'),
    'TemplateNotFound',
  ],
  [
    'by her variable',
    ({ variable }) => output('http', { host: 'a.example.com', header: `X \${${variable}}` }),
    'UnknownVariable',
  ],
  [
    'by her variable out of a Secret',
    ({ variable }) => [
      make.secret('evil', { token: `\${${variable}}` }, 'mallory'),
      mallorys({
        variables: [{ name: 'x', ...fromSecret('evil', 'token') }],
        outputs: [{ plugin: 'http', properties: { host: 'a.example.com', header: 'X $(x)' } }],
      }),
    ],
    'InvalidValue',
  ],
  [
    'by her variable out of a ConfigMap',
    ({ variable }) => [
      make.configMap('evil', { x: `\${${variable}}.example.com` }, 'mallory'),
      mallorys({
        variables: [{ name: 'x', valueFrom: { configMapKeyRef: { name: 'evil', key: 'x' } } }],
        outputs: [{ plugin: 'http', properties: { host: '$(x)' } }],
      }),
    ],
    'InvalidValue',
  ],
  [
    'by her variable out of two values',
    ({ variable }) =>
      mallorys({
        variables: [
          { name: 'a', value: '${' },
          { name: 'b', value: `${variable}}` },
        ],
        outputs: [{ plugin: 'http', properties: { host: 'a.example.com', header: 'X $(a)$(b)' } }],
      }),
    'InvalidValue',
  ],
  [
    'by her variable out of a placeholder',
    ({ variable }) =>
      own(
        {
          placeholders: [{ name: 'x' }],
          outputs: [{ plugin: 'http', properties: { host: 'a.example.com', uri: '/$(x)' } }],
        },
        { values: [{ name: 'x', value: `\${${variable}}` }] },
      ),
    'InvalidValue',
  ],
  [
    'by her file',
    ({ file }) =>
      output('http', { host: 'a.example.com', tls: true, 'tls.ca_file': `/fluentbind/live/secrets/${file}` }),
    'UnknownFile',
  ],
  [
    'by her file as a list',
    ({ file }) => filter('checklist', { file: `/fluentbind/live/secrets/${file}`, lookup_key: 'log', record: 'a b' }),
    'UnknownFile',
  ],
  [
    'by her file behind an own one',
    ({ file }) =>
      mallorys({
        files: [{ name: 'f', content: 'x' }],
        outputs: [{ plugin: 'http', properties: { host: 'a.example.com', 'tls.ca_file': `$(f)/../${file}` } }],
      }),
    'UnknownFile',
  ],
  [
    'by a token of the cluster',
    () => [
      { ...make.secret('evil', { token: 'x' }, 'mallory'), type: 'kubernetes.io/service-account-token' },
      mallorys({ variables: [{ name: 'x', ...fromSecret('evil', 'token') }] }),
    ],
    'SecretNotAllowed',
  ],
  [
    'by code',
    ({ variable }) => filter('lua', { call: 'f', code: `function f() return os.getenv("${variable}") end` }),
    'CodeNotAllowed',
  ],
  [
    'by the agent itself',
    () => output('http', { host: '127.0.0.1', port: 2020, uri: '/api/v2/reload' }),
    'DestinationNotAllowed',
  ],
  ['by the metadata of the node', () => output('http', { host: '0xa9fea9fe' }), 'DestinationNotAllowed'],
];

const pipeline: Attack[] = [
  ['by a tag', ({ id }) => filter('rewrite_tag', { rule: `$log .* ${id} false` }), 'PluginNotAllowed'],
  [
    'by metrics',
    ({ id }) => filter('log_to_metrics', { tag: id, metric_name: 'a', metric_description: 'b' }),
    'PluginNotAllowed',
  ],
  [
    'by an emitter',
    ({ id }) => filter('multiline', { 'multiline.key_content': 'log', 'multiline.parser': 'java', emitter_name: id }),
    'ReservedProperty',
  ],
  ['by her alias', ({ id }) => output('http', { host: 'a.example.com', Alias: id }), 'ReservedProperty'],
  [
    'by her buffer',
    ({ id }) => output('s3', { bucket: 'b', region: 'r', store_dir: `/var/lib/fluentbind/${id}.files` }),
    'ReservedProperty',
  ],
  [
    'by a database',
    ({ id }) => output('http', { host: 'a.example.com', db: `/var/lib/fluentbind/${id}.db` }),
    'UnknownProperty',
  ],
  [
    'by a file',
    () => output('file', { path: '/fluentbind/live/pipelines', file: 'alice.logs.yaml' }),
    'PluginNotAllowed',
  ],
  ['by her parser', ({ parser }) => filter('parser', { key_name: 'log', parser }), 'UnknownParser'],
  ['by the end of the agent', () => output('exit', {}), 'UnfitPlugin'],
  ['by a pattern', () => filter('grep', { regex: 'log (' }), 'InvalidRegex'],
  ['by a filter that ends the agent', () => filter('expect', { action: 'exit', key_exists: 'x' }), 'InvalidValue'],
  ['by Lua without protection', () => filter('lua', { call: 'f', code, Protected_Mode: 'off' }), 'ReservedProperty'],
  [
    'by size',
    () =>
      mallorys({
        outputs: Array.from({ length: 16 }, (_, id) => ({
          ...http,
          id: `o${id}`,
          properties: { host: 'a.example.com', uri: `/${'x'.repeat(60_000)}` },
        })),
      }),
    'TooLarge',
  ],
  [
    'by size of a Secret',
    () => [
      make.secret('evil', { token: 'x'.repeat(1_000_000) }, 'mallory'),
      mallorys({ variables: [{ name: 'x', ...fromSecret('evil', 'token') }] }),
    ],
    'InvalidValue',
  ],
  [
    'by the number of paths',
    () =>
      mallorys({
        input: {
          workloads: Array.from({ length: 64 }, (_, n) => `Pod/p${n}`),
          containers: { include: Array.from({ length: 64 }, (_, n) => `c${n}`) },
        },
      }),
    'TooLarge',
  ],
];

const forgedCode: Attack[] = [
  [
    'another word',
    () => filter('lua', { call: 'f', code: `${code} ` }, { templateRef: { name: 'coded' } }),
    'CodeNotAllowed',
  ],
  ['another function', () => filter('lua', { call: 'g', code }, { templateRef: { name: 'coded' } }), 'CodeNotAllowed'],
  [
    'another property',
    () => mallorys({ templateRef: { name: 'coded' }, filters: [lua({ time_as_table: true })] }),
    'CodeNotAllowed',
  ],
  [
    'a rule beside it',
    () => mallorys({ templateRef: { name: 'coded' }, filters: [{ ...lua({}), rules: ['type_int_key n'] }] }),
    'CodeNotAllowed',
  ],
  [
    'another script',
    () =>
      mallorys({
        templateRef: { name: 'coded' },
        files: [{ name: 'script', content: 'function f() os.exit() end' }],
        filters: [{ plugin: 'lua', properties: { call: 'f', script: '$(script)' } }],
      }),
    'CodeNotAllowed',
  ],
  [
    'a script of a Secret',
    () =>
      mallorys({
        templateRef: { name: 'coded' },
        files: [{ name: 'script', ...fromSecret('cls', 'token') }],
        filters: [{ plugin: 'lua', properties: { call: 'f', script: '$(script)' } }],
      }),
    'CodeNotAllowed',
  ],
  ['of another template', () => mallorys({ templateRef: { name: 'shared' }, filters: [lua({})] }), 'CodeNotAllowed'],
  ['of no template', () => mallorys({ filters: [lua({})] }), 'CodeNotAllowed'],
  [
    'of a template that is not there',
    () => mallorys({ templateRef: { name: 'nothing' }, filters: [lua({})] }),
    'CodeNotAllowed',
  ],
  [
    'of an own template of the same name',
    () => [
      make.ownTemplate('coded', { outputs: [http], filters: [lua({})] }, 'mallory'),
      mallorys({ templateRef: { kind: 'Template', name: 'coded' }, filters: [lua({})] }),
    ],
    'CodeNotAllowed',
  ],
  ['of an own template, bound', () => own({ filters: [lua({})] }), 'CodeNotAllowed'],
  [
    'beside what is allowed',
    () => mallorys({ templateRef: { name: 'coded' }, filters: [lua({}), lua({ code: 'function f() os.exit() end' })] }),
    'CodeNotAllowed',
  ],
  [
    'with a status that vouches for it',
    () => ({
      ...mallorys({ templateRef: { name: 'coded' }, filters: [lua({ code: 'function f() os.exit() end' })] }),
      status: { trustedCode: ['x'], trial: { digest: 'x', verdict: 'ok' } },
    }),
    'CodeNotAllowed',
  ],
];

describe('a tenant who attacks another', () => {
  let world: World;
  let known: Known;
  const alices = () => world.store.all().filter(({ metadata }) => metadata.namespace === 'alice');
  const theirs = () => world.store.all().filter(({ metadata }) => metadata.namespace === 'mallory');
  let before: KubernetesObject[];

  beforeAll(async () => {
    world = await World.start({ bundled: false });
    await world.apply(
      make.template('shared', {
        placeholders: [{ name: 'token', secretKey: 'token', sensitive: true }],
        outputs: [{ plugin: 'http', properties: { host: 'a.example.com', header: 'X $(token)' } }],
      }),
      make.template('coded', {
        files: [{ name: 'script', content: code }],
        filters: [lua({}), { plugin: 'lua', properties: { call: 'f', script: '$(script)' } }],
        outputs: [http],
      }),
      make.secret('cls', { token: secret }, 'alice'),
      make.secret('only-alice', { token: secret }, 'alice'),
      make.ownTemplate('hers', { outputs: [http] }, 'alice'),
      make.binding('bound', bound(), 'alice'),
      make.logging(
        'logs',
        {
          variables: [{ name: 'token', ...fromSecret('cls', 'token') }],
          files: [{ name: 'list', ...fromSecret('cls', 'token') }],
          parsers: [{ name: 'mine', properties: { format: 'json' } }],
          filters: [
            { plugin: 'parser', properties: { key_name: 'log', parser: 'mine' } },
            { plugin: 'checklist', properties: { file: '$(list)', lookup_key: 'log', record: 'a b' } },
          ],
          outputs: [{ plugin: 'http', properties: { host: 'a.example.com', header: 'X $(token)' } }],
        },
        'alice',
      ),
      make.secret('cls', { token: 'own' }, 'mallory'),
    );
    const text = world.file('logs', 'alice') ?? '';
    const found = (pattern: RegExp) => pattern.exec(text)?.[1] ?? 'missing';
    known = {
      id: found(/ alias: (p[0-9a-f]{16})$/m),
      variable: found(/\$\{(\w+)\}/),
      file: found(/file: \/fluentbind\/live\/secrets\/(\w+)/),
      parser: found(/ parser: (\w+)/),
    };
    expect(Object.values(known)).not.toContain('missing');
    before = cloneDeep(alices());
  });

  /** Whatever was tried: Alice's objects are as they were, and nothing of hers is anywhere else. */
  afterEach(async () => {
    const objects = theirs();
    const data = JSON.stringify([objects, world.engine.errors, world.engine.findings]);
    for (const form of [secret, Buffer.from(secret).toString('base64')]) expect(data).not.toContain(form);
    expect(alices()).toEqual(before);
    expect([world.engine.errors, world.engine.findings]).toEqual([[], []]);
    for (const kind of ['ServiceBindingConfig', 'LoggingConfiguration', 'Template', 'ConfigMap'])
      for (const { metadata } of theirs().filter((object) => object.kind === kind))
        if (world.get(kind, metadata.name, 'mallory') !== undefined) await world.remove(kind, metadata.name, 'mallory');
    expect(
      theirs()
        .map(({ kind }) => kind)
        .filter((kind) => kind !== 'Secret'),
    ).toEqual([]);
  });

  const nothing = async ([, objects, reason]: Attack) => {
    await world.apply(...[objects(known)].flat());
    const kind =
      world.get('ServiceBindingConfig', 'logs', 'mallory') === undefined
        ? 'LoggingConfiguration'
        : 'ServiceBindingConfig';
    expect(world.problems(kind, 'logs', 'mallory').map((problem) => problem.reason as string)).toContain(reason);
    expect(world.file('logs', 'mallory')).toBeUndefined();
    expect(world.get('Secret', 'logs-fluent-bit', 'mallory')).toBeUndefined();
  };
  it.each(logs)('cannot read her logs %s', (...attack) => nothing(attack));
  it.each(secrets)('cannot read her secrets %s', (...attack) => nothing(attack));
  it.each(pipeline)('cannot get into her pipeline, nor end it, %s', (...attack) => nothing(attack));
  it.each(forgedCode)('cannot run code: %s', (...attack) => nothing(attack));

  it('may run the code of a ClusterTemplate word for word', async () => {
    await world.apply(mallorys({ templateRef: { name: 'coded' }, filters: [lua({})] }));
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready', 'mallory')).toMatchObject({ status: 'True' });
  });

  it('reads the own Secret of the same name, under names that are not hers', async () => {
    await world.apply(
      mallorys({
        variables: [{ name: 'token', ...fromSecret('cls', 'token') }],
        parsers: [{ name: known.parser, properties: { format: 'json' } }],
        filters: [{ plugin: 'parser', properties: { key_name: 'log', parser: known.parser } }],
        outputs: [{ id: known.id, plugin: 'http', properties: { host: 'a.example.com', header: 'X $(token)' } }],
      }),
    );
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready', 'mallory')).toMatchObject({ status: 'True' });
    const text = world.file('logs', 'mallory') ?? '';
    expect(text).toMatch(new RegExp(`name: p[0-9a-f]{16}_${known.parser}`));
    expect(text.match(/alias: (\S+)/g)).not.toContain(`alias: ${known.id}`);
    expect(Object.values(world.secrets('logs', 'mallory'))).toEqual(['own']);
  });

  const evil = 'pipeline:\n  outputs:\n    - name: exit\n      match: "*"\n';
  const edited = (change: (object: KubernetesObject & { data?: Record<string, string> }) => void) =>
    world.edit('ConfigMap', 'logs-fluent-bit', change, 'mallory');

  it.each<[string, (object: KubernetesObject & { data?: Record<string, string> }) => void]>([
    [
      'content',
      (child) => {
        child.data = { 'mallory.logs.yaml': evil };
      },
    ],
    [
      'content, and the annotation of its revision',
      (child) => {
        child.data = { 'mallory.logs.yaml': evil };
        child.metadata.annotations = { ...child.metadata.annotations, 'fluentbit.kyma-project.io/revision': 'forged' };
      },
    ],
    [
      'content, and what was last applied',
      (child) => {
        child.data = { 'mallory.logs.yaml': evil };
        child.metadata.annotations = {
          ...child.metadata.annotations,
          'metacontroller.k8s.io/last-applied-configuration': JSON.stringify({
            ...child,
            metadata: { name: 'logs-fluent-bit', namespace: 'mallory' },
          }),
        };
      },
    ],
    [
      "a file of Alice's name",
      (child) => {
        child.data = { ...child.data, 'alice.logs.yaml': evil };
      },
    ],
    [
      'the label of another configuration',
      (child) => {
        child.metadata.labels = {
          ...child.metadata.labels,
          'fluentbit.kyma-project.io/logging-configuration': 'bound',
        };
      },
    ],
  ])('changes an own child in vain: %s', async (name, change) => {
    await world.apply(mallorys({}));
    const written = world.file('logs', 'mallory');
    const labels = world.get('ConfigMap', 'logs-fluent-bit', 'mallory')?.metadata.labels;
    await edited(change);
    expect(world.file('logs', 'mallory')).toBe(written);
    expect(world.get('ConfigMap', 'logs-fluent-bit', 'mallory')?.metadata.labels).toMatchObject(labels ?? {});
    if (name.includes('Alice'))
      expect(world.get('ConfigMap', 'logs-fluent-bit', 'mallory')?.metadata.ownerReferences).toHaveLength(1);
  });

  it('does not get a changed child accepted while the configuration is bad', async () => {
    await world.apply(mallorys({}));
    const written = world.file('logs', 'mallory');
    await world.apply(filter('grep', { regex: 'log (' }));
    await edited((child) => {
      child.data = { 'mallory.logs.yaml': evil };
    });
    expect(world.file('logs', 'mallory')).toBe(written);
    expect(world.condition('LoggingConfiguration', 'logs', 'LastGood', 'mallory')).toMatchObject({ status: 'True' });
    // With what was last applied forged as well, nobody knows what was good: it is said, and nothing of it is ours.
    await edited((child) => {
      child.data = { 'mallory.logs.yaml': evil };
      child.metadata.annotations = {
        ...child.metadata.annotations,
        'metacontroller.k8s.io/last-applied-configuration': '{}',
      };
    });
    expect(world.condition('LoggingConfiguration', 'logs', 'LastGood', 'mallory')).toMatchObject({
      reason: 'LastGoodLost',
    });
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready', 'mallory')).toMatchObject({ status: 'False' });
    await world.apply(mallorys({}));
    expect(world.file('logs', 'mallory')).not.toContain('exit');
  });

  it.each([
    ['with labels and annotations like ours', {}],
    [
      'with an owner that is not there',
      {
        ownerReferences: [
          {
            apiVersion: 'fluentbit.kyma-project.io/v1alpha1',
            kind: 'LoggingConfiguration',
            name: 'other',
            uid: 'forged',
            controller: true,
          },
        ],
      },
    ],
  ])('gets no child of its own making taken for one of ours, %s', async (_, metadata) => {
    await world.apply({
      ...make.configMap('logs-fluent-bit', { 'mallory.logs.yaml': evil }, 'mallory'),
      metadata: {
        name: 'logs-fluent-bit',
        namespace: 'mallory',
        labels: {
          'app.kubernetes.io/managed-by': 'fluentbind',
          'fluentbit.kyma-project.io/logging-configuration': 'logs',
        },
        annotations: { 'fluentbit.kyma-project.io/revision': 'forged' },
        ...metadata,
      },
    });
    await world.apply(mallorys({}));
    const file = world.file('logs', 'mallory');
    if (file === evil)
      expect(world.condition('LoggingConfiguration', 'logs', 'Ready', 'mallory')).toMatchObject({
        status: 'False',
        reason: 'NameConflict',
      });
    else expect(file).not.toContain('exit');
  });

  it('gets no status of its own believed', async () => {
    const forged = {
      applied: [{ kind: 'ConfigMap', name: 'logs-fluent-bit', revision: 'forged', keys: ['alice.logs.yaml'] }],
      problems: [],
      conditions: [],
    };
    await world.apply({ ...mallorys({}), status: forged } as KubernetesObject);
    expect(JSON.stringify(world.get('LoggingConfiguration', 'logs', 'mallory')?.['status'])).not.toContain('forged');
  });

  it('keeps no code that its template had when it was written by hand elsewhere', async () => {
    const old = lua({ code: 'function f() return 1 end' });
    await world.apply(make.template('versioned', { outputs: [http], filters: [old] }));
    await world.apply(mallorys({ templateRef: { name: 'versioned' }, filters: [old] }));
    await world.apply(
      make.template('versioned', { outputs: [http], filters: [lua({ code: 'function f() return 2 end' })] }),
    );
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready', 'mallory')).toMatchObject({ status: 'True' });
    await world.apply(mallorys({ templateRef: { name: 'versioned' }, filters: [old] }, 'late'));
    expect(world.problems('LoggingConfiguration', 'late', 'mallory')).toMatchObject([{ reason: 'CodeNotAllowed' }]);
    await world.apply(
      mallorys({ templateRef: { name: 'versioned' }, filters: [old, lua({ code: 'function f() return 3 end' })] }),
    );
    expect(world.problems('LoggingConfiguration', 'logs', 'mallory')).toMatchObject([{ reason: 'CodeNotAllowed' }]);
  });
});
