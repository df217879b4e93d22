import { z } from 'zod';

/** What is in a file of that name; several pipelines may refer to one. */
const fileBlob = z.string().regex(/^f-[0-9a-f]{64}$/);
const secretBlob = z.string().regex(/^s-[0-9a-f]{32}$/);
const safeName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}$/);
const revision = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);

const Pipeline = z.object({
  namespace: z.string().regex(/^[a-z0-9-]{1,63}$/),
  name: z.string().regex(/^[a-z0-9.-]{1,253}$/),
  uid: z.string().max(128),
  revision,
  file: z.union([fileBlob, z.object({ blob: fileBlob, pieces: z.number().int().min(1).max(64) })]),
  /** Blobs by the name that the file refers to them by. */
  secrets: z.record(safeName, secretBlob),
});

const Piece = z.object({
  format: z.literal(1),
  shard: z.number().int().min(0),
  revision,
  continued: z.number().int().min(0).max(1024).default(0),
  pipelines: z.array(Pipeline),
});

/** A pipeline as a shard names it. */
export type PipelineRef = z.infer<typeof Pipeline>;

export interface Manifest {
  shard: number;
  revision: string;
  pipelines: PipelineRef[];
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

function parse(content: Buffer | undefined): z.infer<typeof Piece> | string {
  if (content === undefined) return 'it is not there';
  let json: unknown;
  try {
    json = JSON.parse(content.toString('utf8'));
  } catch {
    return 'it is no JSON';
  }
  const parsed = Piece.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `it is no manifest: ${issue?.path.join('.')}: ${issue?.message}`;
}
