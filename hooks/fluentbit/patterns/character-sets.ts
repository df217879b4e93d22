import { CannotJudge } from './effort.ts';
import type { Has } from './pattern-tree.ts';

/** Beyond Unicode: stands for bytes that are not UTF-8, which only a negated set has. */
export const noCharacter = 0x110000;

const ascii =
  (test: RegExp): Has =>
  (code) =>
    code < 128 && test.test(String.fromCharCode(code));

const unicode =
  (test: RegExp): Has =>
  (code) =>
    code < noCharacter && test.test(String.fromCodePoint(code));

export const not =
  (has: Has): Has =>
  (code) =>
    !has(code);

/** `\d`, `\s`, `\w` and `\h`, which are ASCII in Ruby syntax. */
export const letterSets: Readonly<Record<string, Has>> = {
  d: ascii(/\d/),
  s: ascii(/[\t\n\v\f\r ]/),
  w: ascii(/\w/),
  h: ascii(/[0-9a-fA-F]/),
};

/** What `\b` regards as a part of a word. */
export const isWord: Has = unicode(/[\p{L}\p{M}\p{Nd}\p{Pc}]/u);

export const posixSets: Readonly<Record<string, Has>> = {
  alnum: unicode(/[\p{L}\p{M}\p{Nd}]/u),
  alpha: unicode(/[\p{L}\p{M}]/u),
  ascii: (code) => code < 128,
  blank: unicode(/[\p{Zs}\t]/u),
  cntrl: unicode(/\p{Cc}/u),
  digit: unicode(/\p{Nd}/u),
  graph: unicode(/[^\s\p{Cc}\p{Cn}\p{Cs}]/u),
  lower: unicode(/\p{Lowercase}/u),
  print: unicode(/[^\p{Cc}\p{Cn}\p{Cs}]/u),
  punct: unicode(/[\p{P}$+<=>^`|~]/u),
  space: unicode(/[\t-\r\x85\p{Z}]/u),
  upper: unicode(/\p{Uppercase}/u),
  xdigit: ascii(/[0-9a-fA-F]/),
  word: isWord,
};

/** The same behind `(?u)`. */
export const unicodeSets: Readonly<Record<string, Has>> = {
  d: unicode(/\p{Nd}/u),
  s: unicode(/[\t-\r\x85\p{Z}]/u),
  w: isWord,
  h: ascii(/[0-9a-fA-F]/),
};

const categories =
  'C Cc Cf Cn Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs Alphabetic Any Letter Mark Number Punctuation Symbol Separator';
const scripts = 'Arabic Cyrillic Greek Han Hangul Hebrew Hiragana Katakana Latin Thai';

const properties: ReadonlyMap<string, Has> = new Map([
  ...Object.entries(posixSets),
  ...categories.split(' ').map((name): [string, Has] => [name.toLowerCase(), unicode(new RegExp(`\\p{${name}}`, 'u'))]),
  ...scripts
    .split(' ')
    .map((name): [string, Has] => [name.toLowerCase(), unicode(new RegExp(`\\p{Script=${name}}`, 'u'))]),
]);

/**
 * The set of `\p{name}`. Of those that are known `sample` has members, which other sets are compared by.
 *
 * @throws CannotJudge
 */
export function propertySet(name: string): Has {
  const found = properties.get(name.toLowerCase().replaceAll(/[ _-]/g, ''));
  if (found === undefined) throw new CannotJudge(`uses \\p{${name}}`);
  return found;
}

/** Characters of every category and script above, in both cases. */
export const sample: readonly number[] = [
  0x85,
  0xa0,
  0xa6,
  0xa7,
  0xa8,
  0xaa,
  0xab,
  0xac,
  0xb2,
  0xb5,
  0xbb,
  0xc0,
  0xdf,
  0xe9,
  0xff,
  0x131,
  0x17f,
  0x1c5,
  0x2b0,
  0x300,
  0x378,
  0x3a9,
  0x3c9,
  0x416,
  0x436,
  0x5d0,
  0x627,
  0x661,
  0x903,
  0xe01,
  0x1e9e,
  0x2003,
  0x200d,
  0x2014,
  0x2028,
  0x2029,
  0x203f,
  0x2045,
  0x2046,
  0x20ac,
  0x20dd,
  0x212a,
  0x2160,
  0x24b6,
  0x3000,
  0x3042,
  0x30a2,
  0x4e2d,
  0xac00,
  0xe000,
  0xfb01,
  0xfe0f,
  0xff11,
  0x1f600,
  0x10ffff,
  noCharacter,
];

const specialCases: Readonly<Record<number, number>> = { 107: 0x212a, 75: 0x212a, 115: 0x17f, 83: 0x17f };

/** A character in its other cases, where they are one character. */
export function otherCases(code: number): number[] {
  if (code >= noCharacter) return [];
  const text = String.fromCodePoint(code);
  const found = [text.toLowerCase(), text.toUpperCase(), text.toUpperCase().toLowerCase()]
    .filter((other) => [...other].length === 1)
    .map((other) => other.codePointAt(0) ?? code);
  const special = specialCases[code];
  return [...new Set([...found, ...(special === undefined ? [] : [special])])].filter((other) => other !== code);
}

/** Where characters are that are several in another case. */
const foldedRanges: readonly (readonly [number, number])[] = [
  [0xdf, 0xdf],
  [0x149, 0x149],
  [0x1f0, 0x1f0],
  [0x390, 0x390],
  [0x3b0, 0x3b0],
  [0x587, 0x587],
  [0x1e96, 0x1e9e],
  [0x1f50, 0x1ffc],
  [0xfb00, 0xfb17],
];

/** A text that is one character in another case. */
export interface FoldedText {
  text: string;
  /** What each of its characters may be. */
  letters: readonly (readonly number[])[];
  /** The characters that it is: `ss` is ß and ẞ. */
  codes: readonly number[];
}

/** All of them. Onigmo tries either, so that `(?i)[[:alpha:]]+` takes exponential time on a text of `s`. */
export const foldedTexts: readonly FoldedText[] = foldings();

function foldings(): FoldedText[] {
  const found = new Map<string, number[]>();
  for (const [first, last] of foldedRanges)
    for (let code = first; code <= last; code++) {
      // ẞ is a capital already.
      const text = code === 0x1e9e ? 'ss' : String.fromCodePoint(code).toUpperCase().toLowerCase();
      if ([...text].length > 1) found.set(text, [...(found.get(text) ?? []), code]);
    }
  return [...found].map(([text, codes]) => {
    const letters = [...text].map((one) => one.codePointAt(0) ?? 0).map((code) => [code, ...otherCases(code)]);
    return { text, letters, codes };
  });
}
