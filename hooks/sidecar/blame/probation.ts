import { baseChange, type Change } from '../desired/plan.ts';
import { type Disk, isMapOf, placeFile, stateIfThere } from '../store/disk.ts';
import { type Entry, isEntry, nameOf } from '../store/entry.ts';
import type { Index } from '../store/tree.ts';

/** A content that is live and not proven yet. */
interface Held {
  /** What was proven in its place: of a pipeline, where there was one; of the base configuration. */
  entry?: Entry;
  base?: string;
  since: number;
  deaths: number;
  suspect: boolean;
}

function isHeldMap(value: unknown): value is Record<string, Held> {
  return isMapOf(value, (one): one is Held => {
    const { entry, base, since, deaths, suspect } = (one ?? {}) as Partial<Held>;
    const before = (entry === undefined || isEntry(entry)) && (base === undefined || typeof base === 'string');
    return before && typeof since === 'number' && typeof deaths === 'number' && typeof suspect === 'boolean';
  });
}

/** One may be an accident; a suspect has had it. */
const accidents = 1;
const muchLonger = 10;

/**
 * What Fluent Bit runs with and has not lived with for long: some faults end it only when records come. It is written
 * down before it goes live, with what was there before, so that a later process can go back, too.
 */
export class Probation {
  readonly #disk: Disk;
  readonly #file: string;
  #held: Map<string, Held>;

  constructor(disk: Disk, file: string) {
    this.#disk = disk;
    this.#file = file;
    this.#held = new Map(Object.entries(stateIfThere(disk, file, isHeldMap) ?? {}));
  }

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  get holdsSuspect(): boolean {
    return [...this.#held.values()].some(({ suspect }) => suspect);
  }

  /** `next` is to go live in place of `good`. */
  begin(next: Omit<Index, 'generation'>, good: Index | undefined, suspect: boolean, since: number): void {
    const live = new Set(good?.pipelines.map(({ content }) => content));
    const former = new Map(good?.pipelines.map((entry) => [nameOf(entry), entry]));
    const own = { since, deaths: 0, suspect };
    const before = this.#held.size;
    for (const entry of next.pipelines) {
      if (live.has(entry.content)) continue;
      const replaced = former.get(nameOf(entry));
      const unproven = this.#held.get(replaced?.content ?? '');
      const proven = unproven === undefined ? replaced : unproven.entry;
      if (proven?.content !== entry.content)
        this.#held.set(entry.content, { ...own, ...(proven === undefined ? {} : { entry: proven }) });
    }
    if (good !== undefined && next.base !== good.base) {
      const proven = this.#held.get(baseChange(good.base).content)?.base ?? good.base;
      if (proven !== next.base) this.#held.set(baseChange(next.base).content, { ...own, base: proven });
    }
    if (this.#held.size > before) this.#save();
  }

  /** Whether something of it is in there besides these. */
  holdsOthers({ pipelines, base }: Omit<Index, 'generation'>, changes: readonly Change[]): boolean {
    const own = new Set(changes.map(({ content }) => content));
    const all = [baseChange(base).content, ...pipelines.map(({ content }) => content)];
    return all.some((content) => this.#held.has(content) && !own.has(content));
  }

  /** Forgets all that is not in there. */
  keep(index: Index): void {
    const live = new Set(index.pipelines.map(({ content }) => content)).add(baseChange(index.base).content);
    this.#forget((content) => !live.has(content));
  }

  /**
   * It lives: what it has run with for so long is proven. Each load begins that anew, but where others change all the
   * time it must be enough to have been there for long.
   */
  prove(now: number, loaded: number, proof: number): void {
    if (this.isEmpty) return;
    if (now - loaded >= proof) this.#forget(() => true);
    else this.#forget((_, { since }) => now - since >= proof * muchLonger);
  }

  /** Fluent Bit ended: whether that is no accident any more. */
  died(now: number): boolean {
    for (const held of this.#held.values()) Object.assign(held, { since: now, deaths: held.deaths + 1 });
    this.#save();
    return [...this.#held.values()].some(({ suspect, deaths }) => suspect || deaths > accidents);
  }

  /** The proven part of what is live, and what that takes away: suspects, and others. */
  retreat(index: Index): { next: Omit<Index, 'generation'>; suspects: Change[]; others: Change[] } {
    const base = baseChange(index.base);
    const changes = [base, ...index.pipelines.map((entry): Change => ({ content: entry.content, entry }))];
    const gone = changes.filter(({ content }) => this.#held.has(content));
    const pipelines = index.pipelines.flatMap((entry) => {
      const held = this.#held.get(entry.content);
      return held === undefined ? [entry] : (held.entry ?? []);
    });
    return {
      next: { ...index, base: this.#held.get(base.content)?.base ?? index.base, pipelines },
      suspects: gone.filter(({ content }) => this.#held.get(content)?.suspect),
      others: gone.filter(({ content }) => !this.#held.get(content)?.suspect),
    };
  }

  /** What it would go back to. */
  formers(): { entries: Entry[]; bases: string[] } {
    const held = [...this.#held.values()];
    return { entries: held.flatMap(({ entry }) => entry ?? []), bases: held.flatMap(({ base }) => base ?? []) };
  }

  #forget(isOver: (content: string, held: Held) => boolean): void {
    const left = [...this.#held].filter(([content, held]) => !isOver(content, held));
    if (left.length === this.#held.size) return;
    this.#held = new Map(left);
    this.#save();
  }

  #save(): void {
    if (this.#held.size === 0) this.#disk.rmSync(this.#file, { force: true });
    else placeFile(this.#disk, this.#file, JSON.stringify(Object.fromEntries(this.#held)));
  }
}
