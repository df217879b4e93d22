import type { FluentBitAgentSpec } from '../../api/kinds/fluent-bit-agent.ts';
import { fieldPath, listed, type Problem, problem } from '../../api/problems/problem.ts';
import { didYouMean } from '../../kubernetes/nearest.ts';
import { selectorFaults } from '../../kubernetes/selector.ts';
import { pluginName, pluginNames } from '../version/catalogue.ts';
import { ambientOutputs } from '../version/checks/ambient-identity.ts';
import { entryFault } from './destinations.ts';
import { neverReason } from './plugins.ts';

/** What is wrong with the policy of an agent, and with the selector beside it. */
export function policyFaults({ policy = {}, namespaceSelector }: FluentBitAgentSpec): Problem[] {
  const { outputs, filters, destinations, ambientIdentity } = policy;
  return [
    ...selectorFaults(namespaceSelector).map(({ path, message }) =>
      problem('InvalidSpec', fieldPath(['spec', 'namespaceSelector', ...path]), message),
    ),
    ...(['allow', 'deny'] as const).flatMap((list) => [
      ...pluginFaults('output', outputs?.[list], ['outputs', list]),
      ...pluginFaults('filter', filters?.[list], ['filters', list]),
      ...destinationFaults(destinations?.[list], ['destinations', list]),
    ]),
    ...identityFaults(ambientIdentity),
  ];
}

type Place = readonly (string | number)[];
const at = (place: Place) => fieldPath(['spec', 'policy', ...place]);

function pluginFaults(kind: 'filter' | 'output', names: readonly string[] | undefined, place: Place): Problem[] {
  return (names ?? []).flatMap((name, index) => {
    const plugin = pluginName(kind, name);
    const path = at([...place, index]);
    if (plugin === undefined) {
      const message = `Fluent Bit has no ${kind} ${name}. ${didYouMean(name, pluginNames(kind))}`;
      return [problem('InvalidPolicy', path, message.trim())];
    }
    const never = place.includes('allow') ? neverReason(kind, plugin) : undefined;
    return never === undefined
      ? []
      : [problem('InvalidPolicy', path, `The ${kind} ${plugin} cannot be allowed. ${never}`, 'Remove it.')];
  });
}

function destinationFaults(entries: readonly string[] | undefined, place: Place): Problem[] {
  return (entries ?? []).flatMap((entry, index) => {
    const fault = entryFault(entry);
    return fault === undefined ? [] : [problem('InvalidPolicy', at([...place, index]), `${entry} ${fault}.`)];
  });
}

function identityFaults(names: readonly string[] | undefined): Problem[] {
  return (names ?? []).flatMap((name, index) => {
    if (ambientOutputs.includes(name.toLowerCase())) return [];
    const hint = didYouMean(name, ambientOutputs);
    const message = `${name} is no output that can use such an identity (outputs: ${listed(ambientOutputs)}). ${hint}`;
    return [problem('InvalidPolicy', at(['ambientIdentity', index]), message.trim())];
  });
}
