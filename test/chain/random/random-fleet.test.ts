import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { labels } from '../../../hooks/kubernetes/names.ts';
import { json, near, text } from '../../support/input/random-specs.ts';
import { answersTwice, request } from '../../support/input/request-mutations.ts';
import { make } from '../../support/world.ts';

const runs = Number(process.env['FLUENTBIND_RUNS'] ?? 500);

const object = (kind: string, name: string, fields: object, namespace?: string): KubernetesObject => ({
  apiVersion: 'fluentbit.kyma-project.io/v1alpha1',
  kind,
  metadata: {
    name,
    labels: { [labels.agent]: 'edge' },
    ...(namespace === undefined ? {} : { namespace }),
  },
  ...fields,
});

const selector = near({ matchLabels: { team: 'shop' } });
const agentSpec = fc.oneof(
  fc.record(
    {
      namespace: near('logging'),
      namespaceSelector: selector,
      excludeNamespaces: near(['mall']),
      quotas: near({ pipelines: 2, buffer: '1Gi' }),
      policy: near({ outputs: { deny: ['loki'] } }),
      shards: near(2),
      parts: near(1),
      buffer: near({ total: '1Gi' }),
      service: near({ flushSeconds: 5 }),
      inputs: near([{ id: 'in', plugin: 'forward', port: 24224 }]),
      outputs: near([{ plugin: 'http', properties: { host: 'a.example.com' } }]),
      filters: near([{ plugin: 'grep', properties: { regex: 'a b' } }]),
      parsers: near([{ name: 'p', properties: { format: 'json' } }]),
      pod: near({ nodeSelector: { disk: 'ssd' }, resources: { limits: { memory: '1Gi' } } }),
      network: near({ apiServerCidrs: ['10.0.0.1/32'] }),
    },
    { requiredKeys: [] },
  ),
  json.value,
);
const routeSpec = fc.oneof(
  fc.record({
    agent: near('edge'),
    namespaceSelector: selector,
    excludeNamespaces: near([]),
    policy: near({ controlNamespaces: [] }),
    policyHash: near('x'),
    shards: near(3),
    inputs: near([]),
  }),
  json.value,
);
const shardSpec = fc.oneof(
  fc.record({
    agent: near('edge'),
    namespace: near('logging'),
    index: near(0),
    parts: near(1),
    policyHash: near('x'),
    counts: near(true),
    over: near([]),
    excess: near([]),
  }),
  json.value,
);
const remarks = near([{ namespace: 'shop', name: 'logs', reason: 'NoRoom', kept: true }]);
const shardStatus = fc.oneof(
  fc.record(
    {
      conditions: near([]),
      policyHash: near('x'),
      policySince: near('2026-05-31T00:00:00Z'),
      pipelines: near(1),
      filled: near(1),
      revision: near('r'),
      remarks,
      remarksInAll: near(1),
      usage: near([{ namespace: 'shop', pipelines: 3, buffer: 1 }]),
      members: near([{ namespace: 'shop', name: 'logs', since: '', pipelines: 3, buffer: 1 }]),
    },
    { requiredKeys: [] },
  ),
  json.value,
);
const reportSpec = fc.oneof(
  fc.record(
    {
      agent: near('edge'),
      namespace: near('shop'),
      remarks: near([{ loggingConfiguration: 'logs', reason: 'NoRoom', message: 'full', kept: true }]),
      cut: near(true),
    },
    { requiredKeys: ['agent', 'remarks'] },
  ),
  json.value,
);
const few = fc.nat(3);
/** Of its own schema: it is no kind of ours. */
const workload = fc.record(
  { observedGeneration: few, desiredNumberScheduled: few, updatedNumberScheduled: few, numberReady: few },
  { requiredKeys: [] },
);

/** Turns into no text and into no number. */
const unprintable = { toString: null };

type Sign = [renewTime: unknown, leaseDurationSeconds: unknown];

function leased(...sign: Sign): [unknown, unknown, [unknown, unknown, unknown, object], [...Sign, string]] {
  return [{ namespace: 'logging' }, {}, [{}, {}, {}, {}], [...sign, '']];
}

describe('random resources of the fleet', () => {
  it('never make the hooks of a FluentBitAgent throw', () => {
    fc.assert(
      fc.property(
        agentSpec,
        near({ conditions: [] }),
        fc.tuple(routeSpec, shardSpec, shardStatus, workload),
        fc.tuple(near('2026-05-31T23:59:59Z'), near(240), text),
        (spec, status, [route, shard, shardSays, daemonSet], [renewTime, leaseDurationSeconds, report]) => {
          const parent = { ...make.agent('edge', spec as object), status };
          const children = [
            object('FluentBitRoute', 'edge', { spec: route }),
            object('FluentBitShard', 'edge-0', { spec: shard, status: shardSays }),
            {
              ...object('DaemonSet', 'edge-agent', { spec: {}, status: daemonSet }, 'logging'),
              apiVersion: 'apps/v1',
            },
          ];
          const lease = {
            ...object('Lease', 'edge.a', { spec: { renewTime, leaseDurationSeconds } }, 'logging'),
            apiVersion: 'coordination.k8s.io/v1',
          };
          lease.metadata.annotations = { 'fluentbit.kyma-project.io/report': report };
          const related = [make.namespace('logging'), object('FluentBitRoute', 'other', { spec: route }), lease];
          const body = request(parent, related, children);
          answersTwice('/hooks/fluentbitagents/sync', body);
          answersTwice('/hooks/fluentbitagents/customize', body);
        },
      ),
      { numRuns: runs, examples: [leased(unprintable, 240), leased('2026-05-31T23:59:59Z', unprintable)] },
    );
  });

  it('never make those of a FluentBitShard throw', () => {
    fc.assert(
      fc.property(shardSpec, shardStatus, fc.dictionary(text, text, { maxKeys: 3 }), (spec, status, data) => {
        const parent = object('FluentBitShard', 'edge-0', { spec, status });
        const related = [make.configMap('logs-fluent-bit', data), make.secret('logs-fluent-bit', data)];
        const children = [
          make.configMap('edge-shard-0-0', { ...data, 'manifest-0.json': '{}' }, 'logging'),
          make.secret('edge-shard-0-0', data, 'logging'),
        ];
        const body = request(parent, related, children);
        answersTwice('/hooks/fluentbitshards/sync', body);
        answersTwice('/hooks/fluentbitshards/customize', body);
      }),
      { numRuns: runs },
    );
  });

  it('never make those of a LoggingConfiguration throw', () => {
    fc.assert(
      fc.property(routeSpec, reportSpec, (route, report) => {
        const parent = make.logging('logs', { outputs: [{ plugin: 'http', properties: { host: 'a.example.com' } }] });
        parent.metadata.uid = 'u';
        const related = [
          make.namespace('shop', { team: 'shop' }),
          object('FluentBitRoute', 'edge', { spec: route }),
          object('FluentBitReport', 'edge.shop', { spec: report }),
        ];
        answersTwice('/hooks/loggingconfigurations/sync', request(parent, related, []));
      }),
      { numRuns: runs },
    );
  });
});
