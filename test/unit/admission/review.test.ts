import { generateKeyPairSync } from 'node:crypto';
import { cloneDeep } from 'lodash-es';
import { describe, expect, it } from 'vitest';
import { review } from '../../../hooks/admission/review.ts';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { bundledTemplates } from '../../../hooks/cli/offline.ts';
import { defaultSettings } from '../../../hooks/kit/controller.ts';
import { BadRequest } from '../../../hooks/kit/request.ts';
import { authority } from '../../support/input/issued-certificates.ts';
import { reviewOf } from '../../support/input/reviews.ts';
import { make } from '../../support/world.ts';

const context = { now: new Date('2026-06-01T00:00:00Z'), settings: defaultSettings };
const ask = (body: unknown) => review(JSON.parse(JSON.stringify(body)), context).response;
const answer = (object: KubernetesObject) => ask(reviewOf(object));
const refusals = (object: KubernetesObject) =>
  (answer(object).status?.details.causes ?? []).map(({ reason, field }) => `${reason} ${field}`);

const output = { plugin: 'http', properties: { host: 'a.example.com', port: 443 } };
const logging = (spec: object) => make.logging('logs', { outputs: [output], ...spec });
const template = (spec: object) => make.template('t', { outputs: [output], ...spec });
const binding = (spec: object) => make.binding('logs', { templateRef: { name: 't' }, ...spec });
const agent = (policy: object) => ({ ...make.template('edge', { namespace: 'logs', policy }), kind: 'FluentBitAgent' });
const filter = (plugin: string, properties: object) => ({ filters: [{ plugin, properties }] });
const http = (properties: object) => ({ outputs: [{ plugin: 'http', properties }] });
const fromSecret = (name: string, more = {}) => ({
  name,
  valueFrom: { secretKeyRef: { name: 's', key: 'k' } },
  ...more,
});
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

describe('warnings', () => {
  const warned = (object: KubernetesObject) => {
    const { allowed, warnings = [] } = answer(object);
    expect(allowed).toBe(true);
    for (const warning of warnings) expect(warning.length).toBeLessThanOrEqual(120);
    return warnings.map((warning) => warning.split(': ')[0]);
  };
  const parsers = { parsers: [{ name: 'p', properties: { format: 'json' } }] };
  it.each<[string, KubernetesObject, string[]]>([
    [
      'deprecated',
      logging({ ...parsers, ...filter('parser', { key_name: 'log', parser: 'p', unescape_key: true }) }),
      ['spec.filters[0].properties.unescape_key'],
    ],
    ['logs of another namespace', logging({ input: { namespaces: { include: ['bank'] } } }), ['spec.input.namespaces']],
    ['a password', logging(http({ host: 'a', HTTP_Passwd: 'hunter2' })), ['spec.outputs[0].properties.HTTP_Passwd']],
    [
      'a token in a header',
      template(http({ host: 'a', header: ['X-A b', 'Authorization Bearer abc'] })),
      ['spec.outputs[0].properties.header'],
    ],
    [
      'TLS with anybody',
      logging(http({ host: 'a', tls: true, 'tls.verify': 'Off' })),
      ['spec.outputs[0].properties.tls.verify'],
    ],
    [
      'a placeholder that nobody uses',
      template({ placeholders: [{ name: 'a', secretKey: 'a' }] }),
      ['spec.placeholders[0]'],
    ],
    [
      'a password from elsewhere',
      logging({ ...http({ host: 'a', http_passwd: '$(p)' }), variables: [fromSecret('p')] }),
      [],
    ],
    [
      'names that only sound secret',
      logging({
        outputs: [
          { plugin: 'es', properties: { host: 'a', include_tag_key: true, time_key: 't' } },
          { plugin: 'forward', properties: { host: 'a', empty_shared_key: true } },
        ],
      }),
      [],
    ],
    [
      'what a controller made',
      {
        ...logging(http({ host: 'a', http_passwd: 'x' })),
        metadata: {
          name: 'l',
          namespace: 'shop',
          ownerReferences: [{ apiVersion: 'a/v1', kind: 'A', name: 'a', uid: 'u', controller: true }],
        },
      },
      [],
    ],
  ])('%s', (_, object, expected) => {
    expect(warned(object)).toEqual(expected);
  });

  it('tell no value', () => {
    expect(JSON.stringify(answer(logging(http({ host: 'a', http_passwd: 'hunter2' }))))).not.toContain('hunter2');
  });

  it('are at most ten', () => {
    const outputs = Array.from({ length: 16 }, (_, i) => ({
      id: `o${i}`,
      plugin: 'http',
      properties: { host: 'a', 'tls.verify': false },
    }));
    expect(answer(logging({ outputs })).warnings?.length).toBe(10);
  });
});

