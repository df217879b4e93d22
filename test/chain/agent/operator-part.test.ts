import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { outputsIn } from '../../../hooks/shards/node-data.ts';
import { make, World } from '../../support/world.ts';

const otlp = { id: 'otlp', plugin: 'opentelemetry', port: 4318, namespaces: ['shop'] };
const syslog = { id: 'devices', plugin: 'syslog', port: 5140, properties: { mode: 'udp', parser: 'line' } };
const parsers = [{ name: 'line', properties: { format: 'regex', regex: '^(?<message>.*)$' } }];
const agent = (change: object = {}) =>
  make.agent('edge', { namespace: 'logging', shards: 2, parts: 1, clusterName: 'prod', inputs: [otlp], ...change });
const http = { plugin: 'http', properties: { host: 'a.example.com' } };
const from = (input: string, more: object = {}) => ({ input: { from: input }, outputs: [http], ...more });

const worlds: World[] = [];
afterEach(() => {
  for (const { engine } of worlds.splice(0)) expect([engine.errors, engine.findings]).toEqual([[], []]);
});

async function start(...objects: KubernetesObject[]): Promise<World> {
  const world = await World.start();
  worlds.push(world);
  await world.apply(make.namespace('logging'), make.namespace('shop'), make.namespace('other'), ...objects);
  return world;
}

interface Base {
  pipeline?: Record<'inputs' | 'filters' | 'outputs', Record<string, unknown>[]>;
}
const text = (world: World) =>
  ((world.get('ConfigMap', 'edge-agent', 'logging')?.['data'] ?? {}) as Record<string, string>)['fluent-bit.yaml'] ??
  '';
const base = (world: World) => parse(text(world)) as Base;
const child = (world: World, kind: string, name: string, apiVersion = 'v1') => {
  const info = world.store.kindOf(apiVersion, kind);
  return info === undefined ? undefined : world.store.get(info, 'logging', name);
};
const specOf = (object: KubernetesObject | undefined) => (object?.['spec'] ?? {}) as Record<string, unknown>;
const reasons = (world: World, kind: string, name: string, namespace = 'shop') =>
  world.problems(kind, name, namespace).map(({ reason, path }) => `${reason} ${path}`);
const tagOf = (world: World, name: string) => /^ +match: "?(p[0-9a-f]{16})"?$/m.exec(world.file(name) ?? '')?.[1];

describe('the inputs of an operator', () => {
  it('are part of the base configuration, and reached by a Service, without another pod', async () => {
    const world = await start(agent({ inputs: undefined }));
    const pods = () => JSON.stringify(child(world, 'DaemonSet', 'edge-agent', 'apps/v1')?.['spec']);
    const before = [pods(), text(world)];
    expect(base(world).pipeline).toBeUndefined();
    await world.apply(
      agent({
        inputs: [otlp, syslog],
        parsers,
        filters: [{ plugin: 'modify', rules: ['add site berlin'] }],
        outputs: [{ ...http, id: 'archive' }],
        buffer: { limit: '50M' },
      }),
    );
    const { inputs = [], filters = [], outputs = [] } = base(world).pipeline ?? {};
    expect(inputs).toMatchObject([
      { name: 'opentelemetry', tag: 'operator.otlp', listen: '0.0.0.0', port: 4318, tag_from_uri: false },
      { name: 'syslog', tag: 'operator.devices', port: 5140, mode: 'udp' },
    ]);
    expect(filters.map(({ name, match }) => `${name} ${match}`)).toEqual([
      'lua operator.otlp',
      'modify operator.*',
      'modify operator.*',
      'rewrite_tag operator.*',
      'record_modifier operator-output.archive',
    ]);
    // What is left of the original is on nobody's way, and on nobody's disk.
    expect(outputs).toMatchObject([
      { name: 'null', match: 'operator.*' },
      { name: 'http', match: 'operator-output.archive', 'storage.total_limit_size': '50M', retry_limit: 'no_limits' },
    ]);
    expect(pods()).toBe(before[0]);
    expect(child(world, 'Service', 'edge-inputs')?.['spec']).toMatchObject({
      ports: [
        { name: 'otlp', port: 4318, protocol: 'TCP' },
        { name: 'devices', port: 5140, protocol: 'UDP' },
      ],
    });
    const { ingress } = specOf(child(world, 'NetworkPolicy', 'edge-agent', 'networking.k8s.io/v1'));
    expect(ingress).toEqual([
      { ports: [{ port: 2021, protocol: 'TCP' }] },
      { ports: [{ port: 4318, protocol: 'TCP' }] },
      { ports: [{ port: 5140, protocol: 'UDP' }] },
    ]);
    await world.apply(agent({ inputs: undefined }));
    expect([pods(), text(world)]).toEqual(before);
    expect(child(world, 'Service', 'edge-inputs')).toBeUndefined();
  });

  it('leave the last good in force while something is wrong with them', async () => {
    const world = await start(agent(), make.logging('web', from('otlp')));
    const before = [text(world), world.file('web')];
    await world.apply(agent({ inputs: [{ ...otlp, plugin: 'http' }], filters: [{ plugin: 'modfiy' }] }));
    expect(reasons(world, 'FluentBitAgent', 'edge')).toEqual([
      'UnfitInput spec.inputs[0].plugin',
      'UnknownPlugin spec.filters[0].plugin',
    ]);
    expect(world.condition('FluentBitAgent', 'edge', 'Accepted')).toMatchObject({ status: 'False' });
    expect([text(world), world.file('web')]).toEqual(before);
    await world.apply(agent());
    expect(world.condition('FluentBitAgent', 'edge', 'Accepted')).toMatchObject({ status: 'True' });
  });
});

