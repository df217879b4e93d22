import type { PropertyValue } from '../api/pipeline.ts';
import { fieldPath, type Problem, problem } from '../api/problem.ts';
import type { Value } from '../kubernetes/value.ts';
import { AgentNames } from './agent-names.ts';
import { type Draft, draft } from './candidate.ts';
import { filterProblems, multilineParserProblems, outputProblems, parserProblems } from './checks/check.ts';
import type { Item } from './checks/item.ts';
import { stateProblems } from './checks/parsers.ts';
import { Intake } from './intake.ts';
import { ownFilesEntries } from './own-files.ts';
import { ParserReferences } from './parser-references.ts';
import { secretsDirectory } from './paths.ts';
import type { PipelineSpec } from './pipeline-model.ts';
import { type Governance, policyProblems } from './policy/check.ts';
import { checkPlugin, type Setting, settings } from './properties.ts';
import { TextRenderer } from './text.ts';
import { workersDefault, workersEntries } from './workers.ts';
import { type Entries, type Section, type Sections, toYaml, type YamlScalar } from './yaml.ts';

/** More than one object can hold; to write it out all the same would hold up everybody. */
const maxLines = 20_000;

export interface RenderInput {
  namespace: string;
  name: string;
  generation: number;
  /** Template that the resource was made from, as `ClusterTemplate/sap-cloud-logging`. */
  template?: string;
  spec: PipelineSpec;
  values: ReadonlyMap<string, Value>;
  /** What tenants may do; nothing is asked of them without it. */
  governance?: Governance;
}

export interface Rendering {
  /** The Fluent Bit configuration and its key in the ConfigMap. It holds no secret. */
  file: { key: string; text: string };
  /** Values and files by key, for the Secret child only. */
  secretData: ReadonlyMap<string, Buffer>;
  /** What a trial may see of it; undefined where that would not be enough. For a rendering without problems. */
  draft: () => Draft | undefined;
  pipelines: { output: string; plugin: string; id: string }[];
  problems: Problem[];
}

/**
 * A LoggingConfiguration as one Fluent Bit file that can be read alone: a pipeline for each output, with its own
 * input, position, buffer and filters, so that no backend holds up another and a reload repeats nothing elsewhere.
 */
export function render(input: RenderInput): Rendering {
  const renderer = new Renderer(input);
  return renderer.render();
}

class Renderer {
  readonly #input: RenderInput;
  readonly #names: AgentNames;
  readonly #texts: TextRenderer;
  readonly #problems: Problem[] = [];
  readonly #intake: Intake;
  readonly #parsers: ParserReferences;

  constructor(input: RenderInput) {
    this.#input = input;
    this.#names = new AgentNames(input.namespace, input.name);
    this.#texts = new TextRenderer(input.values, this.#names);
    this.#intake = new Intake(input.spec, input.namespace, this.#names);
    this.#parsers = new ParserReferences(input.spec, this.#names);
  }

