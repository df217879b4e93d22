import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeState, remove } from '../../../../hooks/sidecar/buffers/node-state.ts';
import { Parking } from '../../../../hooks/sidecar/buffers/parking.ts';
import { chunkFile } from '../../../support/node/chunk-file.ts';

const id = (letter: string) => `p${letter.repeat(16)}`;
let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'state-'));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const names = (folder: string) => (existsSync(join(state, folder)) ? readdirSync(join(state, folder)).sort() : []);

describe('chunks that are put aside', () => {
  const fill = () => {
    for (let index = 0; index < 8; index++)
      chunkFile(join(state, 'chunks/tail.0', `a${index}.flb`), { tag: id('a'), bytes: 4096, age: 100 - index });
    chunkFile(join(state, 'chunks/tail.1/b0.flb'), { tag: id('b'), bytes: 4096, age: 500 });
    chunkFile(join(state, 'chunks/tail.1/own.flb'), { tag: 'operator.own', bytes: 4096, age: 500 });
  };

  it('are the oldest of whoever has most, and come back when it delivers', () => {
    fill();
    const parking = new Parking(state);
    expect(parking.park(20)).toBe(0);
    expect(parking.park(4)).toBe(5);
    expect(names('chunks/tail.0')).toEqual(['a5.flb', 'a6.flb', 'a7.flb']);
    expect(names('chunks/tail.1')).toEqual(['b0.flb', 'own.flb']);
    expect(parking.waiting()).toEqual([id('a')]);
    chunkFile(join(state, 'chunks/tail.0/a8.flb'), { tag: id('a'), bytes: 4096, age: 1 });
    chunkFile(join(state, 'chunks/tail.0/a9.flb'), { tag: id('a'), bytes: 4096, age: 0 });
    expect(parking.waiting()).toEqual([]);
    rmSync(join(state, 'chunks/tail.0'), { recursive: true });
    expect(parking.release(parking.waiting(), 3)).toBe(3);
    expect(names('chunks/tail.0')).toEqual(['a0.flb', 'a1.flb', 'a2.flb']);
    expect(parking.release(parking.waiting(), 100)).toBe(2);
    expect(parking.waiting()).toEqual([]);
  });

  it('count for the total, and go with their pipeline', () => {
    fill();
    new Parking(state).park(4);
    const limit = 1e9;
    const ids = new Map([id('a'), id('b')].map((one) => [one, limit] as const));
    const hour = 3_600_000;
    const node = new NodeState(state, hour, 6 * 4096);
    const { beyond, bytes } = node.look(ids, 0);
    expect(bytes).toBe(10 * 4096);
    expect(beyond.map(({ path }) => path.split('/').at(-1)).sort()).toEqual(['a0.flb', 'a1.flb', 'a2.flb']);
    node.look(new Map([[id('b'), limit]]), 0);
    const { gone } = node.look(new Map([[id('b'), limit]]), hour);
    remove(gone);
    expect([names('chunks/tail.0'), names('chunks/tail.1'), names('parked')]).toEqual([[], ['b0.flb', 'own.flb'], []]);
  });
});
