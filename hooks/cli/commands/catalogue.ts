import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ZodError } from 'zod';
import { type Catalogue, catalogue as known } from '../../fluentbit/version/catalogue.ts';
import { catalogueChanges, factChanges, pluginChanges } from '../../fluentbit/version/compare-versions.ts';
import { facts } from '../../fluentbit/version/facts.ts';
import { readCatalogue } from '../../fluentbit/version/read-catalogue.ts';
import { knownSources, type SourceTree, sourcesOf, versionOf } from '../../fluentbit/version/source-digests.ts';
import { readArguments } from '../arguments.ts';
import { type Io, UsageError } from '../io.ts';

export const usage = `fluentbind catalogue FILE [--sources FOLDER] [--write FOLDER]

Says what another version of Fluent Bit changes: in FILE is what "fluent-bit -J" prints, --sources names its source
tree. Listed are plugins and properties that are new, gone or of another type, and the facts and tables that are kept
by hand and whose source changed.

  --sources FOLDER  source tree of the same version
  --write FOLDER    write catalogue.json there and, with --sources, sources.json; in a clone the folder is
                    hooks/fluentbit/version`;

const options = { sources: { type: 'string' }, write: { type: 'string' } } as const;

export async function catalogue(args: string[], io: Io): Promise<number> {
  const { values, positionals } = readArguments(args, options);
  const [file] = positionals;
  if (file === undefined) throw new UsageError('name the file with the output of fluent-bit -J');
  const next = read(resolve(io.cwd, file), file);
  const tree = values.sources === undefined ? undefined : sourceTree(resolve(io.cwd, values.sources));
  const version = tree === undefined ? next.version : versionOf(tree);
  if (version === undefined) throw new UsageError(`${values.sources} is no source tree of Fluent Bit`);
  if (version !== next.version)
    throw new UsageError(`${values.sources} is Fluent Bit ${version}, and ${file} is of ${next.version}`);
  io.out(`Fluent Bit ${known.version} to ${next.version}\n`);
  list(io, 'Plugins and properties', catalogueChanges(known, next));
  const sources = tree === undefined ? undefined : sourcesOf(tree, facts);
  if (sources !== undefined) {
    const before = knownSources();
    list(io, 'Facts to look at again', factChanges(before, sources, facts));
    list(io, 'Plugins whose source changed', pluginChanges(before, sources));
  }
  if (values.write !== undefined) {
    const folder = resolve(io.cwd, values.write);
    if (!existsSync(folder)) throw new UsageError(`there is no folder ${values.write}`);
    writeFileSync(join(folder, 'catalogue.json'), oneLineEach(next));
    if (sources !== undefined)
      writeFileSync(join(folder, 'sources.json'), `${JSON.stringify({ version, ...sources }, null, 2)}\n`);
  }
  return 0;
}

function read(path: string, called: string): Catalogue {
  try {
    return readCatalogue(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if (error instanceof ZodError || error instanceof SyntaxError)
      throw new UsageError(`${called} is not what fluent-bit -J prints`);
    throw error;
  }
}

function sourceTree(folder: string): SourceTree {
  const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return {
    read: (path) => (isFile(join(folder, path)) ? readFileSync(join(folder, path), 'utf8') : undefined),
    list: (path) => (existsSync(join(folder, path)) ? readdirSync(join(folder, path)) : []),
  };
}

function list(io: Io, title: string, lines: readonly string[]): void {
  io.out(`\n${title}${lines.length === 0 ? ': none\n' : `\n${lines.map((line) => `  ${line}\n`).join('')}`}`);
}

/** JSON with a line a plugin: small, and readable in a diff. */
function oneLineEach(value: Catalogue): string {
  const entries = (record: object, indent: string) =>
    Object.entries(record)
      .map(([key, inner]) => `${indent}${JSON.stringify(key)}: ${JSON.stringify(inner)}`)
      .join(',\n');
  const plugins = Object.entries(value.plugins)
    .map(([kind, list]) => `    ${JSON.stringify(kind)}: {\n${entries(list, '      ')}\n    }`)
    .join(',\n');
  return `{\n  "version": ${JSON.stringify(value.version)},\n  "common": {\n${entries(value.common, '    ')}\n  },\n  "plugins": {\n${plugins}\n  }\n}\n`;
}
