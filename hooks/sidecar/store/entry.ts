import { blobName } from '../../shards/blobs.ts';
import type { ManifestEntry } from '../../shards/manifest.ts';
import type { NodeData } from '../../shards/node-data.ts';
import { sha256 } from './blob-store.ts';
import { isMapOf } from './disk.ts';

/** A pipeline as a generation holds it. */
export interface Entry extends NodeData {
  namespace: string;
  name: string;
  uid: string;
  revision: string;
  shard: number;
  /** Name of the blob with its file. */
  file: string;
  secrets: Record<string, string>;
  /** Equal for two that make no difference to Fluent Bit. */
  content: string;
}

export function entry(ref: ManifestEntry, shard: number, node: NodeData): Entry {
  const { namespace, name, uid, revision } = ref;
  const file = blobName(ref.file);
  // Not by lodash: it takes a seventh of the sidecar's memory.
  const secrets = Object.fromEntries(Object.entries(ref.secrets).map(([key, blob]) => [key, blobName(blob)]));
  const sorted = Object.entries(secrets).sort(([a], [b]) => (a < b ? -1 : 1));
  const content = sha256(JSON.stringify([namespace, name, file, sorted])).slice(0, 32);
  return {
    namespace,
    name,
    uid,
    revision,
    shard,
    file,
    secrets,
    ...node,
    content,
  };
}

/** Whether a value of a state file is one. */
export function isEntry(value: unknown): value is Entry {
  const { namespace, name, uid, revision, shard, file, secrets, content, ids } = (value ?? {}) as Partial<Entry>;
  const texts = [namespace, name, uid, revision, file, content].every((text) => typeof text === 'string');
  return texts && typeof shard === 'number' && isMapOf(secrets, isText) && Array.isArray(ids) && ids.every(isText);
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** Whose it is. A namespace has no slash and no dot. */
export function nameOf({ namespace, name }: Pick<Entry, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}
