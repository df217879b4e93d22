import { fileOptions, pathsOf, readArguments } from '../arguments.ts';
import type { Io } from '../io.ts';
import { evaluate, printReports } from '../report/evaluate.ts';

export const usage = `fluentbind validate -f FILE|FOLDER … [-n NAMESPACE] [--strict]

Says everything that is wrong with the given objects as file:line:column, with the line and what to do. Secrets,
ConfigMaps and templates that are not among the files are warnings, or errors with --strict. What is wrong with an object
by itself, admission says in the same words.
Exit code: 0 nothing is wrong, 1 something is, 2 the command was called wrongly.`;

export async function validate(args: string[], io: Io): Promise<number> {
  const parsed = readArguments(args, fileOptions);
  const { reports, objects } = await evaluate(pathsOf(parsed), parsed.values.namespace, parsed.values.strict, io);
  const failed = printReports(reports, io);
  const errors = reports.filter((report) => report.severity === 'error').length;
  io.out(`${objects} objects, ${errors} errors, ${reports.length - errors} warnings\n`);
  return failed ? 1 : 0;
}
