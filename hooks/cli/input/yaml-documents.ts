import { type Document, type LineCounter, parseAllDocuments, type Tags, visit } from 'yaml';

/** The YAML documents of a text, read as kubectl does. */
export function documentsOf(text: string, lineCounter: LineCounter): Document[] {
  const documents = parseAllDocuments(text, {
    lineCounter,
    version: '1.1',
    merge: true,
    // What is wrong is shown with its line in any case, and a warning is no news of a command.
    prettyErrors: false,
    logLevel: 'error',
    customTags: (tags) => tags.filter(isTakenByKubectl),
  });
  return Array.isArray(documents) ? documents : [];
}

/** Dates and times are texts to kubectl: JSON has no type for them. */
function isTakenByKubectl(tag: Tags[number]): boolean {
  return (
    typeof tag === 'string' ||
    (tag.tag !== 'tag:yaml.org,2002:timestamp' && !('format' in tag && tag.format === 'TIME'))
  );
}

export function isUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The document as JSON would have it. */
export function jsonOf(document: Document): { value: unknown } | { fault: string; offset: number } {
  const start = document.contents?.range?.[0] ?? 0;
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    return { fault: (error as Error).message, offset: brokenAlias(document) ?? start };
  }
  try {
    JSON.stringify(value);
  } catch {
    return { fault: 'an alias stands in what it is an alias of', offset: start };
  }
  return { value };
}

function brokenAlias(document: Document): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return undefined;
      offset = alias.range?.[0];
      return visit.BREAK;
    },
  });
  return offset;
}
