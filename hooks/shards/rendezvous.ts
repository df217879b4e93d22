import { createHash } from 'node:crypto';

/**
 * The shard of a LoggingConfiguration by highest random weight: when the number of shards changes from S to S+1, one
 * in S+1 moves, and the rest stays where it is.
 */
export function shardOf(namespace: string, name: string, shards: number): number {
  const seed = createHash('sha256').update(`${namespace}/${name}`).digest().readUInt32LE(0);
  let best = 0;
  let heaviest = -1;
  for (let shard = 0; shard < shards; shard++) {
    const weight = mixed(seed ^ mixed(shard + 1));
    if (weight > heaviest) [best, heaviest] = [shard, weight];
  }
  return best;
}

/** The finalizer of MurmurHash3: every bit of the input moves half of those of the output. */
function mixed(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
