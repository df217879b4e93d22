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
  | 'statSync'
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

/**
 * What a file of state holds, or undefined where it holds nothing of use: absent, empty, cut off by a crash, or written
 * by somebody else. Nothing rests on such a file that cannot be found out again.
 */
export function stateIfThere<T>(files: Disk, path: string, isState: (value: unknown) => value is T): T | undefined {
  const content = readIfThere(files, path);
  if (content === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(content.toString('utf8'));
    return isState(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A map whose values hold; of a list there is none. */
export function isMapOf<T>(value: unknown, holds: (inner: unknown) => inner is T): value is Record<string, T> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(holds);
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
