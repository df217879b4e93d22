import { bit, hasBit, type Letters } from './alphabet.ts';
import type { Automaton } from './automaton.ts';
import type { Effort } from './effort.ts';
import type { Loop, Loops } from './loops.ts';

/** A step of a search, and the one before it. */
export interface Step {
  from: Step | undefined;
  letter: number;
}

/** The word that a search has read. */
export function spelled(last: Step): number[] {
  const word: number[] = [];
  for (let step: Step | undefined = last; step !== undefined; step = step.from) word.push(step.letter);
  return word.reverse();
}

/** The first step of a search. */
export function firstOf<T extends Step>(last: T): T {
  let step = last;
  while (step.from !== undefined) step = step.from as T;
  return step;
}

const mostTries = 32;

/**
 * Looks for a word with all letters; where it is not accepted, again without one of the letters that it has.
 *
 * @param find with these letters only
 */
export function withoutLetters<T extends { word: readonly number[] }>(
  all: Letters,
  find: (letters: Letters) => T | undefined,
  accepted: (found: T) => boolean,
): T | undefined {
  const queue = [all];
  const seen = new Set(queue);
  for (let at = 0; at < queue.length && at < mostTries; at++) {
    const letters = queue[at] ?? 0n;
    const found = find(letters);
    if (found === undefined) continue;
    if (accepted(found)) return found;
    for (const letter of new Set(found.word)) {
      const fewer = letters & ~bit(letter);
      if (!seen.has(fewer)) queue.push(fewer);
      seen.add(fewer);
    }
  }
  return undefined;
}

/** The shortest word within a loop from one state to another; undefined where there is none. */
export function wayWithin(
  { automaton, loops, effort }: { automaton: Automaton; loops: Loops; effort: Effort },
  loop: Loop,
  [from, to]: readonly [number, number],
  letters: Letters,
): number[] | undefined {
  if (from === to) return [];
  interface Visit extends Step {
    state: number;
    from: Visit | undefined;
  }
  const seen = new Set([from]);
  const queue: (Visit | undefined)[] = [undefined];
  for (let at = 0; at < queue.length; at++) {
    const visit = queue[at];
    const rows = automaton.rows(visit?.state ?? from);
    for (let letter = 0; letter < rows.length; letter++) {
      if (!hasBit(letters, letter)) continue;
      for (const edge of rows[letter] ?? []) {
        effort.spend();
        if (seen.has(edge.to) || !loops.has(loop, edge.to)) continue;
        seen.add(edge.to);
        const next: Visit = { state: edge.to, letter, from: visit };
        if (edge.to === to) return spelled(next);
        queue.push(next);
      }
    }
  }
  return undefined;
}
