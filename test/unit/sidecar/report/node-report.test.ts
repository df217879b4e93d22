import { describe, expect, it, vi } from 'vitest';
import { AgentReport } from '../../../../hooks/api/wire/agent-report.ts';
import { reportAnnotation } from '../../../../hooks/kubernetes/names.ts';
import { bounded } from '../../../../hooks/sidecar/report/bounded-report.ts';
import { leaseReporter } from '../../../../hooks/sidecar/report/lease.ts';
import { Reports } from '../../../../hooks/sidecar/report/node-report.ts';

const report = (change: Partial<AgentReport> = {}): AgentReport => ({
  node: 'node-1',
  agent: 'default',
  shards: { 0: 'abc' },
  incomplete: {},
  live: 3,
  refused: [],
  kept: [],
  pending: 0,
  more: { refused: 0, kept: 0 },
  healthy: true,
  generation: 7,
  fluentBitVersion: '5.1.1',
  time: '2026-01-01T00:00:00.000Z',
  ...change,
});
const many = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ namespace: 'shop', name: `lc-${index}`, revision: 'r'.repeat(32) }));

describe('the report of a node', () => {
  it('fits 64 KB, says how much is left out, and prefers what is refused', () => {
    const refused = many(300).map((one) => ({ ...one, reason: 'TrialRefused' as const, line: 'ü'.repeat(150) }));
    const told = bounded(report({ refused, kept: many(2000) }));
    expect(Buffer.byteLength(JSON.stringify(told))).toBeLessThanOrEqual(65_536);
    expect(told.refused.length + told.more.refused).toBe(300);
    expect(told.kept.length + told.more.kept).toBe(2000);
    expect(told.more.refused).toBe(0);
    expect(bounded(report({ refused: refused.slice(0, 2), kept: many(2) })).more).toEqual({ refused: 0, kept: 0 });
  });

  it.each([
    [2, 1, 300, 0, 0],
    [200, 20, 120, 0, 0],
    [300, 300, 40, 0, 0],
    [2000, 500, 120, 1900, 0],
    [5000, 1000, 120, 1000, 4000],
  ])(
    'of %i refusals in %i namespaces names as many as there is room for',
    (count, namespaces, line, names, unnamed) => {
      const refused = Array.from({ length: count }, (_, index) => ({
        ...{ namespace: `team-${index % namespaces}`, name: `cloud-logging-${index}`, revision: 'r'.repeat(32) },
        ...{ reason: 'TrialRefused' as const, line: 'x'.repeat(300), kept: index % 3 === 0 },
      }));
      const told = bounded(report({ refused }));
      expect(Buffer.byteLength(JSON.stringify(told))).toBeLessThanOrEqual(65_536);
      expect(AgentReport.parse(told)).toEqual(told);
      expect(Math.max(0, ...told.refused.map((one) => one.line.length))).toBeLessThanOrEqual(line);
      const brief = (told.briefly ?? []).flatMap(({ pipelines }) => Object.values(pipelines).flat());
      expect(brief.length).toBeGreaterThanOrEqual(names);
      expect(told.more.refused).toBeLessThanOrEqual(unnamed);
      expect(told.refused.length + brief.length + told.more.refused).toBe(count);
      expect(new Set([...told.refused.map(({ name }) => name), ...brief]).size).toBe(count - told.more.refused);
      const keptOf = new Map(refused.map(({ name, kept }) => [name, kept]));
      for (const { kept, pipelines } of told.briefly ?? [])
        for (const name of Object.values(pipelines).flat()) expect(kept).toBe(keptOf.get(name));
    },
  );

  it('leaves what is refused its room, however much is delivered, and tells first what fails', () => {
    const refused = many(100).map((one) => ({ ...one, reason: 'TrialRefused' as const, line: 'no', kept: false }));
    const items = Array.from({ length: 5000 }, (_, index) => `handle-${index}`);
    const told = bounded(
      report({ refused, delivery: { delivered: items, failing: { Timeout: items.slice(0, 100) } } }),
    );
    expect(Buffer.byteLength(JSON.stringify(told))).toBeLessThanOrEqual(65_536);
    expect(told.refused).toEqual(refused);
    expect(told.delivery?.failing).toEqual({ Timeout: items.slice(0, 100) });
    expect(told.delivery?.delivered.length).toBeGreaterThan(1000);
    const few = { delivered: items.slice(0, 1), failing: {} };
    expect(bounded(report({ delivery: few })).delivery).toEqual(few);
  });

  it('names everybody before it names somebody twice', () => {
    const of = (namespace: string) => (one: object) => ({
      ...(one as ReturnType<typeof many>[number]),
      ...{ namespace, reason: 'ReloadDied' as const, line: '' },
    });
    const told = bounded(report({ refused: [...many(9000).map(of('loud')), ...many(1).map(of('quiet'))] }));
    expect(told.more.refused).toBeGreaterThan(0);
    expect(JSON.stringify([told.refused, told.briefly])).toContain('quiet');
  });

  it('is sent when it changes, not too often, and now and then without a change; what failed is sent again', async () => {
    vi.useFakeTimers();
    try {
      const sent: number[] = [];
      let fails = false;
      const send = async ({ live }: AgentReport) => {
        if (fails) throw new Error('no');
        sent.push(live);
      };
      const reports = new Reports(send, { report: 5000, heartbeat: 60_000, deliveryReport: 30_000 });
      await reports.offer(report());
      await reports.offer(report({ live: 4 }));
      vi.advanceTimersByTime(5000);
      await reports.offer(report({ live: 4 }));
      vi.advanceTimersByTime(5000);
      await reports.offer(report({ live: 4, time: 'another' }));
      expect(sent).toEqual([3, 4]);
      vi.advanceTimersByTime(60_000);
      await reports.offer(report({ live: 4 }));
      expect(sent).toEqual([3, 4, 4]);
      fails = true;
      vi.advanceTimersByTime(5000);
      await expect(reports.offer(report({ live: 5 }))).rejects.toThrow();
      fails = false;
      await reports.offer(report({ live: 5 }));
      vi.advanceTimersByTime(5000);
      await reports.offer(report({ live: 5 }));
      expect(sent).toEqual([3, 4, 4, 5]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is sent less often where nothing changes but what is delivered', async () => {
    vi.useFakeTimers();
    try {
      const sent: (string[] | undefined)[] = [];
      const send = async ({ delivery }: AgentReport) => void sent.push(delivery?.delivered);
      const reports = new Reports(send, { report: 5000, heartbeat: 60_000, deliveryReport: 30_000 });
      const offer = (delivered: string[], live = 3) =>
        reports.offer(report({ live, delivery: { delivered, failing: {} } }));
      await offer([]);
      vi.advanceTimersByTime(20_000);
      await offer(['a']);
      expect(sent).toEqual([[]]);
      vi.advanceTimersByTime(10_000);
      await offer(['a']);
      vi.advanceTimersByTime(5000);
      await offer(['b'], 4);
      expect(sent).toEqual([[], ['a'], ['b']]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('goes into one Lease, as an annotation', async () => {
    const calls: [path: string, object: object][] = [];
    const api = async () => ({ apply: async (...call: [string, object]) => void calls.push(call) });
    await leaseReporter({ namespace: 'agents', name: 'default-node-1', api }, 480)(report());
    expect(calls).toMatchObject([
      [
        '/apis/coordination.k8s.io/v1/namespaces/agents/leases/default-node-1',
        {
          kind: 'Lease',
          metadata: { name: 'default-node-1', annotations: { [reportAnnotation]: JSON.stringify(report()) } },
          spec: { holderIdentity: 'node-1', renewTime: '2026-01-01T00:00:00.000000Z' },
        },
      ],
    ]);
  });

  it.each([
    ['its pod, where that is said', { name: 'edge-x', uid: 'u-1' }],
    ['nobody, where it is not', undefined],
  ])('goes into a Lease that belongs to %s', async (_, pod) => {
    const owners: unknown[] = [];
    const apply = async (_path: string, { metadata }: { metadata: { ownerReferences?: unknown } }) =>
      void owners.push(metadata.ownerReferences);
    await leaseReporter({ namespace: 'agents', name: 'edge.node-1', pod, api: async () => ({ apply }) }, 480)(report());
    expect(owners).toEqual([pod && [{ apiVersion: 'v1', kind: 'Pod', ...pod }]]);
  });
});
