import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { readSidecarConfig } from '../../../hooks/config/sidecar-config.ts';
import { ClusterApi } from '../../../hooks/install/cluster-api.ts';
import { leaseReporter } from '../../../hooks/sidecar/report/lease.ts';
import type { Reporter } from '../../../hooks/sidecar/report/node-report.ts';
import { environmentOf } from '../fluent-bit/fleet-node.ts';
import { agents } from '../node/packed-pipelines.ts';
import type { ControlPlane } from './control-plane.ts';
import type { FleetCluster } from './fleet-cluster.ts';
import { accountToken } from './installation.ts';

/** ServiceAccount of agents, as the chart makes it. */
export const account = 'fluentbind-agent';

/** A pod of the DaemonSet, as far as an API server minds, and how its sidecar reports: with its environment and rights. */
export async function sidecarPod(
  cluster: ControlPlane,
  fleet: FleetCluster,
  name: string,
): Promise<{ pod: KubernetesObject; report: Reporter }> {
  const { template } = (await fleet.workload())['spec'] as {
    template: { spec: { containers: Parameters<typeof environmentOf>[0][] } };
  };
  const sidecar = template.spec.containers.find((container) => container.name === 'reload');
  if (sidecar === undefined) throw new Error('no sidecar');
  const containers = [{ name: 'reload', image: 'none' }];
  await fleet.agents.create({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name } },
    spec: { serviceAccountName: account, nodeName: 'node-1', terminationGracePeriodSeconds: 0, containers },
  });
  const pod = await fleet.agents.get('Pod', name);
  const { uid = '' } = pod.metadata;
  const fields = { 'spec.nodeName': 'node-1', 'metadata.name': name, 'metadata.uid': uid };
  const { lease = '', pod: owner } = readSidecarConfig(environmentOf(sidecar, fields));
  const { hostname: host, port } = new URL(cluster.url);
  const token = accountToken(cluster, agents, account);
  const api = new ClusterApi({ host, port: Number(port), ca: cluster.ca, token, namespace: agents });
  const options = { namespace: agents, name: lease, pod: owner, api: async () => api };
  return { pod, report: leaseReporter(options, 240) };
}
