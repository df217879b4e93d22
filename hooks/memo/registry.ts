/** A memory: what was computed once and comes again. Nothing but time follows from it. */
export interface Memory {
  readonly name: string;
  hits: number;
  misses: number;
  /** How often everything was to be forgotten: what a memory holds of another age is void. */
  age: number;
  clear: () => void;
}

const memories = new Map<string, Memory>();
const off = new Set<string>();
let allOff = false;

/** Takes a memory in, under a name of its own: metrics, the benches and the switch call it so. */
export function register(name: string, clear: () => void = () => undefined): Memory {
  if (memories.has(name)) throw new Error(`there is a memory ${name} already`);
  const memory: Memory = { name, hits: 0, misses: 0, age: 0, clear };
  memories.set(name, memory);
  return memory;
}

/** Counters of every memory, for the metric and for benches. */
export function everyMemory(): readonly Readonly<Memory>[] {
  return [...memories.values()];
}

export function isOn(name: string): boolean {
  return !allOff && !off.has(name);
}

/**
 * Switches memories off: all of them, or those with the names. What is computed is the same with and without; the tests
 * that say so, and the bench that says what each is worth, stand on this switch. What they hold stays, for it is valid.
 */
export function switchMemoryOff(names?: readonly string[]): void {
  if (names === undefined) allOff = true;
  for (const name of names ?? []) {
    if (!memories.has(name)) throw new Error(`there is no memory ${name}`);
    off.add(name);
  }
}

export function switchMemoryOn(): void {
  allOff = false;
  off.clear();
}

/** As a process that has just started. */
export function forget(): void {
  for (const memory of memories.values()) {
    memory.age += 1;
    memory.clear();
  }
}
