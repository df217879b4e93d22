/** What names a parser: one, one that must be a regular expression, or several multiline parsers. */
export type ParserReference = 'parser' | 'regex parser' | 'multiline parsers';

/** Multiline parsers that Fluent Bit brings along (5.1: flb_ml_parser_builtin_create in src/multiline). */
export const builtInMultilineParsers = ['cri', 'docker', 'go', 'java', 'python', 'ruby'];

const ofFilters: Readonly<Record<string, ParserReference>> = {
  'parser/parser': 'parser',
  'kubernetes/merge_parser': 'parser',
  'kubernetes/regex_parser': 'regex parser',
  'multiline/multiline.parser': 'multiline parsers',
};

/**
 * Whether a property names parsers: their names are global in Fluent Bit, so references change together with them.
 *
 * @param property its canonical name
 */
export function parserReference(
  kind: 'input' | 'filter' | 'output' | 'parser' | 'multilineParser',
  plugin: string,
  property: string,
): ParserReference | undefined {
  if (kind === 'filter') {
    const key = `${plugin}/${property}`;
    return Object.hasOwn(ofFilters, key) ? ofFilters[key] : undefined;
  }
  return (kind === 'input' || kind === 'multilineParser') && property === 'parser' ? 'parser' : undefined;
}

/** The names in a list of multiline parsers. */
export function multilineNames(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}
