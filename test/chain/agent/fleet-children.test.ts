import { afterEach, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { definitions } from '../../../hooks/cli/offline.ts';
import { controllers } from '../../../hooks/controllers/index.ts';
import { make, World, type WorldOptions } from '../../support/world.ts';

const group = 'fluentbit.kyma-project.io/v1alpha1';
const spec = { namespace: 'logging', shards: 4, parts: 2 };
const agent = (change: object = {}, name = 'edge') => make.agent(name, { ...spec, ...change });

interface Workload extends KubernetesObject {
  spec: {
    template: {
      metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
      spec: Pod;
    };
  };
}
interface Pod {
  serviceAccountName: string;
  containers: { name: string; image: string; resources: object; env?: { name: string; value?: string }[] }[];
  volumes: { name: string; projected?: { sources: Record<string, { name: string; optional: boolean }>[] } }[];
  [field: string]: unknown;
}

const worlds: World[] = [];
afterEach(() => {
  for (const { engine } of worlds.splice(0)) expect([engine.errors, engine.findings]).toEqual([[], []]);
});

/** Shards say what a test makes them say. */
const silent = 'fluentbitshards';
const alone: WorldOptions = {
  controllers: controllers.filter(({ name }) => name !== silent),
  definitions: definitions().filter((one) => !(one as KubernetesObject).metadata.name.endsWith(silent)),
};

async function start(options: WorldOptions = alone): Promise<World> {
  const world = await World.start(options);
  worlds.push(world);
  await world.apply(make.namespace('logging'), make.namespace('shop'));
  return world;
}

function get(world: World, kind: string, name = 'edge-agent', apiVersion = 'v1'): KubernetesObject | undefined {
  const info = world.store.kindOf(apiVersion, kind);
  return info === undefined ? undefined : world.store.get(info, 'logging', name);
}
const workload = (world: World) => get(world, 'DaemonSet', 'edge-agent', 'apps/v1') as Workload;
const template = (world: World) => workload(world).spec.template;
const shards = (world: World) =>
  world.store
    .all()
    .filter((object) => object.kind === 'FluentBitShard')
    .map((object) => object.metadata.name)
    .sort();
const condition = (world: World, type: string) => world.condition('FluentBitAgent', 'edge', type);
const status = (world: World) => world.get('FluentBitAgent', 'edge')?.['status'] as Record<string, unknown>;
const route = (world: World) => (world.get('FluentBitRoute', 'edge')?.['spec'] ?? {}) as Record<string, unknown>;
const routed = (world: World) => route(world)['shards'];

/** What the DaemonSet's controller would say once `updated` of `desired` nodes run the newest pods. */
async function roll(world: World, updated: number, desired = updated): Promise<void> {
  const object = workload(world);
  await world.store.updateStatus({
    ...object,
    status: {
      observedGeneration: object.metadata.generation,
      desiredNumberScheduled: desired,
      updatedNumberScheduled: updated,
      numberReady: updated,
    },
  });
  await world.settle();
}

/** What the hook of a shard would say. */
async function report(world: World, name: string, said: object): Promise<void> {
  const object = world.get('FluentBitShard', name);
  if (object === undefined) throw new Error(`no shard ${name}`);
  await world.store.updateStatus({ ...object, status: said });
  await world.settle();
}

describe('a FluentBitAgent', () => {
  it('brings up all that runs for it, and says how far it is', async () => {
    const world = await start();
    await world.apply(agent());
    expect(shards(world)).toEqual(['edge-0', 'edge-1', 'edge-2', 'edge-3']);
    expect(world.get('FluentBitShard', 'edge-3')?.['spec']).toMatchObject({
      agent: 'edge',
      namespace: 'logging',
      index: 3,
      parts: 2,
      policyHash: route(world)['policyHash'],
    });
    expect(routed(world)).toBe(4);
    for (const [kind, apiVersion] of [
      ['ConfigMap', 'v1'],
      ['Service', 'v1'],
      ['NetworkPolicy', 'networking.k8s.io/v1'],
    ] as const)
      expect(get(world, kind, 'edge-agent', apiVersion), kind).toBeDefined();
    const { sources } = template(world).spec.volumes.find((volume) => volume.name === 'incoming')?.projected ?? {};
    expect(sources).toHaveLength(2 * 4 * 2);
    expect(sources).toContainEqual({ secret: { name: 'edge-shard-3-1', optional: true } });
    expect(sources?.every((source) => Object.values(source)[0]?.optional)).toBe(true);
    expect(condition(world, 'Ready')).toMatchObject({ status: 'False', reason: 'NodesPending' });
    expect(condition(world, 'Reconciling')).toMatchObject({ status: 'True' });
    await roll(world, 1, 3);
    expect(condition(world, 'Live')).toMatchObject({ status: 'False', message: expect.stringContaining('1 of 3') });
    await roll(world, 3);
    expect(condition(world, 'Ready')).toMatchObject({ status: 'True', message: 'Live on 3 of 3 nodes.' });
    expect(condition(world, 'Reconciling')).toBeUndefined();
    expect(status(world)['nodes']).toEqual({ desired: 3, updated: 3, ready: 3 });
    await roll(world, 0);
    expect(condition(world, 'Stalled')).toMatchObject({ reason: 'NoNodes' });
    await world.remove('FluentBitAgent', 'edge');
    expect(shards(world)).toEqual([]);
    expect(workload(world)).toBeUndefined();
  });

  it('replaces no pod because of tenants, policies or settings of the service', async () => {
    const world = await start();
    await world.apply(agent());
    await roll(world, 2);
    const before = JSON.stringify(workload(world));
    const base = () => (get(world, 'ConfigMap')?.['data'] as Record<string, string> | undefined)?.['fluent-bit.yaml'];
    const old = base();
    await world.apply(make.logging('a', { outputs: [{ plugin: 'http', properties: { host: 'a.example.com' } }] }));
    await report(world, 'edge-1', { pipelines: 7, filled: 40, revision: 'x' });
    await world.apply(agent({ policy: { code: 'Any' }, service: { flushSeconds: 9 }, clusterName: 'prod' }));
    expect(JSON.stringify(workload(world))).toBe(before);
    expect(base()).not.toBe(old);
    expect(base()).toContain('flush: 9');
    await world.apply(agent({ pod: { annotations: { note: 'x' } } }));
    expect(template(world).metadata.annotations).toEqual({ note: 'x' });
  });

  it('keeps what runs where its namespace is not seen', async () => {
    const world = await start();
    await world.apply(agent());
    const before = ['DaemonSet', 'ConfigMap', 'Service'].map((kind) =>
      get(world, kind, 'edge-agent', kind === 'DaemonSet' ? 'apps/v1' : 'v1'),
    );
    expect(before).not.toContain(undefined);
    const namespace = world.get('Namespace', 'logging');
    if (namespace === undefined) throw new Error('no namespace');
    await world.store.delete(namespace);
    await world.settle();
    expect(condition(world, 'Rendered')).toMatchObject({ reason: 'NamespaceNotFound' });
    expect(get(world, 'DaemonSet', 'edge-agent', 'apps/v1')).toBeDefined();
    expect(get(world, 'ConfigMap')).toBeDefined();
  });

  it('sums up its shards', async () => {
    const world = await start();
    await world.apply(agent());
    await roll(world, 2);
    const remark = (name: string, reason: string, kept: boolean) => ({ namespace: 'shop', name, reason, kept });
    await report(world, 'edge-0', {
      pipelines: 3,
      filled: 20,
      remarks: [remark('b', 'Forged', true)],
      remarksInAll: 1,
    });
    const more = [remark('a', 'PolicyPending', true), remark('c', 'TooLarge', false)];
    await report(world, 'edge-2', { pipelines: 4, filled: 93, remarks: more, remarksInAll: 40 });
    expect(status(world)).toMatchObject({
      shards: { count: 4, filled: 93 },
      pipelines: { accepted: 7, pending: 1, kept: 1, refused: 1 },
      remarksInAll: 41,
    });
    expect((status(world)['remarks'] as { name: string }[]).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(condition(world, 'Complete')).toMatchObject({ status: 'False', reason: 'NearlyFull' });
    expect(condition(world, 'Complete')?.message).toMatch(/shop\/b \(Forged, kept\).*38 more.*93 %: raise spec\.parts/);
    // One tenant's fault is not that of the agent.
    expect(condition(world, 'Ready')).toMatchObject({ status: 'True' });
  });

  it('keeps shards that leave until all are empty, and replaces the pods once', async () => {
    const world = await start();
    await world.apply(agent());
    await roll(world, 2);
    for (const name of shards(world)) await report(world, name, { pipelines: 1 });
    const before = JSON.stringify(template(world));
    await world.apply(agent({ shards: 2 }));
    expect([routed(world), shards(world).length]).toEqual([2, 4]);
    await report(world, 'edge-3', { pipelines: 0 });
    expect([JSON.stringify(template(world)), shards(world).length]).toEqual([before, 4]);
    await report(world, 'edge-2', { pipelines: 0 });
    expect(shards(world)).toEqual(['edge-0', 'edge-1']);
    expect(JSON.stringify(template(world))).not.toContain('edge-shard-2-0');
  });

  it('sends nobody to a new shard before every pod mounts it', async () => {
    const world = await start();
    await world.apply(agent());
    await roll(world, 2);
    await world.apply(agent({ shards: 6 }));
    expect([routed(world), shards(world).length]).toEqual([4, 6]);
    await roll(world, 1, 2);
    expect(routed(world)).toBe(4);
    await roll(world, 2);
    expect(routed(world)).toBe(6);
  });

  it('fills no new part before every pod mounts it, and none that goes', async () => {
    const world = await start();
    await world.apply(agent());
    await roll(world, 2);
    const { parts: before } = agent().spec as { parts: number };
    const parts = () =>
      world.store
        .all()
        .flatMap(({ kind, spec }) => (kind === 'FluentBitShard' ? [(spec as { parts: number }).parts] : []));
    const all = (count: number) => Array.from({ length: 4 }, () => count);
    await world.apply(agent({ parts: before + 3 }));
    expect(JSON.stringify(template(world))).toContain(`edge-shard-3-${before + 2}`);
    expect(parts()).toEqual(all(before));
    await roll(world, 1, 2);
    expect(parts()).toEqual(all(before));
    await roll(world, 2);
    expect(parts()).toEqual(all(before + 3));
    await world.apply(agent({ parts: before }));
    expect(parts()).toEqual(all(before));
  });

  it('leaves everything as it is while its spec is wrong', async () => {
    const world = await start();
    await world.apply(agent());
    await roll(world, 2);
    const children = () =>
      world.store
        .all()
        .filter(({ metadata }) => metadata.ownerReferences?.some(({ kind }) => kind === 'FluentBitAgent'))
        .map(({ metadata, ...content }) => ({ name: metadata.name, labels: metadata.labels, ...content }));
    const before = JSON.stringify(children());
    await world.apply(agent({ policy: { outputs: { allow: ['htpp'] } } }));
    expect(JSON.stringify(children())).toBe(before);
    expect(condition(world, 'Rendered')).toMatchObject({ status: 'False', reason: 'KeptLastGood' });
    expect(condition(world, 'Stalled')).toMatchObject({ reason: 'InvalidPolicy' });
    await world.apply(agent());
    expect(JSON.stringify(children())).toBe(before);
    expect(condition(world, 'Ready')).toMatchObject({ status: 'True' });
  });

  it('takes nothing over that is not its own', async () => {
    const world = await start();
    const handMade = {
      apiVersion: group,
      kind: 'FluentBitRoute',
      metadata: { name: 'edge' },
      spec: { agent: 'theirs' },
    };
    const theirs = make.configMap('edge-agent', { mine: '1' }, 'logging');
    await world.apply(handMade as KubernetesObject, theirs);
    await world.apply(agent());
    expect(world.problems('FluentBitAgent', 'edge')).toMatchObject([
      { reason: 'NameConflict', message: expect.stringContaining('FluentBitRoute edge') },
      { reason: 'NameConflict', message: expect.stringContaining('ConfigMap logging/edge-agent') },
    ]);
    expect(condition(world, 'Ready')).toMatchObject({ status: 'False', reason: 'NameConflict' });
    expect(get(world, 'ConfigMap')?.['data']).toEqual({ mine: '1' });
    await world.remove('FluentBitRoute', 'edge');
    await world.remove('ConfigMap', 'edge-agent', 'logging');
    expect(world.problems('FluentBitAgent', 'edge')).toEqual([]);
    expect(routed(world)).toBe(4);
  });

  it('waits for its namespace, and runs only where the installation lets it', async () => {
    const world = await World.start({
      settings: { agent: { image: 'i', serviceAccount: 's', namespaces: ['logging', 'other'] } },
    });
    await world.apply(agent({ namespace: 'elsewhere' }));
    expect(world.problems('FluentBitAgent', 'edge')).toMatchObject([
      { reason: 'InvalidSpec', path: 'spec.namespace', message: expect.stringContaining('logging, other') },
    ]);
    await world.apply(agent({ namespace: undefined }));
    expect(condition(world, 'Reconciling')).toMatchObject({ reason: 'NamespaceNotFound' });
    // Tenants are governed all the same.
    expect(routed(world)).toBe(4);
    await world.apply(make.namespace('logging'));
    expect(template(world).spec).toMatchObject({
      serviceAccountName: 's',
      containers: [{ image: 'i' }, { image: 'i' }],
    });
    expect(world.problems('FluentBitAgent', 'edge')).toEqual([]);
  });

  it.each<[string, object, object, RegExp | undefined]>([
    ['both take everything', {}, {}, /what core selects too goes there/],
    ['one takes all that the other does', { matchLabels: { team: 'a' } }, {}, /goes there/],
    [
      'the same in other words',
      { matchLabels: { t: 'a' } },
      { matchExpressions: [{ key: 't', operator: 'In', values: ['a'] }] },
      /goes there/,
    ],
    ['they exclude each other', { matchLabels: { team: 'a' } }, { matchLabels: { team: 'b' } }, undefined],
    ['nobody knows', { matchLabels: { team: 'a' } }, { matchLabels: { tier: 'b' } }, undefined],
  ])('says where another one comes first: %s', async (_, mine, theirs, message) => {
    const world = await start();
    await world.apply(agent({ namespaceSelector: mine }), agent({ namespaceSelector: theirs }, 'core'));
    const found = condition(world, 'Overlapping');
    expect(found?.status).toBe(message === undefined ? undefined : 'True');
    if (message === undefined) return;
    expect(found?.message).toMatch(message);
    expect(world.condition('FluentBitAgent', 'core', 'Overlapping')?.message).toMatch(
      /what edge selects too comes here/,
    );
    await world.remove('FluentBitAgent', 'core');
    expect(condition(world, 'Overlapping')).toBeUndefined();
  });

  it('takes over what an operator says of its pods', async () => {
    const world = await start();
    const pod = {
      image: 'mirror.example.com/agent:1',
      imagePullPolicy: 'Always',
      imagePullSecrets: [{ name: 'registry' }],
      resources: { fluentBit: { limits: { memory: '0.5Gi', cpu: '1000m' } } },
      tolerations: [{ key: 'gpu', operator: 'Exists' }],
      nodeSelector: { pool: 'a' },
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
      priorityClassName: 'system-node-critical',
      labels: { team: 'x', 'app.kubernetes.io/name': 'mine' },
      maxUnavailable: 3,
    };
    await world.apply(agent({ pod, buffer: { total: '1Gi' }, network: { enabled: false } }));
    const { spec: found, metadata } = template(world);
    expect(found).toMatchObject({
      imagePullSecrets: pod.imagePullSecrets,
      tolerations: pod.tolerations,
      nodeSelector: pod.nodeSelector,
      affinity: pod.affinity,
      priorityClassName: pod.priorityClassName,
    });
    expect(metadata.labels).toMatchObject({ team: 'x', 'app.kubernetes.io/name': 'fluent-bit' });
    expect(found.containers[0]).toMatchObject({ image: pod.image, imagePullPolicy: 'Always' });
    expect(found.containers[0]?.resources).toEqual({
      requests: { cpu: '50m', memory: '64Mi' },
      limits: { cpu: '1', memory: '512Mi' },
    });
    expect(found.containers[1]?.env).toContainEqual({ name: 'FLUENTBIND_BUFFER_TOTAL', value: '1Gi' });
    expect(workload(world).spec).toMatchObject({ updateStrategy: { rollingUpdate: { maxUnavailable: 3 } } });
    expect(get(world, 'NetworkPolicy', 'edge-agent', 'networking.k8s.io/v1')).toBeUndefined();
  });
});
