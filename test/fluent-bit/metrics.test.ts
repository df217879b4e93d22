import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { packageFile } from '../../hooks/runtime/package-file.ts';
import { createMetrics } from '../../hooks/server/metrics/hook-metrics.ts';
import { fluentBit, node } from '../support/fluent-bit/fluent-bit.ts';
import { freePort } from '../support/free-port.ts';
import { make, World } from '../support/world.ts';

describe.skipIf(fluentBit === undefined)('the metrics of a real Fluent Bit', () => {
  it('are those that are recorded, and bear the names that the hooks tell of', async () => {
    const recorded = readFileSync(packageFile('test/support/fluent-bit/fluent-bit-metrics.json'), 'utf8');
    const { metrics } = JSON.parse(recorded) as { metrics: Record<string, string[]> };
    const world = await World.start({ bundled: false });
    const filters = [{ plugin: 'grep', properties: { exclude: 'log nothing' } }];
    const outputs = [{ plugin: 'http', properties: { host: '203.0.113.1', port: 1 } }];
    await world.apply(make.logging('logs', { filters, outputs }));
    const here = node();
    const port = await freePort();
    here.place(world, 'logs');
    here.log({ namespace: 'shop', name: 'web' }, 'app', 'line');
    here.log({ namespace: 'shop', name: 'web' }, 'app', 'x'.repeat(200_000));
    const listening = `  http_server: on\n  http_listen: 127.0.0.1\n  http_port: ${port}\n  storage.metrics: on\n`;
    const running = await here.start({ service: listening });
    const text = async () => (await fetch(`http://127.0.0.1:${port}/api/v2/metrics/prometheus`)).text();
    let last = '';
    try {
      // Those of chunks are there when some have been counted.
      const complete = async () => {
        last = await text().catch(() => '');
        return last.includes('fluentbit_output_chunk_available_capacity_percent{');
      };
      await vi.waitUntil(complete, { timeout: 20_000, interval: 200 });
      const names = new Map<string, Set<string>>();
      for (const line of last.split('\n').filter((one) => one.startsWith('fluentbit_'))) {
        const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
        const known = names.get(name) ?? new Set();
        for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label);
        names.set(name, known);
      }
      for (const [name, labels] of names) expect([name, [...labels].sort()]).toEqual([name, metrics[name]]);
      const used = readFileSync(packageFile('helm/fluentbind/dashboards/fluentbind.json'), 'utf8');
      for (const [name] of used.matchAll(/fluentbit_\w+/g)) expect([...names.keys()]).toContain(name);
      const { registry, resources } = createMetrics();
      const parent = world.get('LoggingConfiguration', 'logs');
      resources.note({ parent }, { status: parent?.['status'] });
      const [, told = ''] = /fluentbind_pipeline_info\{name="([^"]+)"/.exec(await registry.metrics()) ?? [];
      expect(told).not.toBe('');
      for (const metric of ['input_records_total', 'input_long_line_truncated_total', 'output_proc_records_total'])
        expect(last).toContain(`fluentbit_${metric}{name="${told}"}`);
    } finally {
      await running.stop();
      here.clean();
    }
  }, 40_000);
});
