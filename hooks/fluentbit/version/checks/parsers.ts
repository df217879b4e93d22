import { type Problem, problem } from '../../../api/problems/problem.ts';
import { isTimeZone } from '../plugins/time-zones.ts';
import { at, type Check, each, invalid, type PatternCheck, shown } from './fault.ts';
import { all, excludes, has, type ItemCheck, is, needs, when } from './item.ts';
import { typeCheck } from './property-type.ts';
import type { PatternBudget } from './regex/pattern-budget.ts';
import { regexFault } from './regex/regex.ts';
import { accessor, matching, oneOf, parserRegex, rule } from './values.ts';
import { split } from './words.ts';

const flag: Check = typeCheck('boolean') ?? (() => undefined);

const timeZone: Check = (value) =>
  isTimeZone(value.text)
    ? undefined
    : invalid(
        `${shown(value)} is not a time zone that Fluent Bit knows.`,
        'Write a name such as Europe/Berlin, or Etc/UTC; names are case-sensitive.',
      );

const decoder: Check = (value) => {
  const [name = '', field, action, ...more] = split(value.text, 3);
  if (field === undefined || more.length > 0)
    return rule('A decoder needs its name and a field.', 'Write it as "json log".');
  if (!/^(json|escaped|escaped_utf8|mysql_quoted)$/i.test(name))
    return rule(`${shown(value, name)} is none of the decoders json, escaped, escaped_utf8, mysql_quoted.`);
  return action === undefined || /^(try_next|do_next)$/i.test(action)
    ? undefined
    : rule(`${shown(value, action)} is none of try_next, do_next.`);
};

/** What a value of a parser must be (fact: parser-properties). */
export const parserValues: Record<string, PatternCheck> = {
  format: oneOf('regex', 'json', 'ltsv', 'logfmt'),
  regex: parserRegex,
  time_zone: timeZone,
  time_offset: matching(/^(Z|[+-][0-5][0-9]:?[0-5][0-9])/, 'is no offset', 'Write it as +0200.'),
  skip_empty_values: flag,
  time_keep: flag,
  time_strict: flag,
  time_system_timezone: flag,
  logfmt_no_bare_keys: flag,
  types: (value) =>
    value.text.split(' ').every((one) => one === '' || /^[^:]+:(integer|bool|float|hex|string)$/i.test(one))
      ? undefined
      : rule('A type is none of integer, float, bool, hex, string.', 'Write it as "code:integer size:integer".'),
  decode_field: decoder,
  decode_field_as: decoder,
};

export const parserItem: ItemCheck = all(
  needs('format'),
  when(is('format', 'regex'), needs('regex')),
  when(
    has('time_zone'),
    all(needs('time_format'), excludes('time_zone', 'time_offset'), excludes('time_zone', 'time_system_timezone')),
  ),
);

export const multilineValues: Record<string, Check> = {
  type: oneOf('regex', 'endswith', 'equal', 'eq'),
  negate: flag,
  flush_timeout: each(matching(/^[0-9]{1,9}$/, 'is no number of milliseconds')),
  key_content: accessor,
};

/** Without match_string the other types crash on the first line. */
export const multilineItem: ItemCheck = all(
  needs('type'),
  when(is('type', 'endswith', 'equal', 'eq'), needs('match_string')),
);

interface MultilineRule {
  state: string;
  regex: string;
  next: string;
}

/** The states of a multiline parser: the first rule starts, and every state that comes next has rules. */
export function stateProblems(rules: readonly MultilineRule[], path: string, patterns: PatternBudget): Problem[] {
  const problems: Problem[] = [];
  const from = rules.map((one) => one.state.split(',').map((state) => state.trim()));
  if (from[0] !== undefined && !from[0].includes('start_state'))
    problems.push(problem('InvalidRule', `${path}.rules[0].state`, 'The first rule must have the state start_state.'));
  const states = new Set(from.flat());
  for (const [index, { regex, next }] of rules.entries()) {
    const value = { text: regex, secret: false, unknown: false, file: false, references: [] };
    const fault = regexFault(value, patterns);
    if (fault !== undefined) problems.push(at(`${path}.rules[${index}].regex`, fault));
    if (!states.has(next))
      problems.push(
        problem(
          'InvalidRule',
          `${path}.rules[${index}].next`,
          `No rule has the state ${JSON.stringify(next)}.`,
          `Use one of ${[...states].join(', ')}.`,
        ),
      );
  }
  return problems;
}
