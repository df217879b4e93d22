import { closest, distance } from 'fastest-levenshtein';

/** ` Did you mean X?` for the name that is nearest, or nothing where none is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  // Longer ones are no slip of the pen, and take long to compare.
  if (known.length === 0 || name.length > 128) return '';
  const best = closest(name.toLowerCase(), [...known]);
  return distance(name.toLowerCase(), best.toLowerCase()) <= Math.max(1, Math.floor(name.length / 3))
    ? `Did you mean ${best}?`
    : '';
}
