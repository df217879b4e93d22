import type { RoutedInput } from '../../api/operator-input.ts';
import { listed, type Problem, problem } from '../../api/problems/problem.ts';
import { pluginNames } from '../version/catalogue.ts';
import { ambientUse } from '../version/checks/ambient-identity.ts';
import { publicAuthorities } from '../version/checks/declared-file.ts';
import { type Filled, shown, type Text } from '../version/checks/fault.ts';
import { type Item, setting } from '../version/checks/item.ts';
import { defaultHost, hostsOf, namesDestination } from '../version/plugins/destination-properties.ts';
import { namesFile } from '../version/plugins/file-properties.ts';
import { pathRule, takesAuthorities } from '../version/plugins/path-rules.ts';
import { unfitReason } from '../version/plugins/unfit-outputs.ts';
import { classOf } from '../version/property-classes.ts';
import { holdsCode } from './code.ts';
import { type CompletePolicy, completePolicy } from './complete-policy.ts';
import { destinationFault } from './destinations.ts';
import { namedReason, neverReason } from './plugins.ts';

/** A policy, and what it is to one resource. */
export interface PolicyInForce {
  policy: CompletePolicy;
  /** Namespaces of which the agent reads nothing, unless they are asked for by name. */
  excludeNamespaces: readonly string[];
  /** For messages: `the policy of FluentBitAgent edge`. */
  called: string;
  /** The ClusterTemplate that code may come from, for messages; absent where there is none. */
  template?: string;
  /** Whether a filter with code, by its place, is one that the policy's Template means. */
  trusted: (index: number) => boolean;
  /** Inputs of the agent that carries the namespace; absent where nobody knows which one does. */
  inputs?: { agent: string | undefined; list: readonly RoutedInput[] };
}

/** All that a policy could allow: for what has to hold whoever binds it. */
export const openPolicy: PolicyInForce = {
  policy: {
    ...completePolicy({
      outputs: { allow: pluginNames('output') },
      filters: { allow: pluginNames('filter') },
      code: 'Any',
      ambientIdentity: pluginNames('output'),
      proxies: true,
      nodePaths: true,
    }),
    destinations: { allow: ['*'], deny: [] },
  },
  excludeNamespaces: [],
  called: 'any policy',
  trusted: () => true,
};

/** What a policy has against one filter or output. `index` is its place in its list. */
export function policyProblems(
  kind: 'filter' | 'output',
  plugin: string,
  item: Item,
  index: number,
  inForce: PolicyInForce,
): Problem[] {
  const refused = pluginProblem(kind, plugin, item, inForce);
  if (refused !== undefined) return [refused];
  const whole = [
    ...(kind === 'filter' && holdsCode(plugin) ? codeProblems(plugin, item, index, inForce) : []),
    ...(kind === 'output' ? outputProblems(plugin, item, inForce) : []),
  ];
  const each = item.settings.flatMap((one) => settingProblems(kind, plugin, one, inForce));
  // Whoever may use no identity need not hear it of every property that belongs to one.
  const told = whole.some(({ reason }) => reason === 'IdentityNotAllowed');
  return [...whole, ...each.filter(({ reason }) => !told || reason !== 'IdentityNotAllowed')];
}

function pluginProblem(
  kind: 'filter' | 'output',
  plugin: string,
  { path }: Item,
  { policy, called }: PolicyInForce,
): Problem | undefined {
  // The checks say it already.
  if (kind === 'output' && unfitReason(plugin) !== undefined) return undefined;
  const never = neverReason(kind, plugin);
  if (never !== undefined) {
    const message = `No policy allows the ${kind} ${plugin}. ${never}`;
    return problem('PluginNotAllowed', `${path}.plugin`, message, 'Use another plugin.');
  }
  const { allow, deny } = kind === 'filter' ? policy.filters : policy.outputs;
  if (allow.includes(plugin) && !deny.includes(plugin)) return undefined;
  const message = `The ${kind} ${plugin} is not allowed by ${called}. ${namedReason(kind, plugin) ?? ''}`.trim();
  return problem('PluginNotAllowed', `${path}.plugin`, message);
}

