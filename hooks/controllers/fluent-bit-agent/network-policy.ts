import type { Child } from '../../api/wire/metacontroller.ts';
import { type Block, egressOf, undenied } from '../../fluentbit/policy/egress.ts';
import { type Protocol, protocolOf } from '../../fluentbit/version/checks/inputs.ts';
import { agentName, childLabels, metricsPort, podSelector } from './child-names.ts';
import type { Fleet } from './fleet.ts';

/**
 * What the policy of an agent says of destinations, for the network: names resolve later than any other check. DNS and
 * the API server come on top. Ports of one number but two protocols are in two rules: dynamic apply of Metacontroller
 * takes them for one.
 */
export function networkPolicy({ name, namespace, network, policy, operator }: Fleet): Child {
  const { blocks, pods } = egressOf(policy.destinations);
  const to = [...blocks.map(peer), ...(pods ? [{ namespaceSelector: {} }] : [])];
  const apiServer =
    network.apiServerCidrs.length > 0
      ? network.apiServerCidrs.map((cidr) => ({ ipBlock: { cidr } }))
      : undenied(policy.destinations).map(peer);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: agentName(name), namespace, labels: childLabels(name) },
    spec: {
      podSelector: { matchLabels: podSelector(name) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { ports: ports('TCP', [metricsPort]) },
        ...(['TCP', 'UDP'] as const).flatMap((protocol) => listening(protocol, operator.inputs)),
      ],
      egress: [
        { ports: ports('UDP', network.dnsPorts) },
        { ports: ports('TCP', network.dnsPorts) },
        { ports: ports('TCP', network.apiServerPorts), to: apiServer },
        // A rule without destinations would allow all of them.
        ...(to.length > 0 ? [{ to }] : []),
      ],
    },
  };
}

/** The inputs, from wherever: who may send is no matter of the agent. */
function listening(protocol: Protocol, inputs: Fleet['operator']['inputs']) {
  const numbers = inputs.filter((input) => protocolOf(input) === protocol).map(({ port }) => port);
  return numbers.length === 0 ? [] : [{ ports: ports(protocol, numbers) }];
}

function ports(protocol: string, numbers: readonly number[]) {
  return [...new Set(numbers)].map((port) => ({ port, protocol }));
}

function peer({ cidr, except }: Block) {
  return { ipBlock: { cidr, ...(except.length === 0 ? {} : { except }) } };
}
