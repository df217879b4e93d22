import { beforeEach, describe, expect, it } from 'vitest';
import { WorkQueue } from '../../../../hooks/engine/passes/work-queue.ts';

let now = 0;
let queue = new WorkQueue(() => now);
beforeEach(() => {
  now = 1000;
  queue = new WorkQueue(() => now);
});

function taken(): string[] {
  const keys: string[] = [];
  for (let key = queue.take(); key !== undefined; key = queue.take()) keys.push(key);
  return keys;
}

describe('work queue', () => {
  it('gives each key once, in the order in which they came', () => {
    for (const key of ['b', 'a', 'b', 'c']) queue.add(key);
    expect(taken()).toEqual(['b', 'a', 'c']);
    expect(queue.nextDue).toBeUndefined();
  });

  it('gives a key again that was added while it was worked on', () => {
    queue.add('a');
    expect(queue.take()).toBe('a');
    queue.add('a');
    expect(taken()).toEqual(['a']);
  });

  it('doubles the wait with every failure, from 5 ms up to 1000 s', () => {
    const waits = Array.from({ length: 20 }, () => {
      queue.retry('a');
      const wait = (queue.nextDue ?? 0) - now;
      now += wait;
      expect(taken()).toEqual(['a']);
      return wait;
    });
    expect(waits.slice(0, 5)).toEqual([5, 10, 20, 40, 80]);
    expect(waits.slice(-3)).toEqual([655_360, 1_000_000, 1_000_000]);
  });

  it('begins anew after a success, of that key only', () => {
    for (const key of ['a', 'a', 'b']) queue.retry(key);
    queue.forget('a');
    expect(queue.failing).toEqual(['b']);
    now += 1000;
    taken();
    queue.retry('a');
    expect(queue.nextDue).toBe(now + 5);
    now += 5;
    taken();
    queue.retry('b');
    expect(queue.nextDue).toBe(now + 10);
  });

  it.each([
    ['the earlier of two times, first', [50, 100], 50],
    ['the earlier of two times, second', [100, 50], 50],
    ['no time to wait', [0], 0],
    ['a time that is past', [-10], -10],
  ])('waits for %s', (_, waits, due) => {
    for (const wait of waits) queue.addAfter('a', wait);
    expect(queue.nextDue).toBe(now + due);
    now += due - 1;
    if (due > 0) expect(taken()).toEqual([]);
    now += 1;
    expect(taken()).toEqual(['a']);
    now += 1000;
    expect(taken()).toEqual([]);
  });

  it('keeps a later time when the key is added meanwhile', () => {
    queue.addAfter('a', 100);
    queue.add('a');
    expect(queue.nextDue).toBe(now);
    expect(taken()).toEqual(['a']);
    expect(queue.nextDue).toBe(now + 100);
  });

  it('gives what waited by its time, not by the order in which it came', () => {
    queue.addAfter('late', 20);
    queue.addAfter('early', 10);
    now += 30;
    expect(taken()).toEqual(['early', 'late']);
  });
});
