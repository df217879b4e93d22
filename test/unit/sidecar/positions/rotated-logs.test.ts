import { describe, expect, it } from 'vitest';
import { unread } from '../../../../hooks/sidecar/positions/rotated-logs.ts';

/** The oldest first; the one without a `.` is written to. */
const files = (...names: string[]) =>
  names.map((name, index) => ({
    name,
    inode: BigInt(name.replace(/\D/g, '')),
    written: index,
    isRotated: name.startsWith('.'),
  }));

describe('which rotated files are to be read', () => {
  it.each<[string, string[], number[], string[]]>([
    ['none that were seen being rotated', ['.1', '.2', '3'], [3], []],
    ['what was rotated while it was away', ['.1', '.2', '3'], [2], ['.2']],
    ['what was rotated several times', ['.1', '.2', '.3', '4'], [1], ['.1', '.2', '.3']],
    ['all where what it knew is compressed', ['.2', '.3', '4'], [1], ['.2', '.3']],
    ['what it began to read by a link, too', ['.1', '.2', '3'], [1, 3], ['.1']],
    ['what was rotated again after that', ['.1', '.2', '.3', '4'], [1, 3], ['.1', '.3']],
    ['all of a log that it never saw', ['.1', '2'], [], ['.1']],
    ['none where nothing was rotated', ['1'], [], []],
    ['what there is no successor of', ['.1', '.2'], [1], ['.1', '.2']],
  ])('%s', (_what, names, known, expected) => {
    expect(unread(files(...names), new Set(known.map(BigInt))).map(({ name }) => name)).toEqual(expected);
  });
});
