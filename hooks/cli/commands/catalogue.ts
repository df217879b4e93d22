import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ZodError } from 'zod';
import { readCatalogue } from '../../fluentbit/plugins/read-catalogue.ts';
import { readArguments } from '../arguments.ts';
import { type Io, UsageError } from '../io.ts';

export const usage = `fluentbind catalogue FILE

Prints the plugin catalogue for another version of Fluent Bit, made from FILE: what "fluent-bit -J" prints. The
result belongs into hooks/fluentbit/plugins/catalogue.json.`;

export async function catalogue(args: string[], io: Io): Promise<number> {
  const [file] = readArguments(args, {}).positionals;
  if (file === undefined) throw new UsageError('name the file with the output of fluent-bit -J');
  try {
    io.out(oneLineEach(readCatalogue(JSON.parse(readFileSync(join(io.cwd, file), 'utf8')))));
  } catch (error) {
    if (error instanceof ZodError || error instanceof SyntaxError)
      throw new UsageError(`${file} is not what fluent-bit -J prints`);
    throw error;
  }
  return 0;
}

/** JSON with a line a plugin: small, and readable in a diff. */
function oneLineEach(value: ReturnType<typeof readCatalogue>): string {
  const entries = (record: object, indent: string) =>
    Object.entries(record)
      .map(([key, inner]) => `${indent}${JSON.stringify(key)}: ${JSON.stringify(inner)}`)
      .join(',\n');
  const plugins = Object.entries(value.plugins)
    .map(([kind, list]) => `    ${JSON.stringify(kind)}: {\n${entries(list, '      ')}\n    }`)
    .join(',\n');
  return `{\n  "version": ${JSON.stringify(value.version)},\n  "common": {\n${entries(value.common, '    ')}\n  },\n  "plugins": {\n${plugins}\n  }\n}\n`;
}
