import { type Problem, problem } from '../../api/problems/problem.ts';
import type { Filled } from '../version/checks/fault.ts';
import { type Item, is } from '../version/checks/item.ts';

/** Characters of Lua in one spec: to check so much takes half a second at worst, and anybody may ask admission. */
const codeBudget = 262_144;

/** How many times as large a record may become: a line of 256 KiB is 4 MiB then. */
const mostGrowth = 16;

/** What all filters of a pipeline may have together, for each costs time or memory for each record. */
interface Budget {
  most: number;
  /** What a property takes of it. */
  takes: (plugin: string, setting: Filled) => number;
  /** What there is, in words. */
  says: (taken: number) => string;
}

const bytesIn = ({ texts }: Filled) => texts.reduce((sum, { value }) => sum + Buffer.byteLength(value.text), 0);
const valuesOf = (name: string) => (plugin: string, setting: Filled) => (plugin === name ? setting.texts.length : 0);

const budgets: readonly Budget[] = [
  // Each record may get all of them: 1 MB in each of the 2,800 short lines that are read at once is more memory than
  // nodes have.
  { most: 65_536, takes: (_, setting) => bytesIn(setting), says: (taken) => `texts of ${taken} bytes` },
  // Most cost a look at each record.
  { most: 512, takes: (_, { texts }) => texts.length, says: (taken) => `${taken} values` },
  // Prefixes of nest stand before each key, and a line may have tens of thousands of keys.
  {
    most: 128,
    takes: (_, setting) => (setting.canonical === 'add_prefix' ? bytesIn(setting) : 0),
    says: (taken) => `prefixes of ${taken} bytes`,
  },
  // Each that fails prints its value into the log of the agent, at any level.
  { most: 16, takes: valuesOf('type_converter'), says: (taken) => `${taken} conversions` },
  // Each makes a new copy of the record: of the 2,800 short lines that are read at once 64 take 0.3 s, 128 take 4 s, and
  // 16,384 took more than ten minutes.
  { most: 64, takes: valuesOf('modify'), says: (taken) => `${taken} values of modify` },
];

/** What the filters of one pipeline do together, in their order. */
export class FilterChain {
  #joins: boolean;
  readonly #selected: boolean;
  #code = 0;
  #growth = 1;
  #nested = false;
  readonly #taken = budgets.map(() => 0);
  #throttles = false;

  /** @param selected whether lines are put together before the first filter, by `spec.input.multiline` */
  constructor(selected: boolean) {
    this.#selected = selected;
    this.#joins = selected;
  }

  /** What is wrong with the next filter because of those before it. `tooMuch`: its code is not to be looked at. */
  next(plugin: string, item: Item): { problems: Problem[]; tooMuch: boolean } {
    const before = this.#code;
    if (plugin === 'lua') this.#code += codeLength(item);
    const tooMuch = this.#code > codeBudget;
    const told = before > codeBudget;
    return {
      problems: [
        ...this.#looped(plugin, item),
        ...this.#grown(plugin, item),
        ...this.#laboured(plugin, item),
        ...(tooMuch && !told ? [tooLong] : []),
      ],
      tooMuch,
    };
  }

  /** With two that put lines together nothing is ever shipped (fact: emitters-of-multiline). */
  #looped(plugin: string, { path }: Item): Problem[] {
    if (plugin !== 'multiline') return [];
    if (this.#joins) {
      const [message, hint] = this.#selected
        ? [
            'The filter multiline and spec.input.multiline do not work together: nothing would be shipped.',
            'Name the multiline parsers in one of the two places.',
          ]
        : [
            'A pipeline with two filters multiline ships nothing.',
            'Name all multiline parsers in one filter, separated by commas.',
          ];
      return [problem('InvalidSpec', `${path}.plugin`, message, hint)];
    }
    this.#joins = true;
    return [];
  }

  /** What each record costs in time and memory; code has bounds of its own. */
  #laboured(plugin: string, { path, settings }: Item): Problem[] {
    const counted = settings.filter((setting) => !isCode(setting));
    return [
      ...this.#throttled(plugin, path),
      ...budgets.flatMap(({ most, takes, says }, index) => {
        const before = this.#taken[index] ?? 0;
        const taken = counted.reduce((sum, setting) => sum + takes(plugin, setting), before);
        this.#taken[index] = taken;
        // The first that goes beyond a bound says so; those after it do not once more.
        if (before > most || taken <= most) return [];
        const message = `The filters up to here have ${says(taken)} together, more than ${most}: each costs time or memory for each record.`;
        return [problem('TooLarge', path, message, 'Use fewer or shorter ones, or split the resource.')];
      }),
    ];
  }

  /** Each has a thread. */
  #throttled(plugin: string, path: string): Problem[] {
    if (plugin !== 'throttle') return [];
    const second = this.#throttles;
    this.#throttles = true;
    return second
      ? [problem('InvalidSpec', `${path}.plugin`, 'A pipeline has two filters throttle.', 'Keep one.')]
      : [];
  }

  /** A copy of what nest put together doubles the record, and so does the next pair. */
  #grown(plugin: string, item: Item): Problem[] {
    if (plugin === 'nest' && is('operation', 'nest')(item)) this.#nested = true;
    if (plugin !== 'modify') return [];
    const copies = item.settings
      .filter(({ canonical }) => canonical === 'copy' || canonical === 'hard_copy')
      .reduce((sum, { texts }) => sum + texts.length, 0);
    if (copies === 0) return [];
    this.#growth = this.#nested ? this.#growth * (1 + copies) : this.#growth + copies;
    this.#nested = false;
    if (this.#growth <= mostGrowth) return [];
    const message = `After the filters before it, it may make a record ${this.#growth} times as large, more than ${mostGrowth} times.`;
    return [problem('InvalidSpec', item.path, message, 'Copy fewer fields, or copy before nest.')];
  }
}

const tooLong = problem(
  'TooLarge',
  'spec.filters',
  `The Lua of all filters together is longer than ${codeBudget} characters.`,
  'Write shorter scripts.',
);

/** Code in the spec, or a script in a declared file. */
const isCode = ({ canonical }: Filled) => canonical === 'code' || canonical === 'script';

function codeLength({ settings }: Item): number {
  return settings
    .filter(isCode)
    .flatMap(({ texts }) => texts)
    .reduce((sum, { value }) => sum + (value.content?.length ?? value.text.length), 0);
}
