import { describe, expect, it } from 'vitest';
import { FluentBitAgentSpec } from '../../../hooks/api/kinds/fluent-bit-agent.ts';
import { find, type Rendered, render, type Values, variants } from '../../support/rendered-chart.ts';

const specOf = (values: Values, name = 'default') => find(render(values), 'FluentBitAgent', name).spec;
const named = (objects: readonly Rendered[], kind: string) =>
  objects
    .filter((object) => object.kind === kind)
    .map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);

describe("the chart's agent", () => {
  it.each(Object.keys(variants))('%s: has a spec that fits', (variant) => {
    expect(FluentBitAgentSpec.safeParse(specOf(variants[variant] ?? {})).error?.issues).toBeUndefined();
  });

  it.each<[string, Values, object]>([
    [
      'what holds for the installation',
      {
        imagePullSecrets: [{ name: 'r' }],
        controlNamespaces: ['ops'],
        networkPolicy: { apiServerCidrs: ['10.0.0.1/32'] },
      },
      {
        pod: { imagePullSecrets: [{ name: 'r' }], imagePullPolicy: 'IfNotPresent' },
        policy: { controlNamespaces: ['ops'] },
        network: { enabled: true, apiServerCidrs: ['10.0.0.1/32'], apiServerPorts: [443, 6443] },
      },
    ],
    [
      'nothing but the namespaces that are written to',
      { namespaces: ['shop', 'bank'] },
      {
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['shop', 'bank'] }],
        },
      },
    ],
    [
      'a spec of your own before all of that',
      {
        controlNamespaces: ['ops'],
        namespaces: ['shop'],
        agent: {
          spec: {
            namespaceSelector: { matchLabels: { team: 'a' } },
            policy: { controlNamespaces: ['audit'], code: 'Any' },
            network: { enabled: false },
          },
        },
      },
      {
        namespaceSelector: { matchLabels: { team: 'a' } },
        policy: { controlNamespaces: ['audit'], code: 'Any' },
        network: { enabled: false },
      },
    ],
  ])('says %s', (_, values, expected) => expect(specOf(values)).toMatchObject(expected));

  it('is one that a release may leave out, with its rights or without', () => {
    const agents = (values: Values) => {
      const objects = render(values);
      return [
        named(objects, 'FluentBitAgent').length,
        named(objects, 'ServiceAccount').includes('logging/fluentbind-agent'),
      ];
    };
    expect(agents({})).toEqual([1, true]);
    expect(agents({ agent: { install: false } })).toEqual([0, true]);
    expect(agents({ agent: { enabled: false } })).toEqual([0, false]);
  });

  it('gets what it asks the API server for, and only where agents may run', () => {
    const objects = render({ agent: { namespaces: ['edge'] } });
    const accounts = ['logging', 'edge'].map((namespace) => ({
      kind: 'ServiceAccount',
      name: 'fluentbind-agent',
      namespace,
    }));
    expect(find(objects, 'ClusterRole', 'fluentbind-agent').rules).toEqual([
      { apiGroups: [''], resources: ['namespaces', 'pods'], verbs: ['get', 'list', 'watch'] },
    ]);
    expect(find(objects, 'ClusterRoleBinding', 'fluentbind-agent').subjects).toEqual(accounts);
    expect(find(objects, 'Role', 'fluentbind-agent').rules).toEqual([
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        verbs: ['create', 'delete', 'get', 'patch', 'update'],
      },
    ]);
    for (const role of ['fluentbind-agent', 'fluentbind-agent-writer'])
      expect(named(objects, 'Role').filter((name) => name.endsWith(`/${role}`))).toEqual([
        `logging/${role}`,
        `edge/${role}`,
      ]);
  });

  it('is watched by Prometheus where that is asked for, and its kinds are there', () => {
    expect(named(render({ agent: { podMonitor: { enabled: true } } }), 'PodMonitor')).toEqual([
      'logging/fluentbind-agent',
    ]);
    const rules = render({ agent: { prometheusRule: { enabled: true } } });
    const { groups } = find(rules, 'PrometheusRule', 'fluentbind-agent').spec as {
      groups: { rules: { alert: string }[] }[];
    };
    expect(groups.flatMap((group) => group.rules.map(({ alert }) => alert))).toContain('FluentbindAgentDown');
    for (const kind of ['PodMonitor', 'PrometheusRule']) expect(named(render(), kind)).toEqual([]);
  });
});
