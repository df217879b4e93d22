import type { FluentBitAgentSpec } from '../../api/kinds/fluent-bit-agent.ts';
import type { RoutedInput } from '../../api/operator-input.ts';
import type { Problem } from '../../api/problems/problem.ts';
import type { Child } from '../../api/wire/metacontroller.ts';
import { complete } from '../../binding/complete.ts';
import { type OperatorSpec, operatorPart } from '../../fluentbit/agent/operator-part.ts';
import { protocolOf } from '../../fluentbit/checks/inputs.ts';
import { childLabels, inputsServiceName, podSelector } from './child-names.ts';

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
  return operatorPart(agent, operatorSpec(spec)).problems;
}

/** Where senders reach the inputs, on whichever node; none without inputs. */
export function inputsService(name: string, namespace: string, { inputs }: OperatorSpec): Child | undefined {
  if (inputs.length === 0) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: inputsServiceName(name), namespace, labels: childLabels(name) },
    spec: {
      type: 'ClusterIP',
      selector: podSelector(name),
      ports: inputs.map((input) => ({
        name: input.id,
        port: input.port,
        targetPort: input.port,
        protocol: protocolOf(input),
      })),
    },
  };
}
