import type { Chunk } from './chunk.ts';

/** The newest may be written to. */
const untouched = 2;

/**
 * The oldest chunks of whoever has most: all are cut down to one level, at which what is left fits. Whoever delivers
 * has next to nothing on disk and stays below it, and no backlog can take more than its share from another.
 */
export function excess(chunks: readonly Chunk[], total: number, weigh: (chunk: Chunk) => number): Chunk[] {
  const owners = groups(chunks);
  const weight = (own: readonly Chunk[]) => own.reduce((sum, chunk) => sum + weigh(chunk), 0);
  const sizes = [...owners.values()].map(weight);
  if (sizes.reduce((sum, size) => sum + size, 0) <= total) return [];
  const level = levelFor(sizes, total);
  return [...owners.values()].flatMap((own) => {
    let left = weight(own);
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
