import { blobName } from '../../shards/blobs.ts';
import type { ManifestEntry } from '../../shards/manifest.ts';
import { limitsIn } from '../../shards/usage.ts';
import { sha256 } from './blob-store.ts';
import { renderedSection } from './rendered-section.ts';

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
  /** Bytes that each of them may have undelivered. */
  limit?: number;
  /** Globs of the folders of pods that it reads in; of what is sent records there are none. */
  paths?: string[];
  /** Equal for two that make no difference to Fluent Bit. */
  content: string;
}

export function entry(ref: ManifestEntry, shard: number, { ids, limit, paths }: Outputs): Entry {
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
    ids,
    ...(limit === undefined ? {} : { limit }),
    ...(paths === undefined ? {} : { paths }),
    content,
  };
}

/** Whose it is. A namespace has no slash and no dot. */
export function nameOf({ namespace, name }: Pick<Entry, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

/** What keeps chunks on the disk, by the tags of these; how much at most; and from where. */
export type Outputs = Pick<Entry, 'ids' | 'limit' | 'paths'>;

/**
 * The outputs of a rendered file: they match the ids of its pipelines, alone or with the path behind, and those of an
 * operator their copies. What somebody wrote stands farther to the right than the properties of an output, however many
 * lines it has.
 */
export function outputsIn(text: string): Outputs {
  const outputs = renderedSection(text, 'outputs')?.content ?? '';
  const matches = outputs.matchAll(/^ {6}match: "?(p[0-9a-f]{16}|operator-output\.[\w-]+)(?:\.\*)?"?$/gm);
  const ids = [...new Set([...matches].map(([, id = '']) => withoutItsText(id)))];
  // It is one of the LoggingConfiguration, or of the agent.
  const [limit] = limitsIn(outputs);
  const paths = pathsIn(text);
  return { ids, ...(limit === undefined ? {} : { limit }), ...(paths === undefined ? {} : { paths }) };
}

/** More are not worth telling apart: then it is by the namespace. */
const manyPaths = 32;

/** Of inputs that are not all by tail nobody knows when they have something. */
function pathsIn(text: string): string[] | undefined {
  const inputs = renderedSection(text, 'inputs')?.content ?? '';
  const globs = [...inputs.matchAll(/^ {6}path: "?([^"\n]*)"?$/gm)].map(([, path = '']) => path);
  const count = inputs.match(/^ {4}- name: /gm)?.length ?? 0;
  if (globs.length === 0 || globs.length < count) return undefined;
  // Without the container and its file.
  const paths = unique(globs.flatMap((glob) => glob.split(',')).map((path) => path.replace(/(\/[^/]*){2}$/, '')));
  return paths.length <= manyPaths ? paths : unique(paths.map((path) => path.replace(/_[^/]*$/, '_*')));
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].map(withoutItsText);
}

/** The same; V8 would keep the whole text in memory for the sake of a part of it. */
export function withoutItsText(part: string): string {
  return Buffer.from(part).toString();
}
