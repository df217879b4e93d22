import type { Entries, Section } from '../file/yaml.ts';
import { engineOutputs, threadedOutputs } from '../version/plugins/threaded-outputs.ts';

/** As the class of the property `workers` bounds it. */
export const maxWorkers = 4;

/** Set by the sidecar, who knows how many outputs there are: threads of an output that has two by default. */
export const workersVariable = 'FLUENTBIND_WORKERS';
/** The same of one that has none by default. */
export const workerVariable = 'FLUENTBIND_WORKER';

/** All outputs of the tenants of a node start so many threads at most; the operator's outputs come on top. */
const allThreads = 240;
/** Of these so many for outputs that need threads of their own, or whose owner says how many. */
export const ownThreads = 192;
/** From here on outputs do not have two threads each: they share that of the engine, which never waits for a backend. */
const crowd = 64;

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

/** Variables of a node with so many outputs, where so many threads are taken by those that have a number of their own. */
export function workersFor(outputs: number, taken = 0): Record<string, number> {
  const most = (each: number) => (taken + outputs * each <= allThreads ? each : 0);
  return { [workersVariable]: outputs < crowd ? most(2) || most(1) : 0, [workerVariable]: most(1) };
}
