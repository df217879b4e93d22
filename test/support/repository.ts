import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { packageFile } from '../../hooks/runtime/package-file.ts';

/** Files of the repository below a folder, by their paths in it, sorted. */
export function filesBelow(folder: string, pattern: RegExp): string[] {
  return readdirSync(packageFile(folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((name) => pattern.test(name) && !name.includes('node_modules') && statSync(packageFile(name)).isFile())
    .sort();
}

export function textOf(path: string): string {
  return readFileSync(packageFile(path), 'utf8');
}
