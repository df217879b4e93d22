/** Everything that a rendered file refers to lies under this prefix; a trial rewrites it. */
export const liveDirectory = '/fluentbind/live';
/** Values and files out of Secrets, one file each, named by their key in the Secret child. */
export const secretsDirectory = `${liveDirectory}/secrets`;
/** Positions and chunks on the node. */
export const stateDirectory = '/var/lib/fluentbind';
/** Where the kubelet puts container logs: <namespace>_<pod>_<uid>/<container>/<restart>.log. */
export const podLogs = '/var/log/pods';
/** Where Docker has them; then the former are links. */
export const dockerLogs = '/var/lib/docker/containers';

/** Folder of a pipeline below `stateDirectory`, with links to rotated files that it has to read. */
export function rotatedFolder(id: string): string {
  return `${id}.rotated`;
}
