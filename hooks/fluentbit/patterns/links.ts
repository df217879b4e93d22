import { hasBit, type Letters } from './alphabet.ts';
import { CannotJudge } from './effort.ts';
import type { Analysis } from './exponential.ts';
import type { Loop } from './loops.ts';
import { Merging } from './merging.ts';
import { type Step, spelled, withoutLetters } from './word-search.ts';

/** Two loops that read the same word, where a way on that word leads from the one to the other as well. */
export interface Link {
  /** A state of each loop. */
  from: number;
  to: number;
  word: readonly number[];
}

/** A way in each of the loops, and one that goes over from the one to the other. */
interface Triple extends Step {
  from: Triple | undefined;
  first: number;
  over: number;
  second: number;
}

/** So many searches for the link of two loops; a real pattern needs far fewer. */
const mostSearches = 20_000;

/** Finds links between the loops of a pattern. */
export class Links {
  readonly #analysis: Analysis;
  readonly #merging: Merging;

  constructor(analysis: Analysis) {
    this.#analysis = analysis;
    this.#merging = new Merging(analysis);
  }

  /** @param last whether it is the last one of its chain: what follows must be able to refuse the text */
  find(one: Loop, two: Loop, last: boolean): Link | undefined {
    // The way over may be taken to part from the one loop at once, or to meet the other one at the end only.
    const parting = one.members.filter((state) => this.#partsAt(state, one));
    const meeting = this.#merging.states(two);
    const byStart = parting.length * two.members.length <= one.members.length * meeting.length;
    const froms = byStart ? parting : one.members;
    const tos = byStart ? two.members : meeting;
    if (froms.length * tos.length > mostSearches) throw new CannotJudge('is too intricate');
    for (const from of froms)
      for (const to of tos) {
        const found = withoutLetters(
          one.letters & two.letters,
          (letters) => this.#word([from, to], [one, two], letters),
          ({ word }) => !last || this.#isRefused({ from, to, word }, one, two),
        );
        if (found !== undefined) return { from, to, word: found.word };
      }
    return undefined;
  }

  #isRefused({ from, to, word }: Link, one: Loop, two: Loop): boolean {
    const { automaton, loops, refusal } = this.#analysis;
    const leave = (letter: number) =>
      automaton
        .next(from, letter)
        .filter((edge) => edge.sure && !loops.has(one, edge.to))
        .map((edge) => edge.to);
    const scopes = one.scopes.filter((scope) => two.scopes.includes(scope));
    return refusal.exists(to, word, scopes, { state: from, leave });
  }

  /** Whether a way out of the loop parts here from one that stays. */
  #partsAt(state: number, loop: Loop): boolean {
    const { automaton, loops } = this.#analysis;
    return automaton
      .rows(state)
      .some((edges) => edges !== undefined && edges.length > 1 && edges.some((edge) => loops.has(loop, edge.to)));
  }

  #word(
    [from, to]: readonly [number, number],
    [one, two]: readonly [Loop, Loop],
    letters: Letters,
  ): { word: readonly number[] } | undefined {
    const seen = new Set<number>();
    const queue: (Triple | undefined)[] = [undefined];
    const { size } = this.#analysis.automaton;
    for (let at = 0; at < queue.length; at++) {
      const triple = queue[at];
      for (const next of this.#steps(triple, { from, to }, [one, two], letters)) {
        if (next.first === from && next.over === to && next.second === to) return { word: spelled(next) };
        const key = (next.first * size + next.over) * size + next.second;
        if (seen.has(key)) continue;
        seen.add(key);
        queue.push(next);
      }
    }
    return undefined;
  }

  *#steps(
    before: Triple | undefined,
    { from, to }: { from: number; to: number },
    [one, two]: readonly [Loop, Loop],
    letters: Letters,
  ): Generator<Triple> {
    const { automaton, loops, effort } = this.#analysis;
    const { first, over, second } = before ?? { first: from, over: from, second: to };
    const within = (loop: Loop, state: number, letter: number) =>
      automaton.next(state, letter).filter((edge) => loops.has(loop, edge.to));
    const rows = automaton.rows(first);
    for (let letter = 0; letter < rows.length; letter++) {
      if (rows[letter] === undefined || !hasBit(letters, letter)) continue;
      effort.spend();
      const rights = within(two, second, letter);
      if (rights.length === 0) continue;
      const lefts = within(one, first, letter);
      for (const middle of lefts.length === 0 ? [] : automaton.next(over, letter))
        for (const right of rights) {
          effort.spend(lefts.length);
          if (!this.#merging.may(two, middle.to, right.to)) continue;
          for (const left of lefts) yield { first: left.to, over: middle.to, second: right.to, letter, from: before };
        }
    }
  }
}
