import { uniqBy } from 'lodash-es';
import type { z } from 'zod';
import { fieldPath, listed, type Problem, problem } from '../api/problems/problem.ts';
import { didYouMean } from './nearest.ts';

/** The parsed value, or what its schema refuses, each with its field. */
export function parse<T extends z.ZodType>(
  schema: T,
  value: unknown,
  root: string,
): { value: z.infer<T> } | { problems: Problem[] } {
  if (!isBounded(value))
    return { problems: [problem('InvalidSpec', root, `It has more than ${maxValues} values in all.`, 'Split it.')] };
  const result = schema.safeParse(value, { reportInput: true });
  return result.success ? { value: result.data } : { problems: problemsOf(result.error, root, schema) };
}

/** More than any object has that the API server stores: a schema would look at each, and tell of each. */
const maxValues = 50_000;

function isBounded(value: unknown): boolean {
  const open = [value];
  for (let seen = 0; open.length > 0; seen++) {
    const one = open.pop();
    if (typeof one === 'object' && one !== null) for (const child of Object.values(one)) open.push(child);
    if (seen + open.length > maxValues) return false;
  }
  return true;
}

/** As many as anybody reads: every item of a long list may be wrong. */
const maxProblems = 64;

/** Reason for a value that does not fit a schema: the template's own faults are not those of who binds it. */
function problemsOf(error: z.ZodError, root: string, schema: z.ZodType): Problem[] {
  const problems = error.issues.slice(0, maxProblems).flatMap((issue) => {
    const path = [root, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, issue.path);
      return issue.keys
        .slice(0, maxProblems)
        .map((key) =>
          problem(
            'InvalidSpec',
            fieldPath([...path, key]),
            `There is no field ${key}${known.length === 0 ? '' : ` (fields: ${listed(known)})`}. ${didYouMean(key, known)}`.trim(),
          ),
        );
    }
    return [problem('InvalidSpec', fieldPath(path), messageOf(issue))];
  });
  // What is no string is not too short as well.
  return uniqBy(problems, ({ path }) => path);
}

function messageOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `The field is required: a ${called(issue.expected)}.`
        : `It must be a ${called(issue.expected)}.`;
    case 'invalid_key':
      return `${JSON.stringify(issue.path.at(-1))} is no name that it can have.`;
    case 'invalid_union':
      return 'It must be a string, a number, a boolean, or a list of these.';
    case 'invalid_value':
      return `It must be one of ${listed(issue.values.map(String))}.`;
    case 'too_big':
      return `It must ${bound(`at most ${issue.maximum}`, issue.origin)}.`;
    case 'too_small':
      return `It must ${bound(`at least ${issue.minimum}`, issue.origin)}.`;
    case 'invalid_format':
      return `It must match ${'pattern' in issue ? String(issue.pattern) : issue.format}.`;
    default:
      return `${issue.message.charAt(0).toUpperCase()}${issue.message.slice(1)}.`;
  }
}

/** Types as YAML knows them. */
function called(type: string): string {
  return { array: 'list', object: 'map', record: 'map', int: 'whole number' }[type] ?? type;
}

function bound(limit: string, origin: string): string {
  const unit = { string: 'characters', array: 'items', record: 'entries', object: 'entries' }[origin];
  return unit === undefined ? `be ${limit}` : `have ${limit} ${unit}`;
}

/** Field names that a schema knows at a path, for hints. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let node: unknown = schema;
  for (const segment of path) {
    const inner = unwrap(node);
    node = inner?.shape?.[String(segment)] ?? inner?.element ?? inner?.valueType;
  }
  return Object.keys(unwrap(node)?.shape ?? {});
}

interface Inner {
  shape?: Record<string, unknown>;
  element?: unknown;
  valueType?: unknown;
  unwrap?: () => unknown;
}

function unwrap(node: unknown): Inner | undefined {
  let current = node as (Inner & { def?: { type?: string } }) | undefined;
  while (current?.unwrap !== undefined && current.def?.type !== 'array') current = current.unwrap() as typeof current;
  return current;
}
