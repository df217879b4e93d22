import { chunk } from 'lodash-es';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import type { AgentReport } from '../../../hooks/api/wire/agent-report.ts';
import { labels } from '../../../hooks/kubernetes/names.ts';
import { agents, shipping } from '../node/packed-pipelines.ts';
import { make } from '../world.ts';
import { ClusterWorld } from './cluster-world.ts';
import type { ControlPlane } from './control-plane.ts';

const agent = 'edge';
export const tenantOf = (index: number) => `t-${String(index).padStart(3, '0')}`;
export const perNamespace = ['a', 'b', 'c'];
export const hostOf = (namespace: string, name: string) => `${name}.${namespace}.example.com`;
export const tokenOf = (namespace: string) => `token of ${namespace}`;

/** A cluster with one agent and many tenants, as far as its API server can tell. */
export class FleetCluster {
  readonly #cluster: ControlPlane;
  readonly #worlds = new Map<string, ClusterWorld>();

  constructor(cluster: ControlPlane) {
    this.#cluster = cluster;
  }

  /** A namespace, as its user sees it. */
  in(namespace: string, user?: string): ClusterWorld {
    const key = `${namespace}/${user}`;
    const world = this.#worlds.get(key) ?? new ClusterWorld(this.#cluster, namespace, user);
    this.#worlds.set(key, world);
    return world;
  }

  get agents(): ClusterWorld {
    return this.in(agents);
  }

  close(): void {
    for (const world of this.#worlds.values()) world.api.close();
  }

  /** Namespaces with a Secret and some LoggingConfigurations each. */
  async populate(namespaces: number): Promise<void> {
    const all = Array.from({ length: namespaces }, (_, index) => tenantOf(index));
    for (const some of chunk(all, 10)) await Promise.all(some.map((namespace) => this.#settle(namespace)));
  }

  async #settle(namespace: string): Promise<void> {
    const configurations = perNamespace.map((name) => make.logging(name, shipping(hostOf(namespace, name))));
    await this.agents.create(make.namespace(namespace));
    await this.in(namespace).create(make.secret('cls', { token: tokenOf(namespace) }), ...configurations);
  }

  /** What the nodes mount, by kind and name. */
  async parts(): Promise<KubernetesObject[]> {
    const both = await Promise.all(['ConfigMap', 'Secret'].map((kind) => this.agents.list(kind)));
    return both.flat().filter(({ metadata }) => metadata.name.startsWith(`${agent}-shard-`));
  }

  shards(): Promise<KubernetesObject[]> {
    return this.agents.list('FluentBitShard');
  }

  /** What the hooks wrote into the namespaces of the tenants. */
  async children(): Promise<KubernetesObject[]> {
    const options = { everywhere: true, labelled: `${labels.agent}=${agent},${labels.loggingConfiguration}` };
    return (await Promise.all(['ConfigMap', 'Secret'].map((kind) => this.agents.list(kind, options)))).flat();
  }

  workload(): Promise<KubernetesObject> {
    return this.agents.get('DaemonSet', `${agent}-agent`);
  }
}

/** The version of each object: which were written between two looks. */
export function versions(objects: readonly KubernetesObject[]): Record<string, string> {
  return Object.fromEntries(
    objects.map(({ kind, metadata }) => [
      `${kind} ${metadata.namespace ?? ''}/${metadata.name}`,
      metadata.resourceVersion ?? '',
    ]),
  );
}

/** The data of each object, byte for byte. */
export function contents(objects: readonly KubernetesObject[]): Record<string, string> {
  return Object.fromEntries(
    objects.map((object) => [
      `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`,
      JSON.stringify(Object.entries((object['data'] ?? {}) as object).sort(([a], [b]) => (a < b ? -1 : 1))),
    ]),
  );
}

export function nodeReport(node: string, report: Partial<AgentReport> = {}): AgentReport {
  return {
    ...{ node, agent, shards: {}, incomplete: {}, live: 1, refused: [], kept: [], pending: 0 },
    ...{ more: { refused: 0, kept: 0 }, healthy: true, generation: 1, fluentBitVersion: '5.1.1' },
    time: new Date().toISOString(),
    ...report,
  };
}
