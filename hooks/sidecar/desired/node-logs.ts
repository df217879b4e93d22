import type { Disk } from '../store/disk.ts';

/** Folders of pods on a node, as the kubelet names them: `<namespace>_<pod>_<uid>`. They come before the first record. */
export class NodeLogs {
  readonly #disk: Disk;
  readonly #folder: string;
  #names: ReadonlySet<string> = new Set();
  #byNamespace: ReadonlyMap<string, string[]> = new Map();
  /** Another number after each change. */
  changes = 0;

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  /** Looks what there is; false where nobody can tell. */
  look(): boolean {
    try {
      this.#take(this.#disk.readdirSync(this.#folder));
      return true;
    } catch {
      return false;
    }
  }

  #take(names: readonly string[]): void {
    if (names.length === this.#names.size && names.every((name) => this.#names.has(name))) return;
    const byNamespace = new Map<string, string[]>();
    for (const name of names) byNamespace.set(namespaceOf(name), [...(byNamespace.get(namespaceOf(name)) ?? []), name]);
    this.changes += 1;
    this.#names = new Set(names);
    this.#byNamespace = byNamespace;
  }

  /** Whether one of these globs is that of a folder that is there, or of something else. */
  has(globs: readonly string[]): boolean {
    return globs.some((glob) => {
      if (!glob.startsWith(`${this.#folder}/`)) return true;
      const folder = glob.slice(this.#folder.length + 1);
      const namespace = namespaceOf(folder);
      const names = namespace.includes('*') ? [...this.#names] : (this.#byNamespace.get(namespace) ?? []);
      if (names.length === 0) return false;
      if (folder === `${namespace}_*`) return true;
      const pattern = podPattern(glob, this.#folder);
      return names.some((name) => pattern?.test(name) === true);
    });
  }
}

/** What matches the names of the pods' folders that a glob is for; undefined for one of something else. */
export function podPattern(glob: string, folder: string): RegExp | undefined {
  if (!glob.startsWith(`${folder}/`)) return undefined;
  const name = glob.slice(folder.length + 1);
  return new RegExp(`^${name.replaceAll(/[^\w*-]/g, '\\$&').replaceAll('*', '.*')}$`);
}

/** It has no `_` in its name. */
function namespaceOf(name: string): string {
  return name.slice(0, Math.max(0, name.indexOf('_')));
}
