import { fieldPath, type Problem, problem } from '../../api/problems/problem.ts';
import type { Reason } from '../../api/problems/reasons.ts';
import { TextChecker } from '../checked/checked-text.ts';
import { FilterChain } from '../checked/filter-chain.ts';
import type { AgentInputSpec } from '../checked/item-checker.ts';
import { ItemChecker } from '../checked/item-checker.ts';
import { repeatedIds } from '../checked/output-ids.ts';
import { ParserChecker } from '../checked/parser-checker.ts';
import { AgentNames } from '../file/agent-names.ts';
import type { PipelineSpec } from '../file/pipeline-spec.ts';
import type { Section, Sections } from '../file/yaml.ts';
import { copyFilters } from '../input/copy-filters.ts';
import { takesJson } from '../input/log-source.ts';
import { luaCall } from '../input/lua-text.ts';
import { receivedOtlpCode } from '../input/metadata.ts';
import { markNestedCode } from '../input/nested-code.ts';
import { copyTag, everyInput, inputTag, markKey } from '../input/operator-tags.ts';
import { openPolicy, type PolicyInForce } from '../policy/policy-problems.ts';
import { PluginSections, placed } from '../render/plugin-sections.ts';
import { PropertyTexts } from '../render/property-text.ts';
import { controlPorts, isControlPort, usualControl } from './control-address.ts';

/** What an operator adds to the base configuration of an agent, with every field written out. */
export interface OperatorSpec extends Pick<PipelineSpec, 'filters' | 'outputs' | 'parsers' | 'buffer'> {
  inputs: readonly AgentInputSpec[];
}

export interface OperatorPart {
  sections: Sections;
  problems: Problem[];
  /** What is allowed, and most likely not meant. */
  advice: Problem[];
}

/** Names of what is the operator's: readable, for nobody else's begin like them. */
class OperatorNames extends AgentNames {
  override pipeline(output: string): string {
    return copyTag(output);
  }

  override filter(output: string, place: number | string): string {
    return `${copyTag(output)}.${place}`;
  }
}

/** An administrator is under no list; what no policy can allow would end an agent, or open it to everybody. */
const inForce: PolicyInForce = {
  ...openPolicy,
  policy: { ...openPolicy.policy, nodePaths: false },
  called: 'the pod of an agent',
};

/**
 * Inputs of an agent with the operator's filters and outputs. Filters see what the inputs received before anybody takes
 * a copy. Each output has a copy of its own, as tenants do; what is left of the original goes nowhere.
 */
export function operatorPart(agent: string, spec: OperatorSpec): OperatorPart {
  if (spec.inputs.length === 0) return { sections: [], problems: [], advice: [] };
  const names = new OperatorNames('', agent);
  const declared = { parsers: spec.parsers, multilineParsers: [] };
  const items = new ItemChecker(
    names,
    new TextChecker(new Map(), names),
    new ParserChecker(declared),
    inForce,
    new FilterChain(false),
  );
  const plugins = new PluginSections(names, new PropertyTexts(names), declared);
  const filter = (plugin: string, place: number | string, match: string, entries: Section['entries']): Section =>
    placed({ entries: [['name', plugin], ...entries] }, `operator.filters.${place}`, match);
  const parsers = spec.parsers.map((parser, index) => plugins.parser(items.parser(parser, index), parser.name));
  const inputs = spec.inputs.map((input, index) => plugins.input(items.input(input, index), input));
  const filters = spec.filters.map((one, index) =>
    placed(plugins.filter(items.filter(one, index)), `operator.filters.${index}`, everyInput),
  );
  const otlp = spec.inputs.filter(({ plugin }) => plugin.toLowerCase() === 'opentelemetry');
  const outputs = spec.outputs.map((output, index) =>
    plugins.output(items.output(output, index), output.id, names.pipeline(output.id), spec.buffer.limit, false),
  );
  const sections: Sections = [
    ['parsers', parsers],
    ['pipeline.inputs', inputs],
    [
      'pipeline.filters',
      [
        ...otlp.map(({ id }) =>
          filter('lua', `otlp.${id}`, inputTag(id), [
            ['call', luaCall],
            ['code', receivedOtlpCode],
          ]),
        ),
        ...(spec.parsers.some(takesJson)
          ? [
              filter('lua', 'nested', everyInput, [
                ['call', luaCall],
                ['code', markNestedCode],
              ]),
            ]
          : []),
        ...filters,
        filter('modify', 'mark', everyInput, [['set', `${markKey} 1`]]),
        ...spec.outputs.flatMap(({ id }) => copyFilters(id, everyInput, names)),
      ],
    ],
    ['pipeline.outputs', [originals, ...outputs]],
  ];
  const problems = [...portProblems(spec.inputs), ...repeatedIds(spec.outputs), ...items.problems];
  return { sections, problems: problems.map(forAgents), advice: items.advice };
}

/** Chunks that no output takes would stay for ever. */
const originals: Section = {
  comment: ' What was copied',
  entries: [
    ['name', 'null'],
    ['alias', 'operator.outputs.originals'],
    ['match', everyInput],
  ],
};

/** Whether Fluent Bit's HTTP server or that of the sidecar, in the same pod, may have it. */
const isTaken = (port: number) => port === usualControl.port || port === 2021 || isControlPort(port);

function portProblems(inputs: readonly AgentInputSpec[]): Problem[] {
  return inputs.flatMap(({ port }, index) => {
    const path = fieldPath(['spec', 'inputs', index, 'port']);
    if (isTaken(port)) {
      const message = `The agent itself listens on port ${port}, or may.`;
      return [problem('PortConflict', path, message, `Take one below ${controlPorts.from} that is not 2020 or 2021.`)];
    }
    // Of another protocol, too: in a Service, dynamic apply of Metacontroller takes two ports of one number for one.
    const other = inputs.slice(0, index).find((before) => before.port === port);
    return other === undefined
      ? []
      : [problem('PortConflict', path, `The input ${other.id} has port ${port} already.`)];
  });
}

const noSecrets =
  'An agent has no variables, files or Secrets: write a LoggingConfiguration that selects the input, in a namespace that may.';
const hints: Partial<Record<Reason, string>> = {
  UnknownVariable: noSecrets,
  UnknownFile: noSecrets,
  PathNotAllowed: noSecrets,
  UnknownParser: 'Declare it under spec.parsers, or correct the name.',
};

/** The same problem with what helps in a FluentBitAgent. */
function forAgents(found: Problem): Problem {
  const hint = hints[found.reason];
  return hint === undefined ? found : { ...found, hint };
}
