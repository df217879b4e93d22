import { Gauge, type Registry } from 'prom-client';
import { z } from 'zod';

const text = z.string().default('');

const Pass = z.object({
  parent: z.object({
    kind: z.string(),
    metadata: z.object({ name: z.string(), namespace: text, deletionTimestamp: z.string().optional() }),
  }),
  status: z.object({
    conditions: z.array(z.object({ type: z.string(), status: z.string(), reason: text })).default([]),
    pipelines: z
      .array(z.object({ id: z.string(), output: text, plugin: text }))
      .catch([])
      .default([]),
  }),
});

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
  readonly #seen = new Map<string, { at: number } & z.infer<typeof Pass>>();
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
        for (const { parent, status } of collected())
          for (const { type, reason, status: value } of status.conditions)
            if (troubles[type] === value) this.set({ kind: parent.kind, ...called(parent), type, reason }, 1);
      },
    });
    new Gauge({
      name: 'fluentbind_pipeline_info',
      help: 'Pipelines by the name that the metrics of Fluent Bit have for them.',
      labelNames: ['name', 'tenant', 'resource', 'output', 'plugin'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { parent, status } of collected())
          for (const { id: name, output, plugin } of status.pipelines)
            this.set({ name, ...called(parent), output, plugin }, 1);
      },
    });
  }

  /** Takes note of a pass: the body of a sync, and its reply. */
  note(body: unknown, reply: unknown): void {
    const { parent } = (body ?? {}) as { parent?: unknown };
    const { status } = (reply ?? {}) as { status?: unknown };
    const pass = Pass.safeParse({ parent, status }).data;
    if (pass === undefined) return;
    const { kind, metadata } = pass.parent;
    const key = `${kind} ${metadata.namespace}/${metadata.name}`;
    if (metadata.deletionTimestamp === undefined) this.#seen.set(key, { at: this.#now(), ...pass });
    else this.#seen.delete(key);
  }

  #collected() {
    for (const [key, { at }] of this.#seen) if (this.#now() - at > rememberedMilliseconds) this.#seen.delete(key);
    return this.#seen.values();
  }
}

function called({ metadata }: z.infer<typeof Pass>['parent']) {
  return { tenant: metadata.namespace, resource: metadata.name };
}
