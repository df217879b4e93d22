import { blobName, keysOf } from '../../../hooks/shards/blobs.ts';
import { readManifest } from '../../../hooks/shards/manifest.ts';
import { shardOf } from '../../../hooks/shards/rendezvous.ts';
import { relocated } from '../fluent-bit/fluent-bit.ts';
import type { World } from '../world.ts';
import { type AgentNode, type Pipeline, type ShardFiles, shardFiles } from './agent-node.ts';

/**
 * What the shards of a cluster carry, with the paths of a node in a temporary folder. `shards`: how many there are
 * to be instead; `adjust`: what else is to be changed in the files; `agents`: the namespace of the agent, of several.
 */
export function shardFilesOf(
  world: World,
  { folder }: AgentNode,
  {
    shards,
    adjust = (text) => text,
    agents,
  }: {
    shards?: number | undefined;
    adjust?: ((text: string) => string) | undefined;
    agents?: string | undefined;
  } = {},
): ShardFiles[] {
  const carried = [...partsByShard(world, agents)].map(([shard, { config, secret }]) => {
    const entries = readManifest(shard, (key) => config[key]);
    if (entries === undefined) throw new Error(`shard ${shard} is not complete`);
    const pipelines = entries.map(({ namespace, name, file, secrets }): Pipeline => {
      const text = keysOf(file)
        .map((key) => config[key] ?? '')
        .join('');
      const contents = Object.entries(secrets).map(([key, reference]) => {
        const base64 = keysOf(reference).map((piece) => secret[piece] ?? '');
        if (base64.includes('')) throw new Error(`${blobName(reference)} is not there`);
        return [key, Buffer.from(base64.join(''), 'base64').toString('utf8')];
      });
      return {
        namespace,
        name,
        text: adjust(relocated(text, folder)),
        secrets: Object.fromEntries(contents),
      };
    });
    return { shard, pipelines };
  });
  if (shards === undefined) return carried.map(({ shard, pipelines }) => shardFiles(shard, pipelines));
  const all = carried.flatMap(({ pipelines }) => pipelines);
  return Array.from({ length: shards }, (_, shard) =>
    shardFiles(
      shard,
      all.filter(({ namespace = '', name }) => shardOf(namespace, name, shards) === shard),
    ),
  );
}

/** Data of the ConfigMaps and Secrets of each shard, all parts together. */
function partsByShard(world: World, agents: string | undefined): Map<number, ShardFiles> {
  const found = new Map<number, ShardFiles>();
  for (const kind of ['ConfigMap', 'Secret'] as const) {
    const info = world.store.kindOf('v1', kind);
    for (const object of info === undefined ? [] : world.store.list(info, agents)) {
      const shard = Number(/-shard-(\d+)-\d+$/.exec(object.metadata.name)?.[1] ?? -1);
      if (shard < 0) continue;
      const files = found.get(shard) ?? { config: {}, secret: {} };
      Object.assign(kind === 'ConfigMap' ? files.config : files.secret, object['data'] ?? {});
      found.set(shard, files);
    }
  }
  return found;
}
