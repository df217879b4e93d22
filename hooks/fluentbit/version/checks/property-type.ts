import type { PropertyType } from '../catalogue.ts';
import { type Check, invalid, shown } from './fault.ts';
import { tokens } from './words.ts';

/**
 * What Fluent Bit takes for each type. It refuses little by itself: "1Gi" of a size becomes -1, "1h30m" of a time an
 * hour, "https" of an integer 0, and a boolean of the core that it cannot read is false (fact: value-types).
 */
const patterns = {
  boolean: [/^(true|false|on|off|yes|no)$/i, 'is none of true, false, on, off, yes, no', 'Write true or false.'],
  integer: [/^[+-]?[0-9]{1,10}$/, 'is no integer', 'Write a number without unit, such as 10.'],
  double: [/^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?$/i, 'is no number', 'Write a number such as 0.5.'],
  size: [/^(false|[0-9]+(\.[0-9]+)?([KMG]B?)?)$/i, 'is no size', 'Write a number with K, M or G, such as 10M.'],
  time: [/^[0-9]{1,9}[smhd]?$/i, 'is no time', 'Write a number with s, m, h or d, such as 30s.'],
} as const satisfies Partial<Record<PropertyType, readonly [RegExp, string, string]>>;

export function typeCheck(type: PropertyType): Check | undefined {
  if (type === 'deprecated') {
    return () => ({
      reason: 'DeprecatedProperty',
      message: 'The property is deprecated, and Fluent Bit does not start with it.',
    });
  }
  const words = /^words (\d+)$/.exec(type);
  if (words !== null) return atLeastWords(Number(words[1]));
  const known = patterns[type as keyof typeof patterns];
  if (known === undefined) return undefined;
  const [pattern, says, hint] = known;
  return (value) => {
    if (!pattern.test(value.text)) return invalid(`${shown(value)} ${says}.`, hint);
    const tooLarge = type === 'integer' && Math.abs(Number(value.text)) > 0x7fffffff;
    return tooLarge ? invalid(`${shown(value)} is larger than Fluent Bit's integers, 2147483647.`) : undefined;
  };
}

function atLeastWords(count: number): Check {
  return (value) => {
    const found = tokens(value.text).length;
    return found >= count ? undefined : invalid(`The value needs ${count} words, and has ${found}.`);
  };
}
