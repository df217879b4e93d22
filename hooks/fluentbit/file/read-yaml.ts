import { isMap, isScalar, isSeq, parseDocument, type YAMLMap } from 'yaml';
import type { Entries, Section, Sections } from './yaml.ts';
import type { YamlScalar } from './yaml-entry.ts';

/** The sections of a file that `toYaml` wrote, without its comments; undefined where it is something else. */
export function sectionsOf(text: string): Sections | undefined {
  const document = parseDocument(text, { version: '1.1', uniqueKeys: false, logLevel: 'silent' });
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined;
  return placesIn(document.contents);
}

/** The settings of Fluent Bit itself. */
export function serviceOf(text: string): Entries {
  const document = parseDocument(text, { version: '1.1', uniqueKeys: false, logLevel: 'silent' });
  const service = isMap(document.contents) ? document.contents.get('service') : undefined;
  return isMap(service) ? sectionOf(service).entries : [];
}

function placesIn(map: YAMLMap, parent?: string): Sections {
  return map.items.flatMap(({ key, value }): Sections => {
    const name = parent === undefined ? keyOf(key) : `${parent}.${keyOf(key)}`;
    if (isSeq(value)) return [[name, value.items.filter(isMap).map(sectionOf)]];
    return isMap(value) && parent === undefined ? placesIn(value, name) : [];
  });
}

function sectionOf(map: YAMLMap): Section {
  const section: Section = { entries: [] };
  for (const { key, value } of map.items) {
    if (isScalar(value)) section.entries.push([keyOf(key), value.value as YamlScalar]);
    else if (isSeq(value) && value.items.some(isMap))
      section.lists = { ...section.lists, [keyOf(key)]: value.toJSON() as Record<string, string>[] };
    else if (isSeq(value)) section.entries.push([keyOf(key), value.toJSON() as YamlScalar[]]);
  }
  return section;
}

function keyOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}
