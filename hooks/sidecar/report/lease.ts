import { labels, reportAnnotation } from '../../kubernetes/names.ts';
import type { Reporter } from './node-report.ts';

/** The one call of the API server that a node makes. */
export interface LeaseApi {
  apply: (path: string, object: LeaseObject) => Promise<void>;
}

interface LeaseObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
    ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string }[];
  };
  [field: string]: unknown;
}

export interface LeaseName {
  namespace: string;
  name: string;
  /** The pod that reports: its Lease goes with it, be it that the node does. */
  pod?: { name: string; uid: string } | undefined;
  /** Asked for at each report: tokens of service accounts are renewed. */
  api: () => Promise<LeaseApi>;
}

/** Puts reports into a Lease of the node's own, whose times say when it was last heard of. */
export function leaseReporter({ namespace, name, pod, api }: LeaseName, leaseSeconds: number): Reporter {
  return async (report) => {
    await (await api()).apply(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name,
        labels: { [labels.agent]: report.agent },
        annotations: { [reportAnnotation]: JSON.stringify(report) },
        ...(pod === undefined ? {} : { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', ...pod }] }),
      },
      spec: {
        holderIdentity: report.node,
        leaseDurationSeconds: leaseSeconds,
        renewTime: report.time.replace('Z', '000Z'),
      },
    });
  };
}
