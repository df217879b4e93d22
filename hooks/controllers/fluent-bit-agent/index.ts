import { FluentBitAgentSpec as Spec } from '../../api/kinds/fluent-bit-agent.ts';
import { fluentBitRoute } from '../../api/kinds/fluent-bit-route.ts';
import { apiVersion, type KubernetesObject } from '../../api/object.ts';
import { type Problem, problem } from '../../api/problems/problem.ts';
import type {
  Child,
  CompositeReply,
  CompositeRequest,
  CustomizeReply,
  CustomizeRequest,
} from '../../api/wire/metacontroller.ts';
import { nameProblems } from '../../compile/compile.ts';
import { operatorProblems } from '../../compile/operator-spec.ts';
import { routeIn } from '../../compile/policy-in-force.ts';
import { policyFaults } from '../../fluentbit/policy/policy-faults.ts';
import type { AgentSettings, CompositeController, Context } from '../../kit/controller.ts';
import { foreignIn, type Parent, rules } from '../../kit/plan-children.ts';
import { lastGood, observedChildren } from '../../kubernetes/children.ts';
import {
  accepted,
  type ConditionState,
  conditionsIn,
  describe,
  listedConditions,
} from '../../kubernetes/conditions.ts';
import { labels } from '../../kubernetes/names.ts';
import { parse } from '../../kubernetes/parse.ts';
import { byName, lookup, type ResourceKind } from '../../kubernetes/related.ts';
import {
  configMaps,
  daemonSets,
  fluentBitAgents,
  fluentBitReports,
  fluentBitRoutes,
  fluentBitShards,
  leases,
  namespaces,
  networkPolicies,
  services,
} from '../../kubernetes/resources.ts';
import { byContent } from '../../memo/by-content.ts';
import { agentStatus, completeCondition, liveOnNodes, reportedCondition } from './agent-status.ts';
import { agentName, childLabels, inputsServiceName, serviceName } from './child-names.ts';
import { type Fleet, fleetOf, namespaceFaults } from './fleet.ts';
import { inputsService } from './inputs-service.ts';
import { networkPolicy } from './network-policy.ts';
import { leasesRule, nodeReports } from './node-reports.ts';
import { overlap } from './overlap.ts';
import { quotaViews } from './quotas.ts';
import { layout, type ObservedShard, observedShard, shard } from './shard-layout.ts';
import { ofNodes, tenantReports } from './tenant-reports.ts';
import { baseConfigMap, daemonSet, metricsService } from './workload.ts';

const childKinds = [
  fluentBitRoutes,
  fluentBitShards,
  fluentBitReports,
  configMaps,
  daemonSets,
  services,
  networkPolicies,
];
/** Kinds of which somebody may have an object of our name. Not the DaemonSet: it is large, and would come twice. */
const contested = [fluentBitRoutes, configMaps, services, networkPolicies];

export const fluentBitAgent: CompositeController = {
  type: 'composite',
  name: 'fluentbitagents',
  parent: { ...fluentBitAgents, namespaced: false },
  children: childKinds,
  related: [...contested, namespaces, leases],
  customize,
  sync,
};

function customize({ parent }: CustomizeRequest, { settings }: Context): CustomizeReply {
  const { name } = parent.metadata;
  const { namespace = settings.agent.namespaces[0] } = ((parent as Parent).spec ?? {}) as { namespace?: unknown };
  const inside = typeof namespace === 'string' && namespace !== '' ? namespace : undefined;
  const named = (kindOf: ResourceKind, object: string) =>
    inside === undefined ? undefined : byName(kindOf, inside, [object]);
  return rules(
    {
      apiVersion,
      resource: fluentBitRoutes.resource,
      labelSelector: { matchExpressions: [{ key: labels.agent, operator: 'Exists' }] },
    },
    byName(fluentBitRoutes, undefined, [name]),
    byName(namespaces, undefined, [inside]),
    leasesRule(name, inside),
    named(configMaps, agentName(name)),
    inside === undefined ? undefined : byName(services, inside, [serviceName(name), inputsServiceName(name)]),
    named(networkPolicies, agentName(name)),
  );
}

/**
 * Everything that runs for an agent, and what LoggingConfigurations have to know of it. They relate the route and never
 * the agent: its status moves, and each move would sync every one of them.
 */
function sync(request: CompositeRequest, context: Context): CompositeReply {
  const { agent } = context.settings;
  const parent = request.parent as Parent;
  const { problems, fleet } = agents({ name: parent.metadata.name, spec: parent.spec, agent }, () =>
    check(parent, agent),
  );
  const observed = observedChildren(request.children, childKinds);
  const shards = observed.filter((object) => object.kind === fluentBitShards.kind).map(observedShard);
  const placed = fleet === undefined ? undefined : place(fleet, request, observed, shards, context);
  const all = [...problems, ...(placed?.problems ?? [])];
  const workload = observed.find((object) => object.kind === daemonSets.kind);
  const reports = fleet === undefined ? [] : nodeReports(request.related, fleet.name, fleet.namespace, context.now);
  const refusals = ofNodes(reports);
  const stands = agentStatus(shards, workload, reports, refusals);
  const statuses = shards.map(({ status }) => status);
  const news = fleet === undefined ? [] : tenantReports(fleet.name, statuses, reports, refusals);
  const untold = reportedCondition(placed === undefined ? [] : news, observed);
  const overlapping = fleet === undefined ? undefined : overlap(fleet, request.related);
  const generation = parent.metadata.generation ?? 0;
  const findings: Record<string, ConditionState> = {
    Accepted: accepted(problems, 'The agent is valid.'),
    Rendered: rendered(placed, observed),
    Live: liveOnNodes(stands, workload, reports),
    Complete: completeCondition(stands),
    ...(overlapping === undefined ? {} : { Overlapping: overlapping }),
    ...(untold === undefined ? {} : { Reported: untold }),
  };
  const before = conditionsIn(parent.status);
  return {
    status: {
      observedGeneration: generation,
      conditions: listedConditions(findings, ['Accepted', 'Rendered', 'Live'], all, before, generation, context.now),
      problems: all.slice(0, 32),
      ...stands,
    },
    // What stands stays: without a route the default policy would hold, and without pods nothing would be shipped.
    children:
      placed === undefined
        ? lastGood(observed, [], context.settings.digestKeys).children
        : [...placed.children, ...news],
  };
}

