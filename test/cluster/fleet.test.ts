import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../hooks/api/object.ts';
import type { AgentReport } from '../../hooks/api/wire/agent-report.ts';
import { definitions } from '../../hooks/cli/offline.ts';
import { controllers } from '../../hooks/controllers/index.ts';
import { packageFile } from '../../hooks/runtime/package-file.ts';
import { ClusterWorld } from '../support/cluster/cluster-world.ts';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import { eventually, Reconciler, strategies } from '../support/cluster/metacontroller-process.ts';
import { make } from '../support/world.ts';

/** A node that has nothing to say. */
const nothing: Omit<AgentReport, 'agent' | 'time'> = {
  ...{ node: 'node-1', shards: {}, incomplete: {}, live: 0, refused: [], kept: [], pending: 0 },
  ...{ more: { refused: 0, kept: 0 }, healthy: true, generation: 1, fluentBitVersion: '5.1.1' },
};

const apps = '/apis/apps/v1';
const network = '/apis/networking.k8s.io/v1';

/** Everything that an operator may say, in forms that an API server writes in another way. */
const everything = {
  clusterName: 'prod',
  namespaceSelector: { matchLabels: { team: 'a' } },
  policy: { destinations: { allow: ['10.0.0.0/8', '10.1.2.3/16', 'fd00::/8'], deny: ['10.1.9.0/24'] } },
  pod: {
    resources: { fluentBit: { requests: { cpu: '1000m' }, limits: { memory: '0.5Gi', cpu: '2.50' } } },
    tolerations: [
      { key: 'a', operator: 'Exists' },
      { key: 'a', value: 'b', effect: 'NoExecute', tolerationSeconds: 60 },
    ],
    nodeSelector: { pool: 'a' },
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'pool', operator: 'In', values: ['b', 'a'] }] }],
        },
      },
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, podAffinityTerm: { topologyKey: 'zone', labelSelector: { matchLabels: { app: 'x' } } } },
        ],
      },
    },
    priorityClassName: 'system-node-critical',
    imagePullSecrets: [{ name: 'b' }, { name: 'a' }],
    labels: { team: 'x' },
    annotations: { note: 'y' },
    maxUnavailable: 2,
  },
  network: { apiServerCidrs: ['10.0.0.1/32'], apiServerPorts: [6443], dnsPorts: [53] },
};

