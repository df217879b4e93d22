import type { Child } from '../../api/wire/metacontroller.ts';
import type { OperatorSpec } from '../../fluentbit/agent/operator-part.ts';
import { protocolOf } from '../../fluentbit/version/checks/inputs.ts';
import { childLabels, inputsServiceName, podSelector } from './child-names.ts';

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
