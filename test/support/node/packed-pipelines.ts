import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { keysOf } from '../../../hooks/shards/blobs.ts';
import { type ManifestEntry, readManifest } from '../../../hooks/shards/manifest.ts';
import type { World } from '../world.ts';

/** Namespace of the agents of tests. */
export const agents = 'logging';

/** A LoggingConfiguration with a secret, for a backend. */
export const shipping = (host: string) => ({
  variables: [{ name: 'token', valueFrom: { secretKeyRef: { name: 'cls', key: 'token' } } }],
  outputs: [{ plugin: 'http', properties: { host, port: 443, header: 'Authorization $(token)' } }],
});

interface Packed {
  shard: number;
  text: string;
  values: string[];
  entry: ManifestEntry;
}

/** What the nodes would read: file and values by pipeline. */
export function packed(world: World): Record<string, Packed> {
  const found = packedIn(world.store.all().filter(({ metadata }) => metadata.namespace === agents));
  return Object.fromEntries(found.map((one) => [`${one.entry.namespace}/${one.entry.name}`, one]));
}

/** Every pipeline of every manifest in the given objects. */
export function packedIn(objects: readonly KubernetesObject[]): Packed[] {
  const data = (kind: string) =>
    Object.assign({}, ...objects.filter((object) => object.kind === kind).map((object) => object['data'])) as Record<
      string,
      string
    >;
  const [config, secret] = [data('ConfigMap'), data('Secret')];
  const found: Packed[] = [];
  for (let shard = 0; shard < 64; shard++)
    for (const entry of readManifest(shard, (key) => config[key]) ?? []) {
      const text = keysOf(entry.file)
        .map((key) => config[key] ?? 'MISSING')
        .join('');
      const values = Object.values(entry.secrets).map((reference) =>
        keysOf(reference)
          .map((key) => Buffer.from(secret[key] ?? 'MISSING', 'base64').toString('utf8'))
          .join(''),
      );
      found.push({ shard, text, values, entry });
    }
  return found;
}

export function remarks(world: World): object[] {
  return world.store
    .all()
    .filter(({ kind }) => kind === 'FluentBitShard')
    .flatMap((shard) => (shard['status'] as { remarks?: object[] } | undefined)?.remarks ?? []);
}
