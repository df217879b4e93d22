import { beforeEach, describe, expect, it } from 'vitest';
import type { FluentBitShardStatus } from '../../../hooks/api/kinds/fluent-bit-shard.ts';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import type { AgentReport } from '../../../hooks/api/wire/agent-report.ts';
import { tenantReports } from '../../../hooks/controllers/fluent-bit-agent/tenant-reports.ts';
import { annotations, labels } from '../../../hooks/kubernetes/names.ts';
import { make, World } from '../../support/world.ts';

const spec = (port: number) => ({ outputs: [{ plugin: 'http', properties: { host: 'a.example.com', port } }] });

const node = (name: string, report: Partial<AgentReport> = {}): AgentReport => ({
  ...{ node: name, agent: 'edge', shards: {}, incomplete: {}, live: 1, refused: [], kept: [], pending: 0 },
  ...{ more: { refused: 0, kept: 0 }, healthy: true, generation: 1, fluentBitVersion: '5.1.1', time: '' },
  ...report,
});
const remark = (name: string, reason: string): NonNullable<FluentBitShardStatus['remarks']>[number] => ({
  ...{ namespace: 'shop', name, kept: true },
  reason,
});

describe('what an agent has against a resource', () => {
  let world: World;
  const revision = () => world.get('ConfigMap', 'logs-fluent-bit')?.metadata.annotations?.[annotations.revision] ?? '';
  const refused = (name: string, of = revision()) => ({
    ...{ namespace: 'shop', name, revision: of, reason: 'TrialRefused' as const },
    line: 'cannot load',
  });
  const report = async (shards: FluentBitShardStatus[], nodes: AgentReport[] = []) => {
    const objects = tenantReports('edge', shards, nodes);
    const names = objects.map(({ metadata }) => metadata.name);
    for (const old of world.store.all().filter(({ kind }) => kind === 'FluentBitReport'))
      if (!names.includes(old.metadata.name)) await world.store.delete(old);
    for (const object of objects) await world.put(object);
    await world.settle();
    return objects;
  };

  beforeEach(async () => {
    world = await World.start();
    await world.apply(
      make.agent('edge', { namespace: 'logging' }),
      make.logging('logs', spec(443)),
      make.logging('fine', spec(443)),
      make.logging('logs', spec(443), 'mall'),
    );
  });

  it('is nothing while nobody reports, and unknown where nobody carries the namespace', async () => {
    expect(world.condition('LoggingConfiguration', 'logs', 'Live')).toMatchObject({
      status: 'True',
      reason: 'NotRefused',
    });
    await world.remove('FluentBitAgent', 'edge');
    expect(world.condition('LoggingConfiguration', 'logs', 'Live')).toMatchObject({
      status: 'Unknown',
      reason: 'NoAgent',
    });
  });

  it('comes to the resource that is meant, is said in Ready, and goes when it is mended', async () => {
    await report([], [node('a'), node('b', { refused: [refused('logs')], kept: [{ ...refused('logs') }] })]);
    const live = world.condition('LoggingConfiguration', 'logs', 'Live');
    expect(live).toMatchObject({ status: 'False', reason: 'TrialRefused' });
    expect(live?.message).toMatch(
      /FluentBitAgent edge: Fluent Bit on node b: cannot load An older configuration stays/,
    );
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready')).toMatchObject({ reason: 'TrialRefused' });
    expect(world.condition('LoggingConfiguration', 'fine', 'Ready')).toMatchObject({ status: 'True' });
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready', 'mall')).toMatchObject({ status: 'True' });
    await world.apply(make.logging('logs', spec(8443)));
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready')).toMatchObject({ status: 'True' });
  });

  it('reaches the ServiceBindingConfig, too', async () => {
    await world.apply(make.template('t', spec(443)), make.binding('bound', { templateRef: { name: 't' } }));
    expect(world.condition('ServiceBindingConfig', 'bound', 'Live')).toMatchObject({ status: 'True' });
    await report([{ remarks: [remark('bound', 'NoRoom')] }]);
    expect(world.condition('ServiceBindingConfig', 'bound', 'Live')).toMatchObject({
      status: 'False',
      reason: 'NoRoom',
    });
  });

  it('is not known of what a report has no room for', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => remark(`a${index}`, 'NoRoom'));
    const few = { ...remark('x', 'NoRoom'), namespace: 'mall' };
    const more = { refused: 3, kept: 0 };
    const brief = (pipelines: Record<string, string[]>) => [{ reason: 'ReloadDied' as const, kept: true, pipelines }];
    const live = (namespace = 'shop') => world.condition('LoggingConfiguration', 'logs', 'Live', namespace);
    const cuts: [FluentBitShardStatus[], AgentReport[], mall: string][] = [
      [[{ remarks: many(200) }, { remarks: many(300).slice(200) }], [], 'True'],
      [[{ remarks: [...many(9), few], remarksInAll: 12 }], [], 'True'],
      // Each namespace that is named has one: there may be some that are not.
      [[{ remarks: [remark('x', 'NoRoom'), { ...few, namespace: 'else' }], remarksInAll: 3 }], [], 'Unknown'],
      [[], [node('a', { refused: [refused('a')], briefly: [], more })], 'Unknown'],
      [[], [node('a', { more }), node('b')], 'Unknown'],
      [[], [node('a', { refused: [refused('a')], briefly: brief({ shop: ['b'], mall: ['x'] }), more })], 'Unknown'],
      [[], [node('a', { refused: [refused('a')], briefly: brief({ shop: ['b', 'c'], mall: ['x'] }), more })], 'True'],
      // The list of an older sidecar ends anywhere.
      [[], [node('a', { refused: [refused('a'), refused('b'), refused('c')], more })], 'Unknown'],
    ];
    for (const [index, [shards, nodes, mall]] of cuts.entries()) {
      await report(shards, nodes);
      expect(live(), `${index}`).toMatchObject({ status: 'Unknown', reason: 'NotNamed' });
      expect(live('mall'), `${index}`).toMatchObject({ status: mall });
      await report([{ remarks: many(256), remarksInAll: 256 }]);
      expect(live()).toMatchObject({ status: 'True' });
    }
    await report([{ remarks: [...many(256), remark('logs', 'NoRoom')].reverse() }]);
    expect(live()).toMatchObject({ status: 'Unknown' });
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready')).toMatchObject({ status: 'True' });
  });

  it('is known by name alone where there is no room for more', async () => {
    const briefly = [{ reason: 'ReloadDied' as const, kept: true, pipelines: { shop: ['logs'], mall: ['other'] } }];
    await report([], [node('a', { briefly }), node('b', { briefly })]);
    const live = world.condition('LoggingConfiguration', 'logs', 'Live');
    expect(live).toMatchObject({ status: 'False', reason: 'ReloadDied' });
    expect(live?.message).toMatch(/on nodes a, b: it refuses too many .* An older configuration stays in force/);
    expect(world.condition('LoggingConfiguration', 'fine', 'Live')).toMatchObject({ status: 'True' });
    expect(world.condition('LoggingConfiguration', 'logs', 'Live', 'mall')).toMatchObject({ status: 'True' });
    await report([], [node('a', { briefly }), node('b', { refused: [refused('logs')], briefly: [] })]);
    expect(world.condition('LoggingConfiguration', 'logs', 'Live')?.message).toMatch(/node b: cannot load/);
  });

  it('is that of the revision which it has, whatever a node says that is behind', async () => {
    await report([], [node('a', { refused: [refused('logs', 'older')] }), node('b', { refused: [refused('logs')] })]);
    expect(world.condition('LoggingConfiguration', 'logs', 'Live')?.message).toMatch(/on node b: cannot load/);
    await report([], [node('a', { refused: [refused('logs', 'older')] })]);
    expect(world.condition('LoggingConfiguration', 'logs', 'Live')).toMatchObject({ status: 'True' });
  });

  it('is not known where its report cannot be read', async () => {
    const [object] = await report([{ remarks: [remark('other', 'NoRoom')] }]);
    if (object === undefined) throw new Error('no report');
    for (const unreadable of [undefined, {}, { agent: 'edge', remarks: 'x' }]) {
      await world.apply({ ...object, spec: unreadable });
      expect(world.condition('LoggingConfiguration', 'logs', 'Live')).toMatchObject({ status: 'Unknown' });
      expect(world.condition('LoggingConfiguration', 'logs', 'Live', 'mall')).toMatchObject({ status: 'True' });
    }
  });

  it('is one report a namespace, none where there is nothing', () => {
    const objects = tenantReports(
      'edge',
      [{ remarks: [remark('z', 'Forged')] }, { remarks: [{ ...remark('m', 'NoRoom'), namespace: 'mall' }] }],
      [node('a', { refused: [refused('z', 'r'), refused('y', 'r')] }), node('b', { refused: [refused('y', 'r')] })],
    );
    expect(
      objects.map(({ metadata, spec: written }) => [
        metadata.name,
        (written as { remarks: { loggingConfiguration: string; reason: string; message: string }[] }).remarks.map(
          ({ loggingConfiguration, reason, message }) => `${loggingConfiguration} ${reason} ${message}`,
        ),
      ]),
    ).toEqual([
      ['edge.mall', [expect.stringMatching(/^m NoRoom The shard/)]],
      [
        'edge.shop',
        ['y TrialRefused Fluent Bit on nodes a, b: cannot load', expect.stringMatching(/^z Forged Somebody/)],
      ],
    ]);
    expect(tenantReports('edge', [{}], [node('a')])).toEqual([]);
  });
});

