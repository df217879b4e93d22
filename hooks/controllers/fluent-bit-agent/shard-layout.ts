import { FluentBitShardSpec, FluentBitShardStatus, fluentBitShard } from '../../api/kinds/fluent-bit-shard.ts';
import { apiVersion, type KubernetesObject } from '../../api/object.ts';
import type { Child } from '../../api/wire/metacontroller.ts';
import { byContent } from '../../memo/by-content.ts';
import { partName, shardName } from '../../shards/shard-names.ts';
import { childLabels } from './child-names.ts';
import type { Fleet } from './fleet.ts';
import type { QuotaView } from './quotas.ts';

export function shard(
  { name, namespace, parts, policyHash }: Fleet,
  index: number,
  { counts, over, excess }: QuotaView,
): Child {
  const spec: FluentBitShardSpec = { agent: name, namespace, index, parts, policyHash, counts, over, excess };
  return {
    apiVersion,
    kind: fluentBitShard.kind,
    metadata: { name: shardName(name, index), labels: childLabels(name) },
    spec,
  };
}

export interface Layout {
  /** Shards that LoggingConfigurations go to. */
  published: number;
  /** Shards that there are, and that pods mount. */
  mounted: number;
  /** Parts that shards fill. */
  parts: number;
}

/**
 * How many shards there are while their number changes. Fewer: the old ones stay, and stay mounted, until the last of
 * them is empty, so that pods are replaced once. More: LoggingConfigurations go to the new ones only when every pod
 * mounts them, for on any other they would be gone. More parts are filled only then, too: where one is missing, nothing
 * of the shard would change.
 */
export function layout(
  { name, shards, parts }: Fleet,
  observed: readonly ObservedShard[],
  routed: number | undefined,
  daemonSet: KubernetesObject | undefined,
): Layout {
  const leaving = observed.filter(({ index }) => index >= shards);
  const held = leaving.every(({ status }) => status.pipelines === 0)
    ? shards
    : Math.max(...leaving.map(({ index }) => index)) + 1;
  const mounted = Math.max(shards, held);
  const grows = routed !== undefined && routed < shards;
  const reached =
    daemonSet === undefined || (mounts(daemonSet, partName(name, shards - 1, parts - 1)) && isRolledOut(daemonSet));
  const filled = Math.max(0, ...observed.map((one) => one.parts));
  return {
    published: grows && !reached ? routed : shards,
    mounted,
    parts: filled > 0 && filled < parts && !reached ? filled : parts,
  };
}

/** A shard as it stands. */
export interface ObservedShard {
  /** Its number; -1 where that is none of ours. */
  index: number;
  /** How many it fills; 0 where that is none of ours. */
  parts: number;
  /** What it says of itself; nothing where that is none of ours. */
  status: FluentBitShardStatus;
}

/** Made once: it takes longer than to read a hundred with it. */
const Status = FluentBitShardStatus.partial().strip();
/** No more of a spec than is needed, for one that another version wrote may have other fields. */
const { index: Index, parts: Parts } = FluentBitShardSpec.shape;

/**
 * Of all shards of an agent one has changed, mostly. Without it one change takes 1.05 and onboarding 1.05 times the
 * CPU (`npm run bench -- memory`).
 */
const observedShards = byContent<ObservedShard>('shard statuses', { size: 8 * 1024 * 1024 });

export function observedShard(object: KubernetesObject): ObservedShard {
  const { index, parts } = (object['spec'] ?? {}) as { index?: unknown; parts?: unknown };
  const status = object['status'];
  return observedShards([index, parts, status], () => ({
    index: Index.safeParse(index).data ?? -1,
    parts: Parts.safeParse(parts).data ?? 0,
    status: Status.safeParse(status).data ?? {},
  }));
}

function mounts(daemonSet: KubernetesObject, configMap: string): boolean {
  const spec = daemonSet['spec'] as {
    template?: { spec?: { volumes?: { projected?: { sources?: { configMap?: { name?: string } }[] } }[] } };
  };
  return (spec.template?.spec?.volumes ?? []).some((volume) =>
    volume.projected?.sources?.some((source) => source.configMap?.name === configMap),
  );
}

export interface DaemonSetStatus {
  observedGeneration?: number;
  desiredNumberScheduled?: number;
  updatedNumberScheduled?: number;
  numberReady?: number;
}

export function daemonSetStatus(daemonSet: KubernetesObject): DaemonSetStatus {
  return (daemonSet['status'] ?? {}) as DaemonSetStatus;
}

function isRolledOut(daemonSet: KubernetesObject): boolean {
  const { observedGeneration = 0, desiredNumberScheduled = 0, updatedNumberScheduled = 0 } = daemonSetStatus(daemonSet);
  return observedGeneration >= (daemonSet.metadata.generation ?? 0) && updatedNumberScheduled >= desiredNumberScheduled;
}
