import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KubernetesObject } from '../../../../hooks/api/object.ts';
import { isCompositeReply, isKubernetesObject } from '../../../../hooks/api/wire/fast-shape.ts';
import { CompositeReply } from '../../../../hooks/api/wire/metacontroller.ts';

const anything = fc.oneof(
  fc.constantFrom<unknown>('', 'a', 'x'.repeat(64), 'x'.repeat(254), 0, -1, 1.5, true, null, undefined),
  fc.constantFrom<unknown>([], ['a'], [1], {}, { a: 'b' }, { a: 1 }, { a: null }, [{}]),
);

/** What is right, or anything else. */
const or = <T>(right: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 12, arbitrary: right as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: anything });
const map = or(fc.dictionary(fc.constantFrom('a', 'b'), or(fc.constant('c')), { noNullPrototype: true }));
const text = or(fc.constantFrom('a', 'b'));
const record = (fields: Record<string, fc.Arbitrary<unknown>>, requiredKeys: string[]) =>
  or(fc.record({ ...fields, other: anything } as typeof fields, { requiredKeys, noNullPrototype: true }));

const owner = record({ apiVersion: text, kind: text, name: text, uid: text, controller: or(fc.boolean()) }, [
  'apiVersion',
  'kind',
  'name',
  'uid',
]);
const objects = record(
  {
    apiVersion: text,
    kind: text,
    metadata: record(
      {
        name: text,
        namespace: text,
        uid: text,
        generation: or(fc.integer()),
        resourceVersion: text,
        creationTimestamp: text,
        deletionTimestamp: text,
        labels: map,
        annotations: map,
        finalizers: or(fc.array(text, { maxLength: 2 })),
        ownerReferences: or(fc.array(owner, { maxLength: 2 })),
      },
      ['name'],
    ),
  },
  ['apiVersion', 'kind', 'metadata'],
);

const strict = (fields: Record<string, fc.Arbitrary<unknown>>, requiredKeys: string[]) =>
  or(
    fc
      .tuple(fc.record(fields, { requiredKeys, noNullPrototype: true }), fc.nat(20))
      .map(([value, extra]) => (extra === 0 ? { ...value, extra } : value)),
  );
const child = fc
  .tuple(
    record(
      {
        apiVersion: text,
        kind: text,
        metadata: strict({ name: text, namespace: text, labels: map, annotations: map }, ['name']),
        data: map,
      },
      ['apiVersion', 'kind', 'metadata'],
    ),
    fc.nat(40),
  )
  .map(([value, extra]) =>
    typeof value === 'object' && value !== null && extra < 2
      ? { ...value, [extra === 0 ? 'status' : 'stringData']: {} }
      : value,
  );
const replies = strict(
  {
    status: map,
    children: or(fc.array(child, { maxLength: 3 })),
    resyncAfterSeconds: or(fc.nat()),
    finalized: or(fc.boolean()),
  },
  ['status', 'children'],
);

test.each([
  ['an object', objects, KubernetesObject, isKubernetesObject],
  ['a reply', replies, CompositeReply, isCompositeReply],
] as const)('%s is well formed where its schema takes it as it is', (_, values, schema, isWellFormed) => {
  let right = 0;
  let wrong = 0;
  fc.assert(
    fc.property(values, (value) => {
      const parsed = schema.safeParse(value);
      expect(isWellFormed(value)).toBe(parsed.success);
      if (parsed.success) expect(parsed.data).toEqual(value);
      if (parsed.success) right += 1;
      else wrong += 1;
    }),
    { numRuns: 3000 },
  );
  expect(Math.min(right, wrong)).toBeGreaterThan(300);
});
