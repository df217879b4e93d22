/** What can be told of a regular expression without compiling it. */
export interface RegexSyntax {
  /** Names of its groups. */
  names: string[];
  /** The same in what Oniguruma takes, too, where it compiles exactly if the original does in Onigmo. */
  portable: string;
  /** What Fluent Bit's engine, Onigmo, refuses and Oniguruma would take. */
  fault?: string;
}

/** Beyond these an engine needs more time or stack than any log line is worth; the agent itself would hang. */
const limits = { length: 16_384, depth: 64, lookAround: 8, calls: 20, nestedOptions: 8, absent: 2 };

const groupName = /^(?!\p{Nd})[\p{L}\p{M}\p{N}\p{Pc}]+$/u;
const opening =
  /^\((?:\?(?:<([^>=!][^>]*)>|'([^']*)'|(<?[=!])|>|(~)|(\()(?:<[^>]*>|'[^']*'|\d+)\)|([a-z]*)(-[a-z]*)?(:|\))))?/;
const anchor = /^(?:[\^$]|\\[AbBGzZKyY])/;
const quantifier = /^(?:[*+?]|\{(\d*)(?:(,)(\d*))?\})/;
const quantifiers = /^(?:[*+?]|\{(?:\d+,?\d*|,\d+)\})+/;
const escapePattern =
  /^\\(?:x\{[0-9a-fA-F]*\}|x[0-9a-fA-F]{0,2}|u[0-9a-fA-F]{0,4}|[pP]\{[^}]*\}|[kg](?:<[^>]*>|'[^']*')|o\{[0-7]*\}|[0-7]{1,3}|.)/su;
