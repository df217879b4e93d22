import type { ParseArgsConfig } from 'node:util';
import { parseArgs } from '../runtime/builtins.ts';
import { UsageError } from './io.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Options of commands that read files. */
export const fileOptions = {
  filename: { type: 'string', short: 'f', multiple: true },
  namespace: { type: 'string', short: 'n', default: 'default' },
  strict: { type: 'boolean', default: false },
} as const satisfies Options;

/** Parsed arguments; what does not fit is the caller's mistake. */
export function readArguments<const T extends Options>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

export function pathsOf({
  values,
  positionals,
}: {
  values: { filename?: string[] | undefined };
  positionals: string[];
}): string[] {
  const paths = [...(values.filename ?? []), ...positionals];
  if (paths.length === 0) throw new UsageError('name at least one file or folder with -f');
  return paths;
}