describe.each(strategies)('the fleet of an agent on an API server, %s', (strategy) => {
  let cluster: ControlPlane;
  let reconciler: Reconciler;
  let world: ClusterWorld;

  beforeAll(async () => {
    cluster = await startControlPlane();
    cluster.kubectl(['apply', '--server-side', '-f', packageFile('crds')]);
    cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', '-f', packageFile('crds')]);
    world = new ClusterWorld(cluster, 'logging');
    await world.create(make.namespace('logging'));
    reconciler = new Reconciler(cluster, { strategy, controllers, definitions: definitions() });
    await reconciler.start();
  }, 900_000);
  afterAll(async () => {
    await reconciler?.stop();
    world?.api.close();
    await cluster?.stop();
  });

  const paths = (name: string) => [
    `/api/v1/namespaces/logging/configmaps/${name}-agent`,
    `/api/v1/namespaces/logging/services/${name}-agent`,
    `${apps}/namespaces/logging/daemonsets/${name}-agent`,
    `${network}/namespaces/logging/networkpolicies/${name}-agent`,
    `${world.path('FluentBitRoute', name)}`,
    `/apis/fluentbit.kyma-project.io/v1alpha1/fluentbitshards/${name}-1`,
  ];
  const versions = (name: string) =>
    Promise.all(
      paths(name).map(async (path) => {
        const { metadata } = await world.api.call<KubernetesObject>({ method: 'GET', path });
        return [path, metadata.resourceVersion, metadata.generation];
      }),
    );

  it.each<[string, object]>([
    ['plain', {}],
    ['everything', { ...everything, shards: 2, parts: 2 }],
  ])(
    '%s: is accepted, and settles',
    async (name, spec) => {
      await world.create(make.agent(name, { namespace: 'logging', ...spec }));
      await world.until('FluentBitAgent', name, 'Rendered', 'True');
      // There is no kubelet, and no controller of DaemonSets.
      await world.until('FluentBitAgent', name, 'Ready', 'False', 'NodesPending');
      const quiet = await eventually(
        'nothing is written any more',
        async () => {
          const before = await versions(name);
          await new Promise((resolve) => setTimeout(resolve, 1500));
          return [before, await versions(name)];
        },
        ([before, after]) => JSON.stringify(before) === JSON.stringify(after),
      );
      // Something that makes the hook look at all of it again.
      for (const note of ['1', '2']) await world.patch('FluentBitAgent', name, { metadata: { annotations: { note } } });
      await new Promise((resolve) => setTimeout(resolve, 3000));
      expect(await versions(name)).toEqual(quiet[0]);
      expect(reconciler.log).toEqual([]);
    },
    60_000,
  );

  it('tells whoever is refused, says who cannot be told, and writes everything else', async () => {
    const reports = 'count/fluentbitreports.fluentbit.kyma-project.io';
    for (const namespace of ['full', 'taken']) await world.create(make.namespace(namespace));
    const quotas = '/api/v1/namespaces/full/resourcequotas';
    const quota = { ...{ apiVersion: 'v1', kind: 'ResourceQuota' }, metadata: { name: 'none' } };
    const hard = { [reports]: '0' };
    await world.api.call({ method: 'POST', path: quotas, body: { ...quota, spec: { hard } } });
    const { uid = '' } = (await world.get('Namespace', 'taken')).metadata;
    const owner = { ...{ apiVersion: 'v1', kind: 'Namespace', name: 'taken', uid }, controller: true };
    await world.create({
      ...{ apiVersion: 'fluentbit.kyma-project.io/v1alpha1', kind: 'FluentBitReport' },
      metadata: { name: 'plain.taken', ownerReferences: [owner] },
      spec: { agent: 'other', remarks: [] },
    });
    const refused = ['full', 'taken'].map((namespace) => ({
      ...{ namespace, name: 'logs', revision: 'r', reason: 'ReloadDied', line: 'It ends Fluent Bit.' },
    }));
    const report = { ...nothing, agent: 'plain', refused, time: new Date().toISOString() };
    await world.create({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name: 'plain.node-1',
        labels: { 'fluentbit.kyma-project.io/agent': 'plain' },
        annotations: { 'fluentbit.kyma-project.io/report': JSON.stringify(report) },
      },
      spec: { leaseDurationSeconds: 240, renewTime: report.time.replace('Z', '000Z') },
    });
    const written = () => world.list('FluentBitReport', { labelled: 'fluentbit.kyma-project.io/agent=plain' });
    await eventually('the other is told', written, (objects) => objects.length > 0);
    expect((await written()).map(({ metadata }) => metadata.name)).toEqual(['plain.full']);
    const condition = () => world.condition('FluentBitAgent', 'plain', 'Reported');
    const named = (text = '') => /in namespaces taken:/.test(text);
    await eventually('who waits is named', condition, (found) => found?.status === 'False' && named(found.message));
    for (const flushSeconds of [7, 9]) {
      await world.patch('FluentBitAgent', 'plain', { spec: { service: { flushSeconds } } });
      const base = () => world.get('ConfigMap', 'plain-agent').then((object) => JSON.stringify(object['data']));
      await eventually('the configuration changes', base, (text) => text.includes(`flush: ${flushSeconds}`));
    }
    await world.remove('FluentBitReport', 'plain.taken');
    await world.patch('FluentBitAgent', 'plain', { metadata: { annotations: { note: '3' } } });
    await eventually('all are told', written, (objects) => objects.length === 2, 60_000);
    await eventually('nobody waits', condition, (found) => found === undefined);
    reconciler.log.length = 0;
  }, 200_000);

  it('mends what somebody changes, and goes with its agent', async () => {
    const path = `${apps}/namespaces/logging/daemonsets/plain-agent`;
    const body = { spec: { template: { spec: { enableServiceLinks: true } } } };
    const contentType = 'application/strategic-merge-patch+json';
    await world.api.call({ method: 'PATCH', path, body, contentType });
    const links = async () => {
      const { spec } = await world.api.call<{ spec: { template: { spec: { enableServiceLinks: boolean } } } }>({
        method: 'GET',
        path,
      });
      return spec.template.spec.enableServiceLinks;
    };
    await eventually('the DaemonSet is mended', links, (value) => value === false);
    await world.remove('FluentBitAgent', 'plain');
    const gone = async () =>
      world.api.call({ method: 'GET', path }).then(
        () => false,
        () => true,
      );
    await eventually('the DaemonSet is collected', gone, (value) => value, 90_000);
  }, 120_000);
});
