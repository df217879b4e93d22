import { Gauge, type Registry } from 'prom-client';
import type { KubernetesObject } from '../../api/object.ts';
import type { Condition } from '../../api/status.ts';

/** What a pass says of a resource, as far as anybody is told of it. */
interface Seen {
  /** Milliseconds. */
  at: number;
  kind: string;
  labels: { tenant: string; resource: string };
  conditions: { type: string; reason: string }[];
  pipelines: { name: string; output: string; plugin: string }[];
}

/** Of a status that a hook wrote; that of a shard has only their number. */
interface Status {
  conditions?: Condition[];
  pipelines?: number | { id: string; output?: string; plugin?: string }[];
}

/** Conditions that call for somebody while they have this status. */
const troubles: Record<string, string> = {
  Ready: 'False',
  Live: 'False',
  Complete: 'False',
  CertificateExpiring: 'True',
};

/**
 * Nobody tells of what was deleted, and another replica may have seen the latest pass of a resource: what was not seen
 * in two resyncs of Metacontroller (10 minutes) is not told any more.
 */
const rememberedMilliseconds = 25 * 60_000;

/**
 * What the hooks last said of resources, for whoever watches a cluster: conditions that call for somebody, and whose
 * pipelines those are that Fluent Bit counts by their alias. `tenant` is a namespace: Prometheus has that label already.
 */
export class ResourceMetrics {
  readonly #seen = new Map<string, Seen>();
  readonly #now: () => number;

  constructor(registry: Registry, now: () => number) {
    this.#now = now;
    const collected = this.#collected.bind(this);
    new Gauge({
      name: 'fluentbind_condition',
      help: 'Conditions that call for somebody, of resources that were looked at in the last 25 minutes.',
      labelNames: ['kind', 'tenant', 'resource', 'type', 'reason'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { kind, labels, conditions } of collected())
          for (const condition of conditions) this.set({ kind, ...labels, ...condition }, 1);
      },
    });
    new Gauge({
      name: 'fluentbind_pipeline_info',
      help: 'Pipelines by the name that the metrics of Fluent Bit have for them.',
      labelNames: ['name', 'tenant', 'resource', 'output', 'plugin'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, pipelines } of collected())
          for (const { name, output, plugin } of pipelines) this.set({ name, ...labels, output, plugin }, 1);
      },
    });
  }

  /** Takes note of a pass: the body of a sync that was answered, and the reply. */
  note(body: unknown, reply: unknown): void {
    const { parent } = (body ?? {}) as { parent?: KubernetesObject };
    const { status } = (reply ?? {}) as { status?: Status };
    if (parent === undefined || status === undefined) return;
    const { kind, metadata } = parent;
    const { name: resource, namespace: tenant = '' } = metadata;
    const key = `${kind} ${tenant}/${resource}`;
    if (typeof metadata.deletionTimestamp === 'string') {
      this.#seen.delete(key);
      return;
    }
    const { conditions = [], pipelines = [] } = status;
    this.#seen.set(key, {
      at: this.#now(),
      kind,
      labels: { tenant, resource },
      conditions: conditions
        .filter(({ type, status: value }) => troubles[type] === value)
        .map(({ type, reason }) => ({ type, reason })),
      pipelines: Array.isArray(pipelines)
        ? pipelines.map(({ id: name, output = '', plugin = '' }) => ({ name, output, plugin }))
        : [],
    });
  }

  #collected() {
    for (const [key, { at }] of this.#seen) if (this.#now() - at > rememberedMilliseconds) this.#seen.delete(key);
    return this.#seen.values();
  }
}
