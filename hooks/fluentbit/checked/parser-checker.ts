import { listed, type Problem, problem } from '../../api/problems/problem.ts';
import { didYouMean } from '../../kubernetes/nearest.ts';
import type { PipelineSpec } from '../file/pipeline-spec.ts';
import { builtInMultilineParsers, multilineNames, type ParserReference } from '../version/plugins/parser-properties.ts';

/** Finds references to parsers that a resource does not declare. */
export class ParserChecker {
  readonly problems: Problem[] = [];
  readonly #spec: Pick<PipelineSpec, 'parsers' | 'multilineParsers'>;

  constructor(spec: Pick<PipelineSpec, 'parsers' | 'multilineParsers'>) {
    this.#spec = spec;
  }

  /** @param text as it stands in the file, but for the names themselves */
  check(reference: ParserReference, text: string, path: string): void {
    if (reference === 'multiline parsers') this.multiline(multilineNames(text), path);
    else this.#parser(text, reference === 'regex parser', path);
  }

  multiline(names: readonly string[], path: string): void {
    const declared = this.#spec.multilineParsers.map((parser) => parser.name);
    const known = [...declared, ...builtInMultilineParsers];
    const unknown = names.filter((name) => !declared.includes(name) && !known.includes(name.toLowerCase()));
    for (const name of [...new Set(unknown)].slice(0, 8)) this.#unknown(name, known, 'spec.multilineParsers', path);
  }

  #parser(name: string, mustBeRegex: boolean, path: string): void {
    const { parsers } = this.#spec;
    const found = parsers.find((parser) => parser.name === name);
    const format = Object.entries(found?.properties ?? {}).find(([key]) => key.toLowerCase() === 'format')?.[1];
    if (mustBeRegex && format !== undefined && String(format).toLowerCase() !== 'regex')
      this.problems.push(problem('InvalidValue', path, `The parser ${name} has another format than regex.`));
    const declared = parsers.map((parser) => parser.name);
    if (found === undefined) this.#unknown(name, declared, 'spec.parsers', path);
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
