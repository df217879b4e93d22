import type { Letters } from './alphabet.ts';

/** What must hold between two characters for going on, and in how many ways one gets there (2 stands for more). */
export interface Pass {
  before: Letters;
  after: Letters;
  ways: 1 | 2;
  /** Whether it needs nothing else: no look-around, no back-reference, no atomic group. */
  sure: boolean;
}

/** How a state is reached, or left. */
export interface Reach extends Pass {
  state: number;
}

/** The automaton of a part of a pattern. */
export interface Fragment {
  /** Ways through it that read nothing. */
  nothing: readonly Pass[];
  /** States that it begins with. */
  first: readonly Reach[];
  /** States that it ends with. */
  last: readonly Reach[];
}

export function both(one: 1 | 2, other: 1 | 2): 1 | 2 {
  return one === 2 || other === 2 ? 2 : 1;
}

/** Each of the passes behind each of the others. */
export function product<T extends Pass>(passes: readonly Pass[], others: readonly T[]): T[] {
  return passes.flatMap((pass) =>
    others
      .map((other) => ({
        ...other,
        before: pass.before & other.before,
        after: pass.after & other.after,
        ways: both(pass.ways, other.ways),
        sure: pass.sure && other.sure,
      }))
      .filter(({ before, after }) => before !== 0n && after !== 0n),
  );
}

/** Counts ways that differ in nothing. */
export function merged<T extends Pass & { state?: number }>(passes: readonly T[]): T[] {
  const found = new Map<string, T>();
  for (const pass of passes) {
    const key = `${pass.state ?? ''}/${pass.before}/${pass.after}`;
    const known = found.get(key);
    found.set(key, known === undefined ? pass : { ...known, ways: 2, sure: known.sure || pass.sure });
  }
  return [...found.values()];
}

/** Either of them. */
export function alternatives(fragments: readonly Fragment[]): Fragment {
  return {
    nothing: merged(fragments.flatMap(({ nothing }) => nothing)),
    first: fragments.flatMap(({ first }) => first),
    last: fragments.flatMap(({ last }) => last),
  };
}

/** The same, where something that the automaton does not know decides as well. */
export function unsure({ nothing, first, last }: Fragment): Fragment {
  return { nothing: nothing.map(doubt), first: first.map(doubt), last: last.map(doubt) };
}

function doubt<T extends Pass>(pass: T): T {
  return { ...pass, sure: false };
}
