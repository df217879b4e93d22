import { type YamlScalar, yamlEntry } from './yaml-entry.ts';

/** A mapping in which a key may stand several times, as Fluent Bit's `rename` or `header` does; order is kept. */
export type Entries = [key: string, value: YamlScalar | YamlScalar[]][];

/** A section of a plugin with the comment above it. */
export interface Section {
  /** One line, with the space that it begins with. */
  comment?: string;
  entries: Entries;
  /** Nested lists of mappings: the rules of a multiline parser. */
  lists?: Record<string, Record<string, string>[]>;
}

/** Sections by their place in the file (`pipeline.inputs`), in order; empty ones are left out. */
export type Sections = [place: string, sections: Section[]][];

/**
 * The file in Fluent Bit's YAML: YAML 1.1, equal bytes for equal content. Texts are quoted wherever YAML could read
 * something else into them, so that no value can become structure. What surrounds them is written here, for the
 * documents of the library take ten times as long.
 */
export function toYaml(comment: string, sections: Sections): string {
  // By the key at the top: what stands below one comes together.
  const roots = new Map<string, string>();
  for (const [place, list] of sections) {
    if (list.length === 0) continue;
    const [parent, child] = place.split('.') as [string, string | undefined];
    const above = roots.get(parent) ?? `${parent}:\n`;
    const indent = child === undefined ? '  ' : '    ';
    const head = child === undefined ? '' : `  ${child}:\n`;
    roots.set(parent, above + head + list.map((section) => sectionText(section, indent)).join(''));
  }
  const head = comment === '' ? '' : `${commented(comment, '')}\n`;
  return `${head}${roots.size === 0 ? '{}\n' : [...roots.values()].join('')}`;
}

function sectionText({ comment, entries, lists = {} }: Section, indent: string): string {
  const inner = `${indent}  `;
  let text = '';
  for (const [key, value] of entries) text += yamlEntry(key, value, inner);
  for (const [key, value] of Object.entries(lists)) text += yamlEntry(key, value, inner);
  const above = comment === undefined ? '' : commented(comment, indent);
  return `${above}${indent}- ${text === '' ? '{}\n' : text.slice(inner.length)}`;
}

function commented(comment: string, indent: string): string {
  return comment.replace(/^/gm, `${indent}#`).concat('\n');
}
