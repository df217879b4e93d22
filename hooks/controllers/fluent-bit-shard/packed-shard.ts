import { groupBy, partition, pick, sumBy } from 'lodash-es';
import type { FluentBitShardSpec, FluentBitShardStatus } from '../../api/kinds/fluent-bit-shard.ts';
import type { Child, ObjectMap } from '../../api/wire/metacontroller.ts';
import { type DigestKeys, observedChildren } from '../../kubernetes/children.ts';
import { labels } from '../../kubernetes/names.ts';
import { configMaps, secrets } from '../../kubernetes/resources.ts';
import { byIdentity } from '../../memo/by-identity.ts';
import { remember } from '../../memo/freeze.ts';
import { collect } from '../../shards/collect.ts';
import type { ManifestEntry } from '../../shards/manifest.ts';
import { type Packable, type Packing, type Part, type Places, pack } from '../../shards/pack.ts';
import { partName } from '../../shards/shard-names.ts';
import { usageOf } from '../../shards/usage.ts';

export type ShownRemark = NonNullable<FluentBitShardStatus['remarks']>[number];

/** What goes into the parts of a shard, and what is to say of it. */
interface Packed {
  packing: Packing;
  remarks: readonly ShownRemark[];
  usage: Pick<FluentBitShardStatus, 'usage' | 'members'>;
  children: readonly Child[];
}

interface Given {
  related: ObjectMap;
  /** What the parts hold. */
  standing: () => ReadonlyMap<string, Packable>;
  /** Where contents have to stay. */
  places: Places;
  /** Whether nobody looked at the parts so far. */
  onlyRelated: () => boolean;
}

/**
 * A pass that wrote something is followed by one that packs the same related objects. Without it one change takes
 * 1.13 and onboarding 1.08 times the CPU (`npm run bench -- memory`).
 */
const packedShards = byIdentity<ObjectMap, Packed>('packed shards');

export function packedShard(spec: FluentBitShardSpec, given: Given, mayWait: boolean, keys: DigestKeys): Packed {
  if (!given.onlyRelated()) return packedOf(spec, given, mayWait, keys);
  const pack = (doNotKeep: () => void) => {
    const packed = packedOf(spec, given, mayWait, keys);
    if (!given.onlyRelated()) doNotKeep();
    return remember(packed);
  };
  return packedShards(given.related, pack, JSON.stringify([spec, mayWait, keys]));
}

function packedOf(
  spec: FluentBitShardSpec,
  { related, standing, places }: Given,
  mayWait: boolean,
  keys: DigestKeys,
): Packed {
  const collected = collect(observedChildren(related, [configMaps]), observedChildren(related, [secrets]), standing, {
    agent: spec.agent,
    shard: spec.index,
    keys,
    digestKey: keys[0],
    policyHash: spec.policyHash,
    mayWait,
  });
  const excess = new Set(spec.excess);
  const [beyond, within] = partition(collected.pipelines, ({ entry }) =>
    excess.has(`${entry.namespace}/${entry.name}`),
  );
  const packing = pack(spec.index, within, spec.parts, standing, places);
  const remarks = [
    ...collected.remarks,
    ...beyond.map(({ entry }) => leftOut(entry, 'QuotaExceeded')),
    ...packing.leftOut.map((entry) => ({
      ...leftOut(entry, 'NoRoom'),
      kept: packing.kept.has(`${entry.namespace}/${entry.name}`),
    })),
  ];
  const usage = spec.counts ? usageIn(collected.pipelines, new Set(spec.over)) : {};
  return { packing, remarks, usage, children: childrenOf(spec, packing.parts) };
}

function leftOut({ namespace, name }: ManifestEntry, reason: 'QuotaExceeded' | 'NoRoom'): ShownRemark {
  return { namespace, name, reason, kept: false };
}

/** What namespaces have here, and who it is of those that have too much. */
function usageIn(
  pipelines: readonly Packable[],
  over: ReadonlySet<string>,
): Pick<FluentBitShardStatus, 'usage' | 'members'> {
  const counted = pipelines.map((one) => ({ ...one.entry, since: one.since ?? '', ...usageOf(one) }));
  return {
    usage: Object.entries(groupBy(counted, 'namespace'))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, 4096)
      .map(([namespace, own]) => ({ namespace, pipelines: sumBy(own, 'pipelines'), buffer: sumBy(own, 'buffer') })),
    members: counted
      .filter(({ namespace }) => over.has(namespace))
      .slice(0, 1024)
      .map((one) => pick(one, ['namespace', 'name', 'since', 'pipelines', 'buffer'])),
  };
}

/** Empty parts are left out: all of them are optional volumes of the agent's pods. */
function childrenOf(spec: FluentBitShardSpec, parts: readonly Part[]): Child[] {
  return parts.flatMap(({ config, secret }, part) => {
    const metadata = {
      name: partName(spec.agent, spec.index, part),
      namespace: spec.namespace,
      labels: { [labels.managedBy]: 'fluentbind', [labels.part]: `${spec.index}-${part}` },
    };
    const empty = (data: Record<string, string>) => Object.keys(data).length === 0;
    return [
      ...(empty(config) ? [] : [{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: config }]),
      ...(empty(secret) ? [] : [{ apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: secret }]),
    ];
  });
}
