import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { bundledTemplates } from '../../../hooks/cli/offline.ts';
import { authority } from '../../support/input/issued-certificates.ts';
import { agent, answer, binding, filter, fromSecret, http, logging, template } from './judged-objects.ts';

const refusals = (object: KubernetesObject) =>
  (answer(object).status?.details.causes ?? []).map(({ reason, field }) => `${reason} ${field}`);
const fromConfigMap = (name: string) => ({ name, valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } });
const ca = await authority();
const [one, two, expired, future] = await Promise.all([
  ca.issue(),
  ca.issue(),
  ca.issue({ notBefore: new Date('2026-01-01'), notAfter: new Date('2026-05-01') }),
  ca.issue({ notBefore: new Date('2026-07-01'), notAfter: new Date('2026-09-01') }),
]);
const pair = (certificate: object, key: object) => ({
  ...http({ host: 'a', tls: true, 'tls.crt_file': '$(cert)', 'tls.key_file': '$(key)' }),
  files: [
    { name: 'cert', ...certificate },
    { name: 'key', ...key },
  ],
});

describe('what can become valid', () => {
  it.each<[string, KubernetesObject]>([
    ['a ServiceBindingConfig whose template and Secret are yet to come', binding({ secretRef: { name: 's' } })],
    ['values that the template may have placeholders for', binding({ values: [{ name: 'x', value: '' }] })],
    ['filters with placeholders of the template', binding(filter('grep', { regex: 'log $(x)', exclude: 'log ${y}' }))],
    ['filters with parsers of the template', binding(filter('parser', { key_name: 'log', parser: 'p' }))],
    ['lines joined by a parser of the template', binding({ input: { multiline: ['mine', 'java'] } })],
    ['a LoggingConfiguration', logging({})],
    [
      'values from Secrets and ConfigMaps',
      logging({
        ...http({ host: '$(h)', port: '$(p)', uri: '/$(c)', 'tls.verify': '$(v)' }),
        variables: [
          fromSecret('h', { type: 'host' }),
          fromSecret('p', { type: 'port' }),
          fromConfigMap('c'),
          fromSecret('v'),
        ],
      }),
    ],
    ['a certificate whose key is in a Secret', logging(pair({ content: one.certificate }, fromSecret('key')))],
    ['a certificate that begins later', logging(pair({ content: future.certificate }, { content: future.key }))],
    ['a switched-off one', logging({ enabled: false, suspend: true })],
    [
      'what some policy may allow',
      logging({
        ...filter('lua', { call: 'f', code: 'function f() end' }),
        outputs: [
          { plugin: 'stdout' },
          { plugin: 'http', properties: { host: '169.254.169.254', proxy: 'http://a:1' } },
        ],
      }),
    ],
    ['a FluentBitAgent', agent({ outputs: { allow: ['http'] }, code: 'Any' })],
    [
      'a Template',
      { ...template({ placeholders: [{ name: 'h', secretKey: 'h' }], ...http({ host: '$(h)' }) }), kind: 'Template' },
    ],
    [
      'an object that gets its name later',
      { ...logging({}), metadata: { generateName: 'logs-', namespace: 'shop' } as never },
    ],
    ...bundledTemplates().map((bundled): [string, KubernetesObject] => [
      `the bundled ${bundled.metadata.name}`,
      bundled,
    ]),
  ])('%s', (_, object) => {
    expect(answer(object)).toEqual({ uid: expect.any(String), allowed: true });
  });
});

/** Selectors that no object could ever fulfil, or none that Kubernetes would take; each with the field. */
const unselectable: [object, string][] = [
  [{ matchExpressions: [{ key: 'a', operator: 'In' }] }, 'matchExpressions[0].values'],
  [{ matchExpressions: [{ key: 'a', operator: 'NotIn', values: [] }] }, 'matchExpressions[0].values'],
  [{ matchExpressions: [{ key: 'a', operator: 'Exists', values: ['x'] }] }, 'matchExpressions[0].values'],
  [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['x y'] }] }, 'matchExpressions[0].values[0]'],
  [{ matchExpressions: [{ key: 'a b', operator: 'Exists' }] }, 'matchExpressions[0].key'],
  [{ matchLabels: { 'a b': 'x' } }, 'matchLabels["a b"]'],
  [{ matchLabels: { 'a/b/c': 'x' } }, 'matchLabels["a/b/c"]'],
  [{ matchLabels: { a: '-x' } }, 'matchLabels.a'],
];

