import type { MemoryStore } from '../../engine/stores/memory-store.ts';
import { defaultSettings } from '../../kit/controller.ts';
import { readManifests } from '../input/manifests.ts';
import type { Io } from '../io.ts';
import { runOffline } from '../offline.ts';
import { findProblems } from './find-problems.ts';
import { printed, type Report, reportFaults, reportProblem } from './problem-report.ts';

export interface Evaluation {
  store: MemoryStore;
  reports: Report[];
  objects: number;
}

/** Reads the files, runs the controllers on them and collects everything that is wrong. */
export async function evaluate(
  paths: readonly string[],
  namespace: string,
  strict: boolean,
  io: Io,
): Promise<Evaluation> {
  const read = readManifests(paths, io.cwd, namespace);
  const { store, engine } = await runOffline(distinct(read.manifests.map((m) => m.object)), io.now);
  const bugs = engine.errors.map(
    ({ parent, message }): Report => ({ severity: 'error', place: parent, text: message, excerpt: undefined }),
  );
  const found = findProblems(read.manifests, store, { now: io.now(), settings: defaultSettings }).map(
    ({ object, problem }) =>
      reportProblem(
        problem,
        object,
        read.manifests.find((m) => m.object === object),
        strict,
      ),
  );
  return { store, reports: [...reportFaults(read), ...found, ...bugs], objects: read.manifests.length };
}

/** Of two files with one object the later one counts, as with kubectl apply. */
function distinct<
  T extends { kind: string; apiVersion: string; metadata: { name: string; namespace?: string | undefined } },
>(objects: readonly T[]): T[] {
  return [
    ...new Map(
      objects.map((object) => [
        `${object.apiVersion}/${object.kind}/${object.metadata.namespace}/${object.metadata.name}`,
        object,
      ]),
    ).values(),
  ];
}

/** Prints reports to standard error, worst last, and says whether one of them is an error. */
export function printReports(reports: readonly Report[], io: Io): boolean {
  const sorted = [...reports].sort((a, b) => (a.severity === b.severity ? 0 : a.severity === 'warning' ? -1 : 1));
  for (const report of sorted) io.err(printed(report));
  return reports.some((report) => report.severity === 'error');
}
