/** States that the copies of one counted loop may have together. */
const room = 600;

/**
 * How often a loop is written out, and whether its last copy is read without end. A small number of turns is written
 * out; what may turn often is taken to turn for ever, which costs no less.
 *
 * @param size states of one copy
 * @param single whether the loop reads one set
 * @param outer how often counted loops around write it out
 */
export function turns(
  least: number,
  most: number,
  { size, single, outer }: { size: number; single: boolean; outer: number },
): { count: number; open: boolean } {
  const writable = single ? writableOfSet(least, most) : writableOfGroup(least, most, size, outer);
  if (most <= writable) return { count: most, open: false };
  return { count: Math.max(1, Math.min(least, Math.max(writable, single ? 0 : 3))), open: true };
}

function writableOfSet(least: number, most: number): number {
  if (most === least) return room;
  return most - least > 16 ? least : most;
}

function writableOfGroup(least: number, most: number, size: number, outer: number): number {
  return outer * most > 4 ? Math.min(least, 3) : Math.min(most, Math.floor(room / size));
}
