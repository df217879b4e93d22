import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { LRUCache } from 'lru-cache';
import onig from 'vscode-oniguruma';
import { type Fault, shown, type Text } from './fault.ts';
import { scanRegex } from './regex-syntax.ts';

/** Numbers of the options and the syntax, which the library declares as constants that are no values. */
const options = { '': 1, i: 2, x: 3, m: 4 } as const;
const rubySyntax = 10;

const wasm = createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm');
await onig.loadWASM(readFileSync(wasm));

interface Verdict {
  names: string[];
  fault?: string;
}

const verdicts = new LRUCache<string, Verdict>({
  max: 4096,
  maxSize: 4_194_304,
  sizeCalculation: (_, key) => key.length + 64,
});

/** Group names of a regular expression as Fluent Bit would compile it, or why it would not. */
export function compileRegex(source: string, secret: boolean): Verdict {
  if (secret) return compile(source);
  const known = verdicts.get(source);
  if (known !== undefined) return known;
  const verdict = compile(source);
  verdicts.set(source, verdict);
  return verdict;
}

export function regexFault(value: Text, source: string = value.text): Fault | undefined {
  const { fault } = compileRegex(source, value.secret);
  if (fault === undefined) return undefined;
  const why = value.secret ? '' : `: ${fault}`;
  return { reason: 'InvalidRegex', message: `${shown(value, source)} is no regular expression to Fluent Bit${why}.` };
}

function compile(source: string): Verdict {
  const { pattern, flags } = unquoted(source);
  const { names, portable, fault } = scanRegex(pattern, flags.includes('x'));
  if (fault !== undefined) return { names, fault };
  try {
    const chosen = flags.length === 0 ? [options['']] : flags.map((flag) => options[flag]);
    new onig.OnigScanner([portable], { options: chosen, syntax: rubySyntax }).dispose();
    return { names };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // Onigmo does not know this refusal: it repeats whatever it can take.
    return message === 'target of repeat operator is invalid' ? { names } : { names, fault: message };
  }
}

/**
 * `/pattern/` and `/pattern/im` are patterns in quotes to Fluent Bit; with any other letter at the end they are not
 * (check_option in src/flb_regex.c).
 */
function unquoted(source: string): { pattern: string; flags: ('i' | 'm' | 'x')[] } {
  const [, pattern, letters = ''] = /^\/(.*)\/([imox]*)$/s.exec(source) ?? [];
  const flags = [...new Set(letters)].filter((letter) => letter !== 'o') as ('i' | 'm' | 'x')[];
  const quoted = pattern !== undefined && (letters === '' || flags.length > 0);
  return quoted ? { pattern, flags } : { pattern: source, flags: [] };
}
