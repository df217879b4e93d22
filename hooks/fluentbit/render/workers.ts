import type { Entries, Section } from '../file/yaml.ts';
import { threadedOutputs } from '../version/plugins/threaded-outputs.ts';

/** Set by the sidecar, who knows how many outputs there are: threads that each of them may have. */
export const workersVariable = 'FLUENTBIND_WORKERS';

/** From here on there are no threads for outputs: they share that of the engine, which never waits for a backend. */
const crowd = 64;

export function workersEntries(plugin: string, chosen: boolean): Entries {
  return chosen || !threadedOutputs.has(plugin) ? [] : [['workers', `\${${workersVariable}}`]];
}

/**
 * The variable for a file that is read alone, for without it Fluent Bit does not start. Of several files the last one
 * that sets it counts, which is the sidecar's.
 */
export function workersDefault(outputs: readonly Section[]): Section[] {
  const used = outputs.some(({ entries }) => entries.some(([, value]) => value === `\${${workersVariable}}`));
  const entries: Entries = [
    ['name', workersVariable],
    ['value', workersFor(1)],
  ];
  return used ? [{ entries }] : [];
}

export function workersFor(outputs: number): number {
  return outputs < crowd ? 2 : 0;
}
