import { listed, type Problem, problem } from '../../api/problems/problem.ts';
import { didYouMean } from '../../kubernetes/nearest.ts';
import type { AgentNames } from '../file/agent-names.ts';
import type { PipelineSpec } from '../file/pipeline-spec.ts';

const builtInMultilineParsers = ['cri', 'docker', 'go', 'java', 'python', 'ruby'];

type Declared = Pick<PipelineSpec, 'parsers' | 'multilineParsers'>;

/** Names of parsers are local to a resource and global in Fluent Bit: references change with the names. */
export class ParserReferences {
  readonly problems: Problem[] = [];
  readonly #spec: Declared;
  readonly #names: AgentNames;

  constructor(spec: Declared, names: AgentNames) {
    this.#spec = spec;
    this.#names = names;
  }

  /** A value of a filter, with parsers by their names in the agent; undefined where it names none. */
  renamed(plugin: string, property: string, text: string, path: string): string | undefined {
    if (plugin === 'parser' && property === 'parser') return this.parser(text, path);
    if (plugin === 'kubernetes' && property === 'merge_parser') return this.parser(text, path);
    if (plugin === 'kubernetes' && property === 'regex_parser') return this.#regexParser(text, path);
    if (plugin === 'multiline' && property === 'multiline.parser')
      return this.multiline(
        text.split(',').map((name) => name.trim()),
        path,
      ).join(',');
    return undefined;
  }

  parser(name: string, path: string): string {
    const declared = this.#spec.parsers.map((parser) => parser.name);
    if (!declared.includes(name)) this.#unknown(name, declared, 'spec.parsers', path);
    return this.#names.parser(name);
  }

  multiline(names: readonly string[], path: string): string[] {
    const declared = this.#spec.multilineParsers.map((parser) => parser.name);
    const known = [...declared, ...builtInMultilineParsers];
    const unknown = names.filter((name) => !declared.includes(name) && !known.includes(name.toLowerCase()));
    for (const name of [...new Set(unknown)].slice(0, 8)) this.#unknown(name, known, 'spec.multilineParsers', path);
    return names.map((name) => (declared.includes(name) ? this.#names.multilineParser(name) : name));
  }

  #regexParser(name: string, path: string): string {
    const declared = this.#spec.parsers.find((parser) => parser.name === name);
    const format = Object.entries(declared?.properties ?? {}).find(([key]) => key.toLowerCase() === 'format')?.[1];
    if (format !== undefined && String(format).toLowerCase() !== 'regex')
      this.problems.push(problem('InvalidValue', path, `The parser ${name} has another format than regex.`));
    return this.parser(name, path);
  }

  #unknown(name: string, known: readonly string[], where: string, path: string): void {
    this.problems.push(
      problem(
        'UnknownParser',
        path,
        `There is no parser ${JSON.stringify(name)} in ${where} (parsers: ${listed(known)}). ${didYouMean(name, known)}`.trim(),
      ),
    );
  }
}
