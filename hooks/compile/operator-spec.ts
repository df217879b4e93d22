import type { FluentBitAgentSpec } from '../api/kinds/fluent-bit-agent.ts';
import type { RoutedInput } from '../api/operator-input.ts';
import type { Problem } from '../api/problems/problem.ts';
import { complete } from '../binding/complete.ts';
import { type OperatorPart, type OperatorSpec, operatorPart } from '../fluentbit/agent/operator-part.ts';

/** Inputs of an agent and what comes after them, with every field written out. */
export function operatorSpec({ inputs = [], ...spec }: FluentBitAgentSpec): OperatorSpec {
  const { filters, outputs, parsers, buffer } = complete({
    outputs: spec.outputs ?? [],
    ...(spec.filters === undefined ? {} : { filters: spec.filters }),
    ...(spec.parsers === undefined ? {} : { parsers: spec.parsers }),
    ...(spec.buffer?.limit === undefined ? {} : { buffer: { limit: spec.buffer.limit } }),
  });
  return {
    inputs: inputs.map(({ id, plugin, port, properties = {} }) => ({ id, plugin, port, properties })),
    ...{ filters, outputs, parsers, buffer },
  };
}

/** What LoggingConfigurations have to know of them, in an order that nothing but a change changes. */
export function routedInputs({ inputs = [] }: FluentBitAgentSpec): RoutedInput[] {
  return inputs
    .map(({ id, namespaces = [] }) => ({ id, namespaces: [...new Set(namespaces)].sort() }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function operatorProblems(agent: string, spec: FluentBitAgentSpec): Problem[] {
  return examineOperator(agent, spec).problems;
}

/** The same, with what is allowed and most likely not meant. */
export function examineOperator(agent: string, spec: FluentBitAgentSpec): Pick<OperatorPart, 'problems' | 'advice'> {
  return operatorPart(agent, operatorSpec(spec));
}
