import { podLogs, rotatedFolder, stateDirectory } from '../file/paths.ts';
import type { CompleteSelection } from '../file/pipeline-spec.ts';

/** Globs of the container logs to read and to leave out, as `path` and `exclude_path` of tail take them. */
export interface LogPaths {
  include: string[];
  exclude: string[];
}

/** More globs than these would make each scan of the directory slow; a selection this wide is a mistake. */
export const maxPaths = 1024;

/**
 * The globs of a selection. Namespaces and containers are exact: their names contain neither `_` nor `/`. Workloads
 * only narrow: `shop-*` is also the beginning of others, and the owner of the pod decides (see metadata).
 */
export function logPaths(selection: CompleteSelection, ownNamespace: string): LogPaths {
  const { include, exclude } = selection.namespaces;
  const wide = selectsAll(selection.namespaces);
  const named = include.length > 0 ? include.filter((n) => !exclude.includes(n)) : [ownNamespace];
  const namespaces = wide ? ['*'] : named;
  const pods = selection.workloads.length > 0 ? [...new Set(selection.workloads.map(podGlob))] : ['*'];
  const containers = selection.containers.include.length > 0 ? selection.containers.include : ['*'];
  return {
    include: namespaces
      .flatMap((ns) =>
        pods.flatMap((pod) =>
          containers.map((container) => `${podLogs}/${ns}_${pod === '*' ? '*' : `${pod}_*`}/${container}/*.log`),
        ),
      )
      .sort(),
    exclude: [
      // tail matches exclude_path without regard to slashes, so that one star takes the whole tree.
      ...(wide ? exclude.map((ns) => `${podLogs}/${ns}_*`) : []),
      ...selection.containers.exclude.map((container) => `${podLogs}/*/${container}/*`),
    ].sort(),
  };
}

/** The same in the folder of a pipeline with links to rotated files, beside what is written now. */
export function withRotated({ include, exclude }: LogPaths, id: string): LogPaths {
  const root = `${stateDirectory}/${rotatedFolder(id)}`;
  const both = (paths: readonly string[]) => [...paths, ...paths.map((path) => root + path.slice(podLogs.length))];
  return { include: both(include), exclude: both(exclude) };
}

/** Whether all namespaces are meant, but for those that are excluded. */
export function selectsAll({ include, exclude }: CompleteSelection['namespaces']): boolean {
  return include.includes('*') || (include.length === 0 && exclude.length > 0);
}

function podGlob(workload: string): string {
  const [kind, name] = workload.split('/') as [string, string];
  return kind === 'Pod' ? name : `${name}-*`;
}
