import { foldedTexts } from './character-sets.ts';
import { CannotJudge, mostStates } from './effort.ts';
import { PatternText } from './pattern-text.ts';
import type { Anchor, Look, ParsedPattern, PatternNode } from './pattern-tree.ts';
import { type ReadSet, SetParser } from './set-parser.ts';

export type Flag = 'i' | 'x' | 'm';
type Options = Readonly<Record<Flag, boolean>>;

const quantifier = /([*+?])([?+]?)|\{(?=\d|,\d)(\d*)(,)?(\d*)\}(\??)/y;
const comment = /\(\?#(?:[^\\)]|\\.)*\)/sy;
const blank = /\s+|#[^\n]*(?:\n|$)/y;
const opening = /\((?:\?(?:<([^>=!][^>]*)>|'([^']*)'|(<?[=!])|(>)|(~)|\(([^)]*)\)|([a-z]*(?:-[a-z]*)?)(:|\))))?/y;
const anchor = /[\^$]|\\([bBAzZG])/y;
const call = /\\g(?:<([^>]*)>|'([^']*)')/y;
const reference = /\\(?:k(?:<([^>]*)>|'([^']*)')|([1-9]\d*))/y;
const any = () => true;
const inLine = (code: number) => code !== 10;
const looks: Readonly<Record<string, Look>> = { '=': 'ahead', '!': 'notAhead', '<=': 'behind', '<!': 'notBehind' };
const deepest = 100;

/**
 * Reads a pattern that Onigmo compiles, in Ruby syntax, into a tree.
 *
 * @throws CannotJudge where it uses what the analysis does not know
 */
export function parsePattern(pattern: string, flags: readonly Flag[]): ParsedPattern {
  return new PatternParser(pattern, flags).parse();
}

class PatternParser {
  readonly #text: PatternText;
  readonly #sets: SetParser;
  /** Beside named groups `(…)` captures nothing. */
  readonly #named: boolean;
  readonly #groups = new Map<string | number, PatternNode[]>();
  #options: Options;
  readonly #count = { groups: 0, depth: 0, sets: 0 };

  constructor(pattern: string, flags: readonly Flag[]) {
    this.#text = new PatternText(pattern);
    this.#sets = new SetParser(this.#text);
    this.#options = { i: flags.includes('i'), x: flags.includes('x'), m: flags.includes('m') };
    this.#named = /\(\?(?:<[^=!]|')/.test(pattern);
  }

  parse(): ParsedPattern {
    const tree = this.#either();
    return { tree, groups: this.#groups, points: this.#sets.points, members: this.#sets.members };
  }

  /** Alternatives up to the end of the group; an option in their midst goes on to there, too. */
  #either(): PatternNode {
    if (++this.#count.depth > deepest) throw new CannotJudge('is nested too deeply');
    const start = this.#text.at;
    const before = this.#options;
    const items = [this.#sequence()];
    while (this.#text.takes('|')) items.push(this.#sequence());
    this.#options = before;
    this.#count.depth -= 1;
    const [only] = items;
    return items.length === 1 && only !== undefined ? only : { type: 'either', items, start, end: this.#text.at };
  }

  #sequence(): PatternNode {
    const start = this.#text.at;
    const items: PatternNode[] = [];
    /** Characters in a row where case is ignored; undefined where something else is. */
    const codes: (number | undefined)[] = [];
    for (;;) {
      this.#skipBlank();
      if (this.#text.ended || this.#text.peek() === '|' || this.#text.peek() === ')') break;
      const { node, code } = this.#item();
      const repeated = this.#repeats(node);
      items.push(repeated);
      codes.push(repeated === node ? code : undefined);
    }
    this.#fold(items, codes);
    const [only] = items;
    return items.length === 1 && only !== undefined ? only : { type: 'sequence', items, start, end: this.#text.at };
  }

  /** Lets characters in a row be read as the one that they are in another case. */
  #fold(items: PatternNode[], codes: (number | undefined)[]): void {
    if (codes.every((code) => code === undefined)) return;
    for (const { letters, codes: ones } of foldedTexts)
      for (let at = 0; at + letters.length <= codes.length; at++) {
        if (!letters.every((same, index) => same.includes(codes[at + index] ?? -1))) continue;
        const replaced = items.slice(at, at + letters.length);
        const place = { start: replaced[0]?.start ?? 0, end: replaced.at(-1)?.end ?? 0 };
        const single: PatternNode = { type: 'set', has: (code) => ones.includes(code), ...place };
        for (const code of ones) this.#sets.points.add(code);
        items.splice(at, letters.length, {
          type: 'either',
          items: [{ type: 'sequence', items: replaced, ...place }, single],
          ...place,
        });
        codes.splice(at, letters.length, undefined);
      }
  }

  #repeats(first: PatternNode): PatternNode {
    let node = first;
    for (;;) {
      this.#skipBlank();
      const found = this.#text.take(quantifier);
      if (found === undefined) return node;
      // To repeat what reads nothing changes nothing.
      if (node.type === 'anchor' || node.type === 'look') continue;
      const [, sign, suffix, least, comma, most, lazy] = found;
      const place = { start: first.start, end: this.#text.at };
      const counts =
        sign === undefined
          ? countsIn(least ?? '', comma !== undefined, most ?? '')
          : { least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Number.POSITIVE_INFINITY };
      // To Ruby {n}? is {0,n}, and {n}+ is a quantifier of a quantifier.
      const optional = sign === undefined && comma === undefined && lazy === '?';
      node = {
        type: 'repeat',
        body: node,
        ...counts,
        ...(optional && { least: 0 }),
        lazy: (suffix ?? lazy) === '?',
        possessive: suffix === '+',
        ...place,
      };
    }
  }

  #skipBlank(): void {
    let found: unknown;
    do found = this.#text.take(comment) ?? (this.#options.x ? this.#text.take(blank) : undefined);
    while (found !== undefined);
  }

  #item(): { node: PatternNode; code?: number | undefined } {
    const start = this.#text.at;
    const ignoreCase = this.#options.i;
    const character = this.#text.peek();
    if (character === '(') return { node: this.#group() };
    if (character === '[') return { node: this.#set(this.#sets.class(ignoreCase), start) };
    const [sign, letter] = this.#text.take(anchor) ?? [];
    if (sign !== undefined)
      return { node: { type: 'anchor', anchor: (letter ?? sign) as Anchor, start, end: this.#text.at } };
    if (character === '\\') return { node: this.#escape() };
    if (character === '.') return { node: this.#dot() };
    const code = this.#text.code();
    this.#text.step();
    const node = this.#set(this.#sets.literal(code, ignoreCase), start);
    return { node, code: ignoreCase ? code : undefined };
  }

  #dot(): PatternNode {
    const start = this.#text.at;
    const all = this.#options.m;
    this.#text.step();
    return { type: 'set', has: all ? any : inLine, dot: all ? 'all' : 'line', start, end: this.#text.at };
  }

  #set({ has, texts = [] }: ReadSet, start: number): PatternNode {
    this.#count.sets += 1 + texts.length;
    if (this.#count.sets > mostStates) throw new CannotJudge('is too large');
    const place = { start, end: this.#text.at };
    const set: PatternNode = { type: 'set', has, ...place };
    if (texts.length === 0) return set;
    const spelled = texts.map((text): PatternNode => {
      const items = [...text].map((one): PatternNode => {
        const read = this.#sets.literal(one.codePointAt(0) ?? 0, true);
        return { type: 'set', has: read.has, ...place };
      });
      return { type: 'sequence', items, ...place };
    });
    return { type: 'either', items: [set, ...spelled], ...place };
  }

  #group(): PatternNode {
    const start = this.#text.at;
    const [text = '(', angled, quoted, look, atomic, absent, condition, letters, end] = this.#text.take(opening) ?? [];
    if (letters !== undefined) return this.#withOptions(letters, end === ')', start);
    const name = angled ?? quoted;
    const captures = name !== undefined || (text === '(' && !this.#named);
    if (captures) this.#count.groups += 1;
    const number = this.#count.groups;
    if (absent !== undefined) throw new CannotJudge('uses (?~…)');
    const body = this.#either();
    this.#text.takes(')');
    const place = { start, end: this.#text.at };
    if (condition !== undefined) return { type: 'if', body, ...place };
    if (look !== undefined) return { type: 'look', look: looks[look] ?? 'ahead', body, ...place };
    if (atomic !== undefined) return { type: 'atomic', body, ...place };
    // Onigmo takes away what captures nothing.
    if (!captures) return { ...body, ...place };
    const node: PatternNode = { type: 'group', body, ...place };
    for (const key of name === undefined ? [number] : [number, name])
      this.#groups.set(key, [...(this.#groups.get(key) ?? []), node]);
    return node;
  }

  /** `(?i:…)`, or `(?i)` with all that follows up to the end of its own group. */
  #withOptions(letters: string, toTheEnd: boolean, start: number): PatternNode {
    const before = this.#options;
    const unicode = this.#sets.unicode;
    const [on = '', off = ''] = letters.split('-');
    if (on.includes('a')) throw new CannotJudge('uses (?a)');
    if (/[du]/.test(on)) this.#sets.unicode = on.includes('u');
    const isOn = (flag: Flag) => (before[flag] || on.includes(flag)) && !off.includes(flag);
    this.#options = { i: isOn('i'), x: isOn('x'), m: isOn('m') };
    const body = this.#either();
    if (!toTheEnd) this.#text.takes(')');
    this.#options = before;
    this.#sets.unicode = unicode;
    const place = { start, end: this.#text.at };
    return letters === '' ? { ...body, ...place } : { type: 'group', body, ...place };
  }

  #escape(): PatternNode {
    const start = this.#text.at;
    const called = this.#text.take(call);
    if (called !== undefined)
      return { type: 'call', to: this.#target(called[1] ?? called[2] ?? ''), start, end: this.#text.at };
    const [same, angled, quoted, digits] = this.#text.take(reference) ?? [];
    if (same !== undefined && (digits === undefined || Number(digits) < 10 || Number(digits) <= this.#count.groups)) {
      const to = digits === undefined ? this.#target(angled ?? quoted ?? '') : Number(digits);
      return { type: 'same', to, start, end: this.#text.at };
    }
    this.#text.at = start;
    if (this.#text.takes('\\K')) return { type: 'empty', start, end: this.#text.at };
    if (this.#text.takes('\\R')) return this.#lineBreak(start);
    if (this.#text.takes('\\X')) throw new CannotJudge('uses \\X');
    return this.#set(this.#sets.escaped(this.#options.i), start);
  }

  /** `\r\n`, or one character. */
  #lineBreak(start: number): PatternNode {
    const place = { start, end: this.#text.at };
    const set = (...codes: number[]): PatternNode => {
      for (const code of codes) this.#sets.points.add(code);
      return { type: 'set', has: (code) => codes.includes(code), ...place };
    };
    const pair: PatternNode = { type: 'sequence', items: [set(13), set(10)], ...place };
    const one = set(10, 11, 12, 13, 0x85, 0x2028, 0x2029);
    return { type: 'atomic', body: { type: 'either', items: [pair, one], ...place }, ...place };
  }

  /** A group by its name or number, also counted from here. */
  #target(text: string): string | number {
    if (/^-\d+$/.test(text)) return this.#count.groups + 1 + Number(text);
    if (/^\+\d+$/.test(text)) return this.#count.groups + Number(text);
    if (/[+-]\d+$/.test(text)) throw new CannotJudge(`refers to a level of a group, ${text}`);
    return /^\d+$/.test(text) ? Number(text) : text;
  }
}

function countsIn(least: string, range: boolean, most: string): { least: number; most: number } {
  const low = Number(least === '' ? 0 : least);
  if (!range) return { least: low, most: low };
  return { least: low, most: most === '' ? Number.POSITIVE_INFINITY : Number(most) };
}
