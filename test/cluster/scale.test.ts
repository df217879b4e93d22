import { groupBy } from 'lodash-es';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../hooks/api/object.ts';
import { AgentReport } from '../../hooks/api/wire/agent-report.ts';
import { definitions } from '../../hooks/cli/offline.ts';
import { fluentBitShard } from '../../hooks/controllers/fluent-bit-shard/index.ts';
import { controllers } from '../../hooks/controllers/index.ts';
import { defaultSettings } from '../../hooks/kit/controller.ts';
import { hooksOf } from '../../hooks/kit/invoke.ts';
import { annotations, labels } from '../../hooks/kubernetes/names.ts';
import { packageFile } from '../../hooks/runtime/package-file.ts';
import { partLimit } from '../../hooks/shards/pack.ts';
import type { Reporter } from '../../hooks/sidecar/report/node-report.ts';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import {
  contents,
  FleetCluster,
  hostOf,
  nodeReport,
  perNamespace,
  tenantOf,
  tokenOf,
  versions,
} from '../support/cluster/fleet-cluster.ts';
import { accountToken, manifest } from '../support/cluster/installation.ts';
import { eventually, Reconciler } from '../support/cluster/metacontroller-process.ts';
import { account, sidecarPod } from '../support/cluster/sidecar-pod.ts';
import { agents, packedIn, shipping } from '../support/node/packed-pipelines.ts';
import { render } from '../support/rendered-chart.ts';
import { make } from '../support/world.ts';

const namespaces = 100;
const spec = { namespace: agents, shards: 8, parts: 4 };
const [shop, mall, gone] = [tenantOf(7), tenantOf(8), tenantOf(9)] as const;

let cluster: ControlPlane;
let reconciler: Reconciler;
let fleet: FleetCluster;
let generation: number | undefined;

const packed = async () => packedIn(await fleet.parts());
const texts = async () =>
  new Map((await packed()).map(({ entry, text }) => [`${entry.namespace}/${entry.name}`, text]));
/** Names of what differs between two looks. */
const changed = (before: Record<string, string>, after: Record<string, string>) =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => before[key] !== after[key]);

beforeAll(async () => {
  cluster = await startControlPlane([{ name: 'tina', groups: [] }]);
  cluster.kubectl(['apply', '--server-side', '-f', packageFile('crds')]);
  cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', '-f', packageFile('crds')]);
  cluster.kubectl(['create', 'namespace', agents]);
  const kinds = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'];
  const rights = render({}).filter(({ kind, metadata }) => {
    return kinds.includes(kind) && (metadata.name === account || /^fluentbind-(admin|edit|view)$/.test(metadata.name));
  });
  cluster.kubectl(['apply', '-f', '-'], { input: manifest(rights) });
  fleet = new FleetCluster(cluster);
  const settings = { ...defaultSettings, agent: { ...defaultSettings.agent, serviceAccount: account } };
  const options = { strategy: 'server-side-apply', controllers, definitions: definitions(), settings } as const;
  reconciler = new Reconciler(cluster, options);
  await reconciler.start();
  await fleet.agents.create(make.agent('edge', spec));
  await fleet.agents.until('FluentBitAgent', 'edge', 'Rendered', 'True');
  generation = (await fleet.workload()).metadata.generation;
  await fleet.populate(namespaces);
}, 900_000);
afterAll(async () => {
  await reconciler?.stop();
  fleet?.close();
  await cluster?.stop();
});

