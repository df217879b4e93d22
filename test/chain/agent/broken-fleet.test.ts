import { afterEach, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { labels } from '../../../hooks/kubernetes/names.ts';
import { agents, packed, shipping } from '../../support/node/packed-pipelines.ts';
import { make, World } from '../../support/world.ts';

const group = 'fluentbit.kyma-project.io/v1alpha1';

/** Written by hand, while the agent's hook does not answer; an API server without our schemas lets each of them in. */
const specs: [name: string, change: object | null, path: string][] = [
  ['no spec', null, 'spec'],
  ['no agent', { agent: undefined }, 'spec.agent'],
  ['an agent that no label can name', { agent: 'a b' }, 'spec.agent'],
  ['an agent that is a number', { agent: 7 }, 'spec.agent'],
  ['an index below 0', { index: -1 }, 'spec.index'],
  ['an index that is no number', { index: '0' }, 'spec.index'],
  ['a fraction of an index', { index: 0.5 }, 'spec.index'],
  ['no namespace', { namespace: '' }, 'spec.namespace'],
  ['no parts', { parts: 0 }, 'spec.parts'],
  ['a million parts', { parts: 1_000_000 }, 'spec.parts'],
  ['no policy', { policyHash: '' }, 'spec.policyHash'],
  ['what is no list', { over: 'shop' }, 'spec.over'],
  ['the index of another', { index: 1 }, 'metadata.name'],
];

const worlds: World[] = [];
afterEach(() => {
  for (const { engine } of worlds.splice(0))
    expect([engine.errors.filter(({ parent }) => parent !== 'FluentBitAgent edge'), engine.findings]).toEqual([[], []]);
});

async function start(answers = () => true): Promise<World> {
  const world = await World.start({
    wrap: (transport) => (url, body, timeout) => {
      if (!answers() && url.includes('/fluentbitagents/')) throw new Error('no answer');
      return transport(url, body, timeout);
    },
  });
  worlds.push(world);
  await world.apply(make.namespace(agents), make.namespace('shop'), make.secret('cls', { token: 't' }));
  return world;
}

describe('a FluentBitShard that somebody wrote', () => {
  it.each(specs)('with %s keeps its parts, says why, and goes on once it is mended', async (_name, change, path) => {
    let answers = true;
    const world = await start(() => answers);
    await world.apply(
      make.agent('edge', { namespace: agents, shards: 1, parts: 1 }),
      make.logging('logs', shipping('a.example.com')),
    );
    const parts = () => world.store.all().filter(({ metadata }) => metadata.name.startsWith('edge-shard-'));
    const before = JSON.stringify(parts());
    const good = world.get('FluentBitShard', 'edge-0') as KubernetesObject & { spec: object; status: object };
    expect(parts()).toHaveLength(2);
    answers = false;
    await world.edit('FluentBitShard', 'edge-0', (shard) => {
      if (change === null) delete shard.spec;
      else shard.spec = { ...shard.spec, ...change };
    });
    expect(JSON.stringify(parts())).toBe(before);
    const ready = world.condition('FluentBitShard', 'edge-0', 'Ready');
    expect(ready).toMatchObject({ status: 'False', reason: path === 'metadata.name' ? 'InvalidName' : 'InvalidSpec' });
    expect(ready?.message).toMatch(new RegExp(`^${path}: .+\\. .+`));
    expect(world.condition('FluentBitShard', 'edge-0', 'Stalled')).toBeDefined();
    expect(world.get('FluentBitShard', 'edge-0')?.['status']).toMatchObject({ pipelines: 1 });
    answers = true;
    await world.edit('FluentBitAgent', 'edge', () => {});
    world.turn(3600_000);
    await world.settle();
    expect(world.get('FluentBitShard', 'edge-0')).toMatchObject({ spec: good.spec });
    expect(world.condition('FluentBitShard', 'edge-0', 'Ready')).toMatchObject({ status: 'True' });
    expect(world.condition('FluentBitShard', 'edge-0', 'Stalled')).toBeUndefined();
    await world.apply(make.logging('logs', shipping('b.example.com')));
    expect(packed(world)['shop/logs']?.text).toContain('b.example.com');
  });

  it('beside that of an agent writes nothing, and says who does', async () => {
    const world = await start();
    await world.apply(
      make.agent('edge', { namespace: agents, shards: 1, parts: 1 }),
      make.logging('logs', shipping('a.example.com')),
    );
    const { spec } = world.get('FluentBitShard', 'edge-0') as KubernetesObject & { spec: object };
    await world.apply({ apiVersion: group, kind: 'FluentBitShard', metadata: { name: 'mine' }, spec });
    expect(world.condition('FluentBitShard', 'mine', 'Ready')).toMatchObject({
      reason: 'InvalidName',
      message: expect.stringContaining('edge-0'),
    });
  });
});

describe('a FluentBitAgent', () => {
  it('with a dot in its name has reports, too', async () => {
    const world = await start();
    await world.apply(make.agent('edge.eu', { namespace: agents, shards: 1, parts: 1 }));
    await world.apply(make.logging('logs', shipping('a.example.com')));
    await world.apply({
      apiVersion: group,
      kind: 'FluentBitReport',
      metadata: { name: 'edge.eu.shop', labels: { [labels.agent]: 'edge.eu', [labels.namespace]: 'shop' } },
      spec: {
        agent: 'edge.eu',
        namespace: 'shop',
        remarks: [{ loggingConfiguration: 'logs', reason: 'NoRoom', message: 'It is full.', kept: false }],
      },
    });
    expect(world.condition('LoggingConfiguration', 'logs', 'Live')).toMatchObject({
      status: 'False',
      reason: 'NoRoom',
    });
  });

  it('with a name of 64 characters says so', async () => {
    const world = await start();
    const name = 'n'.repeat(64);
    await world.apply(make.agent(name, { namespace: agents }));
    expect(world.problems('FluentBitAgent', name)).toMatchObject([{ reason: 'InvalidName', path: 'metadata.name' }]);
    expect(world.get('FluentBitRoute', name)).toBeUndefined();
  });
});
