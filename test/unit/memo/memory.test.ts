import { afterEach, describe, expect, it } from 'vitest';
import { byContent } from '../../../hooks/memo/by-content.ts';
import { byIdentity } from '../../../hooks/memo/by-identity.ts';
import { isRemembered, remember } from '../../../hooks/memo/freeze.ts';
import { everyMemory, forget, switchMemoryOff, switchMemoryOn } from '../../../hooks/memo/registry.ts';

let made = 0;
const parsed = byContent<{ list: unknown[] }>('test by content', { size: 100, entrySize: 40 });
const sized = byIdentity<object, number>('test by identity');
const counted = () => {
  made += 1;
  return 1;
};

afterEach(() => {
  switchMemoryOn();
  forget();
  made = 0;
});

const lookups = (name: string) => everyMemory().find((one) => one.name === name);

describe('by content', () => {
  const ask = (content: unknown) => parsed(content, () => ({ list: [counted()] }));

  it('gives the very same for an equal content, frozen to its leaves', () => {
    const first = ask({ a: 1 });
    expect(ask({ a: 1 })).toBe(first);
    expect(made).toBe(1);
    expect(isRemembered(first) && isRemembered(first.list)).toBe(true);
    expect(ask({ a: 2 })).not.toBe(first);
    expect(ask('a text')).not.toBe(ask('"a text"'));
  });

  it('keeps no more than it may: long contents not at all, and of many the latest', () => {
    ask('x'.repeat(50));
    ask('x'.repeat(50));
    expect(made).toBe(2);
    for (const content of ['a', 'b', 'c']) ask(content.repeat(36));
    ask('c'.repeat(36));
    expect(made).toBe(5);
    ask('a'.repeat(36));
    expect(made).toBe(6);
  });
});

describe('by identity', () => {
  it('finds out once what holds for ever: of what is remembered, and of nothing that may change', () => {
    const fixed = remember({ a: 1 });
    const open = { a: 1 };
    for (const object of [fixed, fixed, open, open]) sized(object, () => counted());
    expect(made).toBe(3);
  });

  it.each<[string, unknown[], unknown[], number]>([
    ['another text', ['a'], ['b'], 2],
    ['an equal text', ['a'], ['a'], 1],
    ['more of it', ['a'], ['a', 'b'], 2],
    ['less of it', ['a', 'b'], ['a'], 2],
    ['another remembered object that is equal', [remember({ a: 1 })], [remember({ a: 1 })], 2],
  ])('holds for the rest that it was made of: %s', (_, first, second, times) => {
    const object = remember({});
    sized(object, () => counted(), ...first);
    sized(object, () => counted(), ...second);
    expect(made).toBe(times);
  });

  it('keeps nothing that rests on what may change, or that says so', () => {
    const object = remember({});
    const changing = {};
    sized(object, () => counted(), changing);
    sized(object, () => counted(), changing);
    sized(object, (doNotKeep) => {
      doNotKeep();
      return counted();
    });
    sized(object, () => counted());
    expect(made).toBe(4);
  });
});

describe('the one switch', () => {
  const object = remember({ b: 2 });
  const both = () => {
    parsed('content', () => ({ list: [counted()] }));
    sized(object, () => counted());
  };

  it('turns all of it off, or some by name, and counts what is looked up', () => {
    both();
    both();
    expect(made).toBe(2);
    expect(lookups('test by content')).toMatchObject({ hits: expect.any(Number), misses: expect.any(Number) });
    const before = lookups('test by content')?.hits ?? 0;
    switchMemoryOff();
    both();
    expect(made).toBe(4);
    expect(lookups('test by content')?.hits).toBe(before);
    switchMemoryOn();
    both();
    expect(made).toBe(4);
    switchMemoryOff(['test by identity']);
    both();
    expect(made).toBe(5);
    expect(() => switchMemoryOff(['nothing'])).toThrow('there is no memory nothing');
  });

  it('forgets everything when asked', () => {
    both();
    forget();
    both();
    expect(made).toBe(4);
  });
});

it('freezes lists and plain objects, and leaves what is of a class', () => {
  const value = { bytes: Buffer.from('x'), map: new Map([['a', { b: 1 }]]), list: [{ c: [1] }] };
  remember(value);
  expect([value, value.list, value.list[0], value.list[0]?.c].every(Object.isFrozen)).toBe(true);
  expect(Object.isFrozen(value.bytes) || Object.isFrozen(value.map)).toBe(false);
});
