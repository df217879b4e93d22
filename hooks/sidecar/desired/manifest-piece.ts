import type { z } from 'zod';
import type { ManifestEntry, ManifestPiece } from '../../shards/manifest.ts';

export type Piece = z.infer<typeof ManifestPiece>;

type Check = (value: unknown) => boolean;

const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const text =
  (most: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= most;
const whole =
  (least: number, most: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
const absentOr =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const blob =
  (key: Check): Check =>
  (value) =>
    key(value) || (isRecord(value) && key(value['blob']) && whole(1, 64)(value['pieces']));

const digest = matches(/^[A-Za-z0-9._-]{1,64}$/);
const secretName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}$/;
const secret = blob(matches(/^s-[0-9a-f]{32}$/));

const entryChecks: Record<keyof ManifestEntry, Check> = {
  namespace: matches(/^[a-z0-9-]{1,63}$/),
  name: matches(/^[a-z0-9.-]{1,253}$/),
  uid: text(128),
  revision: digest,
  policy: absentOr(text(64)),
  file: blob(matches(/^f-[0-9a-f]{64}$/)),
  secrets: (value) =>
    isRecord(value) && Object.entries(value).every(([name, content]) => secretName.test(name) && secret(content)),
};

const pieceChecks: Record<keyof Piece, Check> = {
  format: (value) => value === 1,
  shard: whole(0, Number.MAX_SAFE_INTEGER),
  revision: digest,
  continued: absentOr(whole(0, 1024)),
  pipelines: Array.isArray,
};

/** What the schema of a piece says, or what is wrong. Not by the schema: zod takes a fifth of the sidecar's memory. */
export function readPiece(json: unknown): Piece | string {
  const fault = faultOf(json, pieceChecks);
  if (fault !== undefined) return `it is no manifest: ${fault}`;
  const piece = json as Piece;
  for (const [index, entry] of piece.pipelines.entries()) {
    const wrong = faultOf(entry, entryChecks);
    if (wrong !== undefined) return `it is no manifest: pipelines.${index}.${wrong}`;
  }
  const pipelines = piece.pipelines.map(({ namespace, name, uid, revision, policy = '', file, secrets }) => ({
    ...{ namespace, name, uid, revision, policy, file, secrets },
  }));
  return { format: 1, shard: piece.shard, revision: piece.revision, continued: piece.continued ?? 0, pipelines };
}

function faultOf(value: unknown, checks: Record<string, Check>): string | undefined {
  if (!isRecord(value)) return 'it is no object';
  return Object.keys(checks).find((field) => checks[field]?.(value[field]) !== true);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
