import type { Analysis } from './exponential.ts';
import type { Loop } from './loops.ts';

/** Pairs of states of a loop from which two ways on the same text come to one state. */
interface Pairs {
  /** By the one state times the number of states, plus the other one. */
  keys: ReadonlySet<number>;
  /** Where two ways meet. */
  states: readonly number[];
}

/** Which ways may still meet: the others need not be followed. */
export class Merging {
  readonly #analysis: Analysis;
  readonly #pairs = new Map<number, Pairs>();
  /** By state and letter: the states whose edges lead to it. */
  #incoming: number[][][] | undefined;

  constructor(analysis: Analysis) {
    this.#analysis = analysis;
  }

  /** States of a loop that two edges with one letter lead to, one of them within the loop. */
  states(loop: Loop): readonly number[] {
    return this.#of(loop).states;
  }

  /** Whether a way from `over` may meet that of the loop, which is at `second` now. */
  may(loop: Loop, over: number, second: number): boolean {
    const { loops, automaton } = this.#analysis;
    if (over === second) return true;
    if (!loops.has(loop, over)) return loops.canEnter(over, loop);
    return this.#of(loop).keys.has(over * automaton.size + second);
  }

  #of(loop: Loop): Pairs {
    const known = this.#pairs.get(loop.id);
    if (known !== undefined) return known;
    const states = loop.members.filter((state) => this.#meets(state, loop));
    const found: Pairs = { keys: this.#search(loop), states };
    this.#pairs.set(loop.id, found);
    return found;
  }

  #meets(state: number, loop: Loop): boolean {
    const { loops } = this.#analysis;
    return this.#to(state).some((from) => from.length > 1 && from.some((one) => loops.has(loop, one)));
  }

  /** From where two ways meet back to all pairs that lead there. */
  #search(loop: Loop): Set<number> {
    const { automaton, loops, effort } = this.#analysis;
    const { size } = automaton;
    const within = (states: readonly number[]) => states.filter((state) => loops.has(loop, state));
    const keys = new Set<number>();
    const queue = loop.members.map((state) => state * size + state);
    for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
      const others = this.#to(key % size);
      for (const [letter, from] of this.#to(Math.floor(key / size)).entries()) {
        const rights = within(others[letter] ?? []);
        for (const left of rights.length === 0 ? [] : within(from ?? []))
          for (const right of rights) {
            effort.spend();
            const before = left * size + right;
            if (left === right || keys.has(before)) continue;
            keys.add(before);
            queue.push(before);
          }
      }
    }
    return keys;
  }

  #to(state: number): readonly (readonly number[])[] {
    this.#incoming ??= this.#allIncoming();
    return this.#incoming[state] ?? [];
  }

  #allIncoming(): number[][][] {
    const { automaton } = this.#analysis;
    const { length } = automaton.alphabet.characters;
    const found: number[][][] = automaton.states.map(() => Array.from({ length }, () => []));
    for (let from = 0; from < automaton.size; from++)
      for (const [letter, edges] of automaton.rows(from).entries())
        for (const { to } of edges ?? []) found[to]?.[letter]?.push(from);
    return found;
  }
}