/** What follows from its name and spec alone. */
interface CheckedAgent {
  problems: readonly Problem[];
  fleet?: Fleet;
}

/**
 * An agent is looked at for each change of a pipeline, of which its spec knows nothing. Without it one change takes
 * 1.08 and onboarding 1.03 times the CPU (`npm run bench -- memory`).
 */
const agents = byContent<CheckedAgent>('agents', { size: 1024 * 1024 });

function check({ metadata: { name }, spec }: Parent, agent: AgentSettings): CheckedAgent {
  const named = nameProblems(name);
  const parsed = parse(Spec, spec, 'spec');
  if ('problems' in parsed) return { problems: [...named, ...parsed.problems] };
  if (named.length > 0) return { problems: named };
  const { value } = parsed;
  const problems = [...policyFaults(value), ...namespaceFaults(value, agent), ...operatorProblems(name, value)];
  return problems.length > 0 ? { problems } : { problems, fleet: fleetOf(name, value, agent) };
}

interface Placed {
  children: Child[];
  problems: Problem[];
}

function place(
  fleet: Fleet,
  { related, children }: CompositeRequest,
  observed: readonly KubernetesObject[],
  shards: readonly ObservedShard[],
  { settings }: Context,
): Placed {
  const { name, namespace } = fleet;
  const { route } = routeIn(lookup(children, fluentBitRoutes, undefined, name));
  const workload = lookup(children, daemonSets, namespace, agentName(name));
  const { published, mounted, parts } = layout(fleet, shards, route?.shards, workload);
  const statuses = new Map(shards.map(({ index, status }) => [index, status]));
  const verdicts = quotaViews(fleet.quotas, [...statuses.values()]);
  const global = [
    routeOf(fleet, published),
    ...Array.from({ length: mounted }, (_, index) => shard({ ...fleet, parts }, index, verdicts(statuses.get(index)))),
  ];
  const local = localChildren(fleet, mounted);
  const foreign = foreignIn(related, observed, contested);
  const missing = lookup(related, namespaces, undefined, namespace) === undefined;
  // What stands elsewhere, or stood a moment ago, stays.
  const here = missing
    ? lastGood(
        observed.filter(({ metadata }) => metadata.namespace !== undefined),
        [],
        settings.digestKeys,
      ).children
    : local;
  const wanted = [...global, ...here];
  return {
    children: wanted.filter((child) => !foreign(child)),
    problems: [
      ...(missing ? [problem('NamespaceNotFound', 'spec.namespace', `There is no namespace ${namespace}.`)] : []),
      ...wanted.filter(foreign).map(conflict),
    ],
  };
}

/**
 * By all that they follow from, which is no pipeline either. Without it one change takes 1.13 and onboarding 1.10
 * times the CPU (`npm run bench -- memory`).
 */
const localChildrenOf = byContent<readonly Child[]>('agent children', { size: 1024 * 1024 });

/** What is in the namespace of the agent. */
function localChildren(fleet: Fleet, mounted: number): readonly Child[] {
  return localChildrenOf([fleet, mounted], () => {
    const inputs = inputsService(fleet.name, fleet.namespace, fleet.operator);
    return [
      baseConfigMap(fleet),
      daemonSet(fleet, mounted),
      metricsService(fleet),
      ...(inputs === undefined ? [] : [inputs]),
      ...(fleet.network.enabled ? [networkPolicy(fleet)] : []),
    ];
  });
}

function conflict({ kind: of, metadata }: Child): Problem {
  const called = `${of} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
  const message = `${called} exists and does not belong to this agent; it is left alone.`;
  return problem('NameConflict', 'metadata.name', message);
}

function rendered(placed: Placed | undefined, observed: readonly KubernetesObject[]): ConditionState {
  if (placed === undefined) {
    const message = observed.length > 0 ? 'What was written before stays as it is.' : 'Nothing is written.';
    return { status: 'False', reason: observed.length > 0 ? 'KeptLastGood' : 'NothingInForce', message };
  }
  const [first] = placed.problems;
  if (first !== undefined) return { status: 'False', reason: first.reason, message: describe(placed.problems) };
  const pending = placed.children.filter(
    (child) => !observed.some((object) => object.kind === child.kind && object.metadata.name === child.metadata.name),
  );
  if (pending.length === 0) return { status: 'True', reason: 'Rendered', message: 'Everything is written.' };
  const named = [...new Set(pending.map((child) => child.kind))].join(', ');
  return { status: 'False', reason: 'Pending', message: `Being written: ${named}.` };
}

function routeOf(fleet: Fleet, shards: number): Child {
  const { name, namespaceSelector, excludeNamespaces, policy, policyHash, routed } = fleet;
  return {
    apiVersion,
    kind: fluentBitRoute.kind,
    metadata: { name, labels: childLabels(name) },
    spec: { agent: name, namespaceSelector, excludeNamespaces, policy, policyHash, shards, inputs: routed },
  };
}
