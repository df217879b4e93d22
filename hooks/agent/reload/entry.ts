import { blobName } from '../../fluentbit/shards/blobs.ts';
import type { ManifestEntry } from '../../fluentbit/shards/manifest.ts';
import { sha256 } from './blobs.ts';

/** A pipeline as a generation holds it. */
export interface Entry {
  namespace: string;
  name: string;
  uid: string;
  revision: string;
  shard: number;
  /** Name of the blob with its file. */
  file: string;
  secrets: Record<string, string>;
  /** Ids of its outputs: tags, and names of databases. */
  ids: string[];
  /** Equal for two that make no difference to Fluent Bit. */
  content: string;
}

export function entry(ref: ManifestEntry, shard: number, ids: string[]): Entry {
  const { namespace, name, uid, revision } = ref;
  const file = blobName(ref.file);
  // Not by lodash: it takes a seventh of the sidecar's memory.
  const secrets = Object.fromEntries(Object.entries(ref.secrets).map(([key, blob]) => [key, blobName(blob)]));
  const sorted = Object.entries(secrets).sort(([a], [b]) => (a < b ? -1 : 1));
  const content = sha256(JSON.stringify([namespace, name, file, sorted])).slice(0, 32);
  return { namespace, name, uid, revision, shard, file, secrets, ids, content };
}

/** Whose it is. A namespace has no slash and no dot. */
export function nameOf({ namespace, name }: Pick<Entry, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

/**
 * Ids of the pipelines in a rendered file: its outputs match them, alone or with the path behind. What a tenant wrote
 * stands farther to the right than the properties of an output, however many lines it has.
 */
export function idsIn(text: string): string[] {
  const outputs = /^ {2}outputs:\n((?:(?: {4}.*)?\n)*)/m.exec(text)?.[1] ?? '';
  const matches = outputs.matchAll(/^ {6}match: "?(p[0-9a-f]{16})(?:\.\*)?"?$/gm);
  return [...new Set([...matches].map(([, id]) => id ?? ''))];
}
