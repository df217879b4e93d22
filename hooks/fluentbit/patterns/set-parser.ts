import {
  foldedTexts,
  letterSets,
  noCharacter,
  not,
  otherCases,
  posixSets,
  propertySet,
  unicodeSets,
} from './character-sets.ts';
import { CannotJudge } from './effort.ts';
import type { PatternText } from './pattern-text.ts';
import type { Has } from './pattern-tree.ts';

/** A set of characters as it stands in a pattern. */
export interface ReadSet {
  has: Has;
  /** The character that it is, if it is one. */
  code?: number;
  /** What it reads besides where case is ignored: texts that are one of its characters in another case. */
  texts?: readonly string[];
}

const property = /\\([pP])\{(\^?)([^}]*)\}/y;
const bracket = /\[:(\^?)([a-zA-Z]+):\]/y;
const numbered = /\\(?:x\{([0-9a-fA-F]+)\}|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|([0-7]{1,3})|(?:c|C-)(.))/sy;
const byte = /\\(?:x([89a-fA-F][0-9a-fA-F])|([2-3][0-7]{2}))/y;
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, v: 11, a: 7, e: 27 };
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads characters, escapes and classes of a pattern. */
export class SetParser {
  /** Code points that sets begin or end at. */
  readonly points = new Set<number>();
  /** How many sets the classes so far are made of. */
  members = 0;
  /** Whether `(?u)` is on. */
  unicode = false;
  readonly #text: PatternText;
  /** Sets by what stands in the pattern: it has many that are the same, and all are compared with each other. */
  readonly #known = new Map<string, ReadSet>();
  readonly #otherCases = new Map<number, readonly number[]>();

  constructor(text: PatternText) {
    this.#text = text;
  }

