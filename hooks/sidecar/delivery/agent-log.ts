import { join } from 'node:path';
import { isAbsent } from '../store/disk.ts';
import type { LogFiles } from './log-files.ts';

/** What is read at one look; of more only the end. */
const mostBytes = 2 * 1024 * 1024;
/** What is in memory at a time. */
const pieceBytes = 256 * 1024;

/**
 * Follows the log of Fluent Bit's container as the runtime writes it on this node, over rotations and restarts. Where
 * there is none, nothing is said.
 */
export class AgentLog {
  readonly #files: LogFiles;
  readonly #folder: () => string | undefined;
  #open: { descriptor: number; inode: number; offset: number } | undefined;

  /** @param folder the container's folder, where it is known */
  constructor(files: LogFiles, folder: () => string | undefined) {
    this.#files = files;
    this.#folder = folder;
  }

  /**
   * Gives whole lines since the last look, the runtime's own fields included, without their ends.
   *
   * @returns whether nothing was passed over
   */
  read(take: (line: string) => void): boolean {
    try {
      const newest = this.#newest();
      const complete = this.#rest(take);
      if (newest === undefined || newest.inode === this.#open?.inode) return complete;
      this.close();
      const descriptor = this.#files.openSync(newest.path, 'r');
      this.#open = { descriptor, inode: newest.inode, offset: 0 };
      return this.#rest(take) && complete;
    } catch (error) {
      if (isAbsent(error)) return true;
      throw error;
    }
  }

  close(): void {
    if (this.#open !== undefined) this.#files.closeSync(this.#open.descriptor);
    this.#open = undefined;
  }

  /** The file of the container's last start: rotated ones have more behind their number. */
  #newest(): { path: string; inode: number } | undefined {
    const folder = this.#folder();
    if (folder === undefined) return undefined;
    const starts = this.#files.readdirSync(folder).flatMap((name) => /^(\d+)\.log$/.exec(name)?.[1] ?? []);
    if (starts.length === 0) return undefined;
    const path = join(folder, `${Math.max(...starts.map(Number))}.log`);
    return { path, inode: this.#files.statSync(path).ino };
  }

  #rest(take: (line: string) => void): boolean {
    const open = this.#open;
    if (open === undefined) return true;
    const { size } = this.#files.fstatSync(open.descriptor);
    // It was truncated.
    if (size < open.offset) open.offset = 0;
    const skips = size - open.offset > mostBytes;
    if (skips) open.offset = size - mostBytes;
    let isCut = skips;
    while (open.offset < size) {
      const buffer = Buffer.alloc(Math.min(size - open.offset, pieceBytes));
      const length = this.#files.readSync(open.descriptor, buffer, 0, buffer.length, open.offset);
      const end = buffer.subarray(0, length).lastIndexOf(0x0a) + 1;
      // Of a line that is longer than all of this only the end is seen, and is none; or it is not whole yet.
      if (end === 0 && length < pieceBytes) break;
      open.offset += end === 0 ? length : end;
      const lines = buffer.toString('utf8', 0, end).split('\n');
      for (const line of lines.slice(isCut ? 1 : 0, -1)) take(line);
      isCut = end === 0;
    }
    return !skips;
  }
}

/** The folder of the logs of a container, by the uid of its pod: the kubelet writes `<namespace>_<pod>_<uid>`. */
export function containerFolder(
  files: LogFiles,
  logs: string,
  pod: { name: string; uid: string } | undefined,
  container: string,
): () => string | undefined {
  let known: string | undefined;
  return () => {
    if (pod === undefined) return undefined;
    if (known === undefined) {
      const name = files.readdirSync(logs).find((one) => one.endsWith(`_${pod.name}_${pod.uid}`));
      if (name !== undefined) known = join(logs, name, container);
    }
    return known;
  };
}
