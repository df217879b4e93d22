import { pathMetadataCodes } from '../../fluentbit/metadata.ts';

/** A rendered file without the filters that its pipelines have in common with others. */
export interface Separated {
  text: string;
  common: LeadingFilter[];
}

/** The first filter of a pipeline, where it is one that many have. */
export interface LeadingFilter {
  /** Tag of the pipeline, without the path behind it. */
  id: string;
  /** Lines of the filter in its file. */
  lines: string;
  /** Equal for those that differ in names only. */
  form: string;
}

/** A section ends where a line stands farther to the left; what somebody wrote stands farther to the right. */
const filters = /^ {2}filters:\n((?:(?: {4}.*)?\n)*)/m;
const head = /^ {4}- name: (?<plugin>\w+)\n {6}alias: p[0-9a-f]{16}\n {6}match: (?<id>p[0-9a-f]{16})\n/;

/**
 * Takes out of a file the metadata from the path that its pipelines begin with. Each Lua state holds the variables of
 * all pipelines: with a thousand that is a quarter of the memory, and of a reload. The kubernetes filter stays where it
 * is: its cache has 256 places, too few for the containers of a node. Undefined where there is nothing of the kind.
 */
export function separated(text: string): Separated | undefined {
  const section = filters.exec(text);
  if (section === null) return undefined;
  const [whole, content = ''] = section;
  const seen = new Set<string>();
  const common: LeadingFilter[] = [];
  const kept = content.split(/^(?= {4}[-#])/m).filter((lines) => {
    const { plugin = '', id } = head.exec(lines)?.groups ?? {};
    // Only what comes first in a pipeline may come before all of them.
    if (id === undefined || seen.has(id)) return true;
    seen.add(id);
    if (plugin !== 'lua' || !isPathMetadata(lines)) return true;
    common.push({ id, lines, form: lines.replaceAll(/p[0-9a-f]{16}/g, 'p') });
    return false;
  });
  if (common.length === 0) return undefined;
  const rest = kept.length === 0 ? '' : `  filters:\n${kept.join('')}`;
  return { text: text.slice(0, section.index) + rest + text.slice(section.index + whole.length), common };
}

const codes = new Set(pathMetadataCodes);

function isPathMetadata(lines: string): boolean {
  const code = /^ {6}call: \w+\n {6}code: \|\n((?:(?: {8}.*)?\n)+)$/.exec(lines.replace(head, ''))?.[1];
  return code !== undefined && codes.has(code.replaceAll(/^ {8}/gm, ''));
}

/** One filter for several pipelines, as it stands in the file of one of them. */
export function sharedFilter(lines: string, ids: readonly string[], alias: string): string {
  return lines.replace(head, (_whole, plugin: string) => {
    const tags = `^(?:${ids.join('|')})$`;
    return `    - name: ${plugin}\n      alias: ${alias}\n      match_regex: '${tags}'\n`;
  });
}
