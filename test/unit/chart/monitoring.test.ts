import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, it } from 'vitest';
import { packageFile } from '../../../hooks/runtime/package-file.ts';
import { createMetrics } from '../../../hooks/server/metrics/hook-metrics.ts';
import { sidecarMetrics } from '../../../hooks/sidecar/report/sidecar-metrics.ts';
import { find, render } from '../../support/rendered-chart.ts';

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: Record<'h' | 'w' | 'x' | 'y', number>;
  targets?: { expr: string; legendFormat: string }[];
}
interface Dashboard {
  panels: Panel[];
  annotations: { list: { name: string; expr: string; titleFormat: string }[] };
}
interface Alert {
  alert: string;
  expr: string;
  for?: string;
  annotations: { summary: string };
}

const dashboard = JSON.parse(
  readFileSync(packageFile('helm/fluentbind/dashboards/fluentbind.json'), 'utf8'),
) as Dashboard;
const rendered = render({
  agent: { prometheusRule: { enabled: true } },
  metrics: { dashboard: { enabled: true, namespace: 'monitoring' } },
});
const { groups } = find(rendered, 'PrometheusRule', 'fluentbind-agent').spec as { groups: { rules: Alert[] }[] };
const alerts = groups.flatMap(({ rules }) => rules);

/** Expressions with the texts that name labels of what comes of them. */
const expressions: [where: string, expression: string, texts: string][] = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }): [string, string, string] => [title, expr, legendFormat]),
  ),
  ...dashboard.annotations.list.map((one): [string, string, string] => [one.name, one.expr, one.titleFormat]),
  ...alerts.map((one): [string, string, string] => [one.alert, one.expr, one.annotations.summary]),
];

/** What Prometheus adds: of the target that it reads, and of the buckets of a histogram. */
const added = ['namespace', 'pod', 'node', 'job', 'le'];

/** Every metric that there is, with its labels. */
function metrics(): Map<string, readonly string[]> {
  const recorded = readFileSync(packageFile('test/support/fluent-bit/fluent-bit-metrics.json'), 'utf8');
  const fluentBit = (JSON.parse(recorded) as { metrics: Record<string, string[]> }).metrics;
  const hooks = createMetrics().registry.getMetricsAsArray() as unknown as {
    name: string;
    type: unknown;
    labelNames?: string[];
  }[];
  return new Map<string, readonly string[]>([
    ['up', []],
    ...Object.entries(fluentBit),
    ...Object.entries(sidecarMetrics).map(([name, [, , labels = []]]) => [name, labels] as const),
    ...hooks.flatMap(({ name, labelNames = [] }) =>
      [name, `${name}_bucket`, `${name}_sum`, `${name}_count`].map((each) => [each, labelNames] as const),
    ),
  ]);
}

interface Expression {
  faults: string[];
  selectors: { metric: string; labels: string[] }[];
  grouped: string[];
}

/** The metrics and labels of an expression, as Prometheus reads it. */
function read(text: string): Expression {
  // What Grafana puts in.
  const source = text.replaceAll('$__rate_interval', '5m');
  const expression: Expression = { faults: [], selectors: [], grouped: [] };
  const cursor = parser.parse(source).cursor();
  do {
    const here = source.slice(cursor.from, cursor.to);
    const parents: string[] = [];
    for (let node = cursor.node.parent; node !== null; node = node.parent) parents.push(node.name);
    if (cursor.type.isError)
      expression.faults.push(`at ${cursor.from}: ${source.slice(Math.max(0, cursor.from - 20))}`);
    if (cursor.name === 'Identifier' && parents[0] === 'VectorSelector')
      expression.selectors.push({ metric: here, labels: [] });
    if (cursor.name === 'LabelName' && parents.includes('LabelMatchers'))
      expression.selectors.at(-1)?.labels.push(here);
    else if (cursor.name === 'LabelName') expression.grouped.push(here);
  } while (cursor.next());
  return expression;
}

