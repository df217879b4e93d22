import { LRUCache } from 'lru-cache';
import { Document, Pair, Scalar, YAMLMap } from 'yaml';

export type YamlScalar = string | number | boolean;

/** A mapping in which a key may stand several times, as Fluent Bit's `rename` or `header` does; order is kept. */
export type Entries = [key: string, value: YamlScalar | YamlScalar[]][];

/** A section of a plugin with the comment above it. */
export interface Section {
  comment?: string;
  entries: Entries;
  /** Nested lists of mappings: the rules of a multiline parser. */
  lists?: Record<string, Record<string, string>[]>;
}

/** Sections by their place in the file (`pipeline.inputs`), in order; empty ones are left out. */
export type Sections = [place: string, sections: Section[]][];

/**
 * The file in Fluent Bit's YAML: YAML 1.1, equal bytes for equal content. Texts are quoted wherever YAML could read
 * something else into them, so that no value can become structure.
 */
export function toYaml(comment: string, sections: Sections): string {
  const document = new Document(new YAMLMap(), { version: '1.1' });
  const root = document.contents as unknown as YAMLMap;
  for (const [place, list] of sections) {
    if (list.length === 0) continue;
    const [parent, child] = place.split('.') as [string, string | undefined];
    let target = root;
    if (child !== undefined) {
      target = (root.get(parent) as YAMLMap | undefined) ?? new YAMLMap();
      if (!root.has(parent)) root.add(new Pair(new Scalar(parent), target));
    }
    target.add(
      new Pair(new Scalar(child ?? parent), document.createNode(list.map((section) => sectionNode(document, section)))),
    );
  }
  document.commentBefore = comment;
  return document.toString({ lineWidth: 0 });
}

/** Files by what they say. Where a pass finds that nothing changed, the file is not written out once more. */
const files = new LRUCache<string, string>({
  maxSize: 16 * 1024 * 1024,
  maxEntrySize: 1024 * 1024,
  sizeCalculation: (text, key) => text.length + key.length,
});

/** The same, remembered: for whoever asks again and again, and has the memory. */
export function rememberedYaml(comment: string, sections: Sections): string {
  const key = JSON.stringify([comment, sections]);
  const known = files.get(key);
  if (known !== undefined) return known;
  const text = toYaml(comment, sections);
  files.set(key, text);
  return text;
}

function sectionNode(document: Document, { comment, entries, lists }: Section): YAMLMap {
  const map = new YAMLMap();
  // Pairs are pushed and not set, because a key may stand several times.
  for (const [key, value] of entries) map.items.push(new Pair(new Scalar(key), document.createNode(value)));
  for (const [key, items] of Object.entries(lists ?? {}))
    map.items.push(new Pair(new Scalar(key), document.createNode(items)));
  if (comment !== undefined) map.commentBefore = comment;
  return map;
}
