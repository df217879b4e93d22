import type { Entries, Section } from '../file/yaml.ts';
import { engineOutputs, threadedOutputs } from '../version/plugins/threaded-outputs.ts';

/** Set by the sidecar, who knows how many outputs there are: threads of an output that has two by default. */
export const workersVariable = 'FLUENTBIND_WORKERS';
/** The same of one that has none by default. */
export const workerVariable = 'FLUENTBIND_WORKER';

/** From here on there are no threads for outputs: they share that of the engine, which never waits for a backend. */
const crowd = 64;
/** From here on not even one each: all outputs of a node start 256 threads at most. */
const throng = 192;

/**
 * @param chosen whether the owner says how many
 * @param blocks whether the output waits for an answer in the thread in which it works: it has one of its own, always
 */
export function workersEntries(plugin: string, { chosen, blocks }: { chosen: boolean; blocks: boolean }): Entries {
  if (chosen) return [];
  if (blocks) return [['workers', 1]];
  if (threadedOutputs.has(plugin)) return [['workers', `\${${workersVariable}}`]];
  return engineOutputs.has(plugin) ? [['workers', `\${${workerVariable}}`]] : [];
}

/**
 * The variables for a file that is read alone, for without them Fluent Bit does not start. Of several files the last one
 * that sets one counts, which is the sidecar's.
 */
export function workersDefault(outputs: readonly Section[]): Section[] {
  return Object.entries(workersFor(1))
    .filter(([name]) => outputs.some(({ entries }) => entries.some(([, value]) => value === `\${${name}}`)))
    .map(([name, value]) => ({
      entries: [
        ['name', name],
        ['value', value],
      ],
    }));
}

/** Variables of a node with so many outputs. */
export function workersFor(outputs: number): Record<string, number> {
  return { [workersVariable]: outputs < crowd ? 2 : 0, [workerVariable]: outputs < throng ? 1 : 0 };
}
