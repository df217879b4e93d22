import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ManifestPiece } from '../../../../hooks/shards/manifest.ts';
import { readPiece } from '../../../../hooks/sidecar/desired/manifest-piece.ts';

const file = `f-${'a'.repeat(64)}`;
const secret = `s-${'b'.repeat(32)}`;
const node = {
  ids: ['p0123456789abcdef'],
  limit: 1e9,
  paths: ['/var/log/pods/shop_*'],
  leading: { filters: [{ id: 'p0123456789abcdef', code: '0123456789abcdef' }], cut: [[10, 20]] },
};
const entry = {
  ...{ namespace: 'shop', name: 'a.b', uid: 'u', revision: 'r', policy: 'p' },
  ...{ file: { blob: file, pieces: 2 }, secrets: { p1_token: secret, key: { blob: secret, pieces: 64 } } },
};
const piece = {
  format: 1,
  version: 2,
  shard: 3,
  revision: 'r',
  continued: 2,
  pipelines: [
    { ...entry, node },
    { ...entry, file, secrets: {} },
  ],
};

const odd = fc.constantFrom<unknown>(
  ...[undefined, null, 0, 1, -1, 1.5, 65, 1024, 1025, 2 ** 53, Number.NaN, true, '', ' ', 'a', 'A_b', '../x', 'a/b'],
  ...['a\n', 'x'.repeat(64), 'x'.repeat(65), 'x'.repeat(254), file, secret, `${file}0`, `${secret}\n`, [], {}, [entry]],
  ...[
    { blob: file },
    { blob: file, pieces: 0 },
    { blob: secret, pieces: 1 },
    { '': secret },
    { '-x': secret },
    { x: 1 },
  ],
);
const paths = [
  ...['format', 'version', 'shard', 'revision', 'continued', 'pipelines', 'more'].map((field) => [field]),
  ...['namespace', 'name', 'uid', 'revision', 'policy', 'file', 'secrets', 'more'].map((field) => [
    ...['pipelines', '1', field],
  ]),
  ...[
    ['pipelines', '0'],
    ['pipelines', '0', 'file', 'pieces'],
    ['pipelines', '0', 'secrets', 'key', 'blob'],
  ],
  ...[
    ['pipelines', '0', 'secrets', 'p1_token'],
    ['pipelines', '0', 'secrets', 'x y'],
  ],
  ...[
    ['pipelines', '0', 'node'],
    ['pipelines', '1', 'node'],
    ...['ids', 'limit', 'paths', 'leading', 'more'].map((field) => ['pipelines', '0', 'node', field]),
    ['pipelines', '0', 'node', 'ids', '0'],
    ['pipelines', '0', 'node', 'leading', 'filters'],
    ['pipelines', '0', 'node', 'leading', 'filters', '0', 'id'],
    ['pipelines', '0', 'node', 'leading', 'cut', '0', '1'],
  ],
];

it('a piece of a manifest is what its schema says', () => {
  const seen = new Set<boolean>();
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...paths), odd), { maxLength: 2 }), (changes) => {
      const json = structuredClone(piece) as unknown;
      for (const [path, value] of changes) put(json, path, value);
      const bySchema = ManifestPiece.safeParse(json);
      const read = readPiece(json);
      seen.add(bySchema.success);
      if (bySchema.success) expect(read).toEqual(bySchema.data);
      else expect(read).toMatch(/^it is no manifest: /);
    }),
    { numRuns: 5000 },
  );
  expect(seen.size).toBe(2);
  for (const other of [null, 1, 'x', [], [piece]]) expect(readPiece(other)).toMatch(/^it is no manifest/);
});

function put(target: unknown, path: readonly string[], value: unknown): void {
  const [last = '', ...before] = [...path].reverse();
  const at = before
    .reverse()
    .reduce<unknown>((inside, key) => (inside as Record<string, unknown> | null)?.[key], target);
  if (typeof at === 'object' && at !== null) (at as Record<string, unknown>)[last] = structuredClone(value);
}
