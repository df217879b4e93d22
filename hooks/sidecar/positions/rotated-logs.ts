import { join } from 'node:path';
import { type Disk, isAbsent } from '../store/disk.ts';

/** A file of a container's log. */
export interface LogFile {
  name: string;
  /** As SQLite has it: with a sign. */
  inode: bigint;
  /** When it was written to last, in milliseconds. */
  written: number;
  isRotated: boolean;
}

/** The files of one log, which the kubelet rotates; the oldest first, the one that is written to last. */
export interface LogChain {
  /** `<namespace>_<pod>_<uid>` */
  pod: string;
  container: string;
  files: LogFile[];
}

/** `0.log` and `0.log.20060102-150405`. What ends with `.gz` or `.tmp` behind that is or becomes compressed. */
const logName = /^(.+\.log)(\.\d{8}-\d{6})?$/;

/** All logs below `/var/log/pods` that have a rotated file. What goes away meanwhile is left out. */
export function rotatedLogs(disk: Disk, folder: string): LogChain[] {
  return list(disk, folder).flatMap((pod) =>
    list(disk, join(folder, pod)).flatMap((container) =>
      chainsIn(disk, join(folder, pod, container)).map((files) => ({ pod, container, files })),
    ),
  );
}

function chainsIn(disk: Disk, folder: string): LogFile[][] {
  const names = list(disk, folder).flatMap((name) => {
    const [, log, suffix] = logName.exec(name) ?? [];
    return log === undefined ? [] : [{ name, log, isRotated: suffix !== undefined }];
  });
  const rotated = new Set(names.filter(({ isRotated }) => isRotated).map(({ log }) => log));
  return [...rotated].map((log) =>
    names
      .filter((one) => one.log === log)
      .flatMap(({ name, isRotated }): LogFile[] => {
        try {
          const { ino, mtimeMs } = disk.statSync(join(folder, name), { bigint: true });
          return [{ name, inode: BigInt.asIntN(64, ino), written: Number(mtimeMs), isRotated }];
        } catch (error) {
          if (isAbsent(error)) return [];
          throw error;
        }
      })
      .sort(byAge),
  );
}

function byAge(a: LogFile, b: LogFile): number {
  if (a.isRotated !== b.isRotated) return a.isRotated ? -1 : 1;
  return a.written - b.written || (a.name < b.name ? -1 : 1);
}

/**
 * Rotated files that are to be read, given the inodes that tail has a position of. It drops that of a file it saw being
 * rotated, and keeps that of one which was rotated while it was away (fact: positions-of-files). So what is older than
 * a known file and not known itself was read; what is newer than all that are known it never saw.
 */
export function unread(files: readonly LogFile[], known: ReadonlySet<bigint>): LogFile[] {
  const newest = files.findLastIndex(({ inode }) => known.has(inode));
  return files.filter(({ inode, isRotated }, index) => isRotated && (index > newest || known.has(inode)));
}

/** Names in a folder; in what is no folder, or not there, none. */
export function list(disk: Disk, folder: string): string[] {
  try {
    return disk.readdirSync(folder);
  } catch (error) {
    if (isAbsent(error) || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return [];
    throw error;
  }
}
