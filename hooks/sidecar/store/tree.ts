import { join } from 'node:path';
import { type ControlAddress, controlVariables } from '../../fluentbit/agent/control-address.ts';
import { workersFor } from '../../fluentbit/render/workers.ts';
import type { Blobs } from './blob-store.ts';
import { type Disk, isAbsent, stateIfThere } from './disk.ts';
import { type Entry, isEntry } from './entry.ts';
import { shareFilters } from './leading-filters.ts';

/** What a generation holds, written beside it: a sidecar that starts anew goes on from there. */
export interface Index {
  format: 1;
  generation: number;
  /** Blob of the base configuration. */
  base: string;
  /** Revisions of the shards that it came from. */
  shards: Record<string, string>;
  pipelines: Entry[];
}

const file = 'fluent-bit.yaml';
/** What follows from how many pipelines there are, and where Fluent Bit's server listens. */
export const ownFile = 'agent.yaml';
/** What all pipelines begin with. */
const sharedFile = 'shared.yaml';
const indexFile = 'index.json';

function isIndex(value: unknown): value is Index {
  const { format, generation, base, shards, pipelines } = (value ?? {}) as Partial<Index>;
  const numbered = format === 1 && typeof generation === 'number' && typeof base === 'string';
  return numbered && typeof shards === 'object' && Array.isArray(pipelines) && pipelines.every(isEntry);
}

/** What the generation in a folder holds; undefined where it is not finished. */
export function readIndex(files: Disk, folder: string): Index | undefined {
  return stateIfThere(files, join(folder, indexFile), isIndex);
}

/** Folders with one complete configuration each, by number. */
export class Trees {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #blobs: Blobs;
  readonly #control: ControlAddress;

  constructor(disk: Disk, folder: string, blobs: Blobs, control: ControlAddress) {
    this.#disk = disk;
    this.#folder = folder;
    this.#blobs = blobs;
    this.#control = control;
  }

  /** Numbers of those that are there, the unfinished among them. */
  numbers(): number[] {
    return this.#disk
      .readdirSync(this.#folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  }

  path(generation: number): string {
    return join(this.#folder, String(generation));
  }

  /** What a finished one holds. */
  read(generation: number): Index | undefined {
    return readIndex(this.#disk, this.path(generation));
  }

  /**
   * Writes one whole. Files are links to the blobs. Nobody but the owner may read them, and nobody write them: agent
   * and sidecar run as the same user.
   */
  write(index: Index): void {
    const root = this.path(index.generation);
    const pipelines = join(root, 'pipelines');
    const secrets = join(root, 'secrets');
    for (const folder of [root, pipelines, secrets]) this.#disk.mkdirSync(folder, { mode: 0o700 });
    const shared = shareFilters(index.pipelines, this.#blobs);
    for (const entry of index.pipelines) {
      this.#disk.linkSync(shared.pathOf(entry), join(pipelines, `${entry.namespace}.${entry.name}.yaml`));
      for (const [key, secret] of Object.entries(entry.secrets))
        this.#disk.linkSync(this.#blobs.path(secret), join(secrets, key));
    }
    const base = this.#blobs.read(index.base).toString('utf8');
    const sum = (of: (entry: Entry) => number) => index.pipelines.reduce((all, entry) => all + of(entry), 0);
    const workers = workersFor(
      sum(({ ids }) => ids.length),
      sum(({ threads = 0 }) => threads),
    );
    const own = join(root, ownFile);
    const { host, port } = this.#control;
    const all = { ...workers, [controlVariables.host]: host, [controlVariables.port]: port };
    const variables = Object.entries(all).map(([name, value]) => `  ${name}: "${value}"\n`);
    this.#disk.writeFileSync(own, `env:\n${variables.join('')}`, { mode: 0o400 });
    const first = join(root, sharedFile);
    if (shared.text !== undefined) this.#disk.writeFileSync(first, shared.text, { mode: 0o400 });
    // A glob that matches nothing is fatal. Filters go in the order of the files, and of a variable the last one counts.
    const includes = [
      ...(shared.text === undefined ? [] : [first]),
      ...(index.pipelines.length === 0 ? [] : [`${pipelines}/*.yaml`]),
      own,
    ];
    this.#disk.writeFileSync(join(root, file), withIncludes(base, includes), { mode: 0o400 });
    // Last: what has an index is complete.
    this.#disk.writeFileSync(join(root, indexFile), JSON.stringify(index), { mode: 0o400 });
    for (const folder of [pipelines, secrets, root]) this.#disk.chmodSync(folder, 0o500);
  }

  remove(generation: number): void {
    const root = this.path(generation);
    for (const folder of [root, join(root, 'pipelines'), join(root, 'secrets')]) {
      try {
        this.#disk.chmodSync(folder, 0o700);
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
    }
    this.#disk.rmSync(root, { recursive: true, force: true });
  }
}

/** Paths are those of the generation and not of the link: files of two are never read together. */
function withIncludes(base: string, paths: readonly string[]): string {
  const items = paths.map((path) => `  - ${path}`);
  const lines = base.split('\n');
  const own = lines.findIndex((line) => line.trimEnd() === 'includes:');
  if (own >= 0) return lines.toSpliced(own, 1, 'includes:', ...items).join('\n');
  const before = base.endsWith('\n') || base === '' ? base : `${base}\n`;
  return [`${before}includes:`, ...items, ''].join('\n');
}
