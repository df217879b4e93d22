import { mapValues, pickBy } from 'lodash-es';
import { beforeEach, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { annotations } from '../../../hooks/kubernetes/names.ts';
import { sign } from '../../../hooks/shards/signature.ts';
import { agents, packed, remarks, shipping } from '../../support/node/packed-pipelines.ts';
import { make, World } from '../../support/world.ts';

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

describe('more parts, or fewer', () => {
  const names = Array.from({ length: 9 }, (_, index) => `logs-${index}`);
  let world: World;
  const parts = () =>
    Object.fromEntries(
      world.store
        .all()
        .filter(({ metadata }) => metadata.name.startsWith('edge-shard-0-'))
        .map(({ kind, metadata }) => [`${kind} ${metadata.name}`, metadata.resourceVersion]),
    );
  const stayed = () => (world.get('FluentBitShard', 'edge-0')?.['status'] as { stayed?: boolean } | undefined)?.stayed;
  const whole = (host: string) => {
    const found = packed(world);
    expect(Object.keys(found).sort()).toEqual(names.map((name) => `shop/${name}`));
    for (const { text, values } of Object.values(found)) {
      expect(text).toContain(host);
      expect(`${text}${values.join('')}`).not.toContain('MISSING');
    }
  };
  const resize = async (count: number) => {
    await world.edit('FluentBitAgent', 'edge', (object) => {
      object.spec = { ...object.spec, parts: count };
    });
    const kind = world.store.kindOf('apps/v1', 'DaemonSet');
    const workload = kind && world.store.get(kind, agents, 'edge-agent');
    if (workload === undefined) throw new Error('no DaemonSet');
    const counts = { desiredNumberScheduled: 1, updatedNumberScheduled: 1, numberReady: 1 };
    const status = { observedGeneration: workload.metadata.generation, ...counts };
    await world.store.updateStatus({ ...workload, status });
    await world.settle();
    expect(world.get('FluentBitShard', 'edge-0')?.['spec']).toMatchObject({ parts: count });
  };

  beforeEach(async () => {
    world = await World.start();
    await world.apply(
      make.namespace('shop'),
      make.namespace(agents),
      make.agent('edge', { namespace: agents, shards: 1, parts: 3 }),
      make.secret('cls', { token: 't' }),
      ...names.map((name) => make.logging(name, shipping(`${name}.old.example.com`))),
    );
    await resize(3);
    whole('old.example.com');
  });

  it('write nothing anew that has its place, until it is replaced', async () => {
    const before = parts();
    expect(Object.keys(before).length).toBeGreaterThan(2);
    await resize(8);
    expect(parts()).toEqual(before);
    expect(stayed()).toBe(true);
    await resize(3);
    expect(parts()).toEqual(before);
    expect(stayed()).toBeUndefined();
    await resize(8);
    await world.apply(...names.map((name) => make.logging(name, shipping(`${name}.new.example.com`))));
    whole('new.example.com');
    await world.apply(make.secret('cls', { token: 'rotated' }));
    whole('new.example.com');
    expect(stayed()).toBeUndefined();
    expect([world.engine.errors, world.engine.findings]).toEqual([[], []]);
  });

  it.each<[string, (data: Record<string, string>) => Record<string, string> | undefined]>([
    ['is lost', () => undefined],
    ['is emptied', () => ({})],
    // But no manifest: apply leaves a foreign key where it is, and nodes would stay at what that manifest says.
    ['claims what is in others, and is not its own', (data) => ({ ...contents(), ...data, evil: 'x' })],
    ['holds something else under its names', (data) => mapValues(data, () => 'x')],
  ])('take no harm from a part that %s', async (_name, change) => {
    await resize(8);
    for (const name of ['edge-shard-0-2', 'edge-shard-0-0']) {
      const part = world.get('ConfigMap', name, agents);
      if (part === undefined) throw new Error('no part');
      const data = change((part['data'] ?? {}) as Record<string, string>);
      if (data === undefined) await world.store.delete(part);
      else await world.store.update({ ...part, data });
      await world.settle();
      whole('old.example.com');
      await world.apply(make.logging('logs-4', shipping('logs-4.old.example.com.')));
      whole('old.example.com');
    }
    const held = all();
    for (const [key, value] of Object.entries(held)) if (key.startsWith('f-')) expect(value).not.toBe('x');
  });

  const contents = () => pickBy(all(), (_, key) => key.startsWith('f-'));

  /** Of all ConfigMaps together. */
  function all(): Record<string, string> {
    const objects = world.store.all().filter(({ metadata }) => metadata.name.startsWith('edge-shard-0-'));
    return Object.assign({}, ...objects.filter(({ kind }) => kind === 'ConfigMap').map((object) => object['data']));
  }
});

/** By namespace of an agent, whether its objects hold a text. */
function carriersIn(world: World, text: string): Record<string, boolean> {
  const held = (namespace: string) =>
    JSON.stringify(
      world.store.all().filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.namespace === namespace),
    ).includes(text);
  return { [agents]: held(agents), elsewhere: held('elsewhere') };
}
