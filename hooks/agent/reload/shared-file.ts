import type { Blobs } from './blobs.ts';
import { withoutItsText } from './entry.ts';
import { type LeadingFilter, separated, sharedFilter } from './leading-filters.ts';

/** The files of a generation: those of the pipelines, and one to be read before them. */
export interface Files {
  /** Paths by the names of the blobs that they come from. */
  pipelines: Map<string, string>;
  shared: string | undefined;
}

type Known = Pick<LeadingFilter, 'id' | 'form'>;

/** What pipelines have in common is written once for all of them. */
export class SharedFile {
  readonly #blobs: Blobs;
  /** What was found in a blob; a form is kept once. */
  #known = new Map<string, readonly Known[]>();
  #forms = new Map<string, string>();

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  /** @param names blobs with rendered files, in an order that does not change by itself */
  of(names: readonly string[]): Files {
    const known = new Map(names.map((name) => [name, this.#known.get(name) ?? this.#look(name)]));
    this.#known = known;
    const pipelines = new Map(
      [...known].map(([name, found]) => [name, found.length === 0 ? this.#blobs.path(name) : this.#own(name)]),
    );
    const groups = new Map<string, { from: string; ids: string[] }>();
    for (const [name, found] of known)
      for (const { id, form } of found) {
        const group = groups.get(form) ?? { from: name, ids: [] };
        group.ids.push(id);
        groups.set(form, group);
      }
    this.#forms = new Map([...groups.keys()].map((form) => [form, form]));
    const shared = [...groups].map(([form, { from, ids }], index) => {
      const lines = this.#separated(from)?.common.find((one) => one.form === form)?.lines ?? '';
      return sharedFilter(lines, ids, `fluentbind.shared.${index}`);
    });
    return {
      pipelines,
      shared: shared.length === 0 ? undefined : `pipeline:\n  filters:\n${shared.join('')}`,
    };
  }

  #look(name: string): readonly Known[] {
    return (this.#separated(name)?.common ?? []).map(({ id, form }) => {
      const kept = this.#forms.get(form) ?? form;
      this.#forms.set(kept, kept);
      return { id: withoutItsText(id), form: kept };
    });
  }

  #own(name: string): string {
    return this.#blobs.derived(name, 'own', () => this.#separated(name)?.text ?? '');
  }

  #separated(name: string) {
    return separated(this.#blobs.read(name).toString('utf8'));
  }
}
