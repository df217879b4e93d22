import { automatonOf } from './automaton-builder.ts';
import { CannotJudge, Effort } from './effort.ts';
import { type Analysis, exponentialLoop } from './exponential.ts';
import { Loops } from './loops.ts';
import { type Flag, parsePattern } from './pattern-parser.ts';
import type { Place } from './pattern-tree.ts';
import { polynomialChain } from './polynomial.ts';
import { Refusal } from './refusal.ts';

/** How the time that Onigmo (fact: time-of-patterns) needs for a pattern grows with the length of the text, at worst. */
export interface Growth {
  /** 1 is linear, infinity is exponential. Undefined where it is not exponential, and nothing more is known. */
  degree: number | undefined;
  /** The parts of the pattern that can read the same text, in its order. */
  parts: readonly string[];
  /** A text that they can read, which an attack repeats; empty where the degree is 1 or unknown. */
  pump: string;
  steps: number;
}

/** A pattern of which it cannot be told whether it takes exponential time; `unknown` completes "because it …". */
export interface Unjudged {
  unknown: string;
  steps: number;
}

/**
 * Steps for one pattern. Of 392 that people use with Fluent Bit each needs at most 110,000 of the first, and all but one
 * at most 340,000 of the second; patterns of grok, which are kilobytes long, need 2.3 million of the first.
 */
const limits = { exponential: 2_400_000, polynomial: 400_000 };

/**
 * Whether a pattern can take exponential time, and else by which power of the length its time grows. The verdict rests
 * on steps, not on time, so that it is the same everywhere.
 *
 * @param room steps that there are for it at most
 */
export function growthOf(pattern: string, flags: readonly Flag[], room = Number.POSITIVE_INFINITY): Growth | Unjudged {
  const effort = new Effort(Math.min(room, limits.exponential));
  try {
    const automaton = automatonOf(parsePattern(pattern, flags), effort);
    const analysis = {
      automaton,
      loops: new Loops(automaton, effort),
      refusal: new Refusal(automaton, effort),
      effort,
    };
    const loop = exponentialLoop(analysis);
    const found = loop === undefined ? polynomial(analysis, room) : { degree: Number.POSITIVE_INFINITY, ...loop };
    return {
      degree: found?.degree,
      parts: partsOf(analysis, found?.states ?? []).map(({ start, end }) => pattern.slice(start, end)),
      pump: automaton.spell(found?.word ?? []),
      steps: effort.spent,
    };
  } catch (error) {
    if (error instanceof CannotJudge) return { unknown: error.message, steps: effort.spent };
    throw error;
  }
}

/** Undefined where it would take too many steps. */
function polynomial(analysis: Analysis, room: number): ReturnType<typeof polynomialChain> | undefined {
  const { effort } = analysis;
  effort.allow(Math.min(room - effort.spent, limits.polynomial));
  try {
    return polynomialChain(analysis);
  } catch (error) {
    if (error instanceof CannotJudge) return undefined;
    throw error;
  }
}

function partsOf({ automaton }: Analysis, states: readonly number[]): Place[] {
  const places = new Map<string, Place>();
  for (const state of states) {
    const { start, end } = automaton.states[state]?.place ?? { start: 0, end: 0 };
    if (end > start) places.set(`${start}-${end}`, { start, end });
  }
  return [...places.values()].sort((one, other) => one.start - other.start || one.end - other.end);
}
