import type { Pointers } from '../store/pointers.ts';
import type { Index, Trees } from '../store/tree.ts';
import type { Reloader, ReloadResult } from './reloader.ts';

interface Generations {
  trees: Trees;
  pointers: Pointers;
}

/**
 * Brings generations into Fluent Bit. Whatever ends this process, and whenever: `live` leads to a complete generation,
 * and the next process knows from `good` and `unsure` what to go back to.
 */
export class Rollout {
  readonly #trees: Trees;
  readonly #pointers: Pointers;
  readonly #reloader: Reloader;
  #good: Index;

  private constructor({ trees, pointers }: Generations, reloader: Reloader, good: Index) {
    this.#trees = trees;
    this.#pointers = pointers;
    this.#reloader = reloader;
    this.#good = good;
  }

  /** What Fluent Bit runs with, as far as that is sure, and returns to. */
  get good(): Index {
    return this.#good;
  }

  /** Goes on from what an earlier process, or the init container, left behind. `base`: to start with nothing else. */
  static async resume(generations: Generations, reloader: Reloader, base: string): Promise<Rollout> {
    const { trees, pointers } = generations;
    const good = pointers.good === undefined ? undefined : trees.read(pointers.good);
    const live = pointers.live === undefined ? undefined : trees.read(pointers.live);
    if (pointers.unsure && good !== undefined) pointers.live = good.generation;
    else if (live !== undefined && live.generation !== good?.generation) {
      // What the init container wrote: nobody knows yet whether Fluent Bit lives with it.
      removeAllBut(trees, [live.generation, good?.generation]);
      if (await reloader.starts(live.pipelines.length)) {
        pointers.good = live.generation;
        return new Rollout(generations, reloader, live);
      }
      pointers.unsure = true;
      if (good !== undefined) pointers.live = good.generation;
    } else if (good !== undefined) pointers.live = good.generation;
    removeAllBut(trees, [pointers.live, good?.generation]);
    if (good !== undefined) return new Rollout(generations, reloader, good);
    const floor: Index = { ...empty(base), generation: nextNumber(trees) };
    trees.write(floor);
    pointers.unsure = true;
    pointers.live = floor.generation;
    pointers.good = floor.generation;
    return new Rollout(generations, reloader, floor);
  }

  /** Whether Fluent Bit runs with `good`; where that is not sure it is reloaded. */
  async settle(): Promise<boolean> {
    if (!this.#pointers.unsure) return true;
    if ((await this.#reloader.reload(this.#good.pipelines.length)) !== 'live') return false;
    this.#pointers.unsure = false;
    removeAllBut(this.#trees, [this.#good.generation]);
    return true;
  }

  /** Tries to go over to another configuration. Afterwards either that is good, or the former is in place again. */
  async attempt(next: Omit<Index, 'generation'>): Promise<ReloadResult> {
    const index: Index = { ...next, generation: nextNumber(this.#trees) };
    this.#write(index);
    const outcome = await this.#reloader.reload(index.pipelines.length, () => {
      this.#pointers.unsure = true;
      this.#pointers.live = index.generation;
    });
    if (outcome === 'live') {
      const former = this.#good.generation;
      this.#pointers.good = index.generation;
      this.#pointers.unsure = false;
      this.#good = index;
      removeAllBut(this.#trees, [index.generation, former]);
    } else if (outcome === 'down') this.#trees.remove(index.generation);
    else this.#pointers.live = this.#good.generation;
    return outcome;
  }

  /** Takes back what was good and is not any more, whether Fluent Bit runs at this moment or not. */
  retreat(next: Omit<Index, 'generation'>): void {
    const index: Index = { ...next, generation: nextNumber(this.#trees) };
    this.#write(index);
    this.#pointers.unsure = true;
    this.#pointers.good = index.generation;
    this.#pointers.live = index.generation;
    this.#good = index;
  }

  /** Loads the same once more; `before` is called right before that. */
  async again(before: () => void = () => {}): Promise<ReloadResult> {
    return await this.#reloader.reload(this.#good.pipelines.length, before);
  }

  #write(index: Index): void {
    try {
      this.#trees.write(index);
    } catch (error) {
      // Memory may be full: half a generation must not take what is left of it.
      this.#trees.remove(index.generation);
      throw error;
    }
  }
}

/** A generation without a pipeline. */
export function empty(base: string): Omit<Index, 'generation'> {
  return { format: 1, base, shards: {}, pipelines: [] };
}

export function nextNumber(trees: Trees): number {
  return (trees.numbers().at(-1) ?? 0) + 1;
}

export function removeAllBut(trees: Trees, kept: readonly (number | undefined)[]): void {
  for (const number of trees.numbers()) if (!kept.includes(number)) trees.remove(number);
}
