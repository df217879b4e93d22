import { type Check, each, type Fault, gravest, invalid, type PatternCheck, shown, type Text } from './fault.ts';
import { parseAccessor } from './record-accessor.ts';
import type { PatternBudget } from './regex/pattern-budget.ts';
import { compileRegex, regexFault } from './regex/regex.ts';
import { split, tokens } from './words.ts';

/** One of a few words, whatever their case; `exactly` where Fluent Bit regards it. */
export function oneOf(...words: string[]): Check {
  return choice(words, (text) => words.includes(text.toLowerCase()));
}

export function exactly(...words: string[]): Check {
  return choice(words, (text) => words.includes(text));
}

function choice(words: string[], holds: (text: string) => boolean): Check {
  const known = words.join(', ');
  return (value) => (holds(value.text) ? undefined : invalid(`${shown(value)} is none of ${known}.`));
}

/** A number within bounds; its type is checked before. */
export function between(least: number, most: number, what = 'The value'): Check {
  return (value) => {
    const number = Number(value.text);
    return number >= least && number <= most ? undefined : invalid(`${what} must be from ${least} to ${most}.`);
  };
}

export function matching(pattern: RegExp, says: string, hint?: string): Check {
  return (value) => (pattern.test(value.text) ? undefined : invalid(`${shown(value)} ${says}.`, hint));
}

/** Any text with record accessors in it. */
export const accessor: Check = (value) => accessorFault(value);

/** Fields of a record in one text: each can be a whole line, and every record gets them all. */
const mostFields = 16;

export function accessorFault(value: Text, text: string = value.text): Fault | undefined {
  const parsed = parseAccessor(text);
  if ('parts' in parsed) {
    const fields = parsed.parts.filter((part) => part !== 'text').length;
    if (fields <= mostFields) return undefined;
    const message = `${shown(value, text)} takes ${fields} fields of a record, more than ${mostFields}.`;
    return { reason: 'InvalidAccessor', message, hint: 'Take fewer.' };
  }
  return {
    reason: 'InvalidAccessor',
    message: `${shown(value, text)} is no record accessor${value.secret ? '' : `: ${parsed.fault}`}.`,
  };
}

/** The key of a record, as an accessor or by its name: on `$` alone Fluent Bit crashes when the first record comes. */
export function keyFault(value: Text, text: string = value.text): Fault | undefined {
  const fault = accessorFault(value, text);
  if (fault !== undefined) return fault;
  const parsed = parseAccessor(text);
  if ('parts' in parsed && parsed.parts[0] !== undefined && parsed.parts[0] !== 'capture') return undefined;
  return { reason: 'InvalidAccessor', message: `${shown(value, text)} names no key of a record.` };
}

export const key: Check = (value) => keyFault(value);

/** A key to which Fluent Bit adds the dollar where it has none. */
export const completedKey: Check = (value) => completedKeyFault(value, value.text);

function completedKeyFault(value: Text, text: string): Fault | undefined {
  return keyFault(value, text.startsWith('$') ? text : `$${text}`);
}

/** A key that must have its dollar. */
export const dollarKey: Check = (value) =>
  value.text.startsWith('$')
    ? keyFault(value)
    : { reason: 'InvalidAccessor', message: `${shown(value)} must begin with $.` };

/** A regular expression that takes a line apart: without named groups it yields nothing. */
export const parserRegex: PatternCheck = (value, patterns) => {
  const fault = regexFault(value, patterns);
  if (compileRegex(value.text).names.length > 0) return fault;
  return gravest(fault, {
    reason: 'InvalidRegex',
    message: 'The regular expression has no named group, so that nothing becomes a field.',
    hint: 'Name what is to become a field, such as (?<level>\\w+).',
  });
};

/** A field and a regular expression, as grep takes them. */
export const fieldAndRegex: PatternCheck = (value, patterns) => fieldFault(value, patterns, completedKeyFault);

/** The same for a field as it stands. */
export const keyAndRegex: PatternCheck = (value, patterns) => fieldFault(value, patterns, keyFault);

function fieldFault(
  value: Text,
  patterns: PatternBudget,
  check: (value: Text, field: string) => Fault | undefined,
): Fault | undefined {
  const [field, pattern] = split(value.text, 1);
  if (field === undefined || pattern === undefined)
    return rule('It needs a field and a regular expression.', 'Write it as "log ^ERROR".');
  return check(value, field) ?? regexFault(value, patterns, pattern);
}

export function rule(message: string, hint?: string): Fault {
  return { reason: 'InvalidRule', message, ...(hint === undefined ? {} : { hint }) };
}

/** Exactly so many words, as Fluent Bit splits lists at spaces. */
export function words(count: number, shape: string): Check {
  return (value) => {
    const found = tokens(value.text, count).length;
    return found === count ? undefined : rule(`It needs ${count} words, and has ${found}.`, `Write it as "${shape}".`);
  };
}

export function listOf(check: Check): Check {
  return (value) =>
    each(
      ...value.text.split(',').map(
        (text): Check =>
          (all) =>
            check({ ...all, text: text.trim() }),
      ),
    )(value);
}

/** "a=b, c=$d['e']" and lone accessors. */
export function pairs(value: Parameters<Check>[0]): ReturnType<Check> {
  for (const pair of value.text
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')) {
    const [, name, content] = /^([^=]*)=(.*)$/s.exec(pair) ?? [];
    const lone = pair.startsWith('$');
    if (!lone && (name === undefined || name === '' || content === undefined || content === ''))
      return rule('It needs pairs such as job=fluent-bit, or keys such as $level.');
    const text = lone ? pair : (content ?? '');
    if (lone && /^\$[0-9]/.test(pair)) return rule('A key does not begin with a number.');
    const fault = text.startsWith('$') ? accessorFault(value, text) : undefined;
    if (fault !== undefined) return fault;
  }
  return undefined;
}
