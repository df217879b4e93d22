import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { NodeState, remove } from '../../../../hooks/sidecar/buffers/node-state.ts';
import { chunkFile } from '../../../support/node/chunk-file.ts';

const id = (letter: string) => `p${letter.repeat(16)}`;
const hour = 3_600_000;
let folder: string;
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const chunk = (input: string, name: string, tag: string, bytes: number, age: number) =>
  chunkFile(join(folder, 'chunks', input, `${name}.flb`), { tag, bytes, age });

const owners = (...letters: string[]) => new Map(letters.map((letter) => [id(letter), Number.POSITIVE_INFINITY]));

/** The folder of an output that keeps files of its own, with five bytes in it. */
function ownFiles(owner: string): string {
  const path = join(folder, `${id(owner)}.files`);
  mkdirSync(join(path, 'bucket/2026'), { recursive: true });
  writeFileSync(join(path, 'bucket/2026/1-2.tmp'), 'bytes');
  return path;
}

describe('the state of a node', () => {
  const kib = 1024;
  const named = (chunks: { path: string }[]) => chunks.map(({ path }) => /(\w+)\.flb$/.exec(path)?.[1]).sort();
  const parked = (owner: string, name: string, bytes: number, age: number) =>
    chunkFile(join(folder, 'parked', id(owner), 'tail.0', `${name}.flb`), { tag: id(owner), bytes, age });

  it("counts what outputs keep, what is parked and what is the operator's, towards the total", () => {
    folder = mkdtempSync(join(tmpdir(), 'state-'));
    const archive = 'operator-output.archive';
    for (const age of [1, 2, 3, 4]) {
      chunk('tail.0', `a${age}`, id('a'), 8 * kib, age);
      chunk('emitter.1', `o${age}`, archive, 8 * kib, age);
      parked('b', `b${age}`, 8 * kib, age);
    }
    writeFileSync(join(ownFiles('c'), 'large'), Buffer.alloc(64 * kib, 1));
    chunk('tail.3', 'c1', id('c'), 8 * kib, 1);
    const limits = owners('a', 'b', 'c').set(archive, 1e9);
    const all = new NodeState(folder, hour, 1e9).look(limits, 0);
    expect([all.beyond, all.bytes]).toEqual([[], (12 * 8 + 8 + 64) * kib + 5]);
    const { beyond, known } = new NodeState(folder, hour, 120 * kib).look(limits, 0);
    expect(named(beyond)).toEqual(['a3', 'a4', 'b3', 'b4', 'o3', 'o4']);
    expect(known).toBe(true);
  });

  it('holds a pipeline to its own limit, with what is parked and what its outputs keep', () => {
    folder = mkdtempSync(join(tmpdir(), 'state-'));
    const limits = new Map(['a', 'b', 'c', 'd'].map((letter) => [id(letter), 30 * kib]));
    for (const age of [1, 2, 3, 4])
      for (const owner of ['a', 'c']) chunk('tail.0', `${owner}${age}`, id(owner), 8 * kib, age);
    for (const age of [5, 6]) parked('a', `a${age}`, 8 * kib, age);
    for (const age of [1, 2, 3, 4]) parked('b', `b${age}`, 8 * kib, age);
    writeFileSync(join(ownFiles('d'), 'large'), Buffer.alloc(20 * kib, 1));
    for (const age of [1, 2, 3]) chunk('tail.4', `d${age}`, id('d'), 8 * kib, age);
    const state = new NodeState(folder, hour, 1e9);
    const { beyond } = state.look(limits, 0);
    // What only Fluent Bit has of c it holds to the limit itself.
    expect(named(beyond)).toEqual(['a4', 'a5', 'a6', 'b4', 'd3']);
    remove(beyond.map(({ path }) => path));
    expect(state.look(limits, 0).beyond).toEqual([]);
    for (const name of ['a', 'c', 'd']) limits.delete(id(name));
    parked('b', 'b9', 8 * kib, 9);
    expect(state.look(limits, 0)).toMatchObject({ beyond: [{ id: id('b') }], known: false });
  });

  it("lets an operator's output that is gone leave nothing", () => {
    folder = mkdtempSync(join(tmpdir(), 'state-'));
    const path = chunk('emitter.1', '1', 'operator-output.archive', 4096, 1);
    chunk('opentelemetry.0', '2', 'operator.otlp', 4096, 1);
    const state = new NodeState(folder, hour, 1e9);
    expect(state.look(new Map(), 0).gone).toEqual([]);
    expect(state.look(new Map(), hour).gone).toEqual([path]);
  });

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
    const ids = owners('a');
    expect(state.look(ids, 0).gone).toEqual([]);
    expect(state.look(ids, hour - 1).gone).toEqual([]);
    expect(state.look(ids, hour).gone.sort()).toEqual([...goes].sort());
    // Who comes back in time keeps everything, and starts from the beginning when it goes again.
    expect(state.look(owners('a', 'b'), hour).gone).toEqual([]);
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
    const page = 4096;
    for (const [owner, list] of Object.entries(sizes))
      for (const [index, size] of list.entries())
        chunk(`tail.${index}`, `${owner}${index}`, id(owner), size * page, 1000 - index);
    const { beyond, bytes } = new NodeState(folder, hour, total * page).look(owners('a', 'b', 'c'), 0);
    expect(named(beyond)).toEqual(expected);
    expect(bytes).toBe(
      Object.values(sizes)
        .flat()
        .reduce((sum, size) => sum + size * page, 0),
    );
  });
});
