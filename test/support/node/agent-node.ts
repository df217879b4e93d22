import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../remove-tree.ts';

/** A LoggingConfiguration as a shard carries it; its file and its secrets say their revision. */
export interface Pipeline {
  namespace?: string;
  name: string;
  text: string;
  secrets?: Record<string, string>;
}

/** The files of a shard's ConfigMap and Secret. */
export interface ShardFiles {
  config: Record<string, string>;
  secret: Record<string, string>;
}

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** What the hook of a shard writes; `pieces`: how many manifests it takes, `cut`: the size of a file that is cut. */
export function shardFiles(
  shard: number,
  pipelines: readonly Pipeline[],
  { pieces = 1, cut = Number.POSITIVE_INFINITY } = {},
): ShardFiles {
  const files: ShardFiles = { config: {}, secret: {} };
  const named = pipelines.map(({ namespace = 'shop', name, text, secrets = {} }) => {
    const blob = `f-${sha256(text)}`;
    const parts = text.match(new RegExp(`[^]{1,${Math.min(cut, 65_535)}}`, 'g')) ?? [];
    const isCut = text.length > cut;
    if (isCut) for (const [index, part] of parts.entries()) files.config[`${blob}.${index}`] = part;
    else files.config[blob] = text;
    const own = Object.entries(secrets).map(([key, value]) => {
      const secret = `s-${sha256(`key ${value}`).slice(0, 32)}`;
      files.secret[secret] = value;
      return [key, secret];
    });
    const revision = sha256(JSON.stringify([text, secrets])).slice(0, 32);
    const file = isCut ? { blob, pieces: parts.length } : blob;
    return { namespace, name, uid: `uid-${name}`, revision, file, secrets: Object.fromEntries(own) };
  });
  const revision = sha256(JSON.stringify(named)).slice(0, 16);
  const each = Math.max(1, Math.ceil(named.length / pieces));
  for (let number = 0; number < pieces; number++)
    files.config[number === 0 ? `manifest-${shard}.json` : `manifest-${shard}.${number}.json`] = JSON.stringify({
      format: 1,
      shard,
      revision,
      continued: number === 0 ? pieces - 1 : 0,
      pipelines: named.slice(number * each, (number + 1) * each),
    });
  return files;
}

/** A base configuration with which an agent can be reloaded. */
export function baseText(...settings: string[]): string {
  const all = ['http_server: on', 'hot_reload: on', ...settings];
  return `service:\n${all.map((line) => `  ${line}\n`).join('')}`;
}

/** A node's folders, in a temporary one. */
export interface AgentNode {
  folder: string;
  places: { incoming: string; base: string; generations: string; live: string; state: string; logs: string };
  /** Puts files into the projected volume as the kubelet does: all at once. */
  mount: (...sources: Record<string, string>[]) => void;
  setBase: (text: string) => void;
  /** As for a new pod: all is gone but the disk of the node. */
  forget: () => void;
  liveBase: () => string;
  mountedBase: () => string;
  /** What a start would read; a text where it is not complete. */
  liveTree: () => Record<string, string> | string;
  clean: () => void;
}

export function agentNode(parent = tmpdir()): AgentNode {
  const folder = mkdtempSync(join(parent, 'agent-'));
  const places = {
    incoming: join(folder, 'incoming'),
    base: join(folder, 'base/fluent-bit.yaml'),
    generations: join(folder, 'generations'),
    live: join(folder, 'live'),
    state: join(folder, 'state'),
    logs: join(folder, 'var/log/pods'),
  };
  let volume = 0;
  const project = (root: string, files: Record<string, string>) => {
    volume += 1;
    const next = `..${volume}`;
    mkdirSync(join(root, next), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, next, name), text);
    const former = existsSync(join(root, '..data')) ? readlinkSync(join(root, '..data')) : undefined;
    symlinkSync(next, join(root, '..data_tmp'));
    renameSync(join(root, '..data_tmp'), join(root, '..data'));
    for (const name of Object.keys(files)) {
      const link = join(root, name);
      if (!isLink(link)) symlinkSync(join('..data', name), link);
    }
    if (former !== undefined) rmSync(join(root, former), { recursive: true });
  };
  mkdirSync(places.state);
  project(places.incoming, {});
  const node: AgentNode = {
    folder,
    places,
    mount: (...sources) => project(places.incoming, Object.assign({}, ...sources) as Record<string, string>),
    setBase: (text) => project(join(folder, 'base'), { 'fluent-bit.yaml': text }),
    forget: () => {
      removeTree(places.generations);
      rmSync(places.live);
    },
    mountedBase: () => readFileSync(places.base, 'utf8'),
    liveBase: () => readFileSync(join(places.live, 'fluent-bit.yaml'), 'utf8'),
    liveTree: () => liveTree(places.live),
    clean: () => removeTree(folder),
  };
  node.setBase(baseText('flush: 1'));
  return node;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function liveTree(live: string): Record<string, string> | string {
  try {
    const base = readFileSync(join(live, 'fluent-bit.yaml'), 'utf8');
    const index = JSON.parse(readFileSync(join(live, 'index.json'), 'utf8')) as {
      pipelines: { namespace: string; name: string; secrets: Record<string, string> }[];
    };
    const files = readdirSync(join(live, 'pipelines')).sort();
    const named = index.pipelines.map(({ namespace, name }) => `${namespace}.${name}.yaml`).sort();
    if (files.join() !== named.join()) return `index: ${named.join()}, files: ${files.join()}`;
    if (base.includes('includes:') !== files.length > 0) return 'includes do not fit';
    const secrets = index.pipelines.flatMap((pipeline) => Object.keys(pipeline.secrets));
    for (const key of secrets) readFileSync(join(live, 'secrets', key));
    return Object.fromEntries(files.map((file) => [file, readFileSync(join(live, 'pipelines', file), 'utf8')]));
  } catch (error) {
    return String(error);
  }
}
