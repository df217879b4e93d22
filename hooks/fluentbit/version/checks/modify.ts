import { type Check, type Fault, gravest, type PatternCheck, shown, type Text } from './fault.ts';
import { compileFault, regexFault } from './regex/regex.ts';
import { accessorFault, rule } from './values.ts';
import { splitQuoted } from './words.ts';

/**
 * The filter modify takes its rules apart with one function, and compiles every key and value, whatever it does
 * (fact: patterns-of-modify).
 */
function taken(value: Text): string[] | Fault {
  return splitQuoted(value.text, 3) ?? rule('A quote has no end: Fluent Bit crashes on it.', 'Close the quote.');
}

/** A rule of modify with exactly `count` words, such as "rename old new"; none of them runs as a pattern. */
export function modifyRule(count: 1 | 2): Check {
  return (value) => {
    const found = taken(value);
    if (!Array.isArray(found)) return found;
    if (found.length !== count) {
      const shape = count === 1 ? 'one word' : 'a key and a value';
      return rule(`It takes ${shape}, and has ${found.length}.`, 'Put what has spaces into quotes.');
    }
    for (const word of found) {
      const fault = compileFault(value, word);
      if (fault !== undefined)
        return {
          ...fault,
          hint: 'Fluent Bit compiles keys and values of modify whether or not they are patterns; use another text, or the filter record_modifier or lua.',
        };
    }
    return undefined;
  };
}

/** The pattern of remove_regex, which runs on each key. */
export const removedKeys: PatternCheck = (value, patterns) => {
  const fault = modifyRule(1)(value);
  if (fault !== undefined) return fault;
  const [pattern = ''] = splitQuoted(value.text, 3) ?? [];
  return regexFault(value, patterns, pattern);
};

/** Conditions and which of their two words are regular expressions. */
const conditions: Record<string, { words: 2 | 3; key?: true; value?: true }> = {
  key_exists: { words: 2 },
  key_does_not_exist: { words: 2 },
  a_key_matches: { words: 2, key: true },
  no_key_matches: { words: 2, key: true },
  key_value_equals: { words: 3 },
  key_value_does_not_equal: { words: 3 },
  key_value_matches: { words: 3, value: true },
  key_value_does_not_match: { words: 3, value: true },
  matching_keys_have_matching_values: { words: 3, key: true, value: true },
  matching_keys_do_not_have_matching_values: { words: 3, key: true, value: true },
};

/** "key_value_matches level ^(warn|error)$" and the like; a pattern that does not compile crashes on a record. */
export const modifyCondition: PatternCheck = (value, patterns) => {
  const found = taken(value);
  if (!Array.isArray(found)) return found;
  const [name = '', key = '', text = ''] = found;
  const condition = Object.hasOwn(conditions, name.toLowerCase()) ? conditions[name.toLowerCase()] : undefined;
  if (condition === undefined)
    return rule(`${shown(value, name)} is none of the conditions ${Object.keys(conditions).join(', ')}.`);
  if (found.length !== condition.words)
    return rule(`The condition ${name} takes ${condition.words - 1} words, and has ${found.length - 1}.`);
  return (
    accessorFault(value, key) ??
    gravest(condition.key && regexFault(value, patterns, key), condition.value && regexFault(value, patterns, text))
  );
};
