/** FluentBitShard of an agent, by its index from 0. */
export function shardName(agent: string, index: number): string {
  return `${agent}-${index}`;
}

/** ConfigMap and Secret that a shard fills, by their number from 0. */
export function partName(agent: string, index: number, part: number): string {
  return `${agent}-shard-${index}-${part}`;
}
