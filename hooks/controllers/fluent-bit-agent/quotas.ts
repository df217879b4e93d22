import { groupBy, sortBy } from 'lodash-es';
import type { FluentBitShardSpec, FluentBitShardStatus } from '../../api/kinds/fluent-bit-shard.ts';

/** What one namespace may have; without a number there is no limit. */
export interface Quotas {
  pipelines?: number | undefined;
  /** Bytes. */
  buffer?: number | undefined;
}

export type QuotaView = Pick<FluentBitShardSpec, 'counts' | 'over' | 'excess'>;

interface Member {
  namespace: string;
  name: string;
  since: string;
  pipelines: number;
  buffer: number;
}

/** As many as the spec of a shard takes. */
const listed = 256;

/**
 * What each shard has to know about quotas. A namespace's LoggingConfigurations are spread over all of them, so each
 * says how much of a namespace it has; of those with too much it then names each, and who came last is left out.
 */
export function quotaViews(
  quotas: Quotas,
  shards: readonly FluentBitShardStatus[],
): (shard: FluentBitShardStatus | undefined) => QuotaView {
  if (quotas.pipelines === undefined && quotas.buffer === undefined)
    return () => ({ counts: false, over: [], excess: [] });
  const usage = groupBy(
    shards.flatMap((status) => status.usage ?? []),
    'namespace',
  );
  const over = Object.entries(usage)
    .filter(([, parts]) => exceeds(quotas, total(parts)))
    .map(([namespace]) => namespace)
    .sort()
    .slice(0, listed);
  const members = shards.flatMap((status) => status.members ?? []).filter(({ namespace }) => over.includes(namespace));
  const excess = new Set(Object.values(groupBy(members, 'namespace')).flatMap((own) => tooMuch(quotas, own)));
  return (shard) => {
    const own = (shard?.members ?? []).map(({ namespace, name }) => `${namespace}/${name}`);
    return { counts: true, over, excess: own.filter((one) => excess.has(one)).sort() };
  };
}

/** Those that do not fit any more, by age; a smaller one that came later may still fit. */
function tooMuch(quotas: Quotas, members: readonly Member[]): string[] {
  let taken = { pipelines: 0, buffer: 0 };
  return sortBy(members, ['since', 'name']).flatMap((member) => {
    const next = total([taken, member]);
    if (exceeds(quotas, next)) return [`${member.namespace}/${member.name}`];
    taken = next;
    return [];
  });
}

function total(parts: readonly { pipelines: number; buffer: number }[]): { pipelines: number; buffer: number } {
  return parts.reduce(
    (sum, { pipelines, buffer }) => ({ pipelines: sum.pipelines + pipelines, buffer: sum.buffer + buffer }),
    { pipelines: 0, buffer: 0 },
  );
}

function exceeds(quotas: Quotas, { pipelines, buffer }: { pipelines: number; buffer: number }): boolean {
  return (
    pipelines > (quotas.pipelines ?? Number.POSITIVE_INFINITY) || buffer > (quotas.buffer ?? Number.POSITIVE_INFINITY)
  );
}
