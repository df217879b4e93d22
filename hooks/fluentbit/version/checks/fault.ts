import { type Problem, problem } from '../../../api/problems/problem.ts';
import { advises, type Reason } from '../../../api/problems/reasons.ts';
import type { Setting } from '../plugins/properties.ts';
import type { PatternBudget } from './regex/pattern-budget.ts';

/** What Fluent Bit reads for a property, with its variables in place. */
export interface Text {
  text: string;
  /** A part comes from a Secret: no message may show it, no cache may keep it. */
  secret: boolean;
  /** A part could not be had, or is not bound yet: nothing can be said about the text. */
  unknown: boolean;
  /** The path of a declared file, and nothing else. */
  file: boolean;
  /** Content of that file. */
  content?: Buffer;
  /** The `$(name)` that are in it. */
  references: readonly string[];
}

/** A property with everything that it is set to, and the field of each. */
export interface Filled extends Setting {
  texts: { value: Text; path: string }[];
}

export interface Fault {
  reason: Reason;
  message: string;
  hint?: string;
}

/** What is wrong with one value, if anything is. */
export type Check = (value: Text) => Fault | undefined;

/** The same where patterns are in it: all of a resource are judged within one budget. */
export type PatternCheck = (value: Text, patterns: PatternBudget) => Fault | undefined;

/** The value for a message, where it is no secret. */
export function shown(value: Text, part: string = value.text): string {
  if (value.secret) return 'The value';
  return JSON.stringify(part.length <= 80 ? part : `${part.slice(0, 79)}…`);
}

export function invalid(message: string, hint?: string): Fault {
  return { reason: 'InvalidValue', message, ...(hint === undefined ? {} : { hint }) };
}

export function at(path: string, { reason, message, hint }: Fault): Problem {
  return problem(reason, path, message, hint);
}

/** The first fault that any of the checks finds. */
export function each(...checks: Check[]): Check {
  return (value) => {
    for (const check of checks) {
      const fault = check(value);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

/** The first that refuses the value, else the first that only warns. */
export function gravest(...faults: readonly (Fault | undefined)[]): Fault | undefined {
  const found = faults.filter((fault) => fault !== undefined);
  return found.find(({ reason }) => !advises(reason)) ?? found[0];
}