  literal(code: number, ignoreCase: boolean): ReadSet {
    return this.#once(`${code}`, ignoreCase, () => {
      const has = this.#cased((c) => c === code, [code], ignoreCase);
      return { has, code, ...(ignoreCase && { texts: textsOf((c) => c === code) }) };
    });
  }

  /** `[…]`, from its bracket on. */
  class(ignoreCase: boolean): ReadSet {
    const start = this.#text.at;
    const { has, negative } = this.#class(ignoreCase);
    return this.#once(this.#text.whole.slice(start, this.#text.at), ignoreCase, () => ({
      has,
      ...(ignoreCase && !negative && { texts: textsOf(has) }),
    }));
  }

  #once(key: string, ignoreCase: boolean, make: () => ReadSet): ReadSet {
    const found = this.#known.get(`${ignoreCase}${key}`) ?? make();
    this.#known.set(`${ignoreCase}${key}`, found);
    return found;
  }

  /** A set or a character behind a backslash. */
  escaped(ignoreCase: boolean): ReadSet {
    const letter = this.#text.peek(1);
    const lower = letter.toLowerCase();
    const known = (this.unicode ? unicodeSets : letterSets)[lower];
    if (known !== undefined) {
      this.#text.at += 2;
      return { has: letter === lower ? known : not(known) };
    }
    const [named, upper, caret, name = ''] = this.#text.take(property) ?? [];
    if (named !== undefined) {
      const set = propertySet(name);
      const has = (upper === 'P') === (caret === '^') ? set : not(set);
      return { has, ...(ignoreCase && { texts: textsOf(has) }) };
    }
    return this.literal(this.#byte() ?? this.#number() ?? this.#letter(), ignoreCase);
  }

  /** Bytes of one character, each written as a number; where they are none, the first of them. */
  #byte(): number | undefined {
    const bytes: number[] = [];
    let behind: number | undefined;
    for (let found = this.#text.take(byte); found !== undefined; found = this.#text.take(byte)) {
      behind ??= this.#text.at;
      const [, hex, octal = ''] = found;
      bytes.push(hex === undefined ? Number.parseInt(octal, 8) : Number.parseInt(hex, 16));
      const code = decoded(bytes);
      if (code !== undefined) return code;
      if (bytes.length === 4) break;
    }
    if (behind === undefined) return undefined;
    this.#text.at = behind;
    return noCharacter;
  }

  #number(): number | undefined {
    if (this.#text.peek(1) === 'M' && this.#text.peek(2) === '-') throw new CannotJudge('uses \\M-');
    const found = this.#text.take(numbered);
    if (found === undefined) return undefined;
    const [, braced, hex, four, octal, control] = found;
    const sixteen = braced ?? hex ?? four;
    if (sixteen !== undefined) return Number.parseInt(sixteen, 16);
    return octal === undefined ? (control?.charCodeAt(0) ?? 0) & 31 : Number.parseInt(octal, 8);
  }

  #letter(): number {
    this.#text.at += 1;
    const code = controls[this.#text.peek()] ?? (this.#text.ended ? 92 : this.#text.code());
    if (!this.#text.ended) this.#text.step();
    return code;
  }

  /** The set, with the same letters in their other case where it is ignored. */
  #cased(has: Has, codes: readonly number[], ignoreCase: boolean): Has {
    for (const code of codes) this.points.add(code);
    if (!ignoreCase) return has;
    for (const other of codes.flatMap(otherCases)) this.points.add(other);
    return (code) => has(code) || this.#others(code).some((other) => has(other));
  }

  #others(code: number): readonly number[] {
    const found = this.#otherCases.get(code) ?? otherCases(code);
    this.#otherCases.set(code, found);
    return found;
  }

  #class(ignoreCase: boolean): { has: Has; negative: boolean } {
    this.#text.at += 1;
    const negative = this.#text.takes('^');
    const parts: Members[] = [new Members()];
    const first = this.#text.at;
    // A bracket that closes at once is a character, unless no other one closes.
    const closes = () => this.#text.at > first || !this.#text.whole.includes(']', this.#text.at + 1);
    while (!this.#text.ended && !(this.#text.peek() === ']' && closes())) {
      if (this.#text.takes('&&')) parts.push(new Members());
      else for (const member of this.#member(ignoreCase)) parts.at(-1)?.add(member, ignoreCase);
    }
    this.#text.at += 1;
    this.members += parts.reduce((sum, { size }) => sum + size, 0);
    const has: Has = (code) => parts.every((part) => part.has(code));
    return { has: negative ? not(has) : has, negative };
  }

  #member(ignoreCase: boolean): readonly ReadSet[] {
    const before = this.#text.at;
    const [posix, caret, name = ''] = this.#text.take(bracket) ?? [];
    const named = posixSets[name];
    if (named !== undefined) return [{ has: caret === '^' ? not(named) : named }];
    if (posix !== undefined) this.#text.at = before;
    if (this.#text.peek() === '[') return [{ has: this.#class(ignoreCase).has }];
    const low = this.#character(ignoreCase);
    const next = this.#text.peek(1);
    if (low.code === undefined || this.#text.peek() !== '-' || next === ']' || next === '[' || next === '')
      return [low];
    this.#text.at += 1;
    const high = this.#character(ignoreCase);
    if (high.code !== undefined && high.code >= low.code)
      return [{ has: this.#range(low.code, high.code, ignoreCase) }];
    return [low, high, this.literal(45, false)];
  }

  #range(low: number, high: number, ignoreCase: boolean): Has {
    const ends = [low, high, low - 1, high + 1].filter((code) => code >= 0 && code < noCharacter);
    const codes = high - low < 128 ? Array.from({ length: high - low + 1 }, (_, index) => low + index) : ends;
    return this.#cased((code) => code >= low && code <= high, codes, ignoreCase);
  }

  #character(ignoreCase: boolean): ReadSet {
    if (this.#text.peek() === '\\') {
      if (this.#text.peek(1) !== 'b') return this.escaped(ignoreCase);
      this.#text.at += 2;
      return this.literal(8, false);
    }
    const code = this.#text.code();
    this.#text.step();
    return this.literal(code, ignoreCase);
  }
}

/** What a class, or a side of `&&` in it, is made of. */
class Members {
  readonly #codes = new Set<number>();
  readonly #sets: Has[] = [];

  get size(): number {
    return 1 + this.#sets.length;
  }

  add({ has, code }: ReadSet, ignoreCase: boolean): void {
    if (code === undefined) this.#sets.push(has);
    else for (const one of ignoreCase ? [code, ...otherCases(code)] : [code]) this.#codes.add(one);
  }

  has(code: number): boolean {
    return this.#codes.has(code) || this.#sets.some((set) => set(code));
  }
}

function decoded(bytes: readonly number[]): number | undefined {
  try {
    return decoder.decode(Uint8Array.from(bytes)).codePointAt(0);
  } catch {
    return undefined;
  }
}

function textsOf(has: Has): string[] {
  return foldedTexts.flatMap(({ text, codes }) => (codes.some(has) ? [text] : []));
}
