import type { Blobs } from './blob-store.ts';
import { withoutItsText } from './entry.ts';
import { type LeadingFilter, separated, sharedFilters } from './leading-filters.ts';

/** What pipelines have in common is written once for all of them. */
export class SharedFile {
  readonly #blobs: Blobs;
  /** What the blobs of the last generation begin with. */
  #known = new Map<string, readonly LeadingFilter[]>();

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  /**
   * The file to be read before those of the pipelines, and the paths of theirs by blob.
   *
   * @param names blobs with rendered files, in an order that does not change by itself
   */
  of(names: readonly string[]): { text: string | undefined; pathOf: (name: string) => string } {
    this.#known = new Map(names.map((name) => [name, this.#known.get(name) ?? this.#look(name)]));
    return {
      text: sharedFilters([...this.#known.values()].flat()),
      pathOf: (name) => (this.#known.get(name)?.length ? this.#rest(name) : this.#blobs.path(name)),
    };
  }

  #look(name: string): readonly LeadingFilter[] {
    return (this.#separated(name)?.filters ?? []).map(({ id, code }) => ({ id: withoutItsText(id), code }));
  }

  #rest(name: string): string {
    return this.#blobs.derived(name, 'rest', () => this.#separated(name)?.text ?? '');
  }

  #separated(name: string) {
    return separated(this.#blobs.read(name).toString('utf8'));
  }
}
