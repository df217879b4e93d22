import * as fs from 'node:fs';

/** The file operations of the sidecar, so that a test can end it at any of them. */
export type Disk = Pick<
  typeof fs,
  | 'chmodSync'
  | 'existsSync'
  | 'linkSync'
  | 'mkdirSync'
  | 'readFileSync'
  | 'readdirSync'
  | 'readlinkSync'
  | 'renameSync'
  | 'rmSync'
  | 'symlinkSync'
  | 'writeFileSync'
>;

export const disk: Disk = fs;

/** The content, or undefined where there is no such file. */
export function readIfThere(files: Disk, path: string): Buffer | undefined {
  try {
    return files.readFileSync(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Where a link leads, or undefined where there is none. */
export function linkIfThere(files: Disk, path: string): string | undefined {
  try {
    return files.readlinkSync(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

export function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** A link that leads to `target` from one moment to the next: it is never absent. */
export function swapLink(files: Disk, path: string, target: string): void {
  const next = `${path}.next`;
  files.rmSync(next, { force: true });
  files.symlinkSync(target, next);
  files.renameSync(next, path);
}

/** A file that is there with all of its content, or not at all. */
export function placeFile(files: Disk, path: string, content: string | Buffer): void {
  const next = `${path}.next`;
  files.rmSync(next, { force: true });
  files.writeFileSync(next, content, { mode: 0o400 });
  files.renameSync(next, path);
}