  render(): Rendering {
    const { spec } = this.#input;
    const parsers = spec.parsers.map((parser, index) => this.#parser(parser, index));
    parsers.push(...this.#intake.parsers());
    const multilineParsers = spec.multilineParsers.map((parser, index) => this.#multilineParser(parser, index));
    const multiline = this.#parsers.multiline(spec.input.multiline, 'spec.input.multiline');
    const filters = spec.filters.map((filter, index) => this.#userFilter(filter, index));
    const ids = new Set<string>();
    const outputs = spec.outputs.map((output, index) => {
      if (ids.has(output.id))
        this.#problems.push(
          problem(
            'DuplicateName',
            fieldPath(['spec', 'outputs', index, 'id']),
            `Two outputs have the id ${output.id}.`,
          ),
        );
      ids.add(output.id);
      return this.#output(output, index);
    });
    const inputs = spec.outputs.map((output) => this.#intake.tail(output));
    const pipelineFilters = spec.outputs.flatMap((output) => [
      ...this.#intake.filters(output.id, multiline),
      ...filters.map((section, index) => this.#placed(section, output.id, index)),
    ]);
    // Collected while texts were rendered, so it comes last here and first in the file.
    const variables = [...this.#texts.variables].sort().map(
      (name): Section => ({
        entries: [
          ['name', name],
          ['uri', `file://${secretsDirectory}/${name}`],
        ],
      }),
    );
    const sections: Sections = [
      ['env', [...workersDefault(outputs), ...variables]],
      ['parsers', parsers],
      ['multiline_parsers', multilineParsers],
      ['pipeline.inputs', inputs],
      ['pipeline.filters', pipelineFilters],
      ['pipeline.outputs', outputs],
    ];
    const lines = sections.flatMap(([, list]) => list).reduce((sum, { entries }) => sum + entries.length, 0);
    if (lines > maxLines)
      this.#problems.push(
        problem('TooLarge', 'spec', `The configuration would have ${lines} lines, more than ${maxLines}.`),
      );
    return {
      file: {
        key: this.#names.configurationFile(),
        text: lines > maxLines ? '' : toYaml(this.#comment(), sections),
      },
      draft: () => draft(sections, this.#texts, spec, this.#names),
      secretData: this.#texts.secretData,
      pipelines: spec.outputs.map((output) => ({
        output: output.id,
        plugin: output.plugin,
        id: this.#names.pipeline(output.id),
      })),
      problems: [...this.#intake.problems, ...this.#problems, ...this.#parsers.problems, ...this.#texts.problems],
    };
  }

  #comment(): string {
    const { namespace, name, generation, template } = this.#input;
    return ` LoggingConfiguration ${namespace}/${name}, generation ${generation}${template === undefined ? '' : `, template ${template}`}. Written by fluentbind.`;
  }

  #userFilter(filter: PipelineSpec['filters'][number], index: number): Section {
    const path = ['spec', 'filters', index];
    const plugin = checkPlugin('filter', filter.plugin, path, this.#problems);
    if (plugin === undefined) return { entries: [] };
    const known = this.#problems.length;
    const own = settings('filter', plugin, filter, path, this.#problems);
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
    this.#problems.push(...this.#against('filter', plugin, item, index), ...filterProblems(plugin, item));
    return { entries: [['name', plugin], ...entries] };
  }

  #oneText({ value, path }: Setting, rendered: (text: string) => string): string {
    if (typeof value === 'string') return rendered(value);
    this.#problems.push(problem('InvalidValue', path, 'Code is one text, not a list or a number.'));
    return '';
  }

  /** The user's filter in the pipeline of one output. */
  #placed({ entries }: Section, output: string, index: number): Section {
    const [name, ...rest] = entries;
    if (name === undefined) return { entries };
    return {
      entries: [name, ['alias', this.#names.filter(output, index)], ['match', this.#intake.match(output)], ...rest],
    };
  }

  #output(output: PipelineSpec['outputs'][number], index: number): Section {
    const path = ['spec', 'outputs', index];
    const plugin = checkPlugin('output', output.plugin, path, this.#problems);
    if (plugin === undefined) return { entries: [] };
    const known = this.#problems.length;
    const own = settings('output', plugin, output, path, this.#problems);
    const entries: Entries = [
      ['name', plugin],
      ['alias', this.#names.pipeline(output.id)],
      ['match', this.#intake.match(output.id)],
      ['storage.total_limit_size', this.#input.spec.buffer.limit],
      ...ownFilesEntries(plugin, this.#names.pipeline(output.id), this.#input.spec.buffer.limit),
    ];
    // Fluent Bit gives up after one retry; what the buffer holds is worth more than that.
    if (!own.some((setting) => setting.canonical === 'retry_limit')) entries.push(['retry_limit', 'no_limits']);
    const chosen = own.some((setting) => setting.canonical === 'workers');
    entries.push(...workersEntries(plugin, chosen));
    entries.push(...own.map((setting): Entries[number] => [setting.name, this.#value(setting)]));
    const item = this.#item(path, own, known);
    this.#problems.push(...this.#against('output', plugin, item, index), ...outputProblems(plugin, item));
    return { comment: ` Output ${output.id}`, entries };
  }

  #parser(parser: PipelineSpec['parsers'][number], index: number): Section {
    const path = ['spec', 'parsers', index];
    const known = this.#problems.length;
    const own = settings('parser', '', parser, path, this.#problems);
    const entries = own.flatMap((setting): Entries => {
      const value = this.#value(setting);
      // A parser knows no lists; what may stand several times does so.
      return Array.isArray(value) ? value.map((one) => [setting.name, one]) : [[setting.name, value]];
    });
    this.#problems.push(...parserProblems(this.#item(path, own, known)));
    return { entries: [['name', this.#names.parser(parser.name)], ...entries] };
  }

  #multilineParser(parser: PipelineSpec['multilineParsers'][number], index: number): Section {
    const path = ['spec', 'multilineParsers', index];
    const known = this.#problems.length;
    const own = settings('multilineParser', '', { properties: parser.properties }, path, this.#problems);
    const entries = own.map((setting): Entries[number] => {
      const value = this.#value(setting);
      return [setting.name, setting.canonical === 'parser' ? this.#parsers.parser(String(value), setting.path) : value];
    });
    this.#problems.push(
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
    const complete = this.#problems.length === known;
    const anyPath = this.#input.governance?.policy.nodePaths === true;
    return { path: fieldPath(path), complete, settings: own.map((setting) => this.#texts.fill(setting)), anyPath };
  }

  #against(kind: 'filter' | 'output', plugin: string, item: Item, index: number): Problem[] {
    const { governance } = this.#input;
    return governance === undefined ? [] : policyProblems(kind, plugin, item, index, governance);
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
