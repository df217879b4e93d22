import { type FSWatcher, watch } from 'node:fs';

/**
 * Resolves some time after the last of several changes in the folders, or without any after a while: events may be
 * lost, and on some file systems there are none.
 */
export class ChangesWatch {
  readonly #watchers: FSWatcher[];
  #wake: () => void = () => {};
  #changed = false;

  constructor(folders: readonly string[]) {
    this.#watchers = folders.flatMap((folder) => {
      try {
        const watcher = watch(folder, () => this.wake());
        watcher.on('error', () => watcher.close());
        return [watcher];
      } catch {
        return [];
      }
    });
  }

  wake(): void {
    this.#changed = true;
    this.#wake();
  }

  async next(poll: number, debounce: number): Promise<void> {
    if (!this.#changed) await this.#sleep(poll);
    // A volume that changes without end must not keep everything else from being looked at.
    for (let times = 0; this.#changed && times < 5; times++) {
      this.#changed = false;
      await this.#sleep(debounce);
    }
    this.#changed = false;
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.wake();
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