describe('an update', () => {
  const bad = logging({ outputs: [{ plugin: 'htp' }], buffer: { limit: '1G' } });
  bad.metadata = { ...bad.metadata, finalizers: ['a/b'], labels: { a: 'b' } };
  const changed = (
    change: (object: { metadata: Record<string, unknown>; spec: Record<string, unknown>; status?: unknown }) => void,
  ) => {
    const object = cloneDeep(bad);
    change(object as never);
    return ask(reviewOf(object, { operation: 'UPDATE', oldObject: bad })).allowed;
  };
  it.each<[boolean, string, Parameters<typeof changed>[0]]>([
    [true, 'of nothing', () => undefined],
    [true, 'of labels', (o) => (o.metadata['labels'] = { c: 'd' })],
    [true, 'of finalizers', (o) => delete o.metadata['finalizers']],
    [true, 'of the status', (o) => (o.status = { conditions: [] })],
    [true, 'of the order of fields', (o) => (o.spec = Object.fromEntries(Object.entries(o.spec).reverse()))],
    [true, 'that switches it off', (o) => Object.assign(o.spec, { enabled: false, suspend: true })],
    [
      true,
      'while it is deleted',
      (o) => {
        o.metadata['deletionTimestamp'] = '2026-06-01T00:00:00Z';
        o.spec = {};
      },
    ],
    [true, 'that mends it', (o) => (o.spec = { outputs: [output] })],
    [false, 'that mends something else', (o) => (o.spec['buffer'] = { limit: '2G' })],
    [false, 'that takes something away', (o) => delete o.spec['buffer']],
    [false, 'that breaks more', (o) => (o.spec['filters'] = [{ plugin: 'grp' }])],
  ])('of what is not valid is allowed (%s): %s', (allowed, _, change) => {
    expect(changed(change)).toBe(allowed);
  });

  it('that breaks what was valid is refused', () => {
    expect(ask(reviewOf(bad, { operation: 'UPDATE', oldObject: logging({}) })).allowed).toBe(false);
  });

  it('is compared however deep it is', () => {
    const deep = (leaf: string) =>
      JSON.parse(
        `{"outputs":[{"plugin":"null","properties":{"a":${'['.repeat(20_000)}"${leaf}"${']'.repeat(20_000)}}}]}`,
      ) as object;
    const asked = (oldLeaf: string) =>
      review(
        reviewOf(make.logging('logs', deep('a')), {
          operation: 'UPDATE',
          oldObject: make.logging('logs', deep(oldLeaf)),
        }),
        context,
      );
    expect(asked('a').response.allowed).toBe(true);
    expect(asked('b').response.allowed).toBe(false);
  });
});

describe('what is not judged', () => {
  const bad = logging({ outputs: [] });
  it.each<[string, unknown]>([
    ['a deletion', reviewOf(null, { operation: 'DELETE', oldObject: bad })],
    [
      'a deletion as an older API server tells of it',
      reviewOf(null, {
        operation: 'DELETE',
        oldObject: null,
        kind: { group: 'fluentbit.kyma-project.io', version: 'v1alpha1', kind: 'LoggingConfiguration' },
      }),
    ],
    [
      'a connection',
      reviewOf({ apiVersion: 'v1', kind: 'PodExecOptions', metadata: {} } as never, { operation: 'CONNECT' }),
    ],
    ['a status', reviewOf(bad, { subResource: 'status' })],
    ['another kind of ours', reviewOf({ ...bad, kind: 'Other' })],
    ['another version', reviewOf({ ...bad, apiVersion: 'fluentbit.kyma-project.io/v9' })],
    ["somebody else's kind of the same name", reviewOf({ ...bad, apiVersion: 'example.com/v1alpha1' })],
    ['a Secret', reviewOf(make.secret('s', { a: 'b' }))],
  ])('%s', (_, body) => {
    expect(ask(body)).toEqual({ uid: expect.any(String), allowed: true });
  });
});

describe('what is no review', () => {
  const good = reviewOf(logging({}));
  const { request } = good;
  it.each<[string, unknown]>([
    ['nothing', null],
    ['a list', []],
    ['text', 'x'],
    ['another version', { ...good, apiVersion: 'admission.k8s.io/v1beta1' }],
    ['another kind', { ...good, kind: 'Review' }],
    ['no request', { ...good, request: undefined }],
    ['no uid', { ...good, request: { ...request, uid: '' } }],
    ['a uid without end', { ...good, request: { ...request, uid: 'x'.repeat(1000) } }],
    ['an operation that is none', { ...good, request: { ...request, operation: 'PATCH' } }],
    ['no object', { ...good, request: { ...request, object: null } }],
    ['an object without metadata', { ...good, request: { ...request, object: { apiVersion: 'a', kind: 'b' } } }],
    ['an update without what was', { ...good, request: { ...request, operation: 'UPDATE' } }],
    ['a request of Metacontroller', { parent: logging({}), children: {} }],
  ])('%s', (_, body) => {
    expect(() => review(body, context)).toThrow(BadRequest);
    expect(() => review(body, context)).toThrow(/^no AdmissionReview of admission.k8s.io\/v1$/);
  });
});
