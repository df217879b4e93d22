import { fileOptions, pathsOf, readArguments } from '../arguments.ts';
import type { Io } from '../io.ts';
import { evaluate, printReports } from '../report/evaluate.ts';
import { renderedObjects } from '../report/object-yaml.ts';

export const usage = `fluentbind render -f FILE|FOLDER … [-n NAMESPACE] [--show-secrets] [--strict]

Prints all objects that fluentbind makes of the given ones, without a cluster: LoggingConfigurations, and for each a
ConfigMap with the Fluent Bit configuration and a Secret with its values. Bundled ClusterTemplates need not be given.`;

export async function render(args: string[], io: Io): Promise<number> {
  const parsed = readArguments(args, { ...fileOptions, 'show-secrets': { type: 'boolean', default: false } });
  const { store, reports } = await evaluate(pathsOf(parsed), parsed.values.namespace, parsed.values.strict, io);
  io.out(renderedObjects(store, parsed.values['show-secrets']));
  return printReports(reports, io) ? 1 : 0;
}