describe('a LoggingConfiguration that selects an input', () => {
  it('takes a copy of each record for each of its outputs', async () => {
    const world = await start(agent(), make.logging('web', from('otlp', { outputs: [http, http] })));
    await world.apply(make.logging('more', from('otlp', { enrich: { clusterName: true } })));
    expect(reasons(world, 'LoggingConfiguration', 'web')).toEqual([]);
    const { pipeline } = parse(world.file('web') ?? '') as Base;
    expect(pipeline?.inputs).toBeUndefined();
    const rules = pipeline?.filters.filter(({ name }) => name === 'rewrite_tag') ?? [];
    const tags = pipeline?.outputs.map(({ match }) => match) ?? [];
    expect(new Set([...tags, tagOf(world, 'more')]).size).toBe(3);
    expect(rules.map(({ rule, match }) => `${match} ${rule}`)).toEqual(
      tags.map((tag) => `operator.otlp $_fluentbind_input . ${tag} true`),
    );
    // A limit of memory drops records; files go to the disk.
    for (const one of rules)
      expect(one).toMatchObject({ 'emitter_storage.type': 'filesystem', emitter_mem_buf_limit: 0 });
    // By which the sidecar knows whose chunks are still wanted.
    expect(outputsIn(world.file('web') ?? '').ids.sort()).toEqual([...tags].sort());
    expect(world.file('more')).toMatch(/record: \S+cluster_name \$\{FLUENTBIND_CLUSTER_NAME:-unknown\}/);
  });

  it.each<[string, object, string, string, string[]]>([
    ['it may', {}, 'shop', 'otlp', []],
    ['not of this namespace', {}, 'other', 'otlp', ['InputNotAllowed spec.input.from']],
    ['of everybody', { inputs: [{ ...otlp, namespaces: ['*'] }] }, 'other', 'otlp', []],
    [
      'of nobody',
      { inputs: [{ ...otlp, namespaces: undefined }] },
      'shop',
      'otlp',
      ['InputNotAllowed spec.input.from'],
    ],
    ['an unknown one', {}, 'shop', 'oltp', ['InputNotFound spec.input.from']],
    ['the agent carries others', { excludeNamespaces: ['shop'] }, 'shop', 'otlp', ['InputNotFound spec.input.from']],
  ])('is refused where it may not: %s', async (_, change, namespace, input, expected) => {
    const world = await start(agent(change), make.logging('web', from(input), namespace));
    expect(reasons(world, 'LoggingConfiguration', 'web', namespace)).toEqual(expected);
    expect(world.file('web', namespace) === undefined).toBe(expected.length > 0);
  });

  it('keeps the last good when the input is not for it any more, and shards drop that in time', async () => {
    const world = await start(agent(), make.logging('web', from('otlp')));
    const before = world.file('web');
    const hash = () => String(specOf(world.get('FluentBitShard', 'edge-0'))['policyHash']);
    const signed = () => JSON.stringify(world.get('ConfigMap', 'web-fluent-bit')?.metadata.annotations);
    const judged = hash();
    expect(signed()).toContain(judged);
    await world.apply(agent({ inputs: [{ ...otlp, namespaces: ['other'] }] }));
    expect(reasons(world, 'LoggingConfiguration', 'web')).toEqual(['InputNotAllowed spec.input.from']);
    expect(world.condition('LoggingConfiguration', 'web', 'LastGood')).toMatchObject({ status: 'True' });
    expect(world.file('web')).toBe(before);
    // What is signed under the former hash is turned down after a while.
    expect([hash() === judged, signed().includes(hash())]).toEqual([false, false]);
    await world.apply(agent());
    expect([hash(), reasons(world, 'LoggingConfiguration', 'web')]).toEqual([judged, []]);
  });

  it('comes from a template or its binding, whichever of the two is nearer', async () => {
    const template = (name: string, input: object) => make.template(name, { outputs: [http], input });
    const world = await start(
      agent(),
      template('received', { from: 'otlp' }),
      template('containers', { containers: { include: ['app'] }, multiline: ['java'] }),
    );
    const inputs: [string, string, object | undefined, object][] = [
      ['a', 'received', undefined, { from: 'otlp' }],
      ['b', 'containers', { from: 'otlp' }, { from: 'otlp' }],
      ['c', 'received', { containers: { exclude: ['istio-proxy'] } }, { containers: { exclude: ['istio-proxy'] } }],
    ];
    for (const [name, of, input] of inputs)
      await world.apply(make.binding(name, { templateRef: { name: of }, ...(input === undefined ? {} : { input }) }));
    for (const [name, , , expected] of inputs) {
      expect(reasons(world, 'ServiceBindingConfig', name), name).toEqual([]);
      const input = specOf(world.get('LoggingConfiguration', name))['input'] as object;
      expect(input, name).toMatchObject(expected);
      expect('from' in input && 'containers' in input, name).toBe(false);
    }
  });
});
