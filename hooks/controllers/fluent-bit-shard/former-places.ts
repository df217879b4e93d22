import type { FluentBitShardSpec, FluentBitShardStatus } from '../../api/kinds/fluent-bit-shard.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { Places } from '../../shards/pack.ts';
import { partName } from '../../shards/shard-names.ts';

/**
 * Where the contents of a shard are, while that does not follow from their names: once parts have come or gone, and
 * until all that stayed in its place is replaced. To read the parts takes as long as all else, so nobody does otherwise.
 *
 * @param observed the parts as they stand: of what is in several the first counts, and a part that is lost is empty
 */
export function formerPlaces(
  { agent, namespace, index, parts }: FluentBitShardSpec,
  { placed, stayed = false }: Pick<FluentBitShardStatus, 'placed' | 'stayed'>,
  observed: () => readonly KubernetesObject[],
): Places {
  const places = new Map<string, number>();
  if (placed === undefined || (placed === parts && !stayed)) return places;
  const objects = observed().filter(({ metadata }) => metadata.namespace === namespace);
  for (let part = parts - 1; part >= 0; part--)
    for (const { metadata, ...content } of objects)
      if (metadata.name === partName(agent, index, part))
        for (const key of Object.keys((content as { data?: object | null }).data ?? {})) places.set(key, part);
  return places;
}
