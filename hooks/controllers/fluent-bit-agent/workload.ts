import type { Child } from '../../api/wire/metacontroller.ts';
import { baseConfiguration } from '../../fluentbit/agent/base-configuration.ts';
import { operatorPart } from '../../fluentbit/agent/operator-part.ts';
import { bytes } from '../../kubernetes/quantity.ts';
import { agentName, childLabels, metricsPort, podSelector, serviceName } from './child-names.ts';
import type { Fleet } from './fleet.ts';
import { podSpec } from './pod-spec.ts';

/** The configuration without pipelines. The sidecar takes over what changes in it; no pod is replaced. */
export function baseConfigMap({ name, namespace, clusterName, service, operator }: Fleet): Child {
  const backlogMemory = `${Math.max(1, Math.round(bytes(service.backlogMemory) / 1e6))}M`;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: agentName(name), namespace, labels: childLabels(name) },
    data: {
      'fluent-bit.yaml': baseConfiguration(
        { clusterName, ...service, backlogMemory },
        operatorPart(name, operator).sections,
      ),
    },
  };
}

export function daemonSet(fleet: Fleet, mounted: number): Child {
  const { name, namespace, pod } = fleet;
  const selector = podSelector(name);
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: agentName(name), namespace, labels: childLabels(name) },
    spec: {
      selector: { matchLabels: selector },
      revisionHistoryLimit: 3,
      updateStrategy: {
        type: 'RollingUpdate',
        // Two pods of one agent on one node would read and write the same state.
        rollingUpdate: { maxUnavailable: pod.maxUnavailable ?? 1, maxSurge: 0 },
      },
      template: {
        metadata: {
          labels: { 'sidecar.istio.io/inject': 'false', ...pod.labels, ...childLabels(name), ...selector },
          ...(Object.keys(pod.annotations ?? {}).length === 0 ? {} : { annotations: pod.annotations }),
        },
        spec: podSpec(fleet, mounted),
      },
    },
  };
}

/** For whoever reads metrics: each pod for itself. */
export function metricsService({ name, namespace }: Fleet): Child {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: serviceName(name), namespace, labels: childLabels(name) },
    spec: {
      type: 'ClusterIP',
      clusterIP: 'None',
      selector: podSelector(name),
      ports: [{ name: 'metrics', port: metricsPort, targetPort: metricsPort, protocol: 'TCP' }],
    },
  };
}
