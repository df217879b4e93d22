import { fieldPath, type Problem, problem } from '../../api/problems/problem.ts';
import { advises } from '../../api/problems/reasons.ts';
import type { AgentNames } from '../file/agent-names.ts';
import type { PipelineSpec, Properties } from '../file/pipeline-spec.ts';
import { type PolicyInForce, policyProblems } from '../policy/policy-problems.ts';
import { type ConfigurableKind, pluginName } from '../version/catalogue.ts';
import { unfitInput } from '../version/checks/inputs.ts';
import type { Item } from '../version/checks/item.ts';
import { stateProblems } from '../version/checks/parsers.ts';
import {
  filterProblems,
  inputProblems,
  multilineParserProblems,
  outputProblems,
  parserProblems,
} from '../version/checks/plugin-checks.ts';
import { PatternBudget } from '../version/checks/regex/pattern-budget.ts';
import { type ParserReference, parserReference } from '../version/plugins/parser-properties.ts';
import { checkPlugin, type Setting, settings } from '../version/plugins/properties.ts';
import { type CheckedText, type CheckedValue, type TextChecker, writtenText } from './checked-text.ts';
import type { FilterChain } from './filter-chain.ts';
import type { ParserChecker } from './parser-checker.ts';

/** A property of which everything is known: its name is one of the plugin's, its values are in place. */
export interface CheckedSetting {
  name: string;
  canonical: string;
  value: CheckedValue | CheckedValue[];
  /** Where it names parsers. */
  reference?: ParserReference;
}

/** A plugin or parser with its settings in the order of the file. */
export interface CheckedItem {
  /** Fluent Bit's name of the plugin; empty for a parser. */
  plugin: string;
  settings: readonly CheckedSetting[];
}

/** An input of an agent. */
export interface AgentInputSpec {
  id: string;
  plugin: string;
  port: number;
  properties: Properties;
}

/** Checks the plugins and parsers of one resource, one by one, each against Fluent Bit and the policy. */
export class ItemChecker {
  readonly #own: Problem[] = [];
  readonly #names: AgentNames;
  readonly #texts: TextChecker;
  readonly #parsers: ParserChecker;
  readonly #inForce: PolicyInForce | undefined;
  readonly #chain: FilterChain;
  readonly #patterns = new PatternBudget();

  constructor(
    names: AgentNames,
    texts: TextChecker,
    parsers: ParserChecker,
    inForce: PolicyInForce | undefined,
    chain: FilterChain,
  ) {
    this.#chain = chain;
    this.#names = names;
    this.#texts = texts;
    this.#parsers = parsers;
    this.#inForce = inForce;
  }

