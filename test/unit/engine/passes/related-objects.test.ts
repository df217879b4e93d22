import { describe, expect, it } from 'vitest';
import {
  listed,
  namespaceLabelsIn,
  type RuleScope,
  reported,
  select,
} from '../../../../hooks/engine/passes/related-objects.ts';
import type { Rule } from '../../../../hooks/engine/passes/reply.ts';
import { MemoryStore } from '../../../../hooks/engine/stores/memory-store.ts';
import { crds, object } from '../rig.ts';

const store = new MemoryStore(() => new Date(0), crds);
const team = (name: string) => ({ metadata: { labels: { team: name } } });
for (const each of [
  object('Namespace', 'a', team('x')),
  object('Namespace', 'b', team('y')),
  object('ConfigMap', 'one', { metadata: { namespace: 'a', labels: { app: 'web' } } }),
  object('ConfigMap', 'two', { metadata: { namespace: 'a' } }),
  object('ConfigMap', 'one', { metadata: { namespace: 'b', labels: { app: 'web' } } }),
  object('ConfigMap', 'three', { metadata: { namespace: 'c', labels: { app: 'db' } } }),
  object('Gadget', 'g1', { metadata: { labels: { app: 'web' } } }),
  object('Gadget', 'g2'),
])
  await store.create(each);

type Rest = Omit<Rule, 'apiVersion' | 'resource'>;
const web = { matchLabels: { app: 'web' } };
const all = ['a/one', 'a/two', 'b/one', 'c/three'];
const scopes = {
  'v1 of a': { version: 'v1', parent: { namespaced: true, namespace: 'a' } },
  'v2 of a': { version: 'v2', parent: { namespaced: true, namespace: 'a' } },
  'v1 of the cluster': { version: 'v1', parent: { namespaced: false, namespace: undefined } },
  'v2 of the cluster': { version: 'v2', parent: { namespaced: false, namespace: undefined } },
} as const;

type Result = readonly string[] | 'refused';

/** Names of what a rule takes, under each version of the hook and scope of the parent, in the order of `scopes`. */
const table: [what: string, resource: 'configmaps' | 'gadgets', rule: Rest, results: Result[], reports?: Result[]][] = [
  ['nothing', 'configmaps', {}, [['a/one', 'a/two'], all, all, all]],
  ['an empty label selector', 'configmaps', { labelSelector: {} }, [['a/one', 'a/two'], all, all, all]],
  [
    'labels',
    'configmaps',
    { labelSelector: web },
    [['a/one'], ['a/one', 'b/one'], ['a/one', 'b/one'], ['a/one', 'b/one']],
  ],
  ['its own namespace', 'configmaps', { namespace: 'a' }, repeat(['a/one', 'a/two'])],
  ['another namespace', 'configmaps', { namespace: 'b' }, ['refused', ['b/one'], ['b/one'], ['b/one']]],
  ['a namespace without objects', 'configmaps', { namespace: 'z' }, ['refused', [], [], []]],
  ['a namespace and labels', 'configmaps', { namespace: 'a', labelSelector: web }, repeat(['a/one'])],
  [
    'another namespace and labels',
    'configmaps',
    { namespace: 'b', labelSelector: web },
    ['refused', ['b/one'], ['b/one'], ['b/one']],
  ],
  ['a namespace and names', 'configmaps', { namespace: 'a', names: ['one', 'three'] }, repeat(['a/one'])],
  [
    'names, of every namespace, of which v1 watches only its own',
    'configmaps',
    { names: ['one'] },
    repeat(['a/one', 'b/one']),
    [['a/one'], ['a/one', 'b/one'], ['a/one', 'b/one'], ['a/one', 'b/one']],
  ],
  ['an empty list of names', 'configmaps', { names: [] }, [['a/one', 'a/two'], all, all, all]],
  ['names and labels', 'configmaps', { names: ['one'], labelSelector: web }, repeat('refused')],
  ['names and namespaces by label', 'configmaps', { names: ['one'], namespaceSelector: web }, repeat('refused')],
  ['a namespace and namespaces by label', 'configmaps', { namespace: 'a', namespaceSelector: web }, repeat('refused')],
  [
    'namespaces by label',
    'configmaps',
    { namespaceSelector: { matchLabels: { team: 'y' } } },
    ['refused', ['b/one'], ['b/one'], ['b/one']],
  ],
  [
    'namespaces by label, and labels',
    'configmaps',
    { namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'Exists' }] }, labelSelector: web },
    ['refused', ['a/one', 'b/one'], ['a/one', 'b/one'], ['a/one', 'b/one']],
  ],
  ['every namespace by an empty selector', 'configmaps', { namespaceSelector: {} }, ['refused', all, all, all]],
  [
    'a namespace by the name that every one is labelled with',
    'configmaps',
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'c' } } },
    ['refused', ['c/three'], ['c/three'], ['c/three']],
  ],
  [
    'a selector with an unknown operator',
    'configmaps',
    { labelSelector: { matchExpressions: [{ key: 'a', operator: 'Gt', values: undefined }] } },
    repeat('refused'),
  ],
  [
    'a label value that no label can have',
    'configmaps',
    { labelSelector: { matchLabels: { a: 'b c' } } },
    repeat('refused'),
  ],
  ['nothing', 'gadgets', {}, repeat(['g1', 'g2'])],
  ['labels', 'gadgets', { labelSelector: web }, repeat(['g1'])],
  ['names', 'gadgets', { names: ['g2'] }, repeat(['g2'])],
  [
    'names and the namespace of the parent, which means nothing',
    'gadgets',
    { namespace: 'a', names: ['g2'] },
    repeat(['g2']),
  ],
  ['labels and a namespace, which means nothing', 'gadgets', { namespace: 'a', labelSelector: web }, repeat(['g1'])],
  [
    'another namespace, which means nothing but that v1 watches nothing',
    'gadgets',
    { namespace: 'b' },
    repeat(['g1', 'g2']),
    ['refused', ['g1', 'g2'], ['g1', 'g2'], ['g1', 'g2']],
  ],
  ['namespaces by label', 'gadgets', { namespaceSelector: {} }, repeat('refused')],
];

