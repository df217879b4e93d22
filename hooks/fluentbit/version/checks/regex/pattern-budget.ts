import { type Growth, growthOf, type Unjudged } from '../../../patterns/growth.ts';
import type { Flag } from '../../../patterns/pattern-parser.ts';

/**
 * Steps for the patterns of one resource: at worst 0.9 s of CPU, and anybody may ask admission. A pattern that people
 * use takes 2,400 in the median; of 392 one takes 510,000, and the others at most 350,000.
 */
const steps = 3_000_000;

/** What it may cost to judge the patterns of one resource. */
export class PatternBudget {
  #left = steps;
  #told = false;

  /** Undefined where the budget is used up and said to be so. */
  growth(pattern: string, flags: readonly Flag[]): Growth | Unjudged | 'too much' | undefined {
    if (this.#left > 0) {
      const found = growthOf(pattern, flags, this.#left);
      this.#left -= found.steps;
      if (this.#left > 0) return found;
    }
    if (this.#told) return undefined;
    this.#told = true;
    return 'too much';
  }
}
