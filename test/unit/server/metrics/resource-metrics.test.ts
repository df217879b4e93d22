import { describe, expect, it } from 'vitest';
import type { Condition } from '../../../../hooks/api/status.ts';
import { createMetrics } from '../../../../hooks/server/metrics/hook-metrics.ts';

const minute = 60_000;
const condition = (type: string, status: Condition['status'], reason: string): Partial<Condition> => ({
  type,
  status,
  reason,
});
const pipeline = { id: 'p0123456789abcdef', output: 'main', plugin: 'http' };

describe('what the hooks said of resources', () => {
  const time = { now: 0 };
  const { registry, resources } = createMetrics(() => time.now);
  const pass = (name: string, conditions: object[], more: object = {}, metadata: object = {}) =>
    resources.note(
      { parent: { kind: 'LoggingConfiguration', metadata: { name, namespace: 'shop', ...metadata } } },
      { status: { conditions, ...more } },
    );
  const lines = async () => {
    const text = await registry.metrics();
    return text.split('\n').filter((line) => /^fluentbind_(condition|pipeline_info)\{/.test(line));
  };
  const of = (type: string, reason: string, resource = 'logs') =>
    `fluentbind_condition{kind="LoggingConfiguration",tenant="shop",resource="${resource}",type="${type}",reason="${reason}"} 1`;
  const info =
    'fluentbind_pipeline_info{name="p0123456789abcdef",tenant="shop",resource="logs",output="main",plugin="http"} 1';

  it('is what calls for somebody, until it is mended', async () => {
    pass('logs', [condition('Ready', 'False', 'TrialRefused'), condition('CertificateExpiring', 'True', 'Soon')]);
    pass('fine', [condition('Ready', 'True', 'Ready'), condition('CertificateExpiring', 'False', 'Valid')]);
    expect(await lines()).toEqual([of('Ready', 'TrialRefused'), of('CertificateExpiring', 'Soon')]);
    pass('logs', [condition('Ready', 'True', 'Ready')], { pipelines: [pipeline] });
    expect(await lines()).toEqual([info]);
  });

  it('is forgotten when nobody looks at them any more, or when they go', async () => {
    pass('logs', [condition('Live', 'False', 'NoRoom')]);
    pass('going', [condition('Live', 'False', 'NoRoom')]);
    expect(await lines()).toHaveLength(2);
    pass('going', [condition('Live', 'False', 'NoRoom')], {}, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    time.now += 20 * minute;
    expect(await lines()).toEqual([of('Live', 'NoRoom')]);
    time.now += 6 * minute;
    expect(await lines()).toEqual([]);
  });

  it.each<[string, unknown, unknown]>([
    ['no status', { parent: { kind: 'X', metadata: { name: 'x' } } }, {}],
    ['no parent', {}, { status: { conditions: [condition('Ready', 'False', 'x')] } }],
    ['nothing', undefined, null],
  ])('is nothing of %s', async (_, body, reply) => {
    resources.note(body, reply);
    expect(await lines()).toEqual([]);
  });
});