/** Properties that Onigmo has and Oniguruma has not. */
const onlyOnigmo = /^\\[pP]\{\^?(Age=|Grapheme_Cluster_Break=|XPosixPunct|In_)/i;

interface Group {
  /** Where it looks to, if it does. */
  look?: string;
  /** Alternatives of a conditional: it may have two. */
  alternatives?: number;
  /** Groups that inline options opened: they end where their group ends. */
  options: number;
}

/**
 * Walks through a pattern in Onigmo's Ruby syntax. The differences to Oniguruma were found by comparing the two on
 * some hundred thousand patterns.
 */
export function scanRegex(pattern: string, extended: boolean): RegexSyntax {
  const scanner = new Scanner(pattern, extended);
  const fault = pattern.length > limits.length ? `it is longer than ${limits.length} characters` : scanner.scan();
  return { names: scanner.names, portable: scanner.portable, ...(fault === undefined ? {} : { fault }) };
}

class Scanner {
  readonly names: string[] = [];
  portable = '';
  readonly #pattern: string;
  readonly #extended: boolean;
  readonly #groups: Group[] = [];
  readonly #counts = { lookAround: 0, calls: 0, options: 0, absent: 0 };
  #position = 0;
  /** Whether a quantifier here would repeat something. */
  #target = false;

  constructor(pattern: string, extended: boolean) {
    this.#pattern = pattern;
    this.#extended = extended;
  }

  scan(): string | undefined {
    while (this.#position < this.#pattern.length) {
      const fault = this.#step(this.#pattern.slice(this.#position, this.#position + 512));
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #take(text: string, target: boolean, portable: string = text): undefined {
    this.#position += text.length;
    this.#target = target;
    this.portable += portable;
  }

  #step(rest: string): string | undefined {
    const character = rest[0] ?? '';
    const [width] = anchor.exec(rest) ?? [];
    if (width !== undefined) return this.#zeroWidth(width, rest);
    if (character === '\\') return this.#escape(rest);
    if (character === '[') return this.#class();
    if (rest.startsWith('(?#')) return this.#take(this.#upTo(')'), this.#target);
    if (character === '(') return this.#open(rest);
    if (character === ')') return this.#close(rest);
    if (character === '|') return this.#alternative();
    if (this.#extended && character === '#') return this.#take(this.#upTo('\n'), this.#target);
    const [repeat] = quantifier.exec(rest) ?? [];
    return repeat === undefined ? this.#take(character, true) : this.#repeat(repeat);
  }

  /** Onigmo lets anchors be repeated, which changes nothing. */
  #zeroWidth(text: string, rest: string): undefined {
    const repeats = quantifiers.exec(rest.slice(text.length))?.[0] ?? '';
    return this.#take(text + repeats, false, text);
  }

  #upTo(end: string): string {
    const found = this.#pattern.indexOf(end, this.#position);
    return this.#pattern.slice(this.#position, found < 0 ? undefined : found + 1);
  }

  #escape(rest: string): string | undefined {
    const { text, portable, fault } = escapeOf(rest);
    if (fault !== undefined) return fault;
    if (/^\\g[<']/.test(text) && ++this.#counts.calls > limits.calls) return 'it calls its groups too often';
    if (text === '\\X' && this.#looksBehind()) return 'a look-behind needs a fixed length';
    return this.#take(text, true, portable);
  }

  /** Up to where the class ends; Oniguruma says so where it does not. */
  #class(): string | undefined {
    let depth = 0;
    let text = '';
    let portable = '';
    const take = (piece: string, same: string = piece) => {
      text += piece;
      portable += same;
    };
    do {
      const at = this.#position + text.length;
      const rest = this.#pattern.slice(at, at + 64);
      const [piece = ''] = /^(?:\[:\^?[a-zA-Z]+:\]|\[\^?|.)/su.exec(rest) ?? [];
      if (rest === '') break;
      if (rest[0] === '\\') {
        const found = escapeOf(rest);
        if (found.fault !== undefined) return found.fault;
        take(found.text, found.portable);
      } else take(piece);
      if (piece === '[' || piece === '[^') {
        if (++depth > limits.depth) return 'its classes are nested too deeply';
        // A bracket that closes at once is a character.
        if (this.#pattern[at + piece.length] === ']' && this.#pattern.includes(']', at + piece.length + 1)) take(']');
      } else if (piece === ']') depth--;
    } while (depth > 0);
    return this.#take(text, true, portable);
  }

  #open(rest: string): string | undefined {
    const [text = '(', angled, quoted, look, absent, conditional, on, off = '', end] = opening.exec(rest) ?? [];
    const name = angled ?? quoted;
    if (name !== undefined) {
      if (!groupName.test(name)) return `${JSON.stringify(name)} is no name of a group: use letters, digits and _`;
      this.names.push(name);
    }
    if (look !== undefined && ++this.#counts.lookAround > limits.lookAround) return 'it looks around too often';
    if (absent !== undefined && ++this.#counts.absent > limits.absent) return 'it has too many absent groups';
    // Onigmo's character sets a, d and u; any other option that it has in their place compiles alike.
    const portable = on === undefined ? text : `(?${on.replaceAll(/[adu]/g, 'm')}${off}${end}`;
    this.#take(text, false, portable);
    if (on !== undefined && end === ')') {
      const around = this.#groups.at(-1);
      if (around !== undefined) around.options++;
      return ++this.#counts.options > limits.nestedOptions ? 'it changes its options too often' : undefined;
    }
    this.#groups.push({ options: 0, ...(look && { look }), ...(conditional && { alternatives: 1 }) });
    return this.#groups.length > limits.depth ? 'its groups are nested too deeply' : undefined;
  }

  #close(rest: string): undefined {
    const group = this.#groups.pop();
    this.#counts.options -= group?.options ?? 0;
    return group?.look === undefined ? this.#take(')', true) : this.#zeroWidth(')', rest);
  }

  #alternative(): string | undefined {
    const group = this.#groups.at(-1);
    if (group?.alternatives !== undefined && ++group.alternatives > 2) return 'a conditional has two alternatives';
    return this.#take('|', false);
  }

  #repeat(text: string): string | undefined {
    const [, least = '', comma, most = ''] = quantifier.exec(text) ?? [];
    if (least !== '' && most !== '' && Number(least) > Number(most))
      return `in ${text} the first number is the larger one`;
    const literal = text === '{}' || text === '{,}';
    const fixed = literal || (text.startsWith('{') && comma === undefined);
    if (this.#target && !fixed && this.#looksBehind()) return 'a look-behind needs a fixed length';
    return this.#take(text, this.#target || literal);
  }

  #looksBehind(): boolean {
    return this.#groups.some((group) => group.look?.startsWith('<'));
  }
}

function escapeOf(rest: string): { text: string; portable: string; fault?: string } {
  const [text] = escapePattern.exec(rest) ?? [rest.slice(0, 1)];
  const byte = /^\\x([89a-f][0-9a-f])$/i.exec(text)?.[1];
  const portable = byte !== undefined ? `\\x{${byte}}` : onlyOnigmo.test(text) ? '\\p{Alpha}' : text;
  const wide = /^\\x\{([0-9a-fA-F]+)\}$/.exec(text)?.[1];
  if (wide !== undefined && Number.parseInt(wide, 16) > 0x10ffff)
    return { text, portable, fault: `${text} is beyond Unicode` };
  if (/^\\[4-7][0-7]{2}$/.test(text)) return { text, portable, fault: `${text} is too large for a byte` };
  return { text, portable };
}
