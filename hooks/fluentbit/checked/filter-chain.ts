import { type Problem, problem } from '../../api/problems/problem.ts';
import { type Item, is } from '../version/checks/item.ts';

/** Characters of Lua in one spec: to check so much takes half a second at worst, and anybody may ask admission. */
const codeBudget = 262_144;

/** How many times as large a record may become: a line of 256 KiB is 4 MiB then. */
const mostGrowth = 16;

/**
 * Bytes of the texts of all filters: each record may get all of them. 1 MB in each of the 2,800 short lines that are read
 * at once is more memory than nodes have.
 */
const textBudget = 65_536;

/** Values of all properties of all filters: most cost a look at each record. */
const valueBudget = 512;

/**
 * Those of modify, each of which makes a new copy of the record: of the 2,800 short lines that are read at once 64 take
 * 0.3 s, 128 take 4 s, and 16,384 took more than ten minutes.
 */
const modifyBudget = 64;

/** Bytes that prefixes of nest add to each key; a line may have tens of thousands of keys. */
const prefixBudget = 128;

/** Conversions of type_converter: each that fails prints its value into the log of the agent, at any level. */
const conversionBudget = 16;

/** What the filters of one pipeline do together, in their order. */
export class FilterChain {
  #joins: boolean;
  readonly #selected: boolean;
  #code = 0;
  #growth = 1;
  #nested = false;
  #texts = 0;
  #values = 0;
  #prefixes = 0;
  #conversions = 0;
  #modifications = 0;
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
    const problems: Problem[] = [];
    if (plugin === 'throttle') {
      // Each has a thread.
      if (this.#throttles)
        problems.push(problem('InvalidSpec', `${path}.plugin`, 'A pipeline has two filters throttle.', 'Keep one.'));
      this.#throttles = true;
    }
    const [texts, values, prefixes, conversions] = [this.#texts, this.#values, this.#prefixes, this.#conversions];
    const modifications = this.#modifications;
    for (const { canonical, texts: places } of settings) {
      if (canonical === 'code' || canonical === 'script') continue;
      const length = places.reduce((sum, { value }) => sum + Buffer.byteLength(value.text), 0);
      this.#values += places.length;
      this.#texts += length;
      if (canonical === 'add_prefix') this.#prefixes += length;
      if (plugin === 'modify') this.#modifications += places.length;
      if (plugin === 'type_converter') this.#conversions += places.length;
    }
    return [
      ...problems,
      ...beyond(texts, this.#texts, textBudget, path, `texts of ${this.#texts} bytes`),
      ...beyond(values, this.#values, valueBudget, path, `${this.#values} values`),
      ...beyond(prefixes, this.#prefixes, prefixBudget, path, `prefixes of ${this.#prefixes} bytes`),
      ...beyond(conversions, this.#conversions, conversionBudget, path, `${this.#conversions} conversions`),
      ...beyond(modifications, this.#modifications, modifyBudget, path, `${this.#modifications} values of modify`),
    ];
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

/** The first that goes beyond a bound says so; those after it do not once more. */
function beyond(before: number, now: number, most: number, path: string, what: string): Problem[] {
  if (before > most || now <= most) return [];
  const message = `The filters up to here have ${what} together, more than ${most}: each costs time or memory for each record.`;
  return [problem('TooLarge', path, message, 'Use fewer or shorter ones, or split the resource.')];
}

const tooLong = problem(
  'TooLarge',
  'spec.filters',
  `The Lua of all filters together is longer than ${codeBudget} characters.`,
  'Write shorter scripts.',
);

/** Of code in the spec, and of a script in a declared file. */
function codeLength({ settings }: Item): number {
  return settings
    .filter(({ canonical }) => canonical === 'code' || canonical === 'script')
    .flatMap(({ texts }) => texts)
    .reduce((sum, { value }) => sum + (value.content?.length ?? value.text.length), 0);
}