describe('what cannot', () => {
  it.each<[KubernetesObject, string[]]>([
    [logging({ outputs: [{ plugin: 'htp' }] }), ['UnknownPlugin spec.outputs[0].plugin']],
    [logging(http({ hots: 'a' })), ['UnknownProperty spec.outputs[0].properties.hots']],
    [logging(http({ host: { a: 1 } })), ['InvalidSpec spec.outputs[0].properties.host']],
    [logging(http({ host: 'a', Match: '*' })), ['ReservedProperty spec.outputs[0].properties.Match']],
    [logging(http({ host: 'a', workers: 'two' })), ['InvalidValue spec.outputs[0].properties.workers']],
    [logging(http({ host: '$(nobody)' })), ['UnknownVariable spec.outputs[0].properties.host']],
    [logging({ filter: [] }), ['InvalidSpec spec.filter']],
    [logging({ outputs: undefined }), ['InvalidSpec spec.outputs']],
    [{ ...logging({}), spec: undefined } as never, ['InvalidSpec spec']],
    [{ ...logging({}), spec: [1] } as never, ['InvalidSpec spec']],
    [logging(filter('grep', { regex: 'log (' })), ['InvalidRegex spec.filters[0].properties.regex']],
    [logging(filter('lua', { call: 'f', code: 'function f( end' })), ['InvalidCode spec.filters[0].properties.code']],
    [logging(filter('parser', { key_name: 'log', parser: 'p' })), ['UnknownParser spec.filters[0].properties.parser']],
    [logging(pair({ content: 'x' }, fromSecret('key'))), ['InvalidCertificate spec.files[0]']],
    [logging(pair({ content: one.certificate }, { content: two.key })), ['CertificateMismatch spec.files[1]']],
    [logging(pair({ content: expired.certificate }, { content: expired.key })), ['CertificateExpired spec.files[0]']],
    [logging({ variables: [{ name: 'v', value: '70000', type: 'port' }] }), ['InvalidValue spec.variables[0]']],
    [{ ...logging({}), metadata: { name: 'x'.repeat(64), namespace: 'shop' } }, ['InvalidName metadata.name']],
    [logging({ outputs: [{ plugin: 'file' }] }), ['PluginNotAllowed spec.outputs[0].plugin']],
    [logging({ outputs: [{ plugin: 'exit' }] }), ['UnfitPlugin spec.outputs[0].plugin']],
    [agent({ outputs: { allow: ['htp'] } }), ['InvalidPolicy spec.policy.outputs.allow[0]']],
    [agent({ outputs: { allow: 'http' } }), ['InvalidSpec spec.policy.outputs.allow']],
    [
      { ...agent({}), spec: { inputs: [{ id: 'a', plugin: 'tail', port: 1 }], filters: [{ plugin: 'grp' }] } },
      ['UnfitInput spec.inputs[0].plugin', 'UnknownPlugin spec.filters[0].plugin'],
    ],
    [binding({ templateRef: undefined }), ['InvalidSpec spec.templateRef']],
    [binding(filter('grp', {})), ['UnknownPlugin spec.filters[0].plugin']],
    [binding(filter('lua', { call: 'f', code: 'f = $(x)' })), ['VariableInCode spec.filters[0].properties.code']],
    [
      binding({ input: { namespaces: { include: ['shop'], exclude: ['shop'] } } }),
      ['InvalidSpec spec.input.namespaces'],
    ],
    [
      binding({ input: { containers: { include: ['app', 'web'], exclude: ['web', 'app'] } } }),
      ['InvalidSpec spec.input.containers'],
    ],
    ...unselectable.flatMap(([selector, path]): [KubernetesObject, string[]][] => [
      [logging({ input: { podSelector: selector } }), [`InvalidSpec spec.input.podSelector.${path}`]],
      [
        { ...agent({}), spec: { namespaceSelector: selector } } as KubernetesObject,
        [`InvalidSpec spec.namespaceSelector.${path}`],
      ],
    ]),
    [{ ...agent({}), metadata: { name: 'x'.repeat(64) } }, ['InvalidName metadata.name']],
    [
      template({ placeholders: [{ name: 'h', default: 'x', enum: ['y'] }], ...http({ host: '$(h)' }) }),
      ['InvalidValue spec.placeholders[0].default'],
    ],
    [template(http({ host: '$(h)' })), ['UnknownVariable spec.outputs[0].properties.host']],
    [{ ...template(http({ hots: 'h' })), kind: 'Template' }, ['UnknownProperty spec.outputs[0].properties.hots']],
  ])('%# %j: %j', (object, expected) => {
    expect(refusals(object)).toEqual(expected);
  });

  it('is told with field, cause and cure, to whoever reads the text and to whoever reads the causes', () => {
    const { allowed, status, warnings } = answer(logging({ outputs: [{ plugin: 'htp' }, { plugin: 'lokki' }] }));
    expect([allowed, warnings]).toEqual([false, undefined]);
    expect(status).toEqual({
      status: 'Failure',
      code: 422,
      reason: 'Invalid',
      message: [
        '2 problems',
        'spec.outputs[0].plugin: Fluent Bit has no output htp. Did you mean http? Correct the name.',
        'spec.outputs[1].plugin: Fluent Bit has no output lokki. Did you mean loki? Correct the name.',
      ].join('\n'),
      details: {
        group: 'fluentbit.kyma-project.io',
        kind: 'LoggingConfiguration',
        name: 'logs',
        causes: [
          {
            reason: 'UnknownPlugin',
            field: 'spec.outputs[0].plugin',
            message: 'Fluent Bit has no output htp. Did you mean http? Correct the name.',
          },
          {
            reason: 'UnknownPlugin',
            field: 'spec.outputs[1].plugin',
            message: 'Fluent Bit has no output lokki. Did you mean loki? Correct the name.',
          },
        ],
      },
    });
    expect(answer(logging({ outputs: [{ plugin: 'htp' }] })).status?.message).toMatch(/^spec\.outputs\[0\]\.plugin: /);
  });

  it.each<[string, object]>([
    [
      'many problems',
      {
        outputs: Array.from({ length: 16 }, (_, i) => ({
          id: `o${i}`,
          plugin: 'http',
          properties: Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`${'😀'.repeat(n)}x`, 'y'])),
        })),
      },
    ],
    ['long names', { ['x'.repeat(1_000_000)]: 1, ['é\u{1f600}'.repeat(100_000)]: 1 }],
    ['many fields', Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`f${n}`, 1]))],
    ['what a terminal obeys', { '\u001b[2J\nError: all is lost\u202e': 1 }],
  ])('%s: within bounds, in lines of its own', (_, spec) => {
    const { status } = answer(logging(spec));
    const { message = '', details } = status ?? {};
    expect(message.split('\n').length).toBeLessThanOrEqual(22);
    for (const text of [
      ...message.split('\n'),
      ...(details?.causes ?? []).flatMap((cause) => [cause.field, cause.message]),
    ])
      expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    expect(JSON.stringify(status).length).toBeLessThan(60_000);
  });

  it('never repeats a value that is meant to be secret', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const planted = 'hunter2-planted';
    const body = JSON.stringify(
      answer(
        logging({
          ...pair({ content: `${planted}${one.certificate}` }, { content: key }),
          variables: [{ name: 'a', value: planted, sensitive: true }],
        }),
      ),
    );
    expect(body).toContain('"allowed":false');
    for (const secret of [planted, key.split('\n')[1]]) expect(body).not.toContain(secret);
  });
});
