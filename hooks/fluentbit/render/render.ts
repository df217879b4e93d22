import { type Problem, problem } from '../../api/problems/problem.ts';
import type { Value } from '../../kubernetes/value.ts';
import { AgentNames } from '../file/agent-names.ts';
import { secretsDirectory } from '../file/paths.ts';
import type { PipelineSpec } from '../file/pipeline-spec.ts';
import { type Section, type Sections, toYaml } from '../file/yaml.ts';
import { type LogSource, logSource } from '../input/log-source.ts';
import type { PolicyInForce } from '../policy/policy-problems.ts';
import { repeatedIds } from './output-ids.ts';
import { ParserReferences } from './parser-references.ts';
import { PluginSections, placed } from './plugin-sections.ts';
import { PropertyTexts } from './property-text.ts';
import { type Draft, draft } from './trial-input.ts';
import { workersDefault } from './workers.ts';

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
  inForce?: PolicyInForce;
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
  readonly #texts: PropertyTexts;
  readonly #problems: Problem[] = [];
  readonly #intake: LogSource;
  readonly #parsers: ParserReferences;
  readonly #plugins: PluginSections;

  constructor(input: RenderInput) {
    this.#input = input;
    this.#names = new AgentNames(input.namespace, input.name);
    this.#texts = new PropertyTexts(input.values, this.#names);
    this.#intake = logSource(input.spec, input.namespace, this.#names);
    this.#parsers = new ParserReferences(input.spec, this.#names);
    this.#plugins = new PluginSections(this.#names, this.#texts, this.#parsers, input.inForce);
  }

  render(): Rendering {
    const { spec } = this.#input;
    const parsers = spec.parsers.map((parser, index) => this.#plugins.parser(parser, index));
    parsers.push(...this.#intake.parsers());
    const multilineParsers = spec.multilineParsers.map((parser, index) => this.#plugins.multilineParser(parser, index));
    const multiline = this.#parsers.multiline('from' in spec.input ? [] : spec.input.multiline, 'spec.input.multiline');
    const filters = spec.filters.map((filter, index) => this.#plugins.filter(filter, index));
    this.#problems.push(...repeatedIds(spec.outputs));
    const outputs = spec.outputs.map((output, index) =>
      this.#plugins.output(output, index, this.#intake.match(output.id), spec.buffer.limit),
    );
    const inputs = spec.outputs.flatMap((output) => this.#intake.inputs(output));
    const pipelineFilters = spec.outputs.flatMap((output) => [
      ...this.#intake.filters(output.id, multiline),
      ...filters.map((section, index) =>
        placed(section, this.#names.filter(output.id, index), this.#intake.match(output.id)),
      ),
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
      problems: [...this.#intake.problems, ...this.#problems, ...this.#plugins.problems],
    };
  }

  #comment(): string {
    const { namespace, name, generation, template } = this.#input;
    return ` LoggingConfiguration ${namespace}/${name}, generation ${generation}${template === undefined ? '' : `, template ${template}`}. Written by fluentbind.`;
  }
}
