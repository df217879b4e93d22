import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Document, Pair, parse, Scalar, YAMLMap } from 'yaml';
import { type Section, type Sections, toYaml } from '../../../../hooks/fluentbit/file/yaml.ts';

/** What the library makes of the same, all of it. */
function byLibrary(comment: string, sections: Sections): string {
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
    target.add(new Pair(new Scalar(child ?? parent), document.createNode(list.map((one) => node(document, one)))));
  }
  document.commentBefore = comment;
  return document.toString({ lineWidth: 0 });
}

function node(document: Document, { comment, entries, lists = {} }: Section): YAMLMap {
  const map = new YAMLMap();
  for (const [key, value] of [...entries, ...Object.entries(lists)])
    map.items.push(new Pair(new Scalar(key), document.createNode(value, { aliasDuplicateObjects: false })));
  if (comment !== undefined) map.commentBefore = comment;
  return map;
}

/** Pieces of which YAML makes something of its own, and what stands in files. */
const pieces = fc.constantFrom(
  ...[
    'y',
    'Yes',
    'NO',
    'on',
    'off',
    'True',
    'null',
    '~',
    '<<',
    '=',
    '0x1F',
    '1_000',
    '1:30',
    '.5',
    '.inf',
    '2001-01-01',
  ],
  ...['a', 'name', '/var/log/*.log', '${id}', '$(x)', 'https://a.b:443/', '-', '---', '...', '?', ':', ': ', ' #', '#'],
  ...[' ', '  ', '\n', '\n\n', '\t', '\r', '\u0000', '\u007f', 'ü', '😀', '\ud800'],
  ...['"', "'", '\\', '{', '}', '[', ']', ',', '&', '*', '!', '|', '>', '%', '@', '`', '!!str', 'x'.repeat(90)],
);
/** Where Fluent Bit's reader ends a line, or a text, and the library does not; and what it refuses a file for. */
const treacherous = /[\u0080-\u009f\u2028\u2029\ufeff\ufffe\uffff]/;
const text = fc
  .oneof(
    fc.array(pieces, { maxLength: 5 }).map((list) => list.join('')),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
  )
  .filter((one) => !treacherous.test(one));
const scalar = fc.oneof({ weight: 4, arbitrary: text }, fc.boolean(), fc.integer(), fc.double({ noNaN: true }));
const section: fc.Arbitrary<Section> = fc.record(
  {
    comment: fc.constantFrom(' Output a: http', ' Input b'),
    entries: fc.array(fc.tuple(text, fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }))), { maxLength: 4 }),
    lists: fc.dictionary(
      text,
      fc.array(fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true }), { maxLength: 2 }),
      {
        maxKeys: 1,
        noNullPrototype: true,
      },
    ),
  },
  { requiredKeys: ['entries'] },
);
const places = ['env', 'parsers', 'multiline_parsers', 'pipeline.inputs', 'pipeline.filters', 'pipeline.outputs'];
const sections = fc
  .tuple(...places.map((place) => fc.tuple(fc.constant(place), fc.array(section, { maxLength: 2 }))))
  .map((list): Sections => list);

test('whatever stands in a file is written as the library writes it', () => {
  fc.assert(
    fc.property(fc.constantFrom('', ' LoggingConfiguration a/b.'), sections, (comment, list) => {
      expect(toYaml(comment, list)).toBe(byLibrary(comment, list));
    }),
    { numRuns: 500 },
  );
});

const values = fc
  .tuple(text, fc.constantFrom('\u0080', '\u0085', '\u009f', '\u2028', '\u2029', '\ufeff', '\ufffe', '\uffff'), text)
  .map((parts) => parts.join(''))
  // Half a character is none.
  .filter((one) => Buffer.from(one).toString() === one);

test('no text ends a line of the file for whoever reads it', () => {
  fc.assert(
    fc.property(values, fc.array(values, { minLength: 1, maxLength: 2 }), (one, several) => {
      const entries: Section['entries'] = [
        ['text', one],
        ['list', several],
      ];
      const file = toYaml(' A file.', [['env', [{ entries, lists: { rules: [{ state: one }] } }]]]);
      expect(file).not.toMatch(treacherous);
      expect(parse(file, { version: '1.1' })).toEqual({ env: [{ text: one, list: several, rules: [{ state: one }] }] });
    }),
    { numRuns: 500 },
  );
});
