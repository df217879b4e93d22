import { afterEach, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { make, World } from '../../support/world.ts';
import {
  agent,
  condition,
  expectNoFaults,
  get,
  group,
  report,
  roll,
  route,
  routed,
  shards,
  start,
  status,
  template,
  workload,
} from './fleet-world.ts';

afterEach(expectNoFaults);

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

  it('see the logs of Docker where its containers run, in Fluent Bit alone', async () => {
    const world = await start();
    const folder = '/var/lib/docker/containers';
    const seen = async (pod: object) => {
      await world.apply(agent({ pod }));
      const { spec: found } = template(world);
      return [...found.containers, ...found.volumes].filter((part) => JSON.stringify(part).includes(folder));
    };
    expect(await seen({})).toEqual([]);
    expect(await seen({ dockerLogs: true })).toMatchObject([
      {
        name: 'fluent-bit',
        volumeMounts: expect.arrayContaining([{ name: 'docker', mountPath: folder, readOnly: true }]),
      },
      { name: 'docker', hostPath: { path: folder } },
    ]);
  });
});
