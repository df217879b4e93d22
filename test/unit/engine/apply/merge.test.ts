import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { cloneDeep } from 'lodash-es';
import { describe, expect, it } from 'vitest';
import { merge, mergeKeyOf, unreachable } from '../../../../hooks/engine/apply/merge.ts';

type Json = unknown;
type Case = [what: string, observed: Json, lastApplied: Json, desired: Json, result: Json];

const cases: Case[] = [
  ['sets what is desired', { a: 1 }, {}, { b: 2 }, { a: 1, b: 2 }],
  ['takes away what was applied and is not desired any more', { a: 1, b: 2 }, { b: 2 }, {}, { a: 1 }],
  ['keeps what others set', { a: 1 }, undefined, {}, { a: 1 }],
  ['takes away even what others changed', { a: 9 }, { a: 1 }, {}, {}],
  ['takes away a whole object with what others added', { a: { b: 1, c: 2 } }, { a: { b: 1 } }, {}, {}],
  ['goes into objects', { a: { b: 1, c: 2 } }, { a: { b: 1 } }, { a: { b: 3 } }, { a: { b: 3, c: 2 } }],
  ['replaces a scalar by an object', { a: 1 }, { a: 1 }, { a: { b: 2 } }, { a: { b: 2 } }],
  ['never turns an object into a scalar', { a: { b: 1 } }, {}, { a: 5 }, { a: { b: 1 } }],
  ['empties an applied object that becomes a scalar', { a: { b: 1 } }, { a: { b: 1 } }, { a: 5 }, { a: {} }],
  ['turns a list into null where a scalar is desired', { a: [1] }, {}, { a: 5 }, { a: null }],
  ['sets null', { a: 1 }, {}, { a: null }, { a: null }],
  ['replaces a list of scalars', { a: [1, 2] }, { a: [1, 2] }, { a: [2, 3] }, { a: [2, 3] }],
  ['replaces a list of objects without a key', { a: [{ x: 1 }] }, {}, { a: [{ x: 2 }] }, { a: [{ x: 2 }] }],
  ['keeps keys that every object inherits apart', { toString: 1 }, { constructor: 1 }, { a: 1 }, { toString: 1, a: 1 }],
];

const named = (...names: string[]) => names.map((name) => ({ name }));
const lists: Case[] = [
  ['keeps the order that stands', named('b', 'a'), [], named('a', 'b'), named('b', 'a')],
  ['puts new items last', named('b'), [], named('a', 'b'), named('b', 'a')],
  ['takes away items by their key', named('a', 'b'), named('a'), named('b'), named('b')],
  ['keeps items of others', named('other', 'a'), named('a'), named('a'), named('other', 'a')],
  ['merges items', [{ name: 'a', x: 1 }], [], [{ name: 'a', y: 2 }], [{ name: 'a', x: 1, y: 2 }]],
  ['takes the last of duplicates', [], [], [...named('a'), { name: 'a', x: 1 }], [{ name: 'a', x: 1 }]],
  [
    'merges duplicates into one that stands',
    named('a'),
    [],
    [
      { name: 'a', x: 1 },
      { name: 'a', x: 2 },
    ],
    [{ name: 'a', x: 2 }],
  ],
  [
    'adds a duplicate that is new once',
    named('other'),
    [],
    [
      { name: 'a', x: 1 },
      { name: 'a', x: 2 },
    ],
    [{ name: 'other' }, { name: 'a', x: 2 }],
  ],
  [
    'repeats duplicates that stand',
    named('a', 'a'),
    [],
    [{ name: 'a', x: 1 }],
    [
      { name: 'a', x: 1 },
      { name: 'a', x: 1 },
    ],
  ],
  ['empties a list by its keys', named('a', 'other'), named('a'), [], named('other')],
  ['takes 80 and "80" for one key', [{ port: 80 }], [], [{ port: '80' }], [{ port: '80' }]],
  [
    'tells objects as keys apart',
    [{ name: { a: 1 } }],
    [],
    [{ name: { a: 2 } }],
    [{ name: { a: 1 } }, { name: { a: 2 } }],
  ],
  ['tells null and "null" apart', [{ name: null }], [], [{ name: 'null' }], [{ name: null }, { name: 'null' }]],
  ['has no key where one item lacks it', [{ name: 'a' }, { x: 1 }], [], named('b'), named('b')],
  ['has no key where the last applied lack it', named('a', 'x'), [{ x: 1 }], named('b'), named('b')],
  ['is replaced where one item is no object', [{ name: 'a' }, 1], [], named('b'), named('b')],
];

describe('merge', () => {
  it.each(cases)('%s', (_, observed, lastApplied, desired, result) => {
    expect(merge(observed, lastApplied, desired)).toEqual(result);
  });

  it.each(lists)('a list %s', (_, observed, lastApplied, desired, result) => {
    expect(merge({ v: observed }, { v: lastApplied }, { v: desired })).toEqual({ v: result });
  });

  it('agrees with what Metacontroller 4.17.2 made of 150 random triples', () => {
    const lines = readFileSync(new URL('./merge-vectors.jsonl', import.meta.url), 'utf8')
      .trim()
      .split('\n');
    expect(lines).toHaveLength(150);
    for (const line of lines) {
      const [observed, lastApplied, desired, result] = JSON.parse(line) as Json[];
      expect(merge(observed, lastApplied, desired), line).toEqual(result);
    }
  });

  it('takes __proto__ for a key like any other', () => {
    const desired = JSON.parse('{"data": {"__proto__": "x"}}') as Json;
    expect(JSON.stringify(merge({ data: {} }, {}, desired))).toBe('{"data":{"__proto__":"x"}}');
    expect(JSON.stringify(merge(desired, desired, { data: {} }))).toBe('{"data":{}}');
  });
});

