import { FluentBitRouteSpec } from '../api/kinds/fluent-bit-route.ts';
import { TemplateSpec } from '../api/kinds/template.ts';
import { apiVersion, type KubernetesObject } from '../api/object.ts';
import type { RoutedInput } from '../api/operator-input.ts';
import type { ObjectMap, RelatedRule } from '../api/wire/metacontroller.ts';
import { complete } from '../binding/complete.ts';
import { type CodeSpec, holdsCode, TrustedCode } from '../fluentbit/policy/code.ts';
import { type CompletePolicy, completePolicy } from '../fluentbit/policy/complete-policy.ts';
import type { PolicyInForce } from '../fluentbit/policy/policy-problems.ts';
import type { HookSettings, RelatedKind } from '../kit/controller.ts';
import { digest } from '../kubernetes/digest.ts';
import { labels } from '../kubernetes/names.ts';
import { byName, everyClusterScoped, lookup } from '../kubernetes/related.ts';
import { clusterTemplates, fluentBitRoutes, namespaces } from '../kubernetes/resources.ts';
import { selects } from '../kubernetes/selector.ts';
import { byContent } from '../memo/by-content.ts';

/** Those of the system: their logs are the operator's, and an agent that reads its own feeds itself. */
export const systemNamespaces: readonly string[] = ['istio-system', 'kube-system', 'kyma-system'];

/** What a controller has to relate in order to know whose policy holds in a namespace. */
export const policyKinds: readonly RelatedKind[] = [fluentBitRoutes, namespaces];

/**
 * All routes, because the labels of a namespace, which no rule sees, decide between them: a cluster has few, they have
 * no status, and they change when a policy does, which concerns everybody. The namespace is there for its labels.
 */
export function policyRules(namespace: string | undefined): (RelatedRule | undefined)[] {
  return [
    {
      apiVersion,
      resource: fluentBitRoutes.resource,
      labelSelector: { matchExpressions: [{ key: labels.agent, operator: 'Exists' }] },
    },
    byName(namespaces, undefined, [namespace]),
  ];
}

/** Whom an agent carries, and who may select what: judged as the policy is, so that shards drop what was judged before. */
interface Reach {
  namespaceSelector: object;
  excludeNamespaces: readonly string[];
  inputs: readonly RoutedInput[];
}

/** Of a policy without its key: nothing in it is secret, and it must not change when keys do. */
export function policyHash(policy: ReturnType<typeof completePolicy>, reach?: Reach): string {
  return digest('fluentbind/policy/1', { policy, reach });
}

export interface NamespacePolicy
  extends Pick<PolicyInForce, 'policy' | 'called' | 'excludeNamespaces'>,
    Required<Pick<PolicyInForce, 'inputs'>> {
  policyHash: string;
  /** The agent that carries the namespace, and into how many shares it divides its pipelines. */
  agent?: { name: string; shards: number };
}

/** What a route says, with its policy completed; nothing where it is none that this version knows. */
interface FoundRoute {
  route?: FluentBitRouteSpec;
  policy: CompletePolicy;
}

/**
 * They are few, and each change of a pipeline looks at them several times. Without it one change takes 1.02 and
 * onboarding 1.05 times the CPU (`npm run bench -- memory`).
 */
const foundRoutes = byContent<FoundRoute>('routes', { size: 1024 * 1024 });

export function routeIn(object: KubernetesObject | undefined): FoundRoute {
  const spec = object?.['spec'] ?? null;
  return foundRoutes(spec, () => {
    const route = FluentBitRouteSpec.safeParse(spec).data;
    return { policy: completePolicy(route?.policy), ...(route === undefined ? {} : { route }) };
  });
}

/** The policy of the agent that carries a namespace, of several the first by name; without one the default policy. */
export function namespacePolicy(related: ObjectMap, namespace: string, settings: HookSettings): NamespacePolicy {
  const labelled = lookup(related, namespaces, undefined, namespace)?.metadata.labels ?? {
    'kubernetes.io/metadata.name': namespace,
  };
  for (const object of everyClusterScoped(related, fluentBitRoutes)) {
    const { route, policy } = routeIn(object);
    if (route === undefined || route.excludeNamespaces.includes(namespace)) continue;
    if (!selects(route.namespaceSelector, labelled)) continue;
    return {
      policy,
      excludeNamespaces: route.excludeNamespaces,
      called: `the policy of FluentBitAgent ${route.agent}`,
      policyHash: route.policyHash,
      inputs: { agent: route.agent, list: route.inputs ?? [] },
      agent: { name: route.agent, shards: route.shards },
    };
  }
  const policy = completePolicy({ controlNamespaces: [...settings.controlNamespaces] });
  return {
    policy,
    excludeNamespaces: systemNamespaces,
    called: 'the default policy',
    policyHash: policyHash(policy),
    inputs: { agent: undefined, list: [] },
  };
}

/** The rule for the ClusterTemplate that the code of a spec comes from; a spec without code needs none. */
export function codeRule(spec: unknown): RelatedRule | undefined {
  const { templateRef, filters } = (spec ?? {}) as {
    templateRef?: { kind?: unknown; name?: unknown };
    filters?: unknown;
  };
  const plugins = (Array.isArray(filters) ? filters : []).map((filter) => (filter as Filter)?.plugin);
  const coded = plugins.some((plugin) => typeof plugin === 'string' && holdsCode(plugin));
  const { kind, name } = templateRef ?? {};
  if (!coded || kind === 'Template' || typeof name !== 'string') return undefined;
  return byName(clusterTemplates, undefined, [name]);
}

type Filter = { plugin?: unknown } | null;

/** Code that may stand in a LoggingConfiguration: that of its ClusterTemplate now, and what its status vouches for. */
export function trustedCode(
  related: ObjectMap,
  templateRef: { kind?: string; name: string } | undefined,
  recorded: readonly string[],
  { digestKeys }: HookSettings,
): TrustedCode {
  const object =
    templateRef === undefined || templateRef.kind === 'Template'
      ? undefined
      : lookup(related, clusterTemplates, undefined, templateRef.name);
  return new TrustedCode(codeOf(TemplateSpec.safeParse(object?.['spec']).data), recorded, digestKeys);
}

function codeOf(template: TemplateSpec | undefined): CodeSpec | undefined {
  if (template === undefined) return undefined;
  const { placeholders: _placeholders, description: _description, ...pipeline } = template;
  return complete(pipeline);
}

/** The policy as it applies to one spec. */
export function policyInForce(
  { policy, excludeNamespaces, called, inputs }: NamespacePolicy,
  { templateRef, filters, files }: CodeSpec & { templateRef?: { kind: string; name: string } },
  trusted: TrustedCode,
): PolicyInForce {
  return {
    policy,
    excludeNamespaces,
    called,
    inputs,
    ...(templateRef?.kind === 'ClusterTemplate' ? { template: templateRef.name } : {}),
    trusted: (index) => {
      const filter = filters[index];
      return filter !== undefined && trusted.trusts(filter, files);
    },
  };
}
