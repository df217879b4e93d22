import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { everyMemory } from '../../memo/registry.ts';
import { ResourceMetrics } from './resource-metrics.ts';

/** What the hooks server tells Prometheus; a registry of its own, so that tests and several apps do not share one. */
export interface HookMetrics {
  registry: Registry;
  requests: Counter<'controller' | 'hook' | 'code'>;
  duration: Histogram<'controller' | 'hook'>;
  inFlight: Gauge;
  results: Counter<'controller' | 'reason'>;
  resources: ResourceMetrics;
}

export function createMetrics(now: () => number = Date.now): HookMetrics {
  const registry = new Registry();
  // Every 10 ms, as it would be, is more work than all else while nobody asks for anything.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  memoryCounter(registry);
  return {
    registry,
    requests: new Counter({
      name: 'fluentbind_hook_requests_total',
      help: 'Hook calls by HTTP status.',
      labelNames: ['controller', 'hook', 'code'],
      registers: [registry],
    }),
    duration: new Histogram({
      name: 'fluentbind_hook_duration_seconds',
      help: 'Time from the whole request to the reply.',
      labelNames: ['controller', 'hook'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers: [registry],
    }),
    inFlight: new Gauge({
      name: 'fluentbind_hook_in_flight',
      help: 'Hook calls that are worked on.',
      registers: [registry],
    }),
    results: new Counter({
      name: 'fluentbind_results_total',
      help: 'Passes by the reason of the Ready condition, admissions by what they were refused for.',
      labelNames: ['controller', 'reason'],
      registers: [registry],
    }),
    resources: new ResourceMetrics(registry, now),
  };
}

/** How often what is remembered was there, by the memory. */
function memoryCounter(registry: Registry): void {
  new Counter({
    name: 'fluentbind_memory_lookups_total',
    help: 'Lookups in what the hooks remember, by memory and result (hit, miss).',
    labelNames: ['memory', 'result'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name: memory, hits, misses } of everyMemory()) {
        this.inc({ memory, result: 'hit' }, hits);
        this.inc({ memory, result: 'miss' }, misses);
      }
    },
  });
}
