import type { ManifestEntry } from '../../shards/manifest.ts';
import { type Piece, readPiece } from './manifest-piece.ts';

export interface Manifest {
  shard: number;
  revision: string;
  pipelines: ManifestEntry[];
}

/** A manifest with all of its pieces; a text where it is none that counts, which says why. */
export function readManifest(shard: number, piece: (number: number) => Buffer | undefined): Manifest | string {
  const first = parse(piece(0));
  if (typeof first === 'string') return first;
  if (first.shard !== shard) return `it is of shard ${first.shard}`;
  const pipelines = [...first.pipelines];
  for (let number = 1; number <= first.continued; number++) {
    const next = parse(piece(number));
    if (typeof next === 'string') return `piece ${number}: ${next}`;
    if (next.revision !== first.revision) return `piece ${number} is of another revision`;
    pipelines.push(...next.pipelines);
  }
  return { shard, revision: first.revision, pipelines };
}

function parse(content: Buffer | undefined): Piece | string {
  if (content === undefined) return 'it is not there';
  let json: unknown;
  try {
    json = JSON.parse(content.toString('utf8'));
  } catch {
    return 'it is no JSON';
  }
  return readPiece(json);
}
