import type { Blobs } from '../store/blob-store.ts';
import { type Disk, placeFile, readIfThere } from '../store/disk.ts';

/** The last base configuration that was proven on the node. It outlives the pod, and holds no secrets. */
export class ProvenBase {
  readonly #disk: Disk;
  readonly #file: string;
  readonly #blobs: Blobs;
  #kept: string | undefined;

  constructor(disk: Disk, file: string, blobs: Blobs) {
    this.#disk = disk;
    this.#file = file;
    this.#blobs = blobs;
  }

  keep(blob: string): void {
    if (blob === this.#kept) return;
    try {
      placeFile(this.#disk, this.#file, this.#blobs.read(blob));
      this.#kept = blob;
    } catch (error) {
      // The disk of a node may be full: nothing waits for that.
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }

  /** Its blob, where there is one. */
  blob(): string | undefined {
    const content = readIfThere(this.#disk, this.#file);
    return content === undefined ? undefined : this.#blobs.putBase(content);
  }
}
