import { defaultParts, defaultShards, type FluentBitAgentSpec } from '../../api/kinds/fluent-bit-agent.ts';
import { type Problem, problem } from '../../api/problems/problem.ts';
import { operatorSpec, routedInputs } from '../../compile/operator-spec.ts';
import { policyHash, systemNamespaces } from '../../compile/policy-in-force.ts';
import { completePolicy } from '../../fluentbit/policy/complete-policy.ts';
import type { AgentSettings } from '../../kit/controller.ts';
import { bytes } from '../../kubernetes/quantity.ts';

/** An agent with every default written out. */
export function fleetOf(name: string, spec: FluentBitAgentSpec, settings: AgentSettings) {
  const namespace = spec.namespace ?? settings.namespaces[0] ?? '';
  const policy = completePolicy(spec.policy);
  const routed = routedInputs(spec);
  const { matchLabels = {}, matchExpressions = [] } = spec.namespaceSelector ?? {};
  const namespaceSelector = { matchLabels, matchExpressions };
  const excludeNamespaces = [...new Set(spec.excludeNamespaces ?? [...systemNamespaces, namespace])].sort();
  return {
    name,
    namespace,
    clusterName: spec.clusterName,
    namespaceSelector,
    excludeNamespaces,
    policy,
    policyHash: policyHash(policy, { namespaceSelector, excludeNamespaces, inputs: routed }),
    routed,
    operator: operatorSpec(spec),
    quotas: {
      pipelines: spec.quotas?.pipelines,
      buffer: spec.quotas?.buffer === undefined ? undefined : bytes(spec.quotas.buffer),
    },
    shards: spec.shards ?? defaultShards,
    parts: spec.parts ?? defaultParts,
    bufferTotal: spec.buffer?.total ?? '10Gi',
    service: {
      flushSeconds: spec.service?.flushSeconds ?? 5,
      maxRetrySeconds: spec.service?.maxRetrySeconds ?? 300,
      backlogMemory: spec.service?.backlogMemory ?? '32Mi',
      logLevel: spec.service?.logLevel ?? 'info',
    },
    pod: spec.pod ?? {},
    network: {
      enabled: spec.network?.enabled ?? true,
      apiServerCidrs: spec.network?.apiServerCidrs ?? [],
      apiServerPorts: spec.network?.apiServerPorts ?? [443, 6443],
      dnsPorts: spec.network?.dnsPorts ?? [53, 5353, 8053],
    },
    image: spec.pod?.image ?? settings.image,
    serviceAccount: settings.serviceAccount,
  };
}

export type Fleet = ReturnType<typeof fleetOf>;

/** An agent runs only where its ServiceAccount is, and where Metacontroller may write. */
export function namespaceFaults({ namespace }: FluentBitAgentSpec, { namespaces }: AgentSettings): Problem[] {
  if (namespace === undefined && namespaces.length === 0)
    return [problem('InvalidSpec', 'spec.namespace', 'This installation has no namespace for agents.', 'Name one.')];
  if (namespace === undefined || namespaces.length === 0 || namespaces.includes(namespace)) return [];
  const message = `Agents of this installation run in ${namespaces.join(', ')}, and not in ${namespace}.`;
  return [
    problem('InvalidSpec', 'spec.namespace', message, 'Leave it out, or add it to agent.namespaces of the chart.'),
  ];
}
