import { luaCall, pathMetadataCodes } from '../../fluentbit/input/metadata.ts';
import { renderedSection } from './rendered-section.ts';

/** A rendered file without the filters that its pipelines have in common with others. */
export interface Separated {
  text: string;
  filters: LeadingFilter[];
}

/** What a pipeline begins with, by its tag: one of the codes that many have. */
export interface LeadingFilter {
  id: string;
  code: string;
}

const head = /^ {4}- name: (?<plugin>\w+)\n {6}alias: p[0-9a-f]{16}\n {6}match: (?<id>p[0-9a-f]{16})\n/;

/**
 * Takes out of a file the metadata from the path that its pipelines begin with. Each Lua state holds the variables of
 * all pipelines: with a thousand that is a quarter of the memory, and of a reload. The kubernetes filter stays where it
 * is: its cache has 256 places, too few for the containers of a node. Undefined where there is nothing of the kind.
 */
export function separated(text: string): Separated | undefined {
  const section = renderedSection(text, 'filters');
  if (section === undefined) return undefined;
  const seen = new Set<string>();
  const filters: LeadingFilter[] = [];
  const kept = section.content.split(/^(?= {4}[-#])/m).filter((lines) => {
    const { plugin, id } = head.exec(lines)?.groups ?? {};
    // Only what comes first in a pipeline may come before all of them.
    if (id === undefined || seen.has(id)) return true;
    seen.add(id);
    const code = plugin === 'lua' ? pathMetadata(lines) : undefined;
    if (code === undefined) return true;
    filters.push({ id, code });
    return false;
  });
  if (filters.length === 0) return undefined;
  const rest = kept.length === 0 ? '' : `  filters:\n${kept.join('')}`;
  return { text: text.slice(0, section.start) + rest + text.slice(section.end), filters };
}

function pathMetadata(lines: string): string | undefined {
  const code = /^ {6}call: \w+\n {6}code: \|\n((?:(?: {8}.*)?\n)+)$/.exec(lines.replace(head, ''))?.[1];
  return pathMetadataCodes.find((one) => one === code?.replaceAll(/^ {8}/gm, ''));
}

/** One filter for all pipelines with the same code: a file to be read before theirs, where there are any. */
export function sharedFilters(filters: readonly LeadingFilter[]): string | undefined {
  const shared = pathMetadataCodes.flatMap((code, index) => {
    const ids = filters.filter((one) => one.code === code).map(({ id }) => id);
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
