/**
 * Fluent Bit's three ways to take a text apart at spaces. Arity is counted as they count, so each is a copy of the
 * original with its corners (fact: words-of-a-value).
 */

/** At most `limit` words, and what remains as one more; no quotes. */
export function split(line: string, limit: number): string[] {
  return splitWith(line, limit, unquoted) ?? [];
}

/** The same with words in quotes; undefined where a quote has no end, on which Fluent Bit crashes. */
export function splitQuoted(line: string, limit: number): string[] | undefined {
  return splitWith(line, limit, (rest) => (/^["']/.test(rest) ? quoted(rest) : unquoted(rest)));
}

type Token = { word: string; length: number };

function splitWith(line: string, limit: number, next: (rest: string) => Token | undefined): string[] | undefined {
  const words: string[] = [];
  let position = 0;
  while (position < line.length) {
    const spaces = /^ */.exec(line.slice(position))?.[0].length ?? 0;
    const token = next(line.slice(position + spaces));
    if (token === undefined) return undefined;
    words.push(token.word);
    position += spaces + token.length + 1;
    if (words.length >= limit && position < line.length) {
      words.push(line.slice(position));
      break;
    }
  }
  return words;
}

function unquoted(rest: string): Token {
  const end = rest.indexOf(' ');
  const word = end > 0 ? rest.slice(0, end) : rest;
  return { word, length: word.length };
}

function quoted(rest: string): Token | undefined {
  const quote = rest[0];
  let word = '';
  for (let index = 1; index < rest.length; index++) {
    const character = rest[index];
    // The quote is not skipped: what follows it is the separator.
    if (character === quote) return { word, length: index };
    const escaped = character === '\\' && (rest[index + 1] === quote || rest[index + 1] === '\\');
    word += escaped ? rest[++index] : character;
  }
  return undefined;
}

/** Words, of which those in double quotes may have spaces; at most `limit`, and what remains as one more. */
export function tokens(line: string, limit = 0): string[] {
  const words: string[] = [];
  const pattern = / *(?:"((?:[^"\\]|\\.|\\$)*)(?:"|$)|([^ ]+)) */gy;
  for (let match = pattern.exec(line); match !== null; match = pattern.exec(line)) {
    words.push(match[1] ?? match[2] ?? '');
    if (limit > 0 && words.length >= limit && pattern.lastIndex < line.length) {
      words.push(line.slice(pattern.lastIndex));
      break;
    }
  }
  return words;
}
