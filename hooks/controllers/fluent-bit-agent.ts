import { type FluentBitAgentSpec, FluentBitAgentSpec as Spec } from '../api/fluent-bit-agent.ts';
import { fluentBitRoute, fluentBitShard, fluentBitAgent as kind } from '../api/kinds.ts';
import type { Child, CompositeReply, CompositeRequest } from '../api/metacontroller.ts';
import { apiVersion } from '../api/object.ts';
import type { Condition } from '../api/status.ts';
import { completePolicy } from '../fluentbit/policy/complete.ts';
import { policyFaults } from '../fluentbit/policy/faults.ts';
import { lastGood, observedChildren } from '../kubernetes/children.ts';
import { accepted, validityConditions } from '../kubernetes/conditions.ts';
import { labels } from '../kubernetes/names.ts';
import type { ResourceKind } from '../kubernetes/related.ts';
import { parse } from '../kubernetes/validate.ts';
import type { CompositeController, Context } from './controller.ts';
import { fluentBitRoutes, policyHash } from './governing.ts';

const fluentBitShards: ResourceKind = {
  apiVersion,
  kind: fluentBitShard.kind,
  resource: fluentBitShard.plural,
};
const childKinds = [fluentBitRoutes, fluentBitShards];

/** So many that one change costs little among thousands of pipelines. */
const shardCount = 16;
const partCount = 8;

/** Those of the system: their logs are the operator's, and an agent that reads its own feeds itself. */
const systemNamespaces = ['istio-system', 'kube-system', 'kyma-system'];

export const fluentBitAgent: CompositeController = {
  type: 'composite',
  name: 'fluentbitagents',
  parent: { apiVersion, kind: kind.kind, resource: kind.plural, namespaced: false },
  children: childKinds,
  sync,
};

/**
 * Publishes what LoggingConfigurations have to know of an agent. They relate the route and never the agent: its status
 * moves, and each move would sync every one of them.
 */
function sync(request: CompositeRequest, { now, settings }: Context): CompositeReply {
  const { parent } = request;
  const parsed = parse(Spec, parent['spec'], 'spec');
  const problems = 'problems' in parsed ? parsed.problems : policyFaults(parsed.value);
  const observed = observedChildren(request.children, childKinds);
  const children =
    'value' in parsed && problems.length === 0
      ? [route(parent.metadata.name, parsed.value), ...shards(parent.metadata.name, parsed.value)]
      : // An older route stays, for without one the default policy would hold.
        lastGood(observed, [], settings.digestKeys).children;
  const generation = parent.metadata.generation ?? 0;
  const before = (parent['status'] as { conditions?: Condition[] } | undefined)?.conditions ?? [];
  const finding = accepted(problems, 'The policy is published.');
  return {
    status: {
      observedGeneration: generation,
      conditions: validityConditions(finding, problems, before, generation, now),
      problems: problems.slice(0, 32),
    },
    children,
  };
}

function route(agent: string, spec: FluentBitAgentSpec): Child {
  const { matchLabels = {}, matchExpressions = [] } = spec.namespaceSelector ?? {};
  const policy = completePolicy(spec.policy);
  return {
    apiVersion,
    kind: fluentBitRoute.kind,
    metadata: { name: agent, labels: { [labels.agent]: agent, [labels.managedBy]: 'fluentbind' } },
    spec: {
      agent,
      namespaceSelector: { matchLabels, matchExpressions },
      excludeNamespaces: [...new Set(spec.excludeNamespaces ?? [...systemNamespaces, spec.namespace])].sort(),
      policy,
      policyHash: policyHash(policy),
      shards: shardCount,
    },
  };
}

function shards(agent: string, { namespace, policy }: FluentBitAgentSpec): Child[] {
  return Array.from({ length: shardCount }, (_, index) => ({
    apiVersion,
    kind: fluentBitShard.kind,
    metadata: { name: `${agent}-${index}`, labels: { [labels.agent]: agent, [labels.managedBy]: 'fluentbind' } },
    spec: { agent, namespace, index, parts: partCount, policyHash: policyHash(completePolicy(policy)) },
  }));
}
