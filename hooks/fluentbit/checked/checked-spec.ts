import type { Problem } from '../../api/problems/problem.ts';
import type { Value } from '../../kubernetes/value.ts';
import type { AgentNames } from '../file/agent-names.ts';
import type { PipelineSpec } from '../file/pipeline-spec.ts';
import type { LogSource } from '../input/log-source.ts';
import type { PolicyInForce } from '../policy/policy-problems.ts';
import { TextChecker } from './checked-text.ts';
import { FilterChain } from './filter-chain.ts';
import { type CheckedItem, ItemChecker } from './item-checker.ts';
import { repeatedIds } from './output-ids.ts';
import { ParserChecker } from './parser-checker.ts';

/** A spec whose plugins, properties and texts are known: rendering it finds nothing wrong any more. */
export interface CheckedSpec {
  spec: PipelineSpec;
  /** Undefined where Fluent Bit has no such plugin; a problem says so. */
  filters: readonly (CheckedItem | undefined)[];
  outputs: readonly { id: string; item: CheckedItem | undefined }[];
  parsers: readonly { name: string; item: CheckedItem }[];
  multilineParsers: readonly { parser: PipelineSpec['multilineParsers'][number]; item: CheckedItem }[];
  /** What is wrong with the selection of logs, and with ids. */
  problems: Problem[];
  /** What is wrong with plugins, references to parsers, and texts. */
  itemProblems: Problem[];
  /** What is allowed in plugins, and most likely not meant. */
  advice: Problem[];
}

/**
 * Checks a spec with its values against Fluent Bit and the policy in force.
 *
 * @param values of all variables and files; what could not be had has a stand-in, and is not reported once more
 * @param inForce what the tenants may do; nothing is asked of them without it
 */
export function checkSpec(
  spec: PipelineSpec,
  values: ReadonlyMap<string, Value>,
  source: LogSource,
  names: AgentNames,
  inForce: PolicyInForce | undefined,
): CheckedSpec {
  const texts = new TextChecker(values, names);
  const references = new ParserChecker(spec);
  const chain = new FilterChain(!('from' in spec.input) && spec.input.multiline.length > 0);
  const items = new ItemChecker(names, texts, references, inForce, chain);
  const parsers = spec.parsers.map((parser, index) => ({ name: parser.name, item: items.parser(parser, index) }));
  const multilineParsers = spec.multilineParsers.map((parser, index) => ({
    parser,
    item: items.multilineParser(parser, index),
  }));
  if (!('from' in spec.input)) references.multiline(spec.input.multiline, 'spec.input.multiline');
  const filters = spec.filters.map((filter, index) => items.filter(filter, index));
  const outputs = spec.outputs.map((output, index) => ({ id: output.id, item: items.output(output, index) }));
  const problems = [...source.problems, ...repeatedIds(spec.outputs)];
  const { problems: itemProblems, advice } = items;
  return { spec, filters, outputs, parsers, multilineParsers, problems, itemProblems, advice };
}
