import type { z } from 'zod';
import { idPattern } from '../../kubernetes/ids.ts';
import type { ManifestEntry, ManifestPiece } from '../../shards/manifest.ts';
import type { LeadingFilters, NodeData } from '../../shards/node-data.ts';
import type { OutputTarget, TargetTls } from '../../shards/output-targets.ts';

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

const list =
  (most: number, check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every(check);
const offset = whole(0, 0xffffffff);

const digest = matches(/^[A-Za-z0-9._-]{1,64}$/);
const secretName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}$/;
const secret = blob(matches(/^s-[0-9a-f]{32}$/));

const filterChecks: Record<keyof LeadingFilters['filters'][number], Check> = {
  id: matches(new RegExp(`^${idPattern}$`)),
  code: digest,
};

const leadingChecks: Record<keyof LeadingFilters, Check> = {
  filters: list(256, (value) => faultOf(value, filterChecks) === undefined),
  cut: list(256, (value) => Array.isArray(value) && value.length === 2 && value.every(offset)),
};

const short = absentOr(text(4096));
const yes = absentOr((value) => value === true);

const tlsChecks: Record<keyof TargetTls, Check> = {
  unverified: yes,
  named: yes,
  ca: short,
  certificate: short,
  key: short,
  password: short,
  serverName: short,
};

const targetChecks: Record<keyof OutputTarget, Check> = {
  plugin: text(128),
  host: short,
  port: short,
  tls: absentOr((value) => faultOf(value, tlsChecks) === undefined),
};

const nodeChecks: Record<keyof NodeData, Check> = {
  ids: list(256, text(128)),
  limit: absentOr((value) => Number.isFinite(value) && Number(value) >= 0),
  threads: absentOr(whole(0, Number.MAX_SAFE_INTEGER)),
  paths: absentOr(list(1024, text(4096))),
  leading: absentOr((value) => faultOf(value, leadingChecks) === undefined),
  targets: absentOr(list(256, (value) => faultOf(value, targetChecks) === undefined)),
};

const entryChecks: Record<keyof ManifestEntry, Check> = {
  namespace: matches(/^[a-z0-9-]{1,63}$/),
  name: matches(/^[a-z0-9.-]{1,253}$/),
  uid: text(128),
  revision: digest,
  policy: absentOr(text(64)),
  file: blob(matches(/^f-[0-9a-f]{64}$/)),
  secrets: (value) =>
    isRecord(value) && Object.entries(value).every(([name, content]) => secretName.test(name) && secret(content)),
  node: absentOr((value) => faultOf(value, nodeChecks) === undefined),
};

const pieceChecks: Record<keyof Piece, Check> = {
  format: (value) => value === 1,
  version: absentOr(whole(1, Number.MAX_SAFE_INTEGER)),
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
  const pipelines = piece.pipelines.map(({ namespace, name, uid, revision, policy = '', file, secrets, node }) => ({
    ...{ namespace, name, uid, revision, policy, file, secrets },
    ...(node === undefined ? {} : { node: known(node) }),
  }));
  const { shard, revision, version = 1, continued = 0 } = piece;
  return { format: 1, version, shard, revision, continued, pipelines };
}

/** What this version knows of it. */
function known({ ids, limit, threads, paths, leading, targets }: NodeData): NodeData {
  return {
    ids,
    ...(limit === undefined ? {} : { limit }),
    ...(threads === undefined ? {} : { threads }),
    ...(paths === undefined ? {} : { paths }),
    ...(leading === undefined
      ? {}
      : { leading: { filters: leading.filters.map(({ id, code }) => ({ id, code })), cut: leading.cut } }),
    ...(targets === undefined ? {} : { targets }),
  };
}

function faultOf(value: unknown, checks: Record<string, Check>): string | undefined {
  if (!isRecord(value)) return 'it is no object';
  return Object.keys(checks).find((field) => checks[field]?.(value[field]) !== true);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