  /** All that is wrong, so far. */
  get problems(): Problem[] {
    return [...this.#own.filter(({ reason }) => !advises(reason)), ...this.#parsers.problems, ...this.#texts.problems];
  }

  /** What is allowed, and most likely not meant. */
  get advice(): Problem[] {
    return this.#own.filter(({ reason }) => advises(reason));
  }

  /** Undefined where Fluent Bit has no such filter. */
  filter(filter: PipelineSpec['filters'][number], index: number): CheckedItem | undefined {
    const path = ['spec', 'filters', index];
    const plugin = checkPlugin('filter', filter.plugin, path, this.#own);
    if (plugin === undefined) return undefined;
    const { item, checked } = this.#settings('filter', plugin, filter, path);
    const { problems, tooMuch } = this.#chain.next(plugin, item);
    this.#own.push(...this.#against('filter', plugin, item, index), ...problems);
    if (!tooMuch) this.#own.push(...filterProblems(plugin, item));
    return checked;
  }

  output(output: PipelineSpec['outputs'][number], index: number): CheckedItem | undefined {
    const path = ['spec', 'outputs', index];
    const plugin = checkPlugin('output', output.plugin, path, this.#own);
    if (plugin === undefined) return undefined;
    const { item, checked } = this.#settings('output', plugin, output, path);
    this.#own.push(...this.#against('output', plugin, item, index), ...outputProblems(plugin, item));
    return checked;
  }

  input({ plugin: name, properties }: AgentInputSpec, index: number): CheckedItem | undefined {
    const path = ['spec', 'inputs', index];
    const refused = unfitInput(name, (plugin) => pluginName('input', plugin) !== undefined);
    if (refused !== undefined) this.#own.push(problem('UnfitInput', fieldPath([...path, 'plugin']), refused));
    const plugin = refused === undefined ? checkPlugin('input', name, path, this.#own) : undefined;
    if (plugin === undefined) return undefined;
    const { item, checked } = this.#settings('input', plugin, { properties }, path);
    this.#own.push(...inputProblems(plugin, item));
    return checked;
  }

  parser(parser: PipelineSpec['parsers'][number], index: number): CheckedItem {
    const { item, checked } = this.#settings('parser', '', parser, ['spec', 'parsers', index]);
    this.#own.push(...parserProblems(item));
    return checked;
  }

  multilineParser({ properties, rules }: PipelineSpec['multilineParsers'][number], index: number): CheckedItem {
    const path = ['spec', 'multilineParsers', index];
    const { item, checked } = this.#settings('multilineParser', '', { properties }, path);
    this.#own.push(...multilineParserProblems(item), ...stateProblems(rules, fieldPath(path), this.#patterns));
    return checked;
  }

  #settings(
    kind: ConfigurableKind,
    plugin: string,
    given: { properties: Properties; rules?: readonly string[] },
    path: readonly (string | number)[],
  ): { item: Item; checked: CheckedItem } {
    const known = this.#own.length;
    const own = settings(kind, plugin, given, path, this.#own);
    const checked = own.map((setting) => this.#setting(kind, plugin, setting));
    // What is new by now says already that something is missing.
    const complete = this.#own.length === known;
    const anyPath = this.#inForce?.policy.nodePaths === true;
    const filled = own.map((setting, index) => this.#texts.fill(setting, checked[index]?.value ?? []));
    return {
      item: { path: fieldPath(path), complete, settings: filled, patterns: this.#patterns, anyPath },
      checked: { plugin, settings: checked },
    };
  }

  #setting(kind: ConfigurableKind, plugin: string, setting: Setting): CheckedSetting {
    const { name, canonical, value, path } = setting;
    if (kind === 'filter' && plugin === 'lua' && canonical === 'code')
      return { name, canonical, value: this.#oneText(setting, (text) => this.#texts.code(text, path)) };
    if (kind === 'filter' && plugin === 'lua' && canonical === 'script')
      return { name, canonical, value: this.#oneText(setting, (text) => this.#texts.script(text, path)) };
    const one = (value: string | number | boolean, path: string): CheckedValue =>
      typeof value === 'string' ? this.#texts.text(value, canonical, path) : value;
    const checked = Array.isArray(value)
      ? value.map((item, index) => one(item, `${path}[${index}]`))
      : one(value, path);
    const reference = parserReference(kind, plugin, canonical);
    if (reference === undefined) return { name, canonical, value: checked };
    // What an input and a multiline parser name is one text, whatever it is.
    const written = [checked].flat().map((value) => this.#written(value));
    for (const text of kind === 'filter' ? written : [written.join()]) this.#parsers.check(reference, text, path);
    return { name, canonical, value: checked, reference };
  }

  #oneText({ value, path }: Setting, checked: (text: string) => CheckedText): CheckedText {
    if (typeof value === 'string') return checked(value);
    this.#own.push(problem('InvalidValue', path, 'Code is one text, not a list or a number.'));
    return { as: 'text', parts: [], path, references: [] };
  }

  #written(value: CheckedValue): string {
    return typeof value === 'object' ? writtenText(value, this.#names) : String(value);
  }

  #against(kind: 'filter' | 'output', plugin: string, item: Item, index: number): Problem[] {
    const inForce = this.#inForce;
    return inForce === undefined ? [] : policyProblems(kind, plugin, item, index, inForce);
  }
}
