import { beforeEach, describe, expect, it } from 'vitest';
import { agents, packed, remarks } from '../../support/node/packed-pipelines.ts';
import { make, World } from '../../support/world.ts';

const spec = (outputs: number, limit = '1G') => ({
  buffer: { limit },
  outputs: Array.from({ length: outputs }, (_, index) => ({
    ...{ id: `o${index}`, plugin: 'http' },
    properties: { host: 'a.example.com', port: 443 },
  })),
});

describe('the quotas of a namespace', () => {
  let world: World;
  const agent = (quotas?: object) =>
    make.agent('edge', { namespace: agents, shards: 4, parts: 2, ...(quotas === undefined ? {} : { quotas }) });
  const shipped = () => Object.keys(packed(world)).sort();
  const live = (name: string) => world.condition('LoggingConfiguration', name, 'Live');
  /** One after the other, so that the age of each is known. */
  const add = async (name: string, outputs: number, limit?: string, namespace = 'shop') => {
    world.turn(1000);
    await world.apply(make.logging(name, spec(outputs, limit), namespace));
  };

  beforeEach(async () => {
    world = await World.start();
    await world.apply(make.namespace(agents), make.namespace('shop'), make.namespace('mall'), agent({ pipelines: 5 }));
  });

  it('let in who came first, whatever shard it is in, and tell who came last', async () => {
    for (const name of ['z', 'y', 'x', 'w']) await add(name, 1);
    await add('two', 2);
    await add('one', 1);
    await add('other', 4, '1G', 'mall');
    // `two` does not fit any more, and `one`, which came later, does.
    expect(shipped()).toEqual(['mall/other', 'shop/one', 'shop/w', 'shop/x', 'shop/y', 'shop/z']);
    expect(live('two')).toMatchObject({ status: 'False', reason: 'QuotaExceeded' });
    expect(live('one')).toMatchObject({ status: 'True' });
    expect(remarks(world)).toEqual([{ namespace: 'shop', name: 'two', reason: 'QuotaExceeded', kept: false }]);
    await world.remove('LoggingConfiguration', 'z');
    await world.remove('LoggingConfiguration', 'one');
    expect(shipped()).toEqual(['mall/other', 'shop/two', 'shop/w', 'shop/x', 'shop/y']);
    expect(live('two')).toMatchObject({ status: 'True' });
    expect([world.engine.errors, world.engine.findings]).toEqual([[], []]);
  });

  it('count what outputs may buffer', async () => {
    await world.apply(agent({ buffer: '3Gi' }));
    await add('a', 2);
    await add('b', 1, '900M');
    await add('c', 1, '500M');
    expect(shipped()).toEqual(['shop/a', 'shop/b']);
    await world.apply(make.logging('c', spec(1, '100M')));
    expect(shipped()).toEqual(['shop/a', 'shop/b', 'shop/c']);
  });

  it('are followed up and down, and without them nothing is counted', async () => {
    for (const name of ['a', 'b', 'c']) await add(name, 2);
    expect(shipped()).toEqual(['shop/a', 'shop/b']);
    await world.apply(agent({ pipelines: 2 }));
    expect(shipped()).toEqual(['shop/a']);
    await world.apply(agent());
    expect(shipped()).toEqual(['shop/a', 'shop/b', 'shop/c']);
    const statuses = world.store.all().filter(({ kind }) => kind === 'FluentBitShard');
    for (const { status } of statuses) expect(status).not.toHaveProperty('usage');
    expect(remarks(world)).toEqual([]);
  });

  it('count what somebody spoiled and is kept', async () => {
    await add('a', 3);
    await add('b', 2);
    const object = structuredClone(world.get('ConfigMap', 'a-fluent-bit'));
    if (object === undefined) throw new Error('no ConfigMap');
    object['data'] = { 'shop.a.yaml': '' };
    await world.store.update(object);
    await add('c', 1);
    expect(shipped()).toEqual(['shop/a', 'shop/b']);
  });
});
