import { groupBy, once, sortBy, uniq } from 'lodash-es';
import { FluentBitShardSpec } from '../../api/kinds/fluent-bit-shard.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type {
  CompositeReply,
  CompositeRequest,
  CustomizeReply,
  CustomizeRequest,
} from '../../api/wire/metacontroller.ts';
import type { CompositeController, Context } from '../../kit/controller.ts';
import { observedChildren } from '../../kubernetes/children.ts';
import { type ConditionState, dated } from '../../kubernetes/conditions.ts';
import { labels } from '../../kubernetes/names.ts';
import { parse } from '../../kubernetes/parse.ts';
import { groupOf } from '../../kubernetes/related.ts';
import { configMaps, fluentBitShards, secrets } from '../../kubernetes/resources.ts';
import { timestamp } from '../../kubernetes/timestamp.ts';
import { standingIn } from '../../shards/collect.ts';
import type { Packing, Part } from '../../shards/pack.ts';
import { asItStands, nameFaults, statusBefore } from './broken-shard.ts';
import { formerPlaces } from './former-places.ts';
import { packedShard, type ShownRemark } from './packed-shard.ts';

const kinds = [configMaps, secrets];

const Share = FluentBitShardSpec.pick({ agent: true, index: true }).strip();

/** Twice the resync of the LoggingConfigurations: who was not judged anew by then never will be. */
const patienceSeconds = 1200;
const remarkLimit = 256;

/** Takes what the LoggingConfigurations of a share signed, and packs it for the nodes. */
export const fluentBitShard: CompositeController = {
  type: 'composite',
  name: 'fluentbitshards',
  parent: { ...fluentBitShards, namespaced: false },
  children: kinds,
  related: kinds,
  incremental: true,
  customize,
  sync,
};

function customize({ parent }: CustomizeRequest): CustomizeReply {
  // No more than is needed, for hooks of two versions answer while they are replaced; and no rule where these are none,
  // rather than one that finds nothing: everybody's pipelines would be dropped.
  const { agent, index } = Share.safeParse(parent['spec']).data ?? {};
  if (agent === undefined || index === undefined) return { relatedResources: [] };
  const labelSelector = { matchLabels: shareOf({ agent, index }) };
  return {
    relatedResources: kinds.map(({ apiVersion: version, resource }) => ({
      apiVersion: version,
      resource,
      labelSelector,
    })),
  };
}

/** Labels of the children of LoggingConfigurations that belong to a shard. */
function shareOf({ agent, index }: Pick<FluentBitShardSpec, 'agent' | 'index'>): Record<string, string> {
  return { [labels.agent]: agent, [labels.shard]: String(index) };
}

function sync(request: CompositeRequest, context: Context): CompositeReply {
  const { now, settings } = context;
  const { parent, related } = request;
  const parsed = parse(FluentBitShardSpec, parent['spec'], 'spec');
  if ('problems' in parsed) return asItStands(request, kinds, parsed.problems, context);
  const [misnamed] = nameFaults(parent.metadata.name, parsed.value);
  if (misnamed !== undefined) return asItStands(request, kinds, [misnamed], context);
  // Kinds that nobody asked for are missing, those without an object are empty: everybody's pipelines would be dropped.
  for (const kind of kinds) if (related[groupOf(kind)] === undefined) throw new Error(`no ${kind.kind} was asked for`);
  const spec = parsed.value;
  const before = statusBefore(parent);
  // Only where something is wrong: to read them takes as long as all else.
  let looked = false;
  const observed = () => {
    looked = true;
    return observedChildren(request.children, kinds);
  };
  const standing = once(() => standingIn(spec.index, standingParts(spec, observed())));
  const since = before.policyHash === spec.policyHash ? before.policySince : undefined;
  const policySince = since ?? timestamp(now);
  const patience = Math.ceil(Date.parse(policySince) / 1000 + patienceSeconds - now.getTime() / 1000);
  const from = { related, standing, places: formerPlaces(spec, before, observed), onlyRelated: () => !looked };
  const { packing, remarks, usage, children } = packedShard(spec, from, patience > 0, settings.digestKeys);
  return {
    status: {
      ...statusOf(parent, packing, remarks, now),
      placed: spec.parts,
      ...(packing.stayed ? { stayed: true } : {}),
      policyHash: spec.policyHash,
      policySince,
      ...usage,
    },
    children: [...children],
    // Otherwise nothing would happen when the time is up.
    ...(patience > 0 && remarks.length > 0 ? { resyncAfterSeconds: patience } : {}),
  };
}

/**
 * What stands in the parts, whoever may have had a hand in it: the agent's namespace is no tenant's. All that are there,
 * for their number and their namespace may have changed a moment ago.
 */
function standingParts(spec: FluentBitShardSpec, observed: readonly KubernetesObject[]): Part[] {
  const here = sortBy(observed, ({ metadata }) => (metadata.namespace === spec.namespace ? 0 : 1));
  const names = uniq(here.map(({ metadata }) => metadata.name));
  const dataOf = (kind: string, name: string) =>
    (here.find((object) => object.kind === kind && object.metadata.name === name)?.['data'] ?? {}) as Record<
      string,
      string
    >;
  return names.map((name) => ({ config: dataOf('ConfigMap', name), secret: dataOf('Secret', name) }));
}

/** The first of them, but not more of one namespace than of the others: nobody drowns the news of another. */
function fairly<T extends { namespace: string }>(list: readonly T[], limit: number): T[] {
  const turns = Object.values(groupBy(list, 'namespace')).flatMap((own) => own.map((one, turn) => ({ one, turn })));
  const chosen = new Set(
    sortBy(turns, 'turn')
      .slice(0, limit)
      .map(({ one }) => one),
  );
  return list.filter((one) => chosen.has(one));
}

function statusOf(
  parent: KubernetesObject,
  { entries, revision, filled }: Packing,
  remarks: readonly ShownRemark[],
  now: Date,
): Record<string, unknown> {
  const before = statusBefore(parent);
  const generation = parent.metadata.generation ?? 0;
  const full = remarks.filter(({ reason }) => reason === 'NoRoom').length;
  const ready: ConditionState =
    full === 0
      ? { status: 'True', reason: 'Packed', message: `${entries.length} pipelines are packed.` }
      : {
          status: 'False',
          reason: 'NoRoom',
          message: `${full} pipelines have no room. Raise the shards or parts of the FluentBitAgent.`,
        };
  return {
    observedGeneration: generation,
    conditions: dated([['Ready', ready]], before.conditions ?? [], generation, now),
    pipelines: entries.length,
    filled: Math.ceil(100 * filled),
    revision,
    remarks: fairly(remarks, remarkLimit),
    remarksInAll: remarks.length,
  };
}