describe('300 LoggingConfigurations in 100 namespaces', () => {
  it('are packed into the shards, each once, with their files and values', async () => {
    await eventually('all are packed', packed, ({ length }) => length === 300, 120_000);
    await reconciler.quiet();
    const all = await packed();
    const files = contents(await fleet.children());
    for (const namespace of Array.from({ length: namespaces }, (_, index) => tenantOf(index)))
      for (const name of perNamespace) {
        const found = all.filter(({ entry }) => entry.namespace === namespace && entry.name === name);
        expect(found, `${namespace} ${name}`).toMatchObject([
          { values: [tokenOf(namespace)], text: expect.stringContaining(hostOf(namespace, name)) },
        ]);
        const key = `ConfigMap ${namespace}/${name}-fluent-bit`;
        expect(files[key]).toBe(JSON.stringify([[`${namespace}.${name}.yaml`, found[0]?.text]]));
      }
    expect(new Set(all.map(({ shard }) => shard)).size).toBe(8);
    for (const part of await fleet.parts()) {
      expect(JSON.stringify(part['data']).length).toBeLessThan(partLimit);
      expect(JSON.stringify(part).length).toBeLessThan(256 * 1024);
    }
    expect(reconciler.log).toEqual([]);
  }, 180_000);

  it('give the same bytes once more, in whatever order they come', async () => {
    const [children, shards] = await Promise.all([fleet.children(), fleet.shards()]);
    const again = shards.flatMap((shard) => {
      const share = children.filter(({ metadata }) => metadata.labels?.[labels.shard] === shard.metadata.name.slice(5));
      const of = (kind: string) => {
        const objects = share.filter((object) => object.kind === kind).toReversed();
        return Object.fromEntries(objects.map((one) => [`${one.metadata.namespace}/${one.metadata.name}`, one]));
      };
      const related = { 'ConfigMap.v1': of('ConfigMap'), 'Secret.v1': of('Secret') };
      const request = { controller: shard, parent: shard, children: {}, related, finalizing: false };
      const reply = hooksOf(fluentBitShard).sync?.(request, { now: new Date(), settings: defaultSettings });
      return (reply as { children: KubernetesObject[] }).children;
    });
    const parts = contents(await fleet.parts());
    expect(Object.keys(parts).length).toBeGreaterThanOrEqual(16);
    expect(contents(again)).toEqual(parts);
  });

  it('are touched by a change of one of them in one shard only, and no other tenant is', async () => {
    const look = async () => [...(await fleet.parts()), ...(await fleet.shards()), ...(await fleet.children())];
    const before = await look();
    const of = (await packed()).find(({ entry }) => entry.namespace === shop && entry.name === 'a')?.shard;
    await fleet.in(shop).patch('LoggingConfiguration', 'a', { spec: shipping('elsewhere.example.com') });
    await eventually('the change is packed', texts, (all) => all.get(`${shop}/a`)?.includes('elsewhere') === true);
    await reconciler.quiet();
    const after = await look();
    const written = changed(versions(before), versions(after));
    const own = [`ConfigMap ${shop}/a-fluent-bit`, `Secret ${shop}/a-fluent-bit`];
    expect(written).toEqual(expect.arrayContaining([own[0], `FluentBitShard /edge-${of}`]));
    const parts = written.filter((key) => !own.includes(key) && key !== `FluentBitShard /edge-${of}`);
    expect(parts.length).toBeGreaterThan(0);
    expect(parts.filter((key) => !key.includes(`/edge-shard-${of}-`))).toEqual([]);
  });
});