function codeProblems(plugin: string, item: Item, index: number, inForce: PolicyInForce): Problem[] {
  const { policy, called, template, trusted } = inForce;
  if (policy.code === 'Any' || (policy.code === 'Template' && trusted(index))) return [];
  const place = ['code', 'script', 'wasm_path'].map((name) => setting(item, name)).find((one) => one !== undefined);
  const path = place?.path ?? `${item.path}.plugin`;
  if (policy.code === 'None') {
    const message = `The filter ${plugin} holds code, which ${called} allows nobody.`;
    return [problem('CodeNotAllowed', path, message, 'Do without it: modify, nest, grep and others need no code.')];
  }
  const what =
    template === undefined
      ? `The filter ${plugin} holds code and comes from no ClusterTemplate`
      : `No filter of ClusterTemplate ${template} is word for word this ${plugin}`;
  return [problem('CodeNotAllowed', path, `${what}; ${called} allows no other code.`)];
}

function outputProblems(plugin: string, item: Item, { policy, called }: PolicyInForce): Problem[] {
  const problems: Problem[] = [];
  const ambient = policy.ambientIdentity.includes(plugin) ? undefined : ambientUse(plugin, item);
  if (ambient !== undefined) {
    const allowed = policy.ambientIdentity.length === 0 ? 'no output' : `only ${listed(policy.ambientIdentity)}`;
    const message = `The output ${plugin} would use the identity of the node or the agent in ${ambient.cloud}, which ${called} allows ${allowed}.`;
    problems.push(problem('IdentityNotAllowed', ambient.path, message));
  }
  const host = item.complete ? defaultHost(plugin, (name) => setting(item, name) !== undefined) : undefined;
  const fault = host === undefined ? undefined : destinationFault(host, policy.destinations);
  if (fault !== undefined) {
    const message = `Without a host the output ${plugin} ships to ${host}, which ${fault} in ${called}.`;
    problems.push(problem('DestinationNotAllowed', item.path, message, 'Set the property host.'));
  }
  return problems;
}

function settingProblems(
  kind: 'filter' | 'output',
  plugin: string,
  { name, canonical, texts, path }: Filled,
  { policy, called }: PolicyInForce,
): Problem[] {
  if (!policy.proxies && (canonical === 'proxy' || canonical === 'net.proxy_env_ignore'))
    return [problem('ProxyNotAllowed', path, `The property ${name} is not allowed by ${called}.`)];
  const row = classOf(kind, plugin, canonical);
  if (row?.class === 'identity' && row.forbid === true && !policy.ambientIdentity.includes(plugin))
    return [problem('IdentityNotAllowed', path, `The property ${name} is not allowed by ${called}.`, row.why)];
  const rule = policy.nodePaths ? undefined : pathRule(kind, plugin, canonical);
  const destination = namesDestination(kind, plugin, canonical);
  return texts.flatMap(({ value, path: at }) => {
    if (rule === 'none')
      return [problem('PathNotAllowed', at, `The property ${name} leads to paths of the node; ${called} allows none.`)];
    if (value.unknown) return [];
    if (rule === 'declared file' && !declared(kind, plugin, canonical, value))
      return [problem('PathNotAllowed', at, `${shown(value)} is no declared file; ${called} allows no other path.`)];
    if (!destination) return [];
    const fault = hostsOf(kind, plugin, canonical, value.text)
      .map((host) => ({ host, why: destinationFault(host, policy.destinations) }))
      .find(({ why }) => why !== undefined);
    if (fault === undefined) return [];
    // Even which entry it falls under would tell of a secret.
    const why = value.secret ? 'is no destination' : fault.why;
    return [problem('DestinationNotAllowed', at, `${shown(value, fault.host)} ${why} in ${called}.`)];
  });
}

function declared(kind: 'filter' | 'output', plugin: string, property: string, value: Text): boolean {
  if (value.file) return true;
  const authorities = publicAuthorities.test(value.text);
  // The checks say it already.
  if (!authorities && namesFile(kind, plugin, property)) return true;
  return authorities && takesAuthorities(property);
}
