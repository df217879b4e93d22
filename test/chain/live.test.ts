import { beforeEach, describe, expect, it } from 'vitest';
import type { AgentReport } from '../../hooks/api/agent-report.ts';
import type { FluentBitShardStatus } from '../../hooks/api/fluent-bit-shard.ts';
import { tenantReports } from '../../hooks/controllers/fleet/tenant-reports.ts';
import { annotations } from '../../hooks/kubernetes/names.ts';
import { make, World } from '../support/world.ts';

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
    const objects = tenantReports('edge', shards, nodes, (namespace) => namespace !== 'gone');
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

  it('is one report a namespace, none where there is nothing or where the namespace is gone', () => {
    const gone = { ...remark('logs', 'NoRoom'), namespace: 'gone' };
    const objects = tenantReports(
      'edge',
      [{ remarks: [remark('z', 'Forged'), gone] }, { remarks: [{ ...remark('m', 'NoRoom'), namespace: 'mall' }] }],
      [node('a', { refused: [refused('z', 'r'), refused('y', 'r')] }), node('b', { refused: [refused('y', 'r')] })],
      (namespace) => namespace !== 'gone',
    );
    expect(
      objects.map(({ metadata, spec: written }) => [
        metadata.namespace,
        (written as { remarks: { name: string; reason: string; message: string }[] }).remarks.map(
          ({ name, reason, message }) => `${name} ${reason} ${message}`,
        ),
      ]),
    ).toEqual([
      ['mall', [expect.stringMatching(/^m NoRoom The shard/)]],
      ['shop', ['y TrialRefused Fluent Bit on nodes a, b: cannot load', expect.stringMatching(/^z Forged Somebody/)]],
    ]);
    expect(tenantReports('edge', [{}], [node('a')], () => true)).toEqual([]);
  });
});
