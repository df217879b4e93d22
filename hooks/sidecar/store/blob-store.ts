import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Disk, placeFile } from './disk.ts';

/**
 * Contents by name, on tmpfs. A name stands for one content for ever, so each lies there once, however many
 * generations and pipelines link to it, and outlives the volume that it came from.
 */
export class Blobs {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #known: Set<string>;

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
    disk.mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#known = new Set(disk.readdirSync(folder).filter((name) => !name.endsWith('.next')));
  }

  has(name: string): boolean {
    return this.#known.has(name);
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  read(name: string): Buffer {
    return this.#disk.readFileSync(this.path(name));
  }

  /** Takes a content in; false where it is not what its name says. Of a secret only the hooks can tell. */
  put(name: string, content: Buffer): boolean {
    const digest = /^[fb]-([0-9a-f]{64})$/.exec(name)?.[1];
    if (digest !== undefined && digest !== sha256(content)) return false;
    if (!this.#known.has(name)) placeFile(this.#disk, this.path(name), content);
    this.#known.add(name);
    return true;
  }

  /** Path of what was made of a content; it lies beside that, and goes with it. */
  derived(name: string, kind: string, content: () => string): string {
    const own = `${name}.${kind}`;
    if (!this.#known.has(own)) placeFile(this.#disk, this.path(own), content());
    this.#known.add(own);
    return this.path(own);
  }

  /** A base configuration, by the name that follows from it. */
  putBase(content: Buffer): string {
    const name = `b-${sha256(content)}`;
    this.put(name, content);
    return name;
  }

  /** Bytes that lie there are of no use once nothing refers to them. */
  sweep(keep: ReadonlySet<string>): void {
    for (const name of this.#known) {
      if (keep.has(name.replace(/\..*$/, ''))) continue;
      this.#known.delete(name);
      this.#disk.rmSync(this.path(name), { force: true });
    }
  }
}

export function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}
