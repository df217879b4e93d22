import type { Growth } from '../../../patterns/growth.ts';
import { type Fault, shown, type Text } from '../fault.ts';
import type { PatternBudget } from './pattern-budget.ts';

/**
 * The first power of the length that no pattern has which many people use: of 392 from Fluent Bit, Fluentd and their
 * users one has it, and Fluent Bit's own parser for MongoDB has 7.
 */
const refused = 8;
/** 50 of these 392 have it or a higher one. */
const costly = 3;

/** What is said of a pattern by how its time grows; `growth` as its budget gives it. */
export function slowFault(value: Text, source: string, growth: ReturnType<PatternBudget['growth']>): Fault | undefined {
  if (growth === undefined) return undefined;
  if (growth === 'too much') return tooMuch;
  const named = shown(value, source);
  if ('unknown' in growth)
    return {
      reason: 'SlowRegex',
      // The cause quotes the pattern.
      message: `It cannot be told whether ${named} takes exponential time${value.secret ? '' : `: it ${growth.unknown}`}.`,
      hint: 'Write it in a simpler way, or as several patterns.',
    };
  const { degree } = growth;
  if (degree === undefined || degree < costly) return undefined;
  const time =
    degree === Number.POSITIVE_INFINITY
      ? 'can take exponential time'
      : `takes time that grows with the ${degree}${degree === 3 ? 'rd' : 'th'} power of the length of a line`;
  return {
    reason: degree >= refused ? 'SlowRegex' : 'CostlyRegex',
    message: `${named} ${time}${value.secret ? '' : `, because ${because(growth)}`}.`,
  };
}

const tooMuch: Fault = {
  reason: 'TooLarge',
  message: 'The regular expressions up to here take too long to check.',
  hint: 'Write fewer or simpler patterns, or split the resource.',
};

function because({ parts, pump }: Growth): string {
  const [one = '', ...others] = parts.map((part) => `\`${clip(part)}\``);
  const last = others.pop();
  const texts = last === undefined ? one : `${[one, ...others].join(', ')} and ${last}`;
  return `${texts} can read a text such as many times ${JSON.stringify(clip(pump))} in too many ways`;
}

function clip(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
