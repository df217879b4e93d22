import { luaCall } from '../../fluentbit/input/lua-text.ts';
import { type LeadingFilters, leadingCodes } from '../../shards/node-data.ts';
import type { Blobs } from './blob-store.ts';
import type { Entry } from './entry.ts';

/**
 * What pipelines have in common is written once for all of them: the file to be read before those of the pipelines, and
 * the paths of theirs.
 *
 * @param entries in an order that does not change by itself
 */
export function shareFilters(
  entries: readonly Pick<Entry, 'file' | 'leading'>[],
  blobs: Blobs,
): { text: string | undefined; pathOf: (entry: Pick<Entry, 'file' | 'leading'>) => string } {
  const shared = ({ leading }: Pick<Entry, 'leading'>): LeadingFilters | undefined =>
    leading !== undefined && isKnown(leading) ? leading : undefined;
  const unique = new Map(entries.map((entry) => [entry.file, entry]));
  return {
    text: sharedFilters([...unique.values()].flatMap((entry) => shared(entry) ?? [])),
    pathOf: (entry) => {
      const leading = shared(entry);
      if (leading === undefined) return blobs.path(entry.file);
      return blobs.derived(entry.file, 'rest', () => withoutLeading(blobs.read(entry.file).toString('utf8'), leading));
    },
  };
}

/** A rendered file without the filters that its pipelines have in common with others. */
function withoutLeading(text: string, { cut }: LeadingFilters): string {
  const starts = [0, ...cut.map(([, end]) => end)];
  return starts.map((start, index) => text.slice(start, cut[index]?.[0])).join('');
}

/** Leading filters that this version can write; of others a file keeps its own. */
function isKnown({ filters }: LeadingFilters): boolean {
  return filters.every(({ code }) => leadingCodes.has(code));
}

/** One filter for all pipelines with the same code: a file to be read before theirs, where there are any. */
function sharedFilters(leading: readonly LeadingFilters[]): string | undefined {
  const filters = leading.flatMap((one) => one.filters);
  const shared = [...leadingCodes].flatMap(([name, code], index) => {
    const ids = filters.filter((one) => one.code === name).map(({ id }) => id);
    if (ids.length === 0) return [];
    const entries = [
      '- name: lua',
      `  alias: fluentbind.shared.${index}`,
      `  match_regex: '^(?:${ids.join('|')})$'`,
      `  call: ${luaCall}`,
      '  code: |',
    ];
    return [entries.map((line) => `    ${line}\n`).join('') + code.replaceAll(/^(?=.)/gm, ' '.repeat(8))];
  });
  return shared.length === 0 ? undefined : `pipeline:\n  filters:\n${shared.join('')}`;
}