describe('nodes that report', () => {
  let report: Reporter;
  let pod: KubernetesObject;

  beforeAll(async () => {
    ({ pod, report } = await sidecarPod(cluster, fleet, 'edge-agent-x'));
  });

  it('may write Leases, and else only read what the kubernetes filter asks for', () => {
    const kubeconfig = cluster.kubeconfigFor('node', accountToken(cluster, agents, account));
    const granted = (namespace: string) => {
      const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
      const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } };
      const answer = cluster.kubectl(['--kubeconfig', kubeconfig, 'create', '--raw', path, '-f', '-'], {
        input: JSON.stringify(review),
      });
      const { status } = JSON.parse(answer) as {
        status: { resourceRules: { apiGroups: string[]; resources: string[]; verbs: string[] }[] };
      };
      const common = ['authentication.k8s.io', 'authorization.k8s.io'];
      return status.resourceRules
        .filter(({ apiGroups: [group = ''] }) => !common.includes(group))
        .map(({ resources, verbs }) => `${resources.join()}: ${verbs.join()}`)
        .sort();
    };
    const reads = 'namespaces,pods: get,list,watch';
    expect(granted(agents)).toEqual(['leases: create,delete,get,patch,update', reads]);
    expect(granted(shop)).toEqual([reads]);
  });

  it('bring to a tenant what an agent refuses, who sees it with the rights of edit and changes nothing of it', async () => {
    cluster.kubectl(['create', 'rolebinding', 'tina', '-n', shop, '--clusterrole=edit', '--user=tina']);
    const tina = fleet.in(shop, 'tina');
    const seen = () => tina.list('LoggingConfiguration');
    await eventually('the roles are aggregated', seen, ({ length }) => length === 3);
    const [child] = [await tina.get('ConfigMap', 'a-fluent-bit')];
    const revision = child.metadata.annotations?.[annotations.revision] ?? '';
    const one = { namespace: shop, name: 'a', revision };
    const refused = [{ ...one, reason: 'TrialRefused' as const, line: 'http: no such upstream' }];
    await report(nodeReport('node-1', { refused }));
    const live = await tina.until('LoggingConfiguration', 'a', 'Live', 'False', 'TrialRefused');
    expect(live?.message).toContain('node node-1: http: no such upstream');
    expect((await fleet.agents.get('FluentBitReport', `edge.${shop}`))['spec']).toMatchObject({
      remarks: [{ loggingConfiguration: 'a', reason: 'TrialRefused' }],
    });
    const note = { metadata: { annotations: { mine: 'yes' } } };
    const forbidden: Record<string, () => Promise<unknown>> = {
      status: () => tina.patch('LoggingConfiguration', 'a', { status: { conditions: [] } }, '/status'),
      parts: () => fleet.in(agents, 'tina').list('ConfigMap'),
      leases: () => fleet.in(agents, 'tina').list('Lease'),
      neighbour: () => fleet.in(mall, 'tina').list('LoggingConfiguration'),
    };
    for (const kind of ['FluentBitReport', 'FluentBitRoute', 'FluentBitShard', 'FluentBitAgent']) {
      const name = { FluentBitShard: 'edge-0', FluentBitReport: `edge.${shop}` }[kind] ?? 'edge';
      forbidden[`patch ${kind}`] = () => tina.patch(kind, name, note);
      forbidden[`remove ${kind}`] = () => tina.remove(kind, name);
      forbidden[`create ${kind}`] = () => tina.create({ ...make.agent('mine', {}), kind });
    }
    for (const [what, attempt] of Object.entries(forbidden))
      await expect(attempt(), what).rejects.toMatchObject({ reason: 'Forbidden' });
    await tina.patch('LoggingConfiguration', 'a', { spec: shipping('mended.example.com') });
    await tina.until('LoggingConfiguration', 'a', 'Live', 'True');
    await report(nodeReport('node-1'));
    await eventually(
      'the report goes',
      () => fleet.agents.standing('FluentBitReport', `edge.${shop}`),
      (object) => object === undefined,
    );
  }, 90_000);

  it('and whatever else moves in agent, shards and nodes calls no hook of a LoggingConfiguration', async () => {
    await reconciler.quiet();
    const count = async () => [
      await reconciler.calls('loggingconfigurations'),
      await reconciler.calls('loggingconfigurations', 'customize'),
    ];
    const [before, agentBefore] = [await count(), await reconciler.calls('fluentbitagents')];
    for (let change = 1; change <= 25; change++) {
      await report(nodeReport('node-1', { generation: change, live: change, pending: change % 2 }));
      const status = { observedGeneration: 1, desiredNumberScheduled: 3, updatedNumberScheduled: change % 4 };
      const counts = { currentNumberScheduled: 3, numberMisscheduled: 0, numberReady: change % 4 };
      await fleet.agents.patch('DaemonSet', 'edge-agent', { status: { ...status, ...counts } }, '/status');
      await fleet.agents.patch('FluentBitShard', `edge-${change % 8}`, { status: { filled: change } }, '/status');
      const note = { metadata: { annotations: { note: String(change) } } };
      await fleet.agents.patch('FluentBitAgent', 'edge', note);
    }
    await reconciler.quiet();
    expect(await reconciler.calls('fluentbitagents')).toBeGreaterThan(agentBefore + 20);
    expect(await count()).toEqual(before);
    const { nodes } = (await fleet.agents.get('FluentBitAgent', 'edge'))['status'] as { nodes: object };
    expect(nodes).toMatchObject({ desired: 3 });
  }, 90_000);

  it('hand their Lease on to the next pod, and leave none behind when there is none', async () => {
    const leases = () => fleet.agents.list('Lease', { labelled: `${labels.agent}=edge` });
    const owners = async () => (await leases()).map(({ metadata }) => metadata.ownerReferences?.map(({ uid }) => uid));
    const [lease] = await leases();
    const said = lease?.metadata.annotations?.['fluentbit.kyma-project.io/report'] ?? '';
    expect(AgentReport.parse(JSON.parse(said)).node).toBe('node-1');
    expect(await owners()).toEqual([[pod.metadata.uid]]);
    const next = await sidecarPod(cluster, fleet, 'edge-agent-y');
    await next.report(nodeReport('node-1'));
    await fleet.agents.remove('Pod', 'edge-agent-x');
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(await owners()).toEqual([[next.pod.metadata.uid]]);
    await fleet.agents.remove('Pod', 'edge-agent-y');
    await eventually('the Lease is collected', leases, ({ length }) => length === 0, 60_000);
  }, 90_000);
});

