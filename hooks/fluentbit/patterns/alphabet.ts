import { isWord, sample } from './character-sets.ts';
import { CannotJudge, type Effort } from './effort.ts';
import { children, type Has, type ParsedPattern, type PatternNode } from './pattern-tree.ts';

/** A set of letters, one bit each. A letter stands for characters that the pattern does not tell apart. */
export type Letters = bigint;

const isNewLine: Has = (code) => code === 10;
const printable = /^[!-~]$/;
/** A pattern that people use tells at most 70 apart. */
const mostLetters = 256;

/** The letters of a pattern: its sets are sets of letters. */
export class Alphabet {
  /** By letter: a character that it stands for. */
  readonly characters: readonly string[];
  /** All letters. */
  readonly all: Letters;
  /** No letter, but the end of the text; its beginning, too. */
  readonly end: Letters;
  readonly newLine: Letters;
  readonly word: Letters;
  readonly #sets = new Map<Has, Letters>();

  constructor({ tree, points, members }: ParsedPattern, effort: Effort) {
    const sets = [...new Set([isNewLine, isWord, ...setsIn(tree)])];
    const codes = [...new Set([...Array(128).keys(), ...sample, ...points])];
    effort.spend(((sets.length + members) * codes.length) / 4);
    const letters = new Map<string, { letter: number; codes: number[] }>();
    for (const code of codes) {
      const signature = sets.map((has) => (has(code) ? '1' : '0')).join('');
      const known = letters.get(signature);
      if (known !== undefined) known.codes.push(code);
      else if (letters.size >= mostLetters) throw new CannotJudge('is too large');
      else letters.set(signature, { letter: letters.size, codes: [code] });
    }
    this.characters = [...letters.values()].map((one) => shownAs(one.codes));
    this.end = 1n << BigInt(letters.size);
    this.all = this.end - 1n;
    for (const [index, has] of sets.entries()) {
      let found = 0n;
      for (const [signature, { letter }] of letters) if (signature[index] === '1') found |= 1n << BigInt(letter);
      this.#sets.set(has, found);
    }
    this.newLine = this.of(isNewLine);
    this.word = this.of(isWord);
  }

  of(has: Has): Letters {
    return this.#sets.get(has) ?? 0n;
  }
}

function setsIn(node: PatternNode): Has[] {
  return [...(node.type === 'set' ? [node.has] : []), ...children(node).flatMap(setsIn)];
}

function shownAs(codes: readonly number[]): string {
  const characters = codes.map((code) => (code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code)));
  return characters.find((character) => printable.test(character)) ?? characters[0] ?? '';
}

export function bit(letter: number): Letters {
  return 1n << BigInt(letter);
}

export function hasBit(letters: Letters, letter: number): boolean {
  return (letters & bit(letter)) !== 0n;
}
