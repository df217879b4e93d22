import { bit, hasBit, type Letters } from './alphabet.ts';
import type { Automaton } from './automaton.ts';
import type { Effort } from './effort.ts';

/** Strongly connected states: each can be reached from each, so that a text can keep the engine among them. */
export interface Loop {
  /** The component that it is. */
  id: number;
  /** Its place among all loops. */
  number: number;
  members: readonly number[];
  letters: Letters;
  /** Look-aheads and atomic groups that it does not leave. */
  scopes: readonly number[];
}

/** The loops of an automaton. A loop leads only to those that come before it. */
export class Loops {
  readonly all: readonly Loop[];
  readonly #automaton: Automaton;
  /** By state: the component that it is in. */
  readonly #component: Int32Array;
  /** By component: the loops that it leads to, a bit each. */
  readonly #reach: bigint[] = [];

  constructor(automaton: Automaton, effort: Effort) {
    this.#automaton = automaton;
    const { components, componentOf } = connected(automaton);
    this.#component = componentOf;
    const all: Loop[] = [];
    for (const [id, members] of components.entries()) {
      effort.spend(1 + all.length / 64);
      const turns = members.length > 1 || members.some((state) => this.#leadsTo(state, id));
      let reach = 0n;
      for (const state of members)
        for (const { to } of automaton.edges(state)) reach |= this.#reach[componentOf[to] ?? 0] ?? 0n;
      this.#reach.push(turns ? reach | bit(all.length) : reach);
      if (turns) all.push({ id, number: all.length, members, ...this.#common(members, id) });
    }
    this.all = all;
  }

  has(loop: Loop, state: number): boolean {
    return this.#component[state] === loop.id;
  }

  /** Whether a way leads from one loop to another one. */
  leads(from: Loop, to: Loop): boolean {
    return from !== to && hasBit(this.#reach[from.id] ?? 0n, to.number);
  }

  /** Whether a way from a state may enter a loop. */
  canEnter(state: number, loop: Loop): boolean {
    return hasBit(this.#reach[this.#component[state] ?? -1] ?? 0n, loop.number);
  }

  #leadsTo(state: number, component: number): boolean {
    for (const { to } of this.#automaton.edges(state)) if (this.#component[to] === component) return true;
    return false;
  }

  #common(members: readonly number[], id: number): Pick<Loop, 'letters' | 'scopes'> {
    let letters = 0n;
    let scopes: readonly number[] | undefined;
    const narrow = (others: readonly number[]) => {
      if (scopes !== others) scopes = scopes?.filter((scope) => others.includes(scope)) ?? others;
    };
    for (const state of members) {
      letters |= this.#automaton.lettersOf(state);
      narrow(this.#automaton.states[state]?.scopes ?? []);
      for (const edge of this.#automaton.edges(state)) if (this.#component[edge.to] === id) narrow(edge.scopes);
    }
    return { letters, scopes: scopes ?? [0] };
  }
}

/** Strongly connected components after Tarjan, without recursion. Edges lead to smaller numbers. */
function connected(automaton: Automaton): { components: number[][]; componentOf: Int32Array } {
  const { size } = automaton;
  const componentOf = new Int32Array(size).fill(-1);
  const index = new Int32Array(size).fill(-1);
  const low = new Int32Array(size);
  const components: number[][] = [];
  const stack: number[] = [];
  let counter = 0;
  const lower = (state: number, to: number) => {
    low[state] = Math.min(low[state] ?? 0, to);
  };
  const enter = (state: number) => {
    index[state] = low[state] = counter++;
    stack.push(state);
    return { state, targets: [...new Set([...automaton.edges(state)].map(({ to }) => to))], at: 0 };
  };
  const close = (state: number) => {
    const members = stack.splice(stack.lastIndexOf(state));
    for (const member of members) componentOf[member] = components.length;
    components.push(members.reverse());
  };
  for (let root = 0; root < size; root++) {
    if (index[root] !== -1) continue;
    const frames = [enter(root)];
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const next = frame.targets[frame.at++];
      if (next === undefined) {
        frames.pop();
        const parent = frames.at(-1);
        if (parent !== undefined) lower(parent.state, low[frame.state] ?? 0);
        if (low[frame.state] === index[frame.state]) close(frame.state);
      } else if (index[next] === -1) frames.push(enter(next));
      else if (componentOf[next] === -1) lower(frame.state, index[next] ?? 0);
    }
  }
  return { components, componentOf };
}
