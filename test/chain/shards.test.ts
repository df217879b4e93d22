import { beforeEach, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../hooks/api/object.ts';
import { sign } from '../../hooks/fluentbit/shards/signature.ts';
import { annotations } from '../../hooks/kubernetes/names.ts';
import { agents, packed, remarks, shipping } from '../support/shards.ts';
import { make, World } from '../support/world.ts';

describe('from LoggingConfigurations of all namespaces into the shards of an agent', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.start();
    await world.apply(
      make.namespace('shop'),
      make.namespace('mall'),
      make.agent('edge', { namespace: agents, shards: 8 }),
      make.secret('cls', { token: 'of-shop' }),
      make.secret('cls', { token: 'of-mall' }, 'mall'),
      make.logging('logs', shipping('shop.example.com')),
      make.logging('logs', shipping('mall.example.com'), 'mall'),
    );
  });

  /** Changes a child of shop/logs behind the back of the hooks, and lets only the shards see it. */
  async function tamper(kind: 'ConfigMap' | 'Secret', change: (object: KubernetesObject) => void): Promise<void> {
    const object = structuredClone(world.get(kind, 'logs-fluent-bit')) as KubernetesObject;
    change(object);
    await world.store.update(object);
  }

  it('come files and values, each once, and go with their owners', async () => {
    expect(packed(world)).toMatchObject({
      'shop/logs': { text: world.file('logs'), values: [expect.stringContaining('of-shop')] },
      'mall/logs': { text: world.file('logs', 'mall'), values: [expect.stringContaining('of-mall')] },
    });
    expect(remarks(world)).toEqual([]);
    await world.remove('LoggingConfiguration', 'logs');
    expect(Object.keys(packed(world))).toEqual(['mall/logs']);
    expect(world.engine.errors).toEqual([]);
  });

  it('comes a rotated secret, and nobody else is rewritten', async () => {
    const before = packed(world);
    await world.apply(make.secret('cls', { token: 'rotated' }));
    const after = packed(world);
    expect(after['shop/logs']?.values).toEqual([expect.stringContaining('rotated')]);
    expect(after['shop/logs']?.text).toBe(before['shop/logs']?.text);
    expect(after['mall/logs']).toEqual(before['mall/logs']);
  });

  it('comes nothing of what no hook signed', async () => {
    const good = packed(world)['shop/logs'];
    expect(good).toBeDefined();
    const evil = 'pipeline: {outputs: [{name: exit}]}';
    await tamper('ConfigMap', (object) => {
      object['data'] = { 'shop.logs.yaml': evil };
      object.metadata.annotations = {
        ...object.metadata.annotations,
        [annotations.signature]: sign('a guess', {
          ...{ kind: 'ConfigMap', namespace: 'shop', name: 'logs', ownerUid: 'u', revision: 'r' },
          ...{ policyHash: 'p', agent: 'edge', shard: 0, data: { 'shop.logs.yaml': evil } },
        }),
      };
    });
    await world.settle();
    expect(packed(world)['shop/logs']).toEqual(good);
    expect(JSON.stringify(packed(world))).not.toContain('exit');
  });

  it('is a new policy waited for, and enforced by name when its time is up', async () => {
    await world.edit('FluentBitAgent', 'edge', (object) => {
      object.spec = { ...object.spec, policy: { outputs: { deny: ['http'] } } };
    });
    expect(world.condition('LoggingConfiguration', 'logs', 'Accepted')).toMatchObject({ reason: 'PluginNotAllowed' });
    expect(Object.keys(packed(world)).sort()).toEqual(['mall/logs', 'shop/logs']);
    expect(remarks(world)).toMatchObject([
      { reason: 'PolicyPending', kept: true },
      { reason: 'PolicyPending', kept: true },
    ]);
    world.turn(1300 * 1000);
    await world.settle();
    expect(packed(world)).toEqual({});
    expect(remarks(world)).toMatchObject([{ reason: 'PolicyOutdated', kept: false }, { reason: 'PolicyOutdated' }]);
    await world.edit('FluentBitAgent', 'edge', (object) => {
      object.spec = { namespace: agents };
    });
    expect(Object.keys(packed(world)).sort()).toEqual(['mall/logs', 'shop/logs']);
    expect(remarks(world)).toEqual([]);
  });

  it.each([
    ['is suspended', { ...shipping('shop.example.com'), suspend: true }],
    ['has become invalid', { outputs: [{ plugin: 'no-such-plugin' }] }],
  ])('goes with the agent, though it %s: kept is what was judged for that agent only', async (_name, spec) => {
    await world.apply(make.logging('logs', spec));
    expect(Object.keys(packed(world)).sort()).toEqual(['mall/logs', 'shop/logs']);
    const leave = (excludeNamespaces: string[]) =>
      world.edit('FluentBitAgent', 'edge', (object) => {
        object.spec = { ...object.spec, excludeNamespaces };
      });
    await leave(['shop']);
    expect(Object.keys(packed(world))).toEqual(['mall/logs']);
    expect(world.condition('LoggingConfiguration', 'logs', 'Live')).toMatchObject({ reason: 'NoAgent' });
    await leave([]);
    expect(world.condition('LoggingConfiguration', 'logs', 'Live')).toMatchObject({
      status: 'False',
      reason: 'NotJudged',
    });
    await world.apply(make.logging('logs', shipping('shop.example.com')));
    expect(Object.keys(packed(world)).sort()).toEqual(['mall/logs', 'shop/logs']);
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready')).toMatchObject({ status: 'True' });
    expect([world.engine.errors, world.engine.findings]).toEqual([[], []]);
  });

  it('moves with the labels of its namespace from agent to agent, and is with one at any time', async () => {
    const carriers = () =>
      Object.entries(carriersIn(world, 'shop.example.com'))
        .filter(([, carries]) => carries)
        .map(([name]) => name);
    await world.apply(
      make.namespace('elsewhere'),
      make.agent('apart', {
        ...{ namespace: 'elsewhere', shards: 2, parts: 1 },
        namespaceSelector: { matchLabels: { apart: 'yes' } },
      }),
    );
    expect(carriers()).toEqual([agents]);
    await world.apply(make.namespace('shop', { apart: 'yes' }));
    // Metacontroller does not look at labels of namespaces by itself.
    world.turn(601_000);
    await world.settle();
    expect(carriers()).toEqual(['elsewhere']);
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready')).toMatchObject({ status: 'True' });
    await world.apply(make.namespace('shop'));
    world.turn(601_000);
    await world.settle();
    expect(carriers()).toEqual([agents]);
    expect(remarks(world)).toEqual([]);
  });
});

/** By namespace of an agent, whether its objects hold a text. */
function carriersIn(world: World, text: string): Record<string, boolean> {
  const held = (namespace: string) =>
    JSON.stringify(
      world.store.all().filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.namespace === namespace),
    ).includes(text);
  return { [agents]: held(agents), elsewhere: held('elsewhere') };
}
