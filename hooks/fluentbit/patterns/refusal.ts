import { bit, type Letters } from './alphabet.ts';
import type { Automaton } from './automaton.ts';
import type { Effort } from './effort.ts';

/** The states that ways may be in, or that one of them has matched. */
type Ways = readonly number[] | 'matched';

/** A loop that leads to another one. */
export interface Origin {
  state: number;
  /** States behind it by way of a letter, outside of its loop. */
  leave: (letter: number) => readonly number[];
}

interface Rest {
  ways: readonly number[];
  /** Those that left the loop before at its first turn, and at its last one. */
  early: Ways;
  late: Ways;
  length: number;
}

const mostRounds = 100;
const mostTexts = 100;

/**
 * Finds out whether a text exists on which no way from a state, where a pump is read again and again, ends in a match.
 * Only then does the engine try all ways. Ways that need more than the automaton knows (a look-around, say) count as
 * ways without a match.
 */
export class Refusal {
  readonly #automaton: Automaton;
  readonly #effort: Effort;

  constructor(automaton: Automaton, effort: Effort) {
    this.#automaton = automaton;
    this.#effort = effort;
  }

  /**
   * @param from a loop that leads to the state: once a way that leaves this loop is sure to end in a match, be it at the
   *   first turn or at the last one, the engine does not come back to it for another
   */
  exists(state: number, pump: readonly number[], scopes: readonly number[], from?: Origin): boolean {
    const start = this.#pumped(state, pump, scopes, from);
    return start !== undefined && this.#refused(start, scopes, from);
  }

  /** The ways that there are after any number of turns; undefined where one of them matches on the way. */
  #pumped(state: number, pump: readonly number[], scopes: readonly number[], from?: Origin): Rest | undefined {
    let ways: readonly number[] = [state];
    let early: Ways = [];
    const known = new Set<string>();
    for (let round = 0; round < mostRounds; round++) {
      const signature = `${ways.join()}/${String(early)}`;
      if (known.has(signature)) break;
      known.add(signature);
      for (const [index, letter] of pump.entries()) {
        if (this.#automaton.stops(ways, bit(letter), scopes)) return undefined;
        ways = this.#automaton.after(ways, letter);
        const first = round === 0 && index === 0 ? from : undefined;
        if (first !== undefined && this.#automaton.stops([first.state], bit(letter), scopes)) early = 'matched';
        early = this.#step(early, letter, scopes, first?.leave(letter));
      }
      if (!ways.includes(state)) ways = [...ways, state].sort((a, b) => a - b);
    }
    return { ways, early, late: from === undefined ? [] : [from.state], length: 0 };
  }

  #step(ways: Ways, letter: number, scopes: readonly number[], more: readonly number[] = []): Ways {
    if (this.#matched(ways, bit(letter), scopes)) return 'matched';
    const next = this.#automaton.after(ways as readonly number[], letter);
    return more.length === 0 ? next : [...new Set([...next, ...more])].sort((a, b) => a - b);
  }

  #matched(ways: Ways, letters: Letters, scopes: readonly number[]): boolean {
    return ways === 'matched' || this.#automaton.stops(ways, letters, scopes);
  }

  #refused(start: Rest, scopes: readonly number[], from?: Origin): boolean {
    const { end, characters } = this.#automaton.alphabet;
    const queue = [start];
    const seen = new Set<string>();
    for (let at = 0; at < queue.length; at++) {
      const rest = queue[at] as Rest;
      const ended =
        this.#automaton.stops(rest.ways, end, scopes) ||
        (this.#matched(rest.early, end, scopes) && this.#matched(rest.late, end, scopes));
      // So many texts, and none decides: there may be one.
      if (!ended || at > mostTexts) return true;
      for (let letter = 0; letter < characters.length; letter++) {
        const next = this.#next(rest, letter, scopes, from);
        if (next === undefined) continue;
        if (next.ways.length === 0 && (next.early.length === 0 || next.late.length === 0)) return true;
        const signature = `${next.ways.join()}/${String(next.early)}/${String(next.late)}`;
        if (seen.has(signature)) continue;
        seen.add(signature);
        queue.push(next);
      }
    }
    return false;
  }

  #next(rest: Rest, letter: number, scopes: readonly number[], from?: Origin): Rest | undefined {
    this.#effort.spend();
    if (this.#automaton.stops(rest.ways, bit(letter), scopes)) return undefined;
    const early = this.#step(rest.early, letter, scopes);
    const first = rest.length === 0 ? from : undefined;
    const late = this.#matched(rest.late, bit(letter), scopes)
      ? 'matched'
      : (first?.leave(letter) ?? this.#automaton.after(rest.late as readonly number[], letter));
    if (early === 'matched' && late === 'matched') return undefined;
    return { ways: this.#automaton.after(rest.ways, letter), early, late, length: rest.length + 1 };
  }
}
