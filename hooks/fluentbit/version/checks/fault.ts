import { type Problem, problem } from '../../../api/problems/problem.ts';
import type { Reason } from '../../../api/problems/reasons.ts';
import type { Setting } from '../plugins/properties.ts';

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
