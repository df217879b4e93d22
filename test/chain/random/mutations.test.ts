import { cloneDeep, isEqual, set, unset } from 'lodash-es';
import { beforeAll, describe, expect, it } from 'vitest';
import { review } from '../../../hooks/admission/review.ts';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { controllers } from '../../../hooks/controllers/index.ts';
import { defaultSettings } from '../../../hooks/kit/controller.ts';
import { routes } from '../../../hooks/kit/routes.ts';
import { reviewOf } from '../../support/input/reviews.ts';
import { make, World } from '../../support/world.ts';

const context = { now: new Date('2026-06-01T00:00:00Z'), settings: defaultSettings };
const hooks = new Map(routes(controllers).map((route) => [route.path, route.hook]));

type Path = (string | number)[];
interface Reply {
  children: unknown[];
  status: { problems: unknown[] };
}
interface Body {
  parent: KubernetesObject;
  related?: Record<string, Record<string, KubernetesObject>>;
}

/** Of every type another one, empty and out of bounds. */
const junk = [undefined, null, '', 'x\ny', -1, [], [null], { a: { b: [] } }];

/** Every field below a value, the value itself among them. */
function fields(value: unknown, path: Path): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, child]) => fields(child, [...path, key]))];
}

/** What hooks were asked last, by path. */
const asked = new Map<string, Body>();

beforeAll(async () => {
  const world = await World.start({
    wrap:
      (transport) =>
      (url, body, ...rest) => {
        asked.set(new URL(url).pathname, JSON.parse(body) as Body);
        return transport(url, body, ...rest);
      },
  });
  const output = { id: 'main', plugin: 'http', properties: { host: 'a.example.com', header: ['X-A 1', 'X-B 2'] } };
  const pipeline = {
    input: {
      containers: { include: ['app'], exclude: ['istio-proxy'] },
      workloads: ['Deployment/web'],
      podSelector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['a'] }] },
      namespaces: { include: ['shop'] },
      multiline: ['java'],
    },
    enrich: { labels: { include: ['app'] }, annotations: { exclude: ['x'] }, clusterName: true },
    filters: [{ plugin: 'modify', properties: { add: 'a b' }, rules: ['set c d'] }],
    parsers: [{ name: 'p', properties: { format: 'json' } }],
    multilineParsers: [
      {
        name: 'm',
        properties: { type: 'regex' },
        rules: [{ state: 'start_state', regex: '/^a/', next: 'start_state' }],
      },
    ],
    buffer: { limit: '1G' },
  };
  await world.apply(
    make.namespace('logging'),
    make.namespace('shop'),
    make.secret('cls', { host: 'a.example.com', token: 't' }),
    make.configMap('settings', { index: 'main' }),
    make.agent('edge', {
      namespace: 'logging',
      clusterName: 'c',
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } },
      excludeNamespaces: ['kube-system'],
      quotas: { pipelines: 5, buffer: '5Gi' },
      policy: { outputs: { deny: ['s3'] }, destinations: { deny: ['10.0.0.0/8'] }, controlNamespaces: ['ops'] },
      inputs: [{ id: 'otlp', plugin: 'opentelemetry', port: 4318, namespaces: ['shop'] }],
      filters: pipeline.filters,
      outputs: [output],
      shards: 1,
      parts: 2,
      buffer: { limit: '1G', total: '4Gi' },
      service: { flushSeconds: 5 },
      pod: { nodeSelector: { a: 'b' }, tolerations: [{ operator: 'Exists' }] },
    }),
    make.logging('by-hand', {
      ...pipeline,
      variables: [
        { name: 'host', valueFrom: { secretKeyRef: { name: 'cls', key: 'host' } }, type: 'host', part: 'host' },
        { name: 'index', valueFrom: { configMapKeyRef: { name: 'settings', key: 'index' } } },
      ],
      files: [{ name: 'ca', content: 'x' }],
      outputs: [{ ...output, properties: { host: '$(host)', uri: '/$(index)' } }],
    }),
    make.template('t', {
      description: 'd',
      placeholders: [
        { name: 'host', secretKey: 'host', type: 'host' },
        { name: 'index', default: 'main', pattern: '[a-z]+', enum: ['main'] },
      ],
      outputs: [{ ...output, properties: { host: '$(host)', uri: '/$(index)' } }],
    }),
    make.binding('bound', {
      templateRef: { name: 't' },
      secretRef: { name: 'cls' },
      values: [{ name: 'index', valueFrom: { configMapKeyRef: { name: 'settings', key: 'index' } } }],
      filters: pipeline.filters,
      input: pipeline.input,
    }),
  );
}, 60_000);

/** Specs in a request, of the parent and of what it relates: the API server keeps the types of a status. */
function specs({ parent, related = {} }: Body): Path[] {
  return [
    ...fields(parent['spec'], ['parent', 'spec']),
    ...Object.entries(related).flatMap(([group, objects]) =>
      Object.entries(objects).flatMap(([name, { spec }]) =>
        spec === undefined || !group.includes('fluentbit.kyma-project.io')
          ? []
          : fields(spec, ['related', group, name, 'spec']),
      ),
    ),
  ];
}

const paths = ['servicebindingconfigs', 'loggingconfigurations', 'fluentbitagents'].map((name) => `/hooks/${name}`);

describe('a field that holds something else', () => {
  it.each(paths)('makes %s neither throw nor lose what stands, and admission agree', { timeout: 120_000 }, (path) => {
    const [sync, customize] = [hooks.get(`${path}/sync`), hooks.get(`${path}/customize`)];
    const body = asked.get(`${path}/sync`) as Body;
    const good = sync?.(cloneDeep(body), context) as Reply;
    expect(good.status.problems).toEqual([]);
    const wrong: string[] = [];
    let [said, refused] = [0, 0];
    for (const field of specs(body))
      for (const value of junk) {
        const changed = cloneDeep(body);
        if (value === undefined) unset(changed, field);
        else set(changed, field, value);
        const change = `${field.join('.')} = ${JSON.stringify(value)}`;
        try {
          customize?.({ ...asked.get(`${path}/customize`), parent: cloneDeep(changed.parent) }, context);
          const reply = sync?.(cloneDeep(changed), context) as Reply;
          const problems = reply.status.problems.length;
          const { allowed } = review(JSON.parse(JSON.stringify(reviewOf(changed.parent))), context).response;
          if (problems > 0 && !isEqual(reply.children, good.children)) wrong.push(`${change} changes what stands`);
          if (!allowed && problems === 0) wrong.push(`${change} is refused and nothing is wrong with it`);
          [said, refused] = [said + Number(problems > 0), refused + Number(!allowed)];
        } catch (error) {
          wrong.push(`${change} throws ${(error as Error).message}`);
        }
      }
    expect(wrong).toEqual([]);
    expect([said > 100, refused > 100]).toEqual([true, true]);
  });
});
