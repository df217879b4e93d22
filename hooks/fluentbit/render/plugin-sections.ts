import type { PropertyValue } from '../../api/pipeline.ts';
import { fieldPath, type Problem, problem } from '../../api/problems/problem.ts';
import { fixedInput, unfitInput } from '../checks/inputs.ts';
import type { Item } from '../checks/item.ts';
import { stateProblems } from '../checks/parsers.ts';
import {
  filterProblems,
  inputProblems,
  multilineParserProblems,
  outputProblems,
  parserProblems,
} from '../checks/plugin-checks.ts';
import type { AgentNames } from '../file/agent-names.ts';
import type { PipelineSpec, Properties } from '../file/pipeline-spec.ts';
import type { Entries, Section } from '../file/yaml.ts';
import type { YamlScalar } from '../file/yaml-entry.ts';
import { inputTag } from '../input/operator-tags.ts';
import { pluginName } from '../plugins/catalogue.ts';
import { ownFilesEntries } from '../plugins/own-files.ts';
import { checkPlugin, type Setting, settings } from '../plugins/properties.ts';
import { type PolicyInForce, policyProblems } from '../policy/policy-problems.ts';
import type { ParserReferences } from './parser-references.ts';
import type { PropertyTexts } from './property-text.ts';
import { workersEntries } from './workers.ts';

export interface RenderedInput {
  id: string;
  plugin: string;
  port: number;
  properties: Properties;
}

/** Plugins and parsers of one resource as sections of its file, each with what is wrong with it. */
export class PluginSections {
  readonly #own: Problem[] = [];
  readonly #names: AgentNames;
  readonly #texts: PropertyTexts;
  readonly #parsers: ParserReferences;
  readonly #inForce: PolicyInForce | undefined;

  constructor(names: AgentNames, texts: PropertyTexts, parsers: ParserReferences, inForce: PolicyInForce | undefined) {
    this.#names = names;
    this.#texts = texts;
    this.#parsers = parsers;
    this.#inForce = inForce;
  }

