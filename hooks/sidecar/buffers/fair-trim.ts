import type { Chunk } from './chunk.ts';

/** The newest may be written to. */
const untouched = 2;

export interface Bounds {
  /** Of all together. */
  total: number;
  /** Of one alone. */
  limit?: (id: string) => number;
  weigh: (chunk: Chunk) => number;
  /** What somebody has besides chunks, which stays. */
  besides?: ReadonlyMap<string, number>;
}

/**
 * The oldest chunks of whoever has most: all are cut down to one level, at which what is left fits. Whoever delivers
 * has next to nothing on disk and stays below it, and no backlog can take more than its share from another.
 */
export function fairTrim(chunks: readonly Chunk[], { total, limit, weigh, besides }: Bounds): Chunk[] {
  const owners = groups(chunks);
  for (const id of besides?.keys() ?? []) if (!owners.has(id)) owners.set(id, []);
  const weights = new Map(
    [...owners].map(([id, own]) => [id, own.reduce((sum, chunk) => sum + weigh(chunk), besides?.get(id) ?? 0)]),
  );
  const sizes = [...weights.values()];
  const fits = sizes.reduce((sum, size) => sum + size, 0) <= total;
  const common = fits ? Number.POSITIVE_INFINITY : levelBeside(weights, besides, total);
  return [...owners].flatMap(([id, own]) => {
    let left = weights.get(id) ?? 0;
    const level = Math.min(common, limit?.(id) ?? Number.POSITIVE_INFINITY);
    if (left <= level) return [];
    const oldest = [...own].sort((a, b) => a.time - b.time || (a.path < b.path ? -1 : 1)).slice(0, -untouched);
    return oldest.filter((chunk) => {
      if (left <= level) return false;
      left -= weigh(chunk);
      return true;
    });
  });
}

function groups(chunks: readonly Chunk[]): Map<string, Chunk[]> {
  const owners = new Map<string, Chunk[]>();
  for (const chunk of chunks) {
    if (chunk.id === undefined) continue;
    const own = owners.get(chunk.id);
    if (own === undefined) owners.set(chunk.id, [chunk]);
    else own.push(chunk);
  }
  return owners;
}

/** The level of those who do not have more than it in what stays: that goes off the total. */
function levelBeside(weights: ReadonlyMap<string, number>, besides: Bounds['besides'], total: number): number {
  const open = new Map(weights);
  let left = total;
  for (;;) {
    const level = levelFor([...open.values()], left);
    const above = [...open.keys()].filter((id) => (besides?.get(id) ?? 0) > level);
    if (above.length === 0 || above.length === open.size) return level;
    for (const id of above) {
      open.delete(id);
      left = Math.max(0, left - (besides?.get(id) ?? 0));
    }
  }
}

/** What each may have at most, so that all together have `total`. */
function levelFor(sizes: readonly number[], total: number): number {
  let left = total;
  const ascending = [...sizes].sort((a, b) => a - b);
  for (const [index, size] of ascending.entries()) {
    const share = left / (ascending.length - index);
    if (size > share) return share;
    left -= size;
  }
  return Number.POSITIVE_INFINITY;
}
