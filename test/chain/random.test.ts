import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../hooks/api/object.ts';
import { defaultSettings } from '../../hooks/controllers/controller.ts';
import { controllers } from '../../hooks/controllers/index.ts';
import { routes } from '../../hooks/controllers/routes.ts';
import { make } from '../support/world.ts';

const hooks = new Map(routes(controllers).map((route) => [route.path, route.hook]));
const context = { now: new Date('2026-06-01'), settings: defaultSettings };

/** Texts that mean something somewhere, and any others. */
const text = fc.oneof(
  fc.constantFrom(
    'logs',
    'cls',
    't',
    'Template',
    'ClusterTemplate',
    'http',
    'lua',
    'grep',
    '$(host)',
    '${HOME}',
    '$$(x)',
    'a.b',
    '__proto__',
    'constructor',
    'kube-system',
    '*',
    '../..',
    '',
    'Deployment/shop',
    'java',
    '1G',
    '\u0000',
    '{"a":1}',
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
  ),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
);
const names = [
  'templateRef',
  'secretRef',
  'values',
  'filters',
  'input',
  'enabled',
  'suspend',
  'placeholders',
  'outputs',
  'parsers',
  'multilineParsers',
  'variables',
  'files',
  'enrich',
  'buffer',
  'limit',
  'name',
  'kind',
  'key',
  'value',
  'valueFrom',
  'secretKeyRef',
  'configMapKeyRef',
  'property',
  'plugin',
  'properties',
  'rules',
  'id',
  'containers',
  'include',
  'exclude',
  'workloads',
  'podSelector',
  'matchLabels',
  'namespaces',
  'multiline',
  'secretKey',
  'default',
  'type',
  'pattern',
  'enum',
  'part',
  'encode',
  'code',
  'match',
  'tls.crt_file',
  'tls.key_file',
  '__proto__',
  'toString',
];
const json = fc.letrec<{ value: unknown; map: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('map'),
    tie('map'),
  ),
  map: fc.dictionary(fc.oneof(fc.constantFrom(...names), text), tie('value'), { maxKeys: 6 }),
}));

/** A good spec with parts of it replaced: what is nearly right goes further in than noise does. */
const pick = <T>(good: T) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(good as unknown) }, { weight: 1, arbitrary: json.value });
const bindingSpec = fc.oneof(
  fc.record(
    {
      templateRef: pick({ name: 't' }),
      secretRef: pick({ name: 'cls' }),
      values: pick([{ name: 'host', value: 'a' }]),
      filters: pick([{ plugin: 'grep', properties: { regex: 'a b' } }]),
      input: pick({}),
      enabled: pick(true),
      suspend: pick(false),
    },
    { requiredKeys: ['templateRef'] },
  ),
  json.value,
);
const pipelineSpec = fc.oneof(
  fc.record(
    {
      placeholders: pick([{ name: 'host', secretKey: 'host', type: 'host' }]),
      variables: pick([{ name: 'host', value: 'a' }]),
      outputs: pick([{ plugin: 'http', properties: { host: '$(host)', 'tls.crt_file': '$(cert)' } }]),
      files: pick([{ name: 'cert', valueFrom: { secretKeyRef: { name: 'cls', key: 'cert' } } }]),
      filters: pick([{ plugin: 'lua', properties: { call: 'f', code: 'x' } }]),
      parsers: pick([{ name: 'p', properties: { format: 'json' } }]),
      multilineParsers: pick([]),
      input: pick({ workloads: ['Deployment/a'] }),
      enrich: pick({ labels: { include: ['*'] } }),
      buffer: pick({ limit: '1G' }),
    },
    { requiredKeys: ['outputs'] },
  ),
  json.value,
);
const status = fc.oneof(
  fc.constant(undefined),
  fc.constant({
    applied: [{ kind: 'ConfigMap', name: 'logs-fluent-bit', revision: 'x', keys: ['a'] }],
    conditions: [],
  }),
);
const base64 = fc.oneof(
  text.map((t) => Buffer.from(t).toString('base64')),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  text,
);
const data = fc.dictionary(fc.constantFrom('host', 'cert', 'key', '.metadata', 'credentials', 'a'), base64, {
  maxKeys: 4,
});

function request(parent: KubernetesObject, related: KubernetesObject[], children: KubernetesObject[]) {
  const map = (objects: KubernetesObject[]) => {
    const groups: Record<string, Record<string, KubernetesObject>> = {};
    for (const object of objects) {
      const group = `${object.kind}.${object.apiVersion}`;
      const key =
        object.metadata.namespace === undefined
          ? object.metadata.name
          : `${object.metadata.namespace}/${object.metadata.name}`;
      groups[group] = { ...groups[group], [key]: object };
    }
    return groups;
  };
  return JSON.parse(
    JSON.stringify({ parent, related: map(related), children: map(children), finalizing: false }),
  ) as object;
}

function answersTwice(path: string, body: object): void {
  const hook = hooks.get(path);
  const first = JSON.stringify(hook?.(structuredClone(body), context));
  expect(first).toBeDefined();
  expect(JSON.stringify(hook?.(structuredClone(body), context))).toBe(first);
}

const runs = Number(process.env['FLUENTBIND_RUNS'] ?? 2000);

describe('random resources', () => {
  it('never make the hooks of a ServiceBindingConfig throw, and give equal replies to equal requests', () => {
    fc.assert(
      fc.property(bindingSpec, pipelineSpec, data, status, fc.boolean(), (spec, template, secret, before, child) => {
        const parent = { ...make.binding('logs', spec as object), status: before };
        parent.metadata.uid = 'u';
        const related = [{ ...make.template('t', template as object) }, { ...make.secret('cls', {}), data: secret }];
        const children = child
          ? [{ ...make.logging('logs', template as object), status: { observedGeneration: 1 } }]
          : [];
        const body = request(parent, [...related, ...children], children);
        answersTwice('/hooks/servicebindingconfigs/sync', body);
        answersTwice('/hooks/servicebindingconfigs/customize', body);
      }),
      { numRuns: runs },
    );
  });

  it('never make those of a LoggingConfiguration throw either', () => {
    fc.assert(
      fc.property(pipelineSpec, data, status, data, (spec, secret, before, child) => {
        const parent = { ...make.logging('logs', spec as object), status: before };
        const children = [
          make.configMap('logs-fluent-bit', child),
          { ...make.secret('logs-fluent-bit', {}), data: child },
        ];
        const body = request(parent, [{ ...make.secret('cls', {}), data: secret }, ...children], children);
        answersTwice('/hooks/loggingconfigurations/sync', body);
        answersTwice('/hooks/loggingconfigurations/customize', body);
      }),
      { numRuns: runs },
    );
  });
});
