import { basename, dirname, join, relative } from 'node:path';
import { type Disk, linkIfThere, placeFile, readIfThere, swapLink } from './disk.ts';

/** Which generation is which. Each changes from one moment to the next, so that a kill leaves the one or the other. */
export class Pointers {
  readonly #disk: Disk;
  readonly #live: string;
  readonly #generations: string;

  constructor(disk: Disk, live: string, generations: string) {
    this.#disk = disk;
    this.#live = live;
    this.#generations = generations;
  }

  /** The one that Fluent Bit reads, at a reload and when it starts. */
  get live(): number | undefined {
    return this.#number(this.#live);
  }

  set live(generation: number) {
    swapLink(this.#disk, this.#live, relative(dirname(this.#live), join(this.#generations, String(generation))));
  }

  /** The last that Fluent Bit was seen to run with. */
  get good(): number | undefined {
    return this.#number(join(this.#generations, 'good'));
  }

  set good(generation: number) {
    swapLink(this.#disk, join(this.#generations, 'good'), String(generation));
  }

  /** Whether Fluent Bit may have loaded something else than `good`: set before the link changes. */
  get unsure(): boolean {
    return readIfThere(this.#disk, this.#mark) !== undefined;
  }

  set unsure(value: boolean) {
    if (value) placeFile(this.#disk, this.#mark, '');
    else this.#disk.rmSync(this.#mark, { force: true });
  }

  get #mark(): string {
    return join(this.#generations, 'unsure');
  }

  #number(link: string): number | undefined {
    const target = linkIfThere(this.#disk, link);
    return target === undefined ? undefined : Number(basename(target));
  }
}