describe('what nodes report', () => {
  const lease = (name: string, said: AgentReport, now: number): KubernetesObject => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: `edge.${name}`,
      namespace: 'logging',
      labels: { [labels.agent]: 'edge' },
      annotations: { 'fluentbit.kyma-project.io/report': JSON.stringify(said) },
    },
    spec: { holderIdentity: name, leaseDurationSeconds: 240, renewTime: new Date(now).toISOString() },
  });

  it('comes to the tenant and to the administrator, and goes when it is mended, or when the node does', async () => {
    let calls = 0;
    const world = await World.start({
      wrap: (transport) => (url, body, timeout) => {
        if (!url.includes('/fluentbitagents/')) calls++;
        return transport(url, body, timeout);
      },
    });
    await world.apply(
      make.namespace('logging'),
      make.agent('edge', { namespace: 'logging', shards: 2, parts: 2 }),
      make.logging('logs', spec(443)),
      make.logging('fine', spec(443)),
    );
    const revision = world.get('ConfigMap', 'logs-fluent-bit')?.metadata.annotations?.[annotations.revision] ?? '';
    const refused = [
      { ...{ namespace: 'shop', name: 'logs', revision, reason: 'ReloadDied' as const }, line: 'It ends Fluent Bit.' },
    ];
    const say = (...nodes: AgentReport[]) =>
      world.apply(
        ...nodes.map((one) => lease(one.node, { ...one, time: new Date(world.now).toISOString() }, world.now)),
      );
    const problemsOf = () =>
      (world.get('FluentBitAgent', 'edge')?.['status'] as { remarks?: object[]; nodes?: object } | undefined)?.remarks;

    await say(node('a'), node('b', { refused }));
    expect(world.condition('LoggingConfiguration', 'logs', 'Live')).toMatchObject({
      status: 'False',
      reason: 'ReloadDied',
    });
    expect(world.condition('LoggingConfiguration', 'fine', 'Live')).toMatchObject({ status: 'True' });
    expect(problemsOf()).toEqual([{ namespace: 'shop', name: 'logs', reason: 'ReloadDied', kept: false }]);

    const before = calls;
    for (let beat = 0; beat < 100; beat++) {
      world.turn(60_000);
      await say(node(`n${beat}`), node('b', { refused, live: beat }));
    }
    expect(calls).toBe(before);

    const base = { reason: 'TrialRefused' as const, line: 'parser not set' };
    await say(node('a', { base }), node('b', { base }));
    expect(world.condition('FluentBitAgent', 'edge', 'Live')).toMatchObject({
      status: 'False',
      reason: 'TrialRefused',
      message: expect.stringMatching(/base configuration.* on nodes a, b: parser not set/),
    });
    await say(node('a'));

    await say(node('b'));
    expect(world.get('FluentBitReport', 'edge.shop')).toBeUndefined();
    expect(world.condition('LoggingConfiguration', 'logs', 'Live')).toMatchObject({ status: 'True' });
    expect(problemsOf()).toEqual([]);

    await world.put({
      apiVersion: 'fluentbit.kyma-project.io/v1alpha1',
      kind: 'FluentBitReport',
      metadata: { name: 'edge.shop' },
      spec: { agent: 'mine', remarks: [] },
    });
    await say(node('b', { refused, more: { refused: 2, kept: 0 } }));
    expect(world.condition('FluentBitAgent', 'edge', 'Reported')).toMatchObject({
      status: 'False',
      reason: 'ReportsPending',
      message: expect.stringMatching(/in namespaces shop:/),
    });
    expect(world.get('FluentBitAgent', 'edge')?.['status']).toMatchObject({ remarksInAll: 3 });
    expect(world.condition('LoggingConfiguration', 'logs', 'Live')).toMatchObject({ status: 'Unknown' });
    await world.remove('FluentBitReport', 'edge.shop');
    await say(node('b', { refused }));
    expect(world.condition('FluentBitAgent', 'edge', 'Reported')).toBeUndefined();
    expect(world.get('FluentBitReport', 'edge.shop')).toBeDefined();
    world.turn(3 * 240_000 + 600_000);
    await world.settle();
    await say(node('a'));
    expect(world.get('FluentBitReport', 'edge.shop')).toBeUndefined();
    expect(world.engine.errors).toEqual([]);
  });
});
