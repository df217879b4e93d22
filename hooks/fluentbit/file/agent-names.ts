import { id, replaceIds } from '../../kubernetes/ids.ts';

/**
 * Names in the agent for the things of one LoggingConfiguration. Parsers, variables and aliases are global in Fluent
 * Bit, and two equal ones are fatal. All of these begin with an id of fixed length over the whole path of the thing:
 * they never collide, and none is a prefix or a glob of another. The readable part behind it is for people.
 */
export class AgentNames {
  readonly #owner: readonly [namespace: string, name: string];
  /** Ids given out, by their paths: the same are asked for again and again. */
  readonly #given = new Map<string, string>();
  readonly #neutralIds = new Map<string, string>();

  constructor(namespace: string, name: string) {
    this.#owner = [namespace, name];
  }

  /** Key of the rendered file; a namespace has no dot, so that it is unambiguous. */
  configurationFile(): string {
    return `${this.#owner.join('.')}.yaml`;
  }

  /** Tag, alias and database of the pipeline of an output. */
  pipeline(output: string): string {
    return this.#id(output);
  }

  /** Alias of a filter of a pipeline: its place among the user's, or the name of one that fluentbind adds. */
  filter(output: string, place: number | string): string {
    return this.#id(output, 'filters', String(place));
  }

  /** Environment variable of a value, which is also its key in the Secret child. */
  variable(name: string): string {
    return `${this.#id('', 'variables', name)}_${name}`;
  }

  /** Key of a file in the Secret child. */
  file(name: string): string {
    return `${this.#id('', 'files', name)}_${name}`;
  }

  /** Key of a file that a Lua filter runs. */
  script(name: string): string {
    return `${this.#id('', 'scripts', name)}_${name}`;
  }

  /** Variable of a whole text that Fluent Bit could not expand in place, by the path of its property. */
  text(path: string): string {
    return `${this.#id('', 'texts', path)}_text`;
  }

  parser(name: string): string {
    return `${this.#id('', 'parsers', name)}_${name}`;
  }

  /** The parser that takes a tag apart for the kubernetes filter; not in reach of users' names. */
  podTagParser(): string {
    return `${this.#id('', 'pod-tag')}_pods`;
  }

  multilineParser(name: string): string {
    return `${this.#id('', 'multilineParsers', name)}_${name}`;
  }

  /** The text with the ids in it as they are for every owner: what two tenants have in common becomes equal. */
  neutral(text: string): string {
    return replaceIds(text, (found) => this.#neutral().get(found) ?? found);
  }

  /** Ids, with what they would be for nobody in particular. */
  #neutral(): ReadonlyMap<string, string> {
    if (this.#neutralIds.size < this.#given.size)
      for (const [path, given] of this.#given) this.#neutralIds.set(given, id('', '', path));
    return this.#neutralIds;
  }

  #id(...parts: string[]): string {
    const path = parts.join('/');
    const known = this.#given.get(path);
    if (known !== undefined) return known;
    const given = id(...this.#owner, path);
    this.#given.set(path, given);
    return given;
  }
}
