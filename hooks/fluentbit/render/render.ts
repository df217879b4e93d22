import { type Problem, problem } from '../../api/problems/problem.ts';
import type { CheckedSpec } from '../checked/checked-spec.ts';
import type { AgentNames } from '../file/agent-names.ts';
import { secretsDirectory } from '../file/paths.ts';
import { type Section, type Sections, toYaml } from '../file/yaml.ts';
import type { LogSource } from '../input/log-source.ts';
import { PluginSections, placed } from './plugin-sections.ts';
import { PropertyTexts } from './property-text.ts';
import { type Draft, draft } from './trial-input.ts';
import { workersDefault } from './workers.ts';

/** More than one object can hold; to write it out all the same would hold up everybody. */
const maxLines = 20_000;

/** Where a rendered file comes from. */
export interface Origin {
  namespace: string;
  name: string;
  generation: number;
  /** Template that the resource was made from, as `ClusterTemplate/sap-cloud-logging`. */
  template?: string | undefined;
}

export interface Rendering {
  /** The Fluent Bit configuration and its key in the ConfigMap. It holds no secret. */
  file: { key: string; text: string };
  /** Values and files by key, for the Secret child only. */
  secretData: ReadonlyMap<string, Buffer>;
  /** What a trial may see of it; undefined where that would not be enough. For a rendering without problems. */
  draft: () => Draft | undefined;
  pipelines: { output: string; plugin: string; id: string }[];
  /** Whether the file is too large to be written. */
  problems: Problem[];
}

/**
 * A checked LoggingConfiguration as one Fluent Bit file that can be read alone: a pipeline for each output, with its
 * own input, position, buffer and filters, so that no backend holds up another and a reload repeats nothing elsewhere.
 */
export function render(checked: CheckedSpec, source: LogSource, names: AgentNames, origin: Origin): Rendering {
  const { spec } = checked;
  const texts = new PropertyTexts(names);
  const sections = sectionsOf(checked, source, names, texts);
  const lines = sections.flatMap(([, list]) => list).reduce((sum, { entries }) => sum + entries.length, 0);
  const tooLarge = `The configuration would have ${lines} lines, more than ${maxLines}.`;
  return {
    file: { key: names.configurationFile(), text: lines > maxLines ? '' : toYaml(comment(origin), sections) },
    draft: () => draft(sections, texts, spec, names),
    secretData: texts.secretData,
    pipelines: spec.outputs.map(({ id, plugin }) => ({ output: id, plugin, id: names.pipeline(id) })),
    problems: lines > maxLines ? [problem('TooLarge', 'spec', tooLarge)] : [],
  };
}

function sectionsOf(checked: CheckedSpec, source: LogSource, names: AgentNames, texts: PropertyTexts): Sections {
  const { spec } = checked;
  const plugins = new PluginSections(names, texts, spec);
  const parsers = checked.parsers.map(({ name, item }) => plugins.parser(item, name));
  const multilineParsers = checked.multilineParsers.map(({ parser, item }) => plugins.multilineParser(item, parser));
  const multiline = plugins.multilineParsers('from' in spec.input ? [] : spec.input.multiline);
  const filters = checked.filters.map((filter) => plugins.filter(filter));
  const outputs = checked.outputs.map(({ id, item }) => plugins.output(item, id, source.match(id), spec.buffer.limit));
  const pipelineFilters = spec.outputs.flatMap(({ id }) => [
    ...source.filters(id, multiline),
    ...filters.map((section, index) => placed(section, names.filter(id, index), source.match(id))),
  ]);
  // Collected while texts were written, so they come last here and first in the file.
  const variables = [...texts.variables].sort().map(
    (name): Section => ({
      entries: [
        ['name', name],
        ['uri', `file://${secretsDirectory}/${name}`],
      ],
    }),
  );
  return [
    ['env', [...workersDefault(outputs), ...variables]],
    ['parsers', [...parsers, ...source.parsers()]],
    ['multiline_parsers', multilineParsers],
    ['pipeline.inputs', spec.outputs.flatMap((output) => source.inputs(output))],
    ['pipeline.filters', pipelineFilters],
    ['pipeline.outputs', outputs],
  ];
}

function comment({ namespace, name, generation, template }: Origin): string {
  const from = template === undefined ? '' : `, template ${template}`;
  return ` LoggingConfiguration ${namespace}/${name}, generation ${generation}${from}. Written by fluentbind.`;
}
