import { dirname, join } from 'node:path';
import { rotatedFolder } from '../../fluentbit/file/paths.ts';
import { podPattern } from '../desired/node-logs.ts';
import { type Disk, isAbsent, readIfThere } from '../store/disk.ts';
import type { Entry } from '../store/entry.ts';
import { type LogChain, list, rotatedLogs, unread } from './rotated-logs.ts';
import { SqliteFile } from './sqlite-file.ts';

/**
 * Files that the kubelet rotated while Fluent Bit, or a pipeline, was away. Were their names among the paths of tail, it
 * would read each file that is rotated once more as soon as it forgets it (fact: positions-of-files). So tail reads links,
 * in a folder of each pipeline, and here they are made: to the files that it has not read to the end.
 *
 * Only right while Fluent Bit has the databases of these pipelines not open.
 */
export class CatchUp {
  readonly #disk: Disk;
  readonly #state: string;
  readonly #logs: string;

  constructor(disk: Disk, state: string, logs: string) {
    this.#disk = disk;
    this.#state = state;
    this.#logs = logs;
  }

  /** Makes the links of pipelines, and removes old ones; returns how many there are, and what went wrong. */
  prepare(entries: readonly Pick<Entry, 'ids' | 'paths'>[]): { links: number; faults: string[] } {
    const faults: string[] = [];
    if (entries.length === 0) return { links: 0, faults };
    const [chains = []] = attempt(faults, () => rotatedLogs(this.#disk, this.#logs));
    const links = entries.flatMap(({ ids, paths }) => {
      const patterns = (paths ?? []).flatMap((glob) => podPattern(glob, this.#logs) ?? []);
      const own = chains.filter(({ pod }) => patterns.some((pattern) => pattern.test(pod)));
      return ids.flatMap((id) => attempt(faults, () => this.#place(id, () => this.#wanted(id, own))));
    });
    return { links: links.reduce((sum, count) => sum + count, 0), faults };
  }

  /** Of those that are not live yet. When all of them start, `fluentbind start` does it. */
  prepareNew(next: readonly Entry[], live: readonly Entry[]): { links: number; faults: string[] } {
    const open = new Set(live.flatMap(({ ids }) => ids));
    const found = next.map(({ ids, paths }) => ({ ids: ids.filter((id) => !open.has(id)), paths }));
    return this.prepare(found.filter(({ ids }) => ids.length > 0));
  }

  /** Where each link leads, by its path in the folder of the pipeline. */
  #wanted(id: string, chains: readonly LogChain[]): Map<string, string> {
    const known = chains.length === 0 ? undefined : this.#known(id);
    // A new pipeline begins with what is written now.
    if (known === undefined) return new Map();
    return new Map(
      chains.flatMap(({ pod, container, files }) =>
        unread(files, known).map(({ name }): [string, string] => [
          join(pod, container, linkName(name)),
          join(this.#logs, pod, container, name),
        ]),
      ),
    );
  }

  /** Inodes of the files that the tail of a pipeline has a position of; undefined where it never ran. */
  #known(id: string): Set<bigint> | undefined {
    const path = join(this.#state, `${id}.db`);
    const file = readIfThere(this.#disk, path);
    if (file === undefined || file.length === 0) return undefined;
    const rows = new SqliteFile(file, readIfThere(this.#disk, `${path}-wal`)).rows('in_tail_files');
    return new Set(rows.flatMap(([, , , inode]) => (typeof inode === 'bigint' ? [inode] : [])));
  }

  #place(id: string, find: () => ReadonlyMap<string, string>): number {
    const root = join(this.#state, rotatedFolder(id));
    // Without it tail would complain at each look: it takes a folder that is missing for one that it may not read.
    this.#disk.mkdirSync(root, { recursive: true, mode: 0o700 });
    const wanted = find();
    const kept = new Set([...wanted.keys()].flatMap((link) => [link, dirname(link), dirname(dirname(link))]));
    const drop = (path: string) => {
      if (!kept.has(path)) this.#disk.rmSync(join(root, path), { recursive: true, force: true });
      return kept.has(path) ? list(this.#disk, join(root, path)).map((name) => join(path, name)) : [];
    };
    list(this.#disk, root).flatMap(drop).flatMap(drop).forEach(drop);
    for (const [link, target] of wanted) {
      this.#disk.mkdirSync(join(root, dirname(link)), { recursive: true, mode: 0o700 });
      try {
        this.#disk.symlinkSync(target, join(root, link));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
    return wanted.size;
  }
}

/** As tags and paths of logs end: `0-20060102-150405.log` for `0.log.20060102-150405`. */
function linkName(name: string): string {
  return `${name.replace('.log.', '-')}.log`;
}

/** Nothing or one: what cannot be found out is left as it was before, and the pipelines start all the same. */
function attempt<T>(faults: string[], what: () => T): T[] {
  try {
    return [what()];
  } catch (error) {
    if (!isAbsent(error)) faults.push((error as Error).message);
    return [];
  }
}
