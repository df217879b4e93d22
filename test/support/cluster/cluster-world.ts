import { KubeConfig } from '@kubernetes/client-node';
import { apiVersion, type KubernetesObject } from '../../../hooks/api/object.ts';
import type { Condition } from '../../../hooks/api/status.ts';
import { ApiServer } from '../../../hooks/engine/stores/api-client.ts';
import type { ControlPlane } from './control-plane.ts';
import { eventually } from './metacontroller-process.ts';

const core = '/api/v1';
const own = `/apis/${apiVersion}`;
const collections: Record<string, [api: string, resource: string, clusterScoped?: true]> = {
  Namespace: [core, 'namespaces', true],
  ConfigMap: [core, 'configmaps'],
  Secret: [core, 'secrets'],
  ServiceBindingConfig: [own, 'servicebindingconfigs'],
  LoggingConfiguration: [own, 'loggingconfigurations'],
  Template: [own, 'templates'],
  ClusterTemplate: [own, 'clustertemplates', true],
  FluentBitAgent: [own, 'fluentbitagents', true],
  FluentBitRoute: [own, 'fluentbitroutes', true],
  FluentBitShard: [own, 'fluentbitshards', true],
  FluentBitReport: [own, 'fluentbitreports', true],
  DaemonSet: ['/apis/apps/v1', 'daemonsets'],
  Lease: ['/apis/coordination.k8s.io/v1', 'leases'],
  Pod: [core, 'pods'],
  ServiceBinding: ['/apis/services.cloud.sap.com/v1', 'servicebindings'],
};

/** One namespace of a real cluster, with what tests do there; nothing is cached. */
export class ClusterWorld {
  readonly api: ApiServer;
  readonly namespace: string;

  constructor(cluster: ControlPlane, namespace: string, user?: string) {
    const config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfig(user));
    this.api = new ApiServer(config);
    this.namespace = namespace;
  }

  path(kind: string, name?: string): string {
    const [api, resource, clusterScoped] = collections[kind] ?? [core, kind];
    const within = clusterScoped ? '' : `/namespaces/${this.namespace}`;
    return `${api}${within}/${resource}${name === undefined ? '' : `/${name}`}`;
  }

  async create(...objects: KubernetesObject[]): Promise<void> {
    for (const object of objects) {
      const clusterScoped = collections[object.kind]?.[2] === true;
      const metadata = clusterScoped ? object.metadata : { ...object.metadata, namespace: this.namespace };
      await this.api.call({ method: 'POST', path: this.path(object.kind), body: { ...object, metadata } });
    }
  }

  get(kind: string, name: string): Promise<KubernetesObject> {
    return this.api.call({ method: 'GET', path: this.path(kind, name) });
  }

  /** All of a kind, here or everywhere. */
  async list(kind: string, { everywhere = false, labelled = '' } = {}): Promise<KubernetesObject[]> {
    const [api, resource] = collections[kind] ?? [core, kind];
    const path = `${everywhere ? `${api}/${resource}` : this.path(kind)}?labelSelector=${encodeURIComponent(labelled)}`;
    const { items } = await this.api.call<{ items: KubernetesObject[] }>({ method: 'GET', path });
    const version = api === core ? 'v1' : api.replace('/apis/', '');
    return items.map((item) => ({ ...item, apiVersion: version, kind }));
  }

  async standing(kind: string, name: string): Promise<KubernetesObject | undefined> {
    return this.get(kind, name).catch(() => undefined);
  }

  async patch(kind: string, name: string, body: object, subresource = ''): Promise<void> {
    const contentType = 'application/merge-patch+json';
    await this.api.call({ method: 'PATCH', path: `${this.path(kind, name)}${subresource}`, body, contentType });
  }

  async remove(kind: string, name: string): Promise<void> {
    await this.api.call({ method: 'DELETE', path: this.path(kind, name) });
  }

  async condition(kind: string, name: string, type: string): Promise<Condition | undefined> {
    const { conditions = [] } = ((await this.get(kind, name))['status'] ?? {}) as { conditions?: Condition[] };
    return conditions.find((condition) => condition.type === type);
  }

  /** Waits until a condition of a resource is as told. */
  until(kind: string, name: string, type: string, status: string, reason?: string): Promise<Condition | undefined> {
    return eventually(
      `${type}=${status} ${reason ?? ''} of ${kind} ${name}`,
      () => this.condition(kind, name, type),
      (condition) => condition?.status === status && (reason === undefined || condition.reason === reason),
    );
  }

  /** Waits until an object is as told, and returns it. */
  async see(kind: string, name: string, holds: (object: KubernetesObject) => boolean): Promise<KubernetesObject> {
    return eventually(`${kind} ${name}`, () => this.get(kind, name), holds);
  }
}
