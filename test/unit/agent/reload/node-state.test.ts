import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { NodeState, remove } from '../../../../hooks/agent/reload/node-state.ts';
import { chunkFile } from '../../../support/chunk-file.ts';

const id = (letter: string) => `p${letter.repeat(16)}`;
const hour = 3_600_000;
let folder: string;
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const chunk = (input: string, name: string, tag: string, bytes: number, age: number) =>
  chunkFile(join(folder, 'chunks', input, `${name}.flb`), { tag, bytes, age });

/** The folder of an output that keeps files of its own, with five bytes in it. */
function ownFiles(owner: string): string {
  const path = join(folder, `${id(owner)}.files`);
  mkdirSync(join(path, 'bucket/2026'), { recursive: true });
  writeFileSync(join(path, 'bucket/2026/1-2.tmp'), 'bytes');
  return path;
}

describe('the state of a node', () => {
  it('deletes databases, chunks and files of outputs of who is gone for an hour, and nothing of anybody else', () => {
    folder = mkdtempSync(join(tmpdir(), 'state-'));
    const state = new NodeState(folder, hour, 1e9);
    const stays = [chunk('tail.0', '1', id('a'), 4096, 9), chunk('tail.1', '2', 'operator.own', 4096, 9)];
    const goes = [chunk('tail.0', '3', id('b'), 4096, 9), chunk('tail.2', '4', `${id('b')}.var.log`, 4096, 9)];
    for (const name of [`${id('a')}.db`, 'other.db']) stays.push(join(folder, name));
    for (const name of [`${id('b')}.db`, `${id('b')}.db-wal`, `${id('b')}.db-shm`]) goes.push(join(folder, name));
    stays.push(ownFiles('a'));
    goes.push(ownFiles('b'));
    for (const path of [...stays, ...goes]) if (!existsSync(path)) writeFileSync(path, '');
    writeFileSync(join(folder, 'chunks', 'tail.0', 'broken.flb'), 'x');
    const ids = new Set([id('a')]);
    expect(state.look(ids, 0).gone).toEqual([]);
    expect(state.look(ids, hour - 1).gone).toEqual([]);
    expect(state.look(ids, hour).gone.sort()).toEqual([...goes].sort());
    // Who comes back in time keeps everything, and starts from the beginning when it goes again.
    expect(state.look(new Set([id('a'), id('b')]), hour).gone).toEqual([]);
    expect(state.look(ids, hour + 1).gone).toEqual([]);
    expect(remove(state.look(ids, 3 * hour).gone)).toBe(2 * 4096 + 5);
    expect(goes.filter((path) => existsSync(path))).toEqual([]);
    expect(stays.filter((path) => !existsSync(path))).toEqual([]);
  });

  it.each<[string, number, Record<string, number[]>, string[]]>([
    ['nothing below the total', 100, { a: [20, 20, 20], b: [20] }, []],
    ['the oldest of the largest', 100, { a: [30, 30, 30, 30], b: [20] }, ['a0', 'a1']],
    [
      'of several down to one level',
      100,
      { a: [20, 20, 20, 20], b: [20, 20, 20, 20], c: [10] },
      ['a0', 'a1', 'b0', 'b1'],
    ],
    ['never the two newest', 10, { a: [40, 40, 40] }, ['a0']],
  ])('beyond the total goes %s', (_, total, sizes, expected) => {
    folder = mkdtempSync(join(tmpdir(), 'state-'));
    const kib = 4096;
    for (const [owner, list] of Object.entries(sizes))
      for (const [index, size] of list.entries())
        chunk(`tail.${index}`, `${owner}${index}`, id(owner), size * kib, 1000 - index);
    const { beyond, bytes } = new NodeState(folder, hour, total * kib).look(new Set(['a', 'b', 'c'].map(id)), 0);
    expect(beyond.map(({ path }) => /(\w+)\.flb$/.exec(path)?.[1]).sort()).toEqual(expected);
    expect(bytes).toBe(
      Object.values(sizes)
        .flat()
        .reduce((sum, size) => sum + size * kib, 0),
    );
  });
});
