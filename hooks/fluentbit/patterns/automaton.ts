import type { Alphabet, Letters } from './alphabet.ts';
import { CannotJudge, type Effort, mostStates } from './effort.ts';
import { both, type Reach } from './fragment.ts';
import type { Place } from './pattern-tree.ts';

export interface Edge {
  to: number;
  /** In how many ways one gets there (2 stands for more). */
  ways: 1 | 2;
  sure: boolean;
  /** Look-aheads and atomic groups that it does not leave. */
  scopes: readonly number[];
}

/** A place of the pattern that reads a character. */
export interface State {
  letters: Letters;
  place: Place;
  /** Look-aheads and atomic groups that it is in: what ends one of them ends the search in it. 0 is the pattern. */
  scopes: readonly number[];
}

/** Before which letters a match is sure to end, or what a look-ahead or an atomic group looks for. */
export interface Acceptance {
  letters: Letters;
  scope: number;
}

const mostEdges = 600_000;
/** Making an edge takes as long as so many steps of following one. */
const edgeSteps = 8;

/** States, the places that read a character, and edges, which say in how many ways one follows another. */
export class Automaton {
  readonly alphabet: Alphabet;
  readonly states: State[] = [];
  readonly accepts: Acceptance[][] = [];
  readonly #effort: Effort;
  /** By state and letter. */
  readonly #edges: Edge[][][] = [];
  #count = 0;

  constructor(alphabet: Alphabet, effort: Effort) {
    this.alphabet = alphabet;
    this.#effort = effort;
  }

  get size(): number {
    return this.states.length;
  }

  next(state: number, letter: number): readonly Edge[] {
    return this.#edges[state]?.[letter] ?? [];
  }

  /** Edges of a state by letter; some letters have none. */
  rows(state: number): readonly (readonly Edge[] | undefined)[] {
    return this.#edges[state] ?? [];
  }

  *edges(state: number): Generator<Edge> {
    for (const row of this.rows(state)) if (row !== undefined) yield* row;
  }

  lettersOf(state: number): Letters {
    return this.states[state]?.letters ?? 0n;
  }

  addState(letters: Letters, place: Place, scopes: readonly number[]): number {
    if (this.size >= mostStates) throw new CannotJudge('is too large');
    this.states.push({ letters, place, scopes });
    this.#edges.push([]);
    this.accepts.push([]);
    return this.size - 1;
  }

  accept(state: number, letters: Letters, scope: number): void {
    this.accepts[state]?.push({ letters, scope });
  }

  connect(from: number, { state: to, after, ways, sure }: Reach, scopes: readonly number[]): void {
    const rows = this.#edges[from] ?? [];
    let letters = this.lettersOf(to) & after;
    for (let letter = 0; letters !== 0n; letter++, letters >>= 1n) {
      if ((letters & 1n) === 0n) continue;
      const row = rows[letter] ?? [];
      rows[letter] = row;
      this.#effort.spend(edgeSteps * (1 + row.length / 16));
      const known = row.find((edge) => edge.to === to && edge.scopes === scopes);
      if (known !== undefined) {
        known.ways = 2;
        known.sure ||= sure;
        continue;
      }
      row.push({ to, ways, sure, scopes });
      if (++this.#count > mostEdges) throw new CannotJudge('is too large');
    }
  }

  /** Lets each way out of a fragment go on with each way into another. */
  join(last: readonly Reach[], first: readonly Reach[], scopes: readonly number[]): void {
    this.#effort.spend(edgeSteps * last.length * first.length);
    for (const from of last)
      for (const to of first) {
        const letters = this.lettersOf(from.state);
        const before = from.before & to.before;
        if ((letters & before) === 0n) continue;
        const sure = from.sure && to.sure && (letters & ~before) === 0n;
        const ways = both(from.ways, to.ways);
        this.connect(from.state, { state: to.state, before, after: from.after & to.after, ways, sure }, scopes);
      }
  }

  /** States behind one of these by way of a letter, where nothing else decides. */
  after(states: readonly number[], letter: number): number[] {
    if (states.length === 0) return [];
    const next = new Set<number>();
    for (const state of states)
      for (const edge of this.next(state, letter)) {
        this.#effort.spend();
        if (edge.sure) next.add(edge.to);
      }
    return [...next].sort((a, b) => a - b);
  }

  /** Whether one of the states ends a scope before one of the letters. */
  stops(states: readonly number[], letters: Letters, scopes: readonly number[]): boolean {
    return states.some((state) =>
      this.accepts[state]?.some((accept) => (accept.letters & letters) !== 0n && scopes.includes(accept.scope)),
    );
  }

  /** The letters of a set, one by one. */
  spell(word: readonly number[]): string {
    return word.map((letter) => this.alphabet.characters[letter] ?? '').join('');
  }
}
