import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import onig from 'vscode-oniguruma';
import type { Flag } from '../../../patterns/pattern-parser.ts';
import { type Fault, shown, type Text } from '../fault.ts';
import type { PatternBudget } from './pattern-budget.ts';
import { slowFault } from './regex-growth.ts';
import { scanRegex } from './regex-syntax.ts';

/** Numbers of the options and the syntax, which the library declares as constants that are no values. */
const options = { '': 1, i: 2, x: 3, m: 4 } as const;
const rubySyntax = 10;

const wasm = createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm');
await onig.loadWASM(readFileSync(wasm));

/** What compiling found out. */
interface CompiledRegex {
  names: readonly string[];
  fault?: string;
}

/** What is wrong with a text that Fluent Bit runs on records as a regular expression: each of them passes here. */
export function regexFault(value: Text, patterns: PatternBudget, source: string = value.text): Fault | undefined {
  const fault = compileFault(value, source);
  if (fault !== undefined) return fault;
  const { pattern, flags } = unquoted(source);
  return slowFault(value, source, patterns.growth(pattern, flags));
}

/** What is wrong with a text that Fluent Bit compiles, whether or not it runs it. */
export function compileFault(value: Text, source: string): Fault | undefined {
  const { fault } = compileRegex(source);
  if (fault === undefined) return undefined;
  const why = value.secret ? '' : `: ${fault}`;
  return { reason: 'InvalidRegex', message: `${shown(value, source)} is no regular expression to Fluent Bit${why}.` };
}

/** Group names of a regular expression as Fluent Bit would compile it, or why it would not. */
export function compileRegex(source: string): CompiledRegex {
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
 * (fact: regular-expressions).
 */
function unquoted(source: string): { pattern: string; flags: Flag[] } {
  const [, pattern, letters = ''] = /^\/(.*)\/([imox]*)$/s.exec(source) ?? [];
  const flags = [...new Set(letters)].filter((letter) => letter !== 'o') as Flag[];
  const quoted = pattern !== undefined && (letters === '' || flags.length > 0);
  return quoted ? { pattern, flags } : { pattern: source, flags: [] };
}
