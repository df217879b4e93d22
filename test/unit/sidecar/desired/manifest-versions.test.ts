import { expect, it } from 'vitest';
import { nodeFiles } from '../../../cases/node-files.ts';
import { make, World } from '../../../support/world.ts';

const http = { plugin: 'http', properties: { host: 'logs.example.com' } };

async function shipping(): Promise<World> {
  const world = await World.start();
  const inputs = [{ id: 'inbox', plugin: 'forward', port: 24224, namespaces: ['shop'] }];
  await world.apply(
    make.namespace('logging'),
    make.namespace('shop'),
    make.agent('edge', { namespace: 'logging', shards: 1, parts: 2, clusterName: 'prod', inputs }),
    make.logging('plain', { outputs: [http, { ...http, id: 'second' }] }),
    make.logging('named', { enrich: { clusterName: true }, outputs: [http] }),
    make.logging('labelled', { enrich: { labels: { include: ['*'] } }, outputs: [http], buffer: { limit: '10M' } }),
    make.logging('received', { input: { from: 'inbox' }, outputs: [http] }),
    make.logging('filtered', { filters: [{ plugin: 'grep', properties: { exclude: 'log x' } }], outputs: [http] }),
  );
  return world;
}

interface Written {
  version?: number;
  pipelines: { node?: object }[];
}

it('nodes take a manifest of version 1, which says nothing of its files, for what version 2 says', async () => {
  const world = await shipping();
  const seen: Written[] = [];
  const now = await nodeFiles(world, (text) => {
    seen.push(JSON.parse(text) as Written);
    return text;
  });
  expect(seen).toMatchObject([{ version: 2, pipelines: Array(5).fill({ node: {} }) }]);
  const before = await nodeFiles(world, (text) => {
    const { version: _, pipelines, ...rest } = JSON.parse(text) as Written;
    return JSON.stringify({ ...rest, pipelines: pipelines.map(({ node: _node, ...entry }) => entry) });
  });
  expect(before).toEqual(now);
});

it('nodes leave a file as it is whose leading filters only another version can write', async () => {
  const world = await shipping();
  const files = await nodeFiles(world, (text) => text.replaceAll(/"code":"[0-9a-f]{16}"/g, '"code":"unknown"'));
  expect(files['shared.yaml']).toBeUndefined();
  expect(files['pipelines/shop.plain.yaml']).toBe(world.file('plain'));
});