describe('what is no tenant’s doing', () => {
  it('leaves their objects as they are: new hooks, the service of the agent, another tenant', async () => {
    const before = await fleet.children();
    expect(reconciler.log).toEqual([]);
    await reconciler.upgrade(controllers, '2');
    const called = () => reconciler.calls('loggingconfigurations');
    await eventually('the new hooks have seen all', called, (count) => count >= 300, 60_000);
    await fleet.agents.patch('FluentBitAgent', 'edge', { spec: { service: { flushSeconds: 9 }, clusterName: 'prod' } });
    const base = () => fleet.agents.get('ConfigMap', 'edge-agent');
    await eventually('the base', base, ({ data }) => JSON.stringify(data).includes('flush: 9'));
    await fleet.in(mall).patch('LoggingConfiguration', 'b', { spec: shipping('other.example.com') });
    await fleet.in(mall).patch('Secret', 'cls', { data: { token: Buffer.from('rotated').toString('base64') } });
    const rotated = async () => (await packed()).filter(({ values }) => values.includes('rotated'));
    await eventually('the other tenant', rotated, ({ length }) => length === 3);
    await reconciler.quiet();
    const after = await fleet.children();
    const others = (objects: readonly KubernetesObject[]) =>
      objects.filter(({ metadata }) => metadata.namespace !== mall);
    expect(others(after).length).toBe(2 * 297);
    expect(contents(others(after))).toEqual(contents(others(before)));
    expect(changed(versions(others(before)), versions(others(after)))).toEqual([]);
  }, 120_000);

  it('goes with its namespace, and nothing else does', async () => {
    const rest = (await texts()).size - perNamespace.length;
    await fleet.agents.remove('Namespace', gone);
    const left = await eventually(
      'the pipelines are gone',
      packed,
      (all) => all.every(({ entry }) => entry.namespace !== gone),
      60_000,
    );
    expect(left.length).toBe(rest);
    const empty = Object.values(groupBy(left, 'shard')).filter((all) =>
      all.some(({ text }) => text.includes('MISSING')),
    );
    expect(empty).toEqual([]);
  }, 90_000);

  it('replaced no pod', async () => {
    expect((await fleet.workload()).metadata.generation).toBe(generation);
  });
});
