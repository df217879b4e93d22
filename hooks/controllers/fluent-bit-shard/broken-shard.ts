import { isPlainObject } from 'lodash-es';
import { type FluentBitShardSpec, FluentBitShardStatus } from '../../api/kinds/fluent-bit-shard.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { type Problem, problem } from '../../api/problems/problem.ts';
import type { CompositeReply, CompositeRequest } from '../../api/wire/metacontroller.ts';
import type { Context } from '../../kit/controller.ts';
import { lastGood, observedChildren } from '../../kubernetes/children.ts';
import { accepted, listedConditions } from '../../kubernetes/conditions.ts';
import type { ResourceKind } from '../../kubernetes/related.ts';
import { shardName } from '../../shards/shard-names.ts';

const Before = FluentBitShardStatus.pick({
  ...{ conditions: true, policyHash: true, policySince: true },
  ...{ placed: true, stayed: true },
}).strip();

/** What an earlier pass left in the status of a shard for the next. */
export function statusBefore({ status }: KubernetesObject): Pick<FluentBitShardStatus, keyof typeof Before.shape> {
  return Before.safeParse(status).data ?? {};
}

/** Two shards of one agent and index would write the same objects, and never come to an end. */
export function nameFaults(name: string, { agent, index }: FluentBitShardSpec): Problem[] {
  const wanted = shardName(agent, index);
  if (name === wanted) return [];
  const message = `The FluentBitShard of this agent and index is ${wanted}, and writes the same objects.`;
  return [problem('InvalidName', 'metadata.name', message, 'Delete this one.')];
}

/** Nobody but the agent's hook writes shards: what is wrong with one was done by hand, and changes nothing. */
export function asItStands(
  { parent, children }: CompositeRequest,
  kinds: readonly ResourceKind[],
  problems: readonly Problem[],
  { now, settings }: Context,
): CompositeReply {
  const generation = parent.metadata.generation ?? 0;
  const { conditions = [] } = statusBefore(parent);
  const findings = { Accepted: accepted(problems, '') };
  return {
    status: {
      ...(isPlainObject(parent['status']) ? (parent['status'] as object) : {}),
      observedGeneration: generation,
      conditions: listedConditions(findings, ['Accepted'], problems, conditions, generation, now),
    },
    children: lastGood(observedChildren(children, kinds), [], settings.digestKeys).children,
  };
}
