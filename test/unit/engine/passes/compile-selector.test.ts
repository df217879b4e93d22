import { describe, expect, it } from 'vitest';
import { matches } from '../../../../hooks/engine/passes/compile-selector.ts';
import type { LabelSelector } from '../../../../hooks/kubernetes/selector.ts';

const expression = (key: string, operator: string, ...values: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, ...(values.length === 0 ? {} : { values }) }],
});

describe('label selector', () => {
  it.each<[LabelSelector | null | undefined, Record<string, string> | undefined, boolean]>([
    [undefined, undefined, true],
    [null, { a: 'b' }, true],
    [{}, {}, true],
    [{ matchLabels: {} }, {}, true],
    [{ matchLabels: { a: 'b' } }, { a: 'b', c: 'd' }, true],
    [{ matchLabels: { a: 'b' } }, { a: 'c' }, false],
    [{ matchLabels: { a: 'b' } }, undefined, false],
    [{ matchLabels: { a: '' } }, {}, false],
    [{ matchLabels: { a: '' } }, { a: '' }, true],
    [expression('a', 'In', 'b', 'c'), { a: 'c' }, true],
    [expression('a', 'In', 'b'), {}, false],
    [expression('a', 'NotIn', 'b'), {}, true],
    [expression('a', 'NotIn', 'b'), { a: 'c' }, true],
    [expression('a', 'NotIn', 'b'), { a: 'b' }, false],
    [expression('a', 'Exists'), { a: '' }, true],
    [expression('a', 'Exists'), {}, false],
    [expression('constructor', 'Exists'), {}, false],
    [expression('a', 'DoesNotExist'), {}, true],
    [expression('a', 'DoesNotExist'), { a: 'b' }, false],
    [{ matchLabels: { a: 'b' }, ...expression('c', 'Exists') }, { a: 'b' }, false],
    [{ matchLabels: { a: 'b' }, ...expression('c', 'Exists') }, { a: 'b', c: 'd' }, true],
  ])('%j over %j: %s', (selector, labels, result) => {
    expect(matches(selector, labels)).toBe(result);
  });

  it.each<[string, LabelSelector]>([
    ['an unknown operator', expression('a', 'Gt', '1')],
    ['In without values', expression('a', 'In')],
    ['NotIn without values', expression('a', 'NotIn')],
    ['Exists with values', expression('a', 'Exists', 'b')],
    ['a value that no label can have', { matchLabels: { a: 'b c' } }],
    ['a value that is too long', { matchLabels: { a: 'b'.repeat(64) } }],
    ['a value of In that no label can have', expression('a', 'In', 'b/c')],
    ['a key that no label can have', { matchLabels: { 'a b': 'c' } }],
    ['a prefix that is no domain', expression('A_b/c', 'Exists')],
    ['two prefixes', expression('a/b/c', 'Exists')],
  ])('%s is refused', (_, selector) => {
    expect(() => matches(selector, {})).toThrow("can't convert label selector");
  });
});
