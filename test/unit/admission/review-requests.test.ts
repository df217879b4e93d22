import { cloneDeep } from 'lodash-es';
import { describe, expect, it } from 'vitest';
import { review } from '../../../hooks/admission/review.ts';
import { BadRequest } from '../../../hooks/kit/request.ts';
import { reviewOf } from '../../support/input/reviews.ts';
import { make } from '../../support/world.ts';
import { ask, context, logging, output } from './judged-objects.ts';

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