/** Keys say what stands below them, so that types never clash: `o…` an object, `l…` a list of scalars, else a scalar. */
const scalar = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('x', 'y', true, null));
const { tree } = fc.letrec<{ tree: Record<string, Json> }>((tie) => ({
  tree: fc
    .record(
      {
        a: scalar,
        b: scalar,
        constructor: scalar,
        l1: fc.array(scalar, { maxLength: 3 }),
        o1: fc.oneof({ depthSize: 'small' }, fc.constant({}), tie('tree')),
        o2: fc.oneof({ depthSize: 'small' }, fc.constant({}), tie('tree')),
      },
      { requiredKeys: [] },
    )
    // A record of fast-check has no prototype; JSON has one.
    .map((record) => ({ ...record })),
}));

const triple = fc.tuple(tree, tree, tree);

/** Every node by its path; an object is only there. */
function nodes(value: Json, path = ''): Map<string, Json> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return new Map([[path, value]]);
  const below = Object.entries(value).flatMap(([key, inner]) => [...nodes(inner, `${path}/${key}`)]);
  return new Map([[path, 'object'], ...below]);
}

const prefixes = (path: string) => path.split('/').map((_, index, all) => all.slice(0, index + 1).join('/'));

describe('merge of values without list keys', () => {
  it('is: what stands, without all at or below what was applied and is not desired, under what is desired', () => {
    fc.assert(
      fc.property(triple, ([observed, lastApplied, desired]) => {
        const [last, wanted] = [nodes(lastApplied), nodes(desired)];
        const expected = new Map(
          [...nodes(observed)].filter(([path]) => !prefixes(path).some((p) => last.has(p) && !wanted.has(p))),
        );
        for (const [path, value] of wanted) expected.set(path, value);
        const result = nodes(merge(observed, lastApplied, desired));
        expect(Object.fromEntries(result)).toEqual(Object.fromEntries(expected));
      }),
    );
  });

  it.each<[string, (o: Json, l: Json, w: Json) => [Json, Json]]>([
    ['changes nothing where what stands is desired', (o, l) => [merge(o, l, o), o]],
    ['is idempotent', (o, l, w) => [merge(merge(o, l, w), w, w), merge(o, l, w)]],
    ['contains what is desired', (o, l, w) => [unreachable(w, merge(o, l, w)), []]],
    ['is what is desired where nothing else stood', (_, l, w) => [merge({}, l, w), w]],
    ['is what is desired where all that stood was applied', (o, _, w) => [merge(o, o, w), w]],
  ])('%s', (_, law) => {
    fc.assert(
      fc.property(triple, ([o, l, w]) => {
        const [left, right] = law(o, l, w);
        expect(left).toEqual(right);
      }),
    );
  });

  it('leaves its arguments alone', () => {
    fc.assert(
      fc.property(triple, (values) => {
        const before = cloneDeep(values);
        merge(...values);
        expect(values).toEqual(before);
      }),
    );
  });
});

describe('key of a list', () => {
  it.each([
    [[], undefined],
    [[{ name: 'a', port: 1 }], 'port'],
    [[{ name: 'a', port: 1 }, { name: 'b' }], 'name'],
    [[{ path: 'a', mountPath: 'b' }], 'mountPath'],
    [[{ containerPort: 1, port: 2, name: 'c' }], 'containerPort'],
    [[{ key: 'a' }], undefined],
    [[['name']], undefined],
    [['name'], undefined],
  ])('%j: %s', (items, key) => {
    expect(mergeKeyOf(items)).toBe(key);
  });
});

describe('what merge never reaches', () => {
  it.each<[string, Json, Json, Json, string[]]>([
    ['nothing where all is applied', { a: [1], b: { c: 1 } }, {}, { a: [2], b: { c: 2 } }, []],
    ['an object that becomes a scalar', { s: { a: { b: 1 } } }, {}, { s: { a: 1 } }, ['.s.a']],
    ['a list that becomes a scalar', { a: [1] }, {}, { a: 1 }, ['.a']],
    ['another order by key', { a: named('x', 'y') }, {}, { a: named('y', 'x') }, ['.a']],
    ['duplicates by key', { a: named('x') }, {}, { a: named('x', 'x') }, ['.a']],
    [
      'not: items of others before, between and after',
      { a: named('o', 'x', 'p', 'y') },
      {},
      { a: named('x', 'y') },
      [],
    ],
    ['a type within an item', { a: [{ name: 'x', v: {} }] }, {}, { a: [{ name: 'x', v: 1 }] }, ['.a[0].v']],
  ])('%s', (_, observed, lastApplied, desired, paths) => {
    expect(unreachable(desired, merge(observed, lastApplied, desired))).toEqual(paths);
  });
});
