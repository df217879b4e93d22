import type { DeliveryCounts } from '../delivery/delivery-watch.ts';

type Labels = Record<string, string>;

/**
 * The sidecar's own metrics with their labels, in the text format of Prometheus. A client library would take a fifth of
 * its memory.
 */
export const sidecarMetrics = {
  fluentbind_agent_generation: ['gauge', 'Number of the configuration that is live.'],
  fluentbind_agent_pipelines: [
    'gauge',
    'LoggingConfigurations: live, asleep (the node has no pod of theirs), refused (the newest), kept (an older one in its place), pending.',
    ['state'],
  ],
  fluentbind_agent_reloads_total: [
    'counter',
    'Reloads of Fluent Bit by reason and by what came of them.',
    ['reason', 'outcome'],
  ],
  fluentbind_agent_reload_seconds: ['gauge', 'Time that the last reload took, until it was verified.'],
  fluentbind_agent_shards_incomplete: ['gauge', 'Shards whose newest state has not arrived in full.'],
  fluentbind_agent_tasks: ['gauge', 'Task ids of Fluent Bit in use.'],
  fluentbind_agent_tasks_limit: ['gauge', 'Task ids that Fluent Bit has.'],
  fluentbind_agent_state_bytes: ['gauge', 'Chunks on the disk of the node.'],
  fluentbind_agent_state_limit_bytes: ['gauge', 'Chunks that the node may hold: buffer.total.'],
  fluentbind_agent_removed_bytes_total: [
    'counter',
    'State that was deleted: of pipelines that are gone, or beyond buffer.total.',
    ['reason'],
  ],
  fluentbind_agent_delivery: [
    'gauge',
    'Live LoggingConfigurations: delivered, failing (an output at least), idle (no records yet).',
    ['state'],
  ],
  fluentbind_agent_pipelines_failing: [
    'gauge',
    'LoggingConfigurations with an output that fails, by cause.',
    ['cause'],
  ],
  fluentbind_agent_failures_total: ['counter', 'Steps of the sidecar that failed.', ['what']],
  fluentbind_agent_up: ['gauge', 'Whether Fluent Bit runs with what is reported.'],
  fluentbind_agent_memory_bytes: ['gauge', 'Resident memory of the sidecar.'],
} as const satisfies Record<string, readonly ['gauge' | 'counter', string, (readonly string[])?]>;

type Name = keyof typeof sidecarMetrics;
type LabelsOf<N extends Name> = (typeof sidecarMetrics)[N] extends readonly [string, string, readonly (infer L)[]]
  ? [labels: Record<L & string, string>]
  : [];

export class SidecarMetrics {
  readonly #values = new Map<Name, Map<string, number>>();

  set<N extends Name>(name: N, value: number, ...[labels = {}]: LabelsOf<N>): void {
    this.#series(name).set(labelText(labels), value);
  }

  add<N extends Name>(name: N, value: number, ...[labels = {}]: LabelsOf<N>): void {
    const series = this.#series(name);
    const key = labelText(labels);
    series.set(key, (series.get(key) ?? 0) + value);
  }

  text(): string {
    this.set('fluentbind_agent_memory_bytes', process.memoryUsage.rss());
    return [...this.#values]
      .map(([name, series]) => {
        const [type, help] = sidecarMetrics[name];
        const lines = [...series].map(([labels, value]) => `${name}${labels} ${value}\n`);
        return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
      })
      .join('');
  }

  #series(name: Name): Map<string, number> {
    const known = this.#values.get(name) ?? new Map<string, number>();
    this.#values.set(name, known);
    return known;
  }
}

/** All values are words of ours. */
function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

export function countDeliveries(metrics: SidecarMetrics, { states, failing }: DeliveryCounts): void {
  for (const [state, count] of Object.entries(states) as [keyof typeof states, number][])
    metrics.set('fluentbind_agent_delivery', count, { state });
  for (const [cause, count] of failing) metrics.set('fluentbind_agent_pipelines_failing', count, { cause });
}