describe('dashboard and alerts', () => {
  const known = metrics();

  it.each(expressions)('%s: %s', (_, text, texts) => {
    const { faults, selectors, grouped } = read(text);
    expect(faults).toEqual([]);
    expect(selectors.length).toBeGreaterThan(0);
    for (const { metric, labels } of selectors) {
      expect([...known.keys()]).toContain(metric);
      expect([...(known.get(metric) ?? []), ...added]).toEqual(expect.arrayContaining(labels));
    }
    const there = [...selectors.flatMap(({ metric }) => known.get(metric) ?? []), ...added];
    expect(there).toEqual(expect.arrayContaining(grouped));
    const named = [...texts.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g)].map(([, name]) => name);
    expect(grouped.length > 0 ? [...grouped, 'node'] : there).toEqual(expect.arrayContaining(named));
  });

  it.each([
    ['a metric of another name', 'sum(fluentbit_output_droped_records_total)'],
    ['a label of another name', 'fluentbind_agent_pipelines{status="refused"}'],
  ])('would not have %s', (_, text) => {
    const [selector] = read(text).selectors;
    const labels = known.get(selector?.metric ?? '');
    expect(labels === undefined || selector?.labels.some((label) => !labels.includes(label))).toBe(true);
  });

  it('would not have half an expression', () => {
    expect(read('sum by (node (fluentbind_agent_up)').faults).not.toEqual([]);
  });
});

describe('alerts', () => {
  it.each([
    ['dropped', 'FluentbindLogsDropped', 'fluentbit_output_dropped_records_total'],
    ['lines that are cut', 'FluentbindLinesCut', 'fluentbit_input_long_line_truncated_total'],
    ['retrying', 'FluentbindRetrying', 'fluentbit_output_retries_total'],
    ['backlog of a pipeline', 'FluentbindBufferHigh', 'fluentbit_output_chunk_available_capacity_percent'],
    ['backlog of a node', 'FluentbindNodeBufferHigh', 'fluentbind_agent_state_limit_bytes'],
    ['task table', 'FluentbindTasksHigh', 'fluentbind_agent_tasks_limit'],
    ['reload refused', 'FluentbindReloadFailed', 'fluentbind_agent_reloads_total'],
    ['turned down', 'FluentbindPipelinesRefused', 'fluentbind_agent_pipelines'],
    ['not live', 'FluentbindNotLive', 'fluentbind_condition'],
    ['certificate expiring', 'FluentbindCertificateExpiring', 'fluentbind_condition'],
    ['node silent', 'FluentbindNodeSilent', 'up'],
  ])('tell of %s', (_, name, metric) => {
    const found = alerts.filter(({ alert }) => alert === name);
    expect(found).toHaveLength(1);
    expect(read(found[0]?.expr ?? '').selectors.map((one) => one.metric)).toContain(metric);
  });

  it('of what hooks remember wait longer than they do', () => {
    const minutes = (text = '0m') => Number.parseInt(text, 10) * (text.endsWith('h') ? 60 : 1);
    const remembered = alerts.filter(({ expr }) => /^max by [^)]*\) \(fluentbind_condition/.test(expr));
    expect(remembered).toHaveLength(3);
    for (const alert of remembered) expect(minutes(alert.for)).toBeGreaterThan(25);
  });

  it('ask for targets by the name that their PodMonitor gives them', () => {
    const { metadata } = find(render({ agent: { podMonitor: { enabled: true } } }), 'PodMonitor', 'fluentbind-agent');
    const silent = alerts.find(({ alert }) => alert === 'FluentbindNodeSilent');
    expect(silent?.expr).toContain(`job="${metadata.namespace}/${metadata.name}"`);
  });
});

describe('the dashboard', () => {
  it('is a ConfigMap that Grafana finds, where it is asked for', () => {
    const object = find(rendered, 'ConfigMap', 'fluentbind-dashboard') as unknown as {
      metadata: { namespace: string; labels: Record<string, string> };
      data: Record<string, string>;
    };
    expect(object.metadata).toMatchObject({ namespace: 'monitoring', labels: { grafana_dashboard: '1' } });
    expect(JSON.parse(object.data['fluentbind.json'] ?? '')).toEqual(dashboard);
    expect(render().filter(({ metadata }) => metadata.name === 'fluentbind-dashboard')).toEqual([]);
    expect(
      find(render({ metrics: { dashboard: { enabled: true } } }), 'ConfigMap', 'fluentbind-dashboard').metadata,
    ).toMatchObject({ namespace: 'logging' });
  });

  it('shows each panel once, and none over another', () => {
    const taken = new Set<string>();
    for (const { gridPos } of dashboard.panels)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(x).toBeLessThan(24);
          expect(taken.has(`${x},${y}`)).toBe(false);
          taken.add(`${x},${y}`);
        }
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const title of ['Pipelines', 'Nodes', 'Hooks'])
      expect(dashboard.panels.some((panel) => panel.type === 'row' && panel.title === title)).toBe(true);
  });
});
