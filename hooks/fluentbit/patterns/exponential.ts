import { hasBit, type Letters } from './alphabet.ts';
import type { Automaton, Edge } from './automaton.ts';
import type { Effort } from './effort.ts';
import type { Loop, Loops } from './loops.ts';
import type { Refusal } from './refusal.ts';
import { firstOf, type Step, spelled, wayWithin, withoutLetters } from './word-search.ts';

export interface Analysis {
  automaton: Automaton;
  loops: Loops;
  refusal: Refusal;
  effort: Effort;
}

/** Loops that read one word in two ways. */
export interface Ambiguity {
  /** The states that do. */
  states: readonly number[];
  word: readonly number[];
}

/** Two ways through a loop that have read the same. */
interface Pair extends Step {
  from: Pair | undefined;
  key: number;
}

/** A loop that reads one word in two ways, where a text exists that does not match in the end. */
export function exponentialLoop(analysis: Analysis): Ambiguity | undefined {
  const { automaton, loops, refusal } = analysis;
  for (const loop of loops.all) {
    const found = withoutLetters(
      automaton.alphabet.all,
      (letters) => ambiguous(analysis, loop, letters),
      ({ states: [state = 0], word }) => refusal.exists(state, word, loop.scopes),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function ambiguous(analysis: Analysis, loop: Loop, letters: Letters): Ambiguity | undefined {
  return sameEdge(analysis, loop, letters) ?? partingWays(analysis, loop, letters);
}

/** Two ways over the same edge. */
function sameEdge(analysis: Analysis, loop: Loop, letters: Letters): Ambiguity | undefined {
  const { automaton, loops, effort } = analysis;
  for (const state of loop.members)
    for (const [letter, edges] of automaton.rows(state).entries()) {
      effort.spend();
      if (!hasBit(letters, letter)) continue;
      const twice = edges?.find((edge) => edge.ways === 2 && loops.has(loop, edge.to));
      const back = twice && wayWithin(analysis, loop, [twice.to, state], letters);
      if (twice !== undefined && back !== undefined) return { states: [state, twice.to], word: [letter, ...back] };
    }
  return undefined;
}

/** Two ways that part at a state and meet again, at whichever: from there one leads back. */
function partingWays(analysis: Analysis, loop: Loop, letters: Letters): Ambiguity | undefined {
  // If no letter is left out, it does not matter from where a pair was reached.
  const whole = letters === analysis.automaton.alphabet.all;
  let seen = new Set<number>();
  for (const state of loop.members) {
    if (!whole) seen = new Set();
    const found = partingAt(analysis, loop, letters, { state, seen });
    if (found !== undefined) return found;
  }
  return undefined;
}

function partingAt(
  analysis: Analysis,
  loop: Loop,
  letters: Letters,
  { state, seen }: { state: number; seen: Set<number> },
): Ambiguity | undefined {
  const { size } = analysis.automaton;
  const queue: Pair[] = [];
  const add = (one: number, two: number, letter: number, from: Pair | undefined) => {
    const key = one < two ? one * size + two : two * size + one;
    if (seen.has(key)) return;
    seen.add(key);
    queue.push({ key, letter, from });
  };
  for (const [letter, edges] of rowsWithin(analysis, loop, state, letters))
    for (const [index, one] of edges.entries())
      for (const two of edges.slice(index + 1)) add(one.to, two.to, letter, undefined);
  for (let at = 0; at < queue.length; at++) {
    const pair = queue[at] as Pair;
    const [one, two] = [Math.floor(pair.key / size), pair.key % size];
    if (one !== two) {
      for (const [letter, left, right] of bothWithin(analysis, loop, [one, two], letters))
        add(left, right, letter, pair);
      continue;
    }
    const back = wayWithin(analysis, loop, [one, state], letters);
    if (back !== undefined) return { states: [state, firstOf(pair).key % size], word: [...spelled(pair), ...back] };
  }
  return undefined;
}

/** Edges of a state within a loop, by letter. */
function* rowsWithin(
  { automaton, loops }: Analysis,
  loop: Loop,
  state: number,
  letters: Letters,
): Generator<[letter: number, edges: readonly Edge[]]> {
  for (const [letter, row] of automaton.rows(state).entries())
    if (row !== undefined && hasBit(letters, letter)) yield [letter, row.filter((edge) => loops.has(loop, edge.to))];
}

/** Where two states lead to by the same letter, within a loop. */
function* bothWithin(
  analysis: Analysis,
  loop: Loop,
  [one, two]: readonly [number, number],
  letters: Letters,
): Generator<[letter: number, left: number, right: number]> {
  const { automaton, loops, effort } = analysis;
  for (const [letter, edges] of rowsWithin(analysis, loop, one, letters)) {
    const others = automaton.next(two, letter);
    effort.spend(0.25 + edges.length * others.length);
    for (const left of edges)
      for (const right of others) if (loops.has(loop, right.to)) yield [letter, left.to, right.to];
  }
}
