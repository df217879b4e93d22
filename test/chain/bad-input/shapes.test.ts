import { set } from 'lodash-es';
import { describe, expect, it } from 'vitest';
import { review } from '../../../hooks/admission/review.ts';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { controllers } from '../../../hooks/controllers/index.ts';
import { defaultSettings } from '../../../hooks/kit/controller.ts';
import { routes } from '../../../hooks/kit/routes.ts';
import { grouped } from '../../support/input/request-mutations.ts';
import { reviewOf } from '../../support/input/reviews.ts';
import { make } from '../../support/world.ts';

/** Values of a shape that nobody expects, where somebody can put them. Hooks say what is wrong, and never throw. */
const hooks = new Map(routes(controllers).map((route) => [route.path, route.hook]));
const context = { now: new Date('2026-06-01'), settings: defaultSettings };

/** As deep as the API server stores, and deeper: written out, for what makes JSON of it runs out of stack. */
const nested = (levels: number): Record<string, unknown> => ({
  lists: JSON.parse('['.repeat(levels) + ']'.repeat(levels)),
  maps: JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`),
});
const deep = Object.entries({ 3000: nested(3000), 9000: nested(9000), 50000: nested(50_000) }).flatMap(
  ([levels, shapes]) => Object.entries(shapes).map(([shape, value]) => ({ what: `${levels} ${shape}`, value })),
);

interface Condition {
  type: string;
  status: string;
  reason: string;
}

/** Reason of Accepted, or of what admission has against it. */
function reasonOf(
  controller: string,
  parent: KubernetesObject,
  related: KubernetesObject[],
  children: KubernetesObject[] = [],
) {
  const named = { ...parent, metadata: { ...parent.metadata, uid: 'u', generation: 1 } };
  const body = { parent: named, related: grouped(related), children: grouped(children), finalizing: false };
  hooks.get(`/hooks/${controller}/customize`)?.({ parent: named }, context);
  const reply = hooks.get(`/hooks/${controller}/sync`)?.(body, context) as { status: { conditions: Condition[] } };
  JSON.stringify(reply);
  return reply.status.conditions.find(({ type }) => type === 'Accepted')?.reason;
}

const output = { plugin: 'http', properties: { host: 'a.example.com' } };
const template = make.template('t', {
  placeholders: [{ name: 'key', secretKey: 'key' }],
  outputs: [{ plugin: 'http', properties: { host: 'a.example.com', header: 'Key $(key)' } }],
});
const binding = (spec: object = {}) =>
  make.binding('logs', { templateRef: { name: 't' }, secretRef: { name: 'cls' }, ...spec });
const secret = (data: unknown): KubernetesObject => ({ ...make.secret('cls', {}), data });

describe.each(deep)('$what', ({ value }) => {
  it.each([
    'outputs',
    'outputs[0]',
    'outputs[0].properties',
    'outputs[0].properties.host',
    'outputs[0].properties.header[0]',
    'filters',
    'filters[0].rules',
    'parsers[0].properties.format',
    'variables',
    'files',
    'input',
    'input.multiline',
    'buffer',
    'templateRef',
    'enabled',
    'unknown',
  ])('in a LoggingConfiguration at %s', (path) => {
    const object = make.logging('logs', set({ outputs: [structuredClone(output)] }, path, value));
    expect(reasonOf('loggingconfigurations', object, [])).toBe('InvalidSpec');
    expect(review(reviewOf(object), context).response.allowed).toBe(false);
  });

  it.each(['values', 'values.key', 'secretRef', 'templateRef', 'filters', 'input', 'unknown'])(
    'in a ServiceBindingConfig at %s',
    (path) => {
      const object = binding(set({}, path, value));
      expect(reasonOf('servicebindingconfigs', object, [template, secret({ key: 'eA==' })])).toBe('InvalidSpec');
      expect(review(reviewOf(object), context).response.allowed).toBe(false);
    },
  );

  it('in a template', () => {
    const bad = make.template('t', { outputs: [output], filters: value });
    expect(reasonOf('servicebindingconfigs', binding(), [bad, secret({ key: 'eA==' })])).toBe('TemplateInvalid');
    expect(review(reviewOf(bad), context).response.allowed).toBe(false);
  });

  it('in an agent', () => {
    const pod = { affinity: { nodeAffinity: value } };
    const agent = { ...make.logging('edge', { namespace: 'fluentbind', pod }), kind: 'FluentBitAgent' };
    delete (agent.metadata as { namespace?: string }).namespace;
    expect(reasonOf('fluentbitagents', agent, [])).toBe('InvalidSpec');
    expect(review(reviewOf(agent), context).response.allowed).toBe(false);
  });

  it('in a child and in a status, where nobody but us should have written', () => {
    const child = { ...make.logging('logs', { outputs: value }), status: { conditions: value } };
    const parent = { ...binding(), status: { conditions: value, applied: [] } };
    expect(reasonOf('servicebindingconfigs', parent, [template, secret({ key: 'eA==' })], [child])).toBe('Accepted');
  });
});

it.each([3000, 9000, 50_000])('a document in a Secret with %i levels holds no credentials', (levels) => {
  const text = `{"key":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  const data = { document: Buffer.from(text).toString('base64') };
  expect(reasonOf('servicebindingconfigs', binding(), [template, secret(data)])).toBe('PlaceholderUnresolved');
  const named = binding({ secretRef: { name: 'cls', key: 'document' } });
  expect(reasonOf('servicebindingconfigs', named, [template, secret(data)])).toBe('SecretInvalid');
});

describe.each([null, 5, true, {}, []])('%j for a text', (odd) => {
  it('that a ServiceBindingConfig takes from a Secret', () => {
    expect(reasonOf('servicebindingconfigs', binding(), [template, secret({ key: odd })])).toBe('SecretInvalid');
    expect(reasonOf('servicebindingconfigs', binding(), [template, secret({ key: odd, other: 'eA==' })])).toBe(
      'SecretInvalid',
    );
    expect(reasonOf('servicebindingconfigs', binding(), [template, secret(odd)])).toBe('SecretInvalid');
    const others = { key: 'eA==', '.metadata': odd, other: odd };
    expect(reasonOf('servicebindingconfigs', binding(), [template, secret(others)])).toBe('Accepted');
  });

  it.each(['secretKeyRef', 'configMapKeyRef'])('that a LoggingConfiguration takes by %s', (ref) => {
    const variables = [{ name: 'key', valueFrom: { [ref]: { name: 'cls', key: 'key' } } }];
    const object = make.logging('logs', {
      variables,
      outputs: [{ ...output, properties: { ...output.properties, uri: '/$(key)' } }],
    });
    const bad =
      ref === 'secretKeyRef' ? [secret({ key: odd })] : [{ ...make.configMap('cls', {}), data: { key: odd } }];
    expect(reasonOf('loggingconfigurations', object, bad)).toBe(
      ref === 'secretKeyRef' ? 'SecretInvalid' : 'InvalidValue',
    );
  });

  it('in the children that a tenant can write', () => {
    const children = [
      { ...make.configMap('logs-fluent-bit', {}), data: { a: odd } },
      { ...make.secret('logs-fluent-bit', {}), data: { a: odd } },
    ];
    expect(reasonOf('loggingconfigurations', make.logging('logs', { outputs: [output] }), [], children)).toBe(
      'Accepted',
    );
  });
});