  /** All that was found so far. */
  get problems(): Problem[] {
    return [...this.#own, ...this.#parsers.problems, ...this.#texts.problems];
  }

  /** A filter without its place: `placed` gives it one. */
  filter(filter: PipelineSpec['filters'][number], index: number): Section {
    const path = ['spec', 'filters', index];
    const plugin = checkPlugin('filter', filter.plugin, path, this.#own);
    if (plugin === undefined) return { entries: [] };
    const known = this.#own.length;
    const own = settings('filter', plugin, filter, path, this.#own);
    const entries = own.map((setting): Entries[number] => {
      if (plugin === 'lua' && setting.canonical === 'code')
        return [setting.name, this.#oneText(setting, (text) => this.#texts.code(text, setting.path))];
      if (plugin === 'lua' && setting.canonical === 'script')
        return [setting.name, this.#oneText(setting, (text) => this.#texts.script(text, setting.path))];
      const rename = (text: YamlScalar) =>
        this.#parsers.renamed(plugin, setting.canonical, String(text), setting.path) ?? text;
      const value = this.#value(setting);
      return [setting.name, Array.isArray(value) ? value.map(rename) : rename(value)];
    });
    const item = this.#item(path, own, known);
    this.#own.push(...this.#against('filter', plugin, item, index), ...filterProblems(plugin, item));
    return { entries: [['name', plugin], ...entries] };
  }

  #oneText({ value, path }: Setting, rendered: (text: string) => string): string {
    if (typeof value === 'string') return rendered(value);
    this.#own.push(problem('InvalidValue', path, 'Code is one text, not a list or a number.'));
    return '';
  }

  output(
    output: PipelineSpec['outputs'][number],
    index: number,
    match: string,
    limit: string,
    counted = true,
  ): Section {
    const path = ['spec', 'outputs', index];
    const plugin = checkPlugin('output', output.plugin, path, this.#own);
    if (plugin === undefined) return { entries: [] };
    const known = this.#own.length;
    const own = settings('output', plugin, output, path, this.#own);
    const entries: Entries = [
      ['name', plugin],
      ['alias', this.#names.pipeline(output.id)],
      ['match', match],
      ['storage.total_limit_size', limit],
      ...ownFilesEntries(plugin, this.#names.pipeline(output.id), limit),
    ];
    // Fluent Bit gives up after one retry; what the buffer holds is worth more than that.
    if (!own.some((setting) => setting.canonical === 'retry_limit')) entries.push(['retry_limit', 'no_limits']);
    const chosen = own.some((setting) => setting.canonical === 'workers');
    // By the sidecar, in what it adds for the files of tenants.
    if (counted) entries.push(...workersEntries(plugin, chosen));
    entries.push(...own.map((setting): Entries[number] => [setting.name, this.#value(setting)]));
    const item = this.#item(path, own, known);
    this.#own.push(...this.#against('output', plugin, item, index), ...outputProblems(plugin, item));
    return { comment: ` Output ${output.id}`, entries };
  }

  /** An input of an agent: it listens everywhere, and what it receives bears a tag that no sender can choose. */
  input({ id, plugin: name, port, properties }: RenderedInput, index: number): Section {
    const path = ['spec', 'inputs', index];
    const refused = unfitInput(name, (plugin) => pluginName('input', plugin) !== undefined);
    if (refused !== undefined) this.#own.push(problem('UnfitInput', fieldPath([...path, 'plugin']), refused));
    const plugin = refused === undefined ? checkPlugin('input', name, path, this.#own) : undefined;
    if (plugin === undefined) return { entries: [] };
    const known = this.#own.length;
    const own = settings('input', plugin, { properties }, path, this.#own);
    const tag = inputTag(id);
    const entries = own.map((setting): Entries[number] => {
      const value = this.#value(setting);
      return [setting.name, setting.canonical === 'parser' ? this.#parsers.parser(String(value), setting.path) : value];
    });
    this.#own.push(...inputProblems(plugin, this.#item(path, own, known)));
    return {
      comment: ` Input ${id}: ${plugin}`,
      entries: [
        ['name', plugin],
        ['alias', tag],
        ['tag', tag],
        ['listen', '0.0.0.0'],
        ['port', port],
        ['storage.type', 'filesystem'],
        ...fixedInput(plugin),
        ...entries,
      ],
    };
  }

  parser(parser: PipelineSpec['parsers'][number], index: number): Section {
    const path = ['spec', 'parsers', index];
    const known = this.#own.length;
    const own = settings('parser', '', parser, path, this.#own);
    const entries = own.flatMap((setting): Entries => {
      const value = this.#value(setting);
      // A parser knows no lists; what may stand several times does so.
      return Array.isArray(value) ? value.map((one) => [setting.name, one]) : [[setting.name, value]];
    });
    this.#own.push(...parserProblems(this.#item(path, own, known)));
    return { entries: [['name', this.#names.parser(parser.name)], ...entries] };
  }

  multilineParser(parser: PipelineSpec['multilineParsers'][number], index: number): Section {
    const path = ['spec', 'multilineParsers', index];
    const known = this.#own.length;
    const own = settings('multilineParser', '', { properties: parser.properties }, path, this.#own);
    const entries = own.map((setting): Entries[number] => {
      const value = this.#value(setting);
      return [setting.name, setting.canonical === 'parser' ? this.#parsers.parser(String(value), setting.path) : value];
    });
    this.#own.push(
      ...multilineParserProblems(this.#item(path, own, known)),
      ...stateProblems(parser.rules, fieldPath(path)),
    );
    return {
      entries: [['name', this.#names.multilineParser(parser.name)], ...entries],
      ...(parser.rules.length === 0
        ? {}
        : {
            lists: {
              rules: parser.rules.map((rule) => ({ state: rule.state, regex: rule.regex, next_state: rule.next })),
            },
          }),
    };
  }

  /** The same plugin for its checks. After `known` problems, what is new says already that something is missing. */
  #item(path: readonly (string | number)[], own: readonly Setting[], known: number): Item {
    const complete = this.#own.length === known;
    const anyPath = this.#inForce?.policy.nodePaths === true;
    return { path: fieldPath(path), complete, settings: own.map((setting) => this.#texts.fill(setting)), anyPath };
  }

  #against(kind: 'filter' | 'output', plugin: string, item: Item, index: number): Problem[] {
    const inForce = this.#inForce;
    return inForce === undefined ? [] : policyProblems(kind, plugin, item, index, inForce);
  }

  #value(setting: Setting): YamlScalar | YamlScalar[] {
    const one = (value: YamlScalar, path: string): YamlScalar =>
      typeof value === 'string' ? this.#texts.render(value, setting.canonical, path) : value;
    const value: PropertyValue = setting.value;
    return Array.isArray(value)
      ? value.map((item, index) => one(item, `${setting.path}[${index}]`))
      : one(value, setting.path);
  }
}

/** A filter where it belongs. */
export function placed({ entries }: Section, alias: string, match: string): Section {
  const [name, ...rest] = entries;
  if (name === undefined) return { entries };
  return { entries: [name, ['alias', alias], ['match', match], ...rest] };
}
