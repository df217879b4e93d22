/** What is wanted of a number; see the targets of the design. */
export interface Target {
  atMost?: number;
  atLeast?: number;
}

/** Says whether a number is as good as it is wanted; where it is not, the bench fails once all of it has run. */
export function target(what: string, found: number, { atMost = Infinity, atLeast = -Infinity }: Target): void {
  const met = found <= atMost && found >= atLeast;
  if (!met) process.exitCode = 1;
  const wanted = Number.isFinite(atMost) ? `at most ${atMost}` : `at least ${atLeast}`;
  console.log(`${met ? 'met' : 'MISSED'}: ${what} ${found.toFixed(2)}, wanted ${wanted}`);
}
