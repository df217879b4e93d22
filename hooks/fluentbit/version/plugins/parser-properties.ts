/** What names a parser: one, one that must be a regular expression, or several multiline parsers. */
export type ParserReference = 'parser' | 'regex parser' | 'multiline parsers';

/** Multiline parsers that exist without being declared (fact: built-in-multiline-parsers). */
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

/** Properties that Fluent Bit reads of a parser (fact: parser-properties). */
export const parserProperties: Record<'parser' | 'multilineParser', readonly string[]> = {
  parser: [
    'format',
    'regex',
    'skip_empty_values',
    'time_format',
    'time_key',
    'time_keep',
    'time_strict',
    'time_offset',
    'time_zone',
    'time_system_timezone',
    'types',
    'decode_field',
    'decode_field_as',
    'logfmt_no_bare_keys',
  ],
  multilineParser: [
    'type',
    'match_string',
    'negate',
    'flush_timeout',
    'key_content',
    'key_group',
    'key_pattern',
    'parser',
  ],
};
