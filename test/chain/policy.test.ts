import { beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../hooks/api/object.ts';
import { AgentNames } from '../../hooks/fluentbit/file/agent-names.ts';
import { secretsDirectory } from '../../hooks/fluentbit/file/paths.ts';
import { packageFile } from '../../hooks/runtime/package-file.ts';
import { inFolder } from '../support/terminal.ts';
import { make, World } from '../support/world.ts';

const code = (text: string) => `function f(tag, timestamp, record) return 2, timestamp, ${text} end`;
const lua = (properties: object = {}) => ({
  plugin: 'lua',
  properties: { call: 'f', code: code('record'), ...properties },
});
const http = (properties: object = {}) => ({ plugin: 'http', properties: { host: 'a.example.com', ...properties } });
const template = (spec: object = {}) =>
  make.template('coded', {
    placeholders: [{ name: 'token', secretKey: 'token', sensitive: true }],
    files: [{ name: 'script', content: code('record') }],
    filters: [lua(), { plugin: 'lua', properties: { call: 'f', script: '$(script)' } }],
    outputs: [http({ header: 'Authorization Bearer $(token)' })],
    ...spec,
  });
const secret = (token: string, namespace = 'shop') => make.secret('cls', { token }, namespace);
const binding = (name: string, spec: object = {}, namespace = 'shop') =>
  make.binding(name, { templateRef: { name: 'coded' }, secretRef: { name: 'cls' }, ...spec }, namespace);
const typed = (type: string) => ({ ...make.secret('typed', { token: 'planted-token', ca: 'planted' }), type });
const from = (name: string, key: string) => ({ valueFrom: { secretKeyRef: { name, key } } });

const bank = new AgentNames('bank', 'vault');
const theirs = bank.variable('token');
const forged = { templateRef: { kind: 'ClusterTemplate', name: 'coded' } };
const byHand = (spec: object) => [make.logging('mallory', { outputs: [http()], ...spec })];
const bound = (spec: object) => [binding('mallory', spec)];
const output = (properties: object, plugin = 'http') =>
  byHand({
    outputs: [{ plugin, properties: plugin === 'http' ? { host: 'a.example.com', ...properties } : properties }],
  });
const ownTemplate = (spec: object, name = 'own') => [
  make.ownTemplate(name, { outputs: [http()], ...spec }),
  make.binding('mallory', { templateRef: { kind: 'Template', name } }),
];

type Attack = [name: string, objects: KubernetesObject[], reason: string, path: string];

const attacks: Attack[] = [
  [
    'logs of another namespace',
    byHand({ input: { namespaces: { include: ['bank'] } } }),
    'NamespaceNotAllowed',
    'spec.input.namespaces',
  ],
  [
    'logs of all namespaces but one',
    byHand({ input: { namespaces: { exclude: ['x'] } } }),
    'NamespaceNotAllowed',
    'spec.input.namespaces',
  ],
  [
    'logs of all namespaces',
    byHand({ input: { namespaces: { include: ['*'] } } }),
    'NamespaceNotAllowed',
    'spec.input.namespaces',
  ],
  [
    'the same through a binding',
    bound({ input: { namespaces: { include: ['bank'] } } }),
    'NamespaceNotAllowed',
    'spec.input.namespaces',
  ],
  [
    'the same through a template',
    ownTemplate({ input: { namespaces: { include: ['bank'] } } }),
    'NamespaceNotAllowed',
    'spec.templateRef',
  ],
  [
    'a file of another tenant',
    output({ 'tls.crt_file': `${secretsDirectory}/${bank.file('cert')}` }),
    'UnknownFile',
    'spec.outputs[0].properties.tls.crt_file',
  ],
  [
    'a value of another tenant as a file',
    output({ 'oauth2.jwt_key_file': `${secretsDirectory}/${theirs}` }),
    'UnknownFile',
    'spec.outputs[0].properties.oauth2.jwt_key_file',
  ],
  [
    'a file behind the public ones',
    output({ 'tls.ca_file': '/etc/ssl/../shadow' }),
    'UnknownFile',
    'spec.outputs[0].properties.tls.ca_file',
  ],
  [
    'a file through a ConfigMap',
    [
      make.configMap('m', { ca: '/etc/shadow' }),
      ...byHand({
        variables: [{ name: 'ca', valueFrom: { configMapKeyRef: { name: 'm', key: 'ca' } } }],
        outputs: [http({ 'tls.ca_file': '$(ca)' })],
      }),
    ],
    'UnknownFile',
    'spec.outputs[0].properties.tls.ca_file',
  ],
  [
    'a socket of the node',
    output({ unix_path: '/run/containerd/containerd.sock' }, 'forward'),
    'PathNotAllowed',
    'spec.outputs[0].properties.unix_path',
  ],
  [
    'a file written on the node',
    output({ path: '/etc/cron.d', file: 'x' }, 'file'),
    'PluginNotAllowed',
    'spec.outputs[0].plugin',
  ],
  [
    'a token of a ServiceAccount, bound',
    [typed('kubernetes.io/service-account-token'), ...bound({ secretRef: { name: 'typed' } })],
    'SecretNotAllowed',
    'spec.secretRef.name',
  ],
  [
    'the same as a value',
    [
      typed('kubernetes.io/service-account-token'),
      ...bound({ values: [{ name: 'token', ...from('typed', 'token') }] }),
    ],
    'SecretNotAllowed',
    'spec.values[0]',
  ],
  [
    'the same by hand',
    [
      typed('kubernetes.io/service-account-token'),
      ...byHand({ variables: [{ name: 'a', ...from('typed', 'token') }] }),
    ],
    'SecretNotAllowed',
    'spec.variables[0]',
  ],
  [
    'the same as a file',
    [typed('kubernetes.io/service-account-token'), ...byHand({ files: [{ name: 'a', ...from('typed', 'ca') }] })],
    'SecretNotAllowed',
    'spec.files[0]',
  ],
  [
    'the same with a default',
    [
      typed('kubernetes.io/service-account-token'),
      ...byHand({ variables: [{ name: 'a', default: 'x', ...from('typed', 'token') }] }),
    ],
    'SecretNotAllowed',
    'spec.variables[0]',
  ],
  [
    'a bootstrap token',
    [typed('bootstrap.kubernetes.io/token'), ...bound({ secretRef: { name: 'typed' } })],
    'SecretNotAllowed',
    'spec.secretRef.name',
  ],
  [
    'a release of Helm',
    [typed('helm.sh/release.v1'), ...byHand({ variables: [{ name: 'a', ...from('typed', 'token') }] })],
    'SecretNotAllowed',
    'spec.variables[0]',
  ],
  [
    'a variable of another tenant',
    output({ header: `X-A \${${theirs}}` }),
    'UnknownVariable',
    'spec.outputs[0].properties.header',
  ],
  [
    'the same in a rule',
    byHand({ filters: [{ plugin: 'modify', rules: [`add a \${${theirs}}`] }] }),
    'UnknownVariable',
    'spec.filters[0].rules[0]',
  ],
  [
    'the same in a parser',
    byHand({ parsers: [{ name: 'p', properties: { format: 'regex', regex: `(?<a>\${${theirs}})` } }] }),
    'UnknownVariable',
    'spec.parsers[0].properties.regex',
  ],
  [
    'the same in a Secret',
    [
      make.secret('s', { a: `\${${theirs}}` }),
      ...byHand({ variables: [{ name: 'a', ...from('s', 'a') }], outputs: [http({ header: 'X-A $(a)' })] }),
    ],
    'InvalidValue',
    'spec.outputs[0].properties.header',
  ],
  [
    'the same put together',
    byHand({ variables: [{ name: 'a', value: '$' }], outputs: [http({ header: `X-A $(a){${theirs}}` })] }),
    'InvalidValue',
    'spec.outputs[0].properties.header',
  ],
  [
    'the same in a file that Fluent Bit expands',
    byHand({
      files: [{ name: 'm', content: `{"a": "\${${theirs}}"}` }],
      outputs: [{ plugin: 'loki', properties: { host: 'a.example.com', label_map_path: '$(m)' } }],
    }),
    'InvalidValue',
    'spec.outputs[0].properties.label_map_path',
  ],
  [
    'the same in a configuration of its own',
    byHand({
      files: [{ name: 'u', content: `[NODE]\n host \${${theirs}}\n port 1\n` }],
      outputs: [{ plugin: 'forward', properties: { upstream: '$(u)' } }],
    }),
    'ReservedProperty',
    'spec.outputs[0].properties.upstream',
  ],
  ['own code', byHand({ filters: [lua()] }), 'CodeNotAllowed', 'spec.filters[0].properties.code'],
  [
    'own code under the name of a template',
    byHand({ ...forged, filters: [lua({ code: code('os') })] }),
    'CodeNotAllowed',
    'spec.filters[0].properties.code',
  ],
  [
    'its code with another call',
    byHand({ ...forged, filters: [lua({ call: 'dofile' })] }),
    'CodeNotAllowed',
    'spec.filters[0].properties.code',
  ],
  [
    'its code with one more property',
    byHand({ ...forged, filters: [lua({ time_as_table: true })] }),
    'CodeNotAllowed',
    'spec.filters[0].properties.code',
  ],
  [
    'its code in another case',
    byHand({ ...forged, filters: [{ plugin: 'LUA', properties: { Call: 'f', Code: code('record') } }] }),
    'CodeNotAllowed',
    'spec.filters[0].properties.Code',
  ],
  [
    'its script with other content',
    byHand({
      ...forged,
      files: [{ name: 'script', content: code('os') }],
      filters: [{ plugin: 'lua', properties: { call: 'f', script: '$(script)' } }],
    }),
    'CodeNotAllowed',
    'spec.filters[0].properties.script',
  ],
  [
    'its script from a Secret',
    [
      make.secret('s', { a: code('os') }),
      ...byHand({
        ...forged,
        files: [{ name: 'script', ...from('s', 'a') }],
        filters: [{ plugin: 'lua', properties: { call: 'f', script: '$(script)' } }],
      }),
    ],
    'CodeNotAllowed',
    'spec.filters[0].properties.script',
  ],
  [
    'code of a template that does not exist',
    byHand({ templateRef: { name: 'nothing' }, filters: [lua()] }),
    'CodeNotAllowed',
    'spec.filters[0].properties.code',
  ],
  [
    'a witness of its own making',
    [
      {
        ...make.logging('mallory', { outputs: [http()], filters: [lua({ code: code('os') })] }),
        status: { trustedCode: ['0'.repeat(32)] },
      },
    ],
    'CodeNotAllowed',
    'spec.filters[0].properties.code',
  ],
  [
    'code in a binding',
    bound({ filters: [lua({ code: code('os') })] }),
    'CodeNotAllowed',
    'spec.filters[0].properties.code',
  ],
  ['code in a template of its own', ownTemplate({ filters: [lua()] }), 'CodeNotAllowed', 'spec.templateRef'],
  [
    'the same under the name of another',
    ownTemplate({ filters: [lua()] }, 'coded'),
    'CodeNotAllowed',
    'spec.templateRef',
  ],
  [
    'the metadata service',
    output({ host: '169.254.169.254' }),
    'DestinationNotAllowed',
    'spec.outputs[0].properties.host',
  ],
  [
    'the same from a Secret, in octal',
    [
      make.secret('s', { a: '0251.0376.0251.0376' }),
      ...byHand({
        variables: [{ name: 'a', ...from('s', 'a') }],
        outputs: [{ plugin: 'http', properties: { host: '$(a)' } }],
      }),
    ],
    'DestinationNotAllowed',
    'spec.outputs[0].properties.host',
  ],
  [
    'the agent itself, by saying nothing',
    byHand({ outputs: [{ plugin: 'http', properties: { port: 2020, uri: '/api/v2/reload' } }] }),
    'DestinationNotAllowed',
    'spec.outputs[0]',
  ],
  [
    'the agent itself, as its proxy',
    output({ proxy: 'http://127.0.0.1:2020' }),
    'ProxyNotAllowed',
    'spec.outputs[0].properties.proxy',
  ],
  ['the identity of the node', output({ bucket: 'theirs' }, 's3'), 'IdentityNotAllowed', 'spec.outputs[0].plugin'],
  [
    'another tag',
    byHand({ filters: [{ plugin: 'rewrite_tag', rules: [`rule $log .* ${bank.pipeline('0')} false`] }] }),
    'PluginNotAllowed',
    'spec.filters[0].plugin',
  ],
  [
    'another tag for metrics',
    byHand({
      filters: [
        {
          plugin: 'log_to_metrics',
          properties: { tag: bank.pipeline('0'), metric_name: 'a', metric_description: 'b', metric_mode: 'counter' },
        },
      ],
    }),
    'PluginNotAllowed',
    'spec.filters[0].plugin',
  ],
  [
    'the API server as the agent',
    byHand({ filters: [{ plugin: 'kubernetes', properties: { kube_token_command: 'id' } }] }),
    'PluginNotAllowed',
    'spec.filters[0].plugin',
  ],
];

describe('a tenant under the default policy', () => {
  let world: World;
  const victim = () => [world.file('vault', 'bank'), world.secrets('vault', 'bank')];

  beforeAll(async () => {
    world = await World.start();
    await world.apply(
      template(),
      secret('shop-token'),
      secret('bank-token', 'bank'),
      binding('vault', {}, 'bank'),
      binding('neighbour'),
    );
    expect(world.condition('ServiceBindingConfig', 'vault', 'Ready', 'bank')).toMatchObject({ status: 'True' });
    expect(world.condition('ServiceBindingConfig', 'neighbour', 'Ready')).toMatchObject({ status: 'True' });
    // Guessed right, or the rows about it would prove nothing.
    expect(world.file('vault', 'bank')).toContain(`\${${theirs}}`);
  });

  it.each(attacks)('gets nothing by %s', async (_, objects, reason, path) => {
    const before = victim();
    const kind = objects.at(-1)?.kind ?? '';
    await world.apply(...objects);
    const [first] = world.problems(kind, 'mallory');
    expect(world.problems(kind, 'mallory').map((p) => ({ reason: p.reason, path: p.path }))).toContainEqual({
      reason,
      path,
    });
    expect(first?.hint).not.toBe('');
    expect(world.condition(kind, 'mallory', 'Ready')).toMatchObject({ status: 'False' });
    expect(world.get('ConfigMap', 'mallory-fluent-bit')).toBeUndefined();
    expect(world.get('Secret', 'mallory-fluent-bit')).toBeUndefined();
    expect(JSON.stringify(world.get(kind, 'mallory')?.['status'])).not.toContain('planted');
    expect(victim()).toEqual(before);
    await world.apply(secret(`shop-${path}-${reason}`.replace(/[^a-zA-Z-]/g, '')));
    expect(Object.values(world.secrets('neighbour')).join()).toContain(reason);
    expect(world.engine.errors).toEqual([]);
    await world.remove(kind, 'mallory');
  });

  it('keeps what is in force while an attack stands in its place', async () => {
    await world.apply(make.logging('steady', { outputs: [http()] }));
    const before = world.file('steady');
    await world.apply(make.logging('steady', { outputs: [http({ host: '127.1' })] }));
    expect(world.condition('LoggingConfiguration', 'steady', 'Accepted')).toMatchObject({
      reason: 'DestinationNotAllowed',
    });
    expect(world.condition('LoggingConfiguration', 'steady', 'LastGood')).toMatchObject({ status: 'True' });
    expect(world.file('steady')).toBe(before);
  });

  it('cannot write variables into code through labels, either', async () => {
    const labels = { include: [`\${${theirs}}`, '"] = 1 }; os.exit() --'] };
    await world.apply(make.logging('labels', { enrich: { labels }, outputs: [http()] }));
    expect(world.condition('LoggingConfiguration', 'labels', 'Ready')).toMatchObject({ status: 'True' });
    expect(world.file('labels')?.replace('${FLUENTBIND_WORKERS}', '')).not.toMatch(/\$\{|"\] = 1/);
  });

  it('may take the filters of a ClusterTemplate word for word', async () => {
    const { files, filters } = template()['spec'] as { files: object[]; filters: object[] };
    await world.apply(make.logging('copy', { ...forged, files, filters, outputs: [http()] }));
    expect(world.problems('LoggingConfiguration', 'copy')).toEqual([]);
  });

  it('finds its edits of a child undone', async () => {
    const content = () => world.file('neighbour')?.replace(/^#.*\n/, '');
    const before = content();
    await world.edit('LoggingConfiguration', 'neighbour', (o) => {
      Object.assign(o.spec ?? {}, { filters: [lua({ code: code('os') })] });
    });
    expect(content()).toBe(before);
    expect(world.condition('LoggingConfiguration', 'neighbour', 'Ready')).toMatchObject({ status: 'True' });
  });
});

it('examples and bundled templates are within the default policy', async () => {
  for (const folder of ['examples', 'templates']) {
    const { code, err } = await inFolder(packageFile('.'), 'validate', '-f', folder);
    expect(err).not.toContain(' error: ');
    expect(code).toBe(0);
  }
});

describe('code of a template that changes', () => {
  it('stays where the new one cannot be bound, while Secrets rotate, and with everybody else it does not', async () => {
    const world = await World.start();
    await world.apply(template(), secret('one'), binding('logs'));
    const old = world.file('logs');
    const needy = {
      placeholders: [
        { name: 'token', secretKey: 'token' },
        { name: 'more', secretKey: 'more' },
      ],
    };
    await world.apply(template({ ...needy, filters: [lua({ code: code('{}') })] }));
    expect(world.condition('ServiceBindingConfig', 'logs', 'Accepted')).toMatchObject({
      reason: 'PlaceholderUnresolved',
    });
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready')).toMatchObject({ status: 'True' });
    await world.apply(secret('two'));
    expect(Object.values(world.secrets('logs'))).toContain('two');
    await world.remove('ClusterTemplate', 'coded');
    await world.apply(secret('three'));
    expect(Object.values(world.secrets('logs'))).toContain('three');
    expect(world.file('logs')).toBe(old);

    const spec = world.get('LoggingConfiguration', 'logs')?.['spec'] ?? {};
    await world.apply(make.logging('copy', spec));
    expect(world.problems('LoggingConfiguration', 'copy')).toMatchObject([
      { reason: 'CodeNotAllowed', path: 'spec.filters[0].properties.code' },
      { reason: 'CodeNotAllowed', path: 'spec.filters[1].properties.script' },
    ]);

    await world.apply(template({ filters: [lua({ code: code('{}') })] }));
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True' });
    expect(world.file('logs')).toContain(code('{}'));
    expect(world.get('LoggingConfiguration', 'logs')?.['status']).toMatchObject({ trustedCode: [expect.any(String)] });
    expect(world.engine.errors).toEqual([]);
  });

  it('is not vouched for by a policy that let everything pass', async () => {
    const world = await World.start();
    const own = make.logging('own', { filters: [lua()], outputs: [http()] });
    await world.apply(make.agent('a', { namespace: 'logging', shards: 2, policy: { code: 'Any' } }), own);
    expect(world.condition('LoggingConfiguration', 'own', 'Ready')).toMatchObject({ status: 'True' });
    const before = world.file('own');
    await world.apply(make.agent('a', { namespace: 'logging', shards: 2 }));
    expect(world.problems('LoggingConfiguration', 'own')).toMatchObject([{ reason: 'CodeNotAllowed' }]);
    expect(world.file('own')).toBe(before);
  });
});

describe('a FluentBitAgent', () => {
  const agent = (policy: object, spec: object = {}) =>
    make.agent('edge', { namespace: 'logging', shards: 2, policy, ...spec });
  const own = make.logging('own', { filters: [lua()], outputs: [http()] });
  const route = (world: World, name = 'edge') => world.get('FluentBitRoute', name)?.['spec'] as Record<string, unknown>;
  const reasons = (world: World, namespace?: string) =>
    world.problems('LoggingConfiguration', 'own', namespace).map(({ reason }) => reason);

  it('publishes its policy with every default, and keeps the last one while it is wrong', async () => {
    const world = await World.start();
    await world.apply(make.namespace('logging'), agent({ proxies: true }));
    expect(route(world)).toMatchObject({
      agent: 'edge',
      namespaceSelector: { matchLabels: {}, matchExpressions: [] },
      excludeNamespaces: ['istio-system', 'kube-system', 'kyma-system', 'logging'],
      policy: { proxies: true, nodePaths: false, code: 'Template', destinations: { allow: ['*'] } },
    });
    expect(world.condition('FluentBitAgent', 'edge', 'Accepted')).toMatchObject({ status: 'True' });
    const before = route(world);
    await world.apply(agent({ outputs: { allow: ['htpp'] }, destinations: { deny: ['10.0.0/8'] } }));
    expect(world.problems('FluentBitAgent', 'edge')).toMatchObject([
      { reason: 'InvalidPolicy', path: 'spec.policy.outputs.allow[0]' },
      { reason: 'InvalidPolicy', path: 'spec.policy.destinations.deny[0]' },
    ]);
    expect(world.condition('FluentBitAgent', 'edge', 'Stalled')).toMatchObject({ status: 'True' });
    expect(route(world)).toEqual(before);
    await world.apply(agent({ outputs: { allow: ['http'] } }));
    expect(route(world)['policyHash']).not.toBe(before['policyHash']);
    expect(world.condition('FluentBitAgent', 'edge', 'Accepted')).toMatchObject({ status: 'True' });
    await world.remove('FluentBitAgent', 'edge');
    expect(world.get('FluentBitRoute', 'edge')).toBeUndefined();
    expect(world.engine.errors).toEqual([]);
  });

  it('is followed at once, by those whose configuration it concerns', async () => {
    const world = await World.start();
    await world.apply(own, make.logging('plain', { outputs: [http()] }));
    expect(reasons(world)).toEqual(['CodeNotAllowed']);
    await world.apply(agent({ code: 'Any' }));
    expect(reasons(world)).toEqual([]);
    const good = world.file('own');
    await world.apply(agent({ code: 'None' }));
    expect(world.problems('LoggingConfiguration', 'own')).toMatchObject([
      { reason: 'CodeNotAllowed', message: expect.stringContaining('the policy of FluentBitAgent edge') },
    ]);
    expect(world.condition('LoggingConfiguration', 'own', 'LastGood')).toMatchObject({ reason: 'KeptLastGood' });
    expect(world.file('own')).toBe(good);
    await world.apply(make.logging('plain', { outputs: [http({ uri: '/new' })] }));
    expect(world.file('plain')).toContain('/new');
    await world.remove('FluentBitAgent', 'edge');
    expect(world.problems('LoggingConfiguration', 'own')).toMatchObject([
      { reason: 'CodeNotAllowed', message: expect.stringContaining('the default policy') },
    ]);
    expect(world.engine.errors).toEqual([]);
  });

  it('governs the namespaces that it carries, by their labels as they are now', async () => {
    const world = await World.start();
    const gold = { namespaceSelector: { matchLabels: { tier: 'gold' } } };
    await world.apply(make.namespace('shop'), own, agent({ code: 'Any' }, gold));
    expect(reasons(world)).toEqual(['CodeNotAllowed']);
    await world.apply(make.namespace('shop', { tier: 'gold' }));
    expect(reasons(world)).toEqual([]);
    await world.apply(agent({ code: 'Any' }, { ...gold, excludeNamespaces: ['shop'] }));
    expect(reasons(world)).toEqual(['CodeNotAllowed']);
    await world.apply(
      agent({ code: 'Any' }, gold),
      make.agent('cloud', { namespace: 'logging', shards: 2, policy: { code: 'None' } }),
    );
    expect(world.problems('LoggingConfiguration', 'own')[0]?.message).toContain('FluentBitAgent cloud');
  });

  it('does not carry the namespaces of the system, nor its own', async () => {
    const world = await World.start();
    const namespaces = ['kube-system', 'logging', 'shop'];
    await world.apply(
      agent({ code: 'Any' }),
      ...namespaces.map((namespace) => make.logging('own', { filters: [lua()], outputs: [http()] }, namespace)),
    );
    expect(namespaces.map((namespace) => reasons(world, namespace).length)).toEqual([1, 1, 0]);
  });

  it('names the control namespaces, in place of those of the environment', async () => {
    const all = { input: { namespaces: { exclude: ['kube-system'] } }, outputs: [http()] };
    const world = await World.start({ settings: { controlNamespaces: ['ops'] } });
    await world.apply(make.logging('own', all, 'ops'), make.logging('own', all, 'shop'));
    expect([reasons(world, 'ops'), reasons(world, 'shop')]).toEqual([[], ['NamespaceNotAllowed']]);
    await world.apply(agent({ controlNamespaces: ['shop'] }));
    expect([reasons(world, 'ops'), reasons(world, 'shop')]).toEqual([['NamespaceNotAllowed'], []]);
  });

  it('is a stranger to LoggingConfigurations: what happens to its status wakes none of them', async () => {
    let passes = 0;
    const world = await World.start({
      wrap: (transport) => (url, body, timeout) => {
        if (/(loggingconfigurations|servicebindingconfigs)\/sync/.test(url)) passes += 1;
        return transport(url, body, timeout);
      },
    });
    await world.apply(agent({}), template(), secret('a'), binding('logs'));
    passes = 0;
    await world.edit('FluentBitAgent', 'edge', (o) =>
      Object.assign(o, { metadata: { ...o.metadata, labels: { a: 'b' } } }),
    );
    await world.apply(agent({}, { namespace: 'logging' }));
    expect(passes).toBe(0);
    await world.apply(agent({ proxies: true }));
    expect(passes).toBeGreaterThan(0);
  });
});

describe('a control namespace', () => {
  const excluded = (world: World) => /exclude_path: (.*)$/m.exec(world.file('all', 'ops') ?? '')?.[1] ?? '';
  const all = (namespaces: object) =>
    make.logging('all', { input: { namespaces }, outputs: [{ plugin: 'null' }] }, 'ops');

  it('reads all namespaces but those that the agent leaves out, unless it asks for one by name', async () => {
    const world = await World.start();
    await world.apply(
      make.namespace('logging'),
      make.agent('edge', { namespace: 'logging', shards: 1, parts: 1, policy: { controlNamespaces: ['ops'] } }),
      all({ include: ['*'] }),
    );
    expect(world.problems('LoggingConfiguration', 'all', 'ops')).toEqual([]);
    for (const namespace of ['kube-system', 'istio-system', 'kyma-system', 'logging'])
      expect(excluded(world)).toContain(`/var/log/pods/${namespace}_*`);
    await world.apply(all({ exclude: ['noisy'] }));
    for (const namespace of ['kube-system', 'logging', 'noisy'])
      expect(excluded(world)).toContain(`/var/log/pods/${namespace}_*`);
    await world.apply(all({ include: ['*', 'kube-system'] }));
    expect(excluded(world)).not.toContain('kube-system');
    expect(excluded(world)).toContain('istio-system');
    await world.apply(all({ include: ['kube-system'] }));
    expect(world.file('all', 'ops')).toContain('/var/log/pods/kube-system_*/*/*.log');
    expect(excluded(world)).toBe('');
    await world.apply(
      make.agent('edge', {
        ...{ namespace: 'logging', shards: 1, parts: 1, excludeNamespaces: ['mine'] },
        policy: { controlNamespaces: ['ops'] },
      }),
      all({ include: ['*'] }),
    );
    expect(excluded(world)).toBe('/var/log/pods/mine_*');
    expect([world.engine.errors, world.engine.findings]).toEqual([[], []]);
  });
});