function repeat(result: Result): Result[] {
  return [result, result, result, result];
}

const rows = table.flatMap(([what, resource, rest, results, reports = results]) =>
  Object.entries(scopes).map(([name, scope], index) => ({
    what: `${resource} by ${what}`,
    name,
    rule: { apiVersion: resource === 'gadgets' ? 'test.example/v1' : 'v1', resource, ...rest } as Rule,
    scope: { ...scope, namespaceLabels: namespaceLabelsIn(store) } as RuleScope,
    lists: results[index],
    reports: reports[index],
  })),
);

describe('a rule', () => {
  it.each(rows)('$name, $what: lists $lists', ({ rule, scope, lists }) => {
    expect(
      taken(
        () =>
          select([rule], scope, store, () => {})
            .values()
            .next().value ?? [],
      ),
    ).toEqual(lists);
  });

  it.each(rows)('$name, $what: reports changes of $reports', ({ rule, scope, reports }) => {
    const kind = store.resource(rule.apiVersion, rule.resource);
    if (kind === undefined) throw new Error('no kind');
    expect(taken(() => store.list(kind).filter(reported(rule, scope, kind)))).toEqual(reports);
  });

  it.each<Rest>([
    { names: ['one'], labelSelector: {} },
    { namespace: 'a', namespaceSelector: {} },
  ])('%j is refused where there is no object, too', (rest) => {
    const empty = new MemoryStore(() => new Date(0), crds);
    const scope = { ...scopes['v2 of a'], namespaceLabels: namespaceLabelsIn(empty) };
    expect(() =>
      select([{ apiVersion: 'v1', resource: 'secrets', ...rest } as Rule], scope, empty, () => {}),
    ).toThrow();
  });
});

function taken(find: () => { metadata: { name: string; namespace?: string | undefined } }[]): Result {
  try {
    return find()
      .map(({ metadata }) => [metadata.namespace, metadata.name].filter(Boolean).join('/'))
      .sort();
  } catch {
    return 'refused';
  }
}

describe('rules together', () => {
  const scope: RuleScope = { ...scopes['v2 of a'], namespaceLabels: namespaceLabelsIn(store) };
  const rule = (resource: string, rest: Rest = {}) => ({ apiVersion: 'v1', resource, ...rest }) as Rule;

  it('for one kind are one group, in which an object is once', () => {
    const watched: string[] = [];
    const groups = select(
      [rule('configmaps', { namespace: 'a' }), rule('secrets'), rule('configmaps', { labelSelector: web })],
      scope,
      store,
      (kind) => watched.push(kind.kind),
    );
    expect([...groups].map(([kind, objects]) => [kind.kind, objects.length])).toEqual([
      ['ConfigMap', 3],
      ['Secret', 0],
    ]);
    expect(watched).toEqual(['ConfigMap', 'Secret', 'ConfigMap']);
  });

  it('fail for a kind that is unknown, and what stands before it is watched', () => {
    const watched: string[] = [];
    const watch = () => select([rule('secrets'), rule('nothings')], scope, store, (kind) => watched.push(kind.kind));
    expect(watch).toThrow("can't find resource nothings in apiVersion v1");
    expect(watched).toEqual(['Secret']);
  });

  it('take the state of an object that is given, not the one that stands', () => {
    const kind = store.kindOf('v1', 'ConfigMap');
    if (kind === undefined) throw new Error('no kind');
    const takes = listed(rule('configmaps', { labelSelector: web }), scope, kind);
    expect([
      takes(object('ConfigMap', 'one')),
      takes(object('ConfigMap', 'x', { metadata: { labels: { app: 'web' } } })),
    ]).toEqual([false, true]);
  });
});
