import { Document } from 'yaml';
import { stateDirectory } from '../file/paths.ts';
import { type Sections, toYaml } from '../file/yaml.ts';
import { controlVariables, usualControl } from './control-address.ts';

/** What the pipelines of an agent have in common. */
export interface BaseSettings {
  clusterName: string | undefined;
  flushSeconds: number;
  maxRetrySeconds: number;
  /** Bytes as Fluent Bit writes them: `32M`. */
  backlogMemory: string;
  logLevel: string;
}

/**
 * The configuration of an agent without its pipelines, which the sidecar adds as includes. Where the defaults of Fluent
 * Bit stop everybody for the sake of one, they are changed: with them a dead backend blocks every reload for ever
 * (fact: defaults-of-the-service).
 */
export function baseConfiguration(
  { clusterName, flushSeconds, maxRetrySeconds, ...settings }: BaseSettings,
  operator: Sections,
): string {
  const service = {
    flush: flushSeconds,
    // Shorter than a dead backend takes: what is not sent by then is on the disk.
    grace: 2,
    log_level: settings.logLevel,
    hot_reload: true,
    'hot_reload.ensure_thread_safety': false,
    // A reload that hangs for so long ends the process; the sidecar goes back to the last good before.
    'hot_reload.timeout': 120,
    http_server: true,
    // Whoever reaches it may reload, and a tenant's host name may resolve to the loopback: where it is nobody can guess.
    http_listen: `\${${controlVariables.host}}`,
    http_port: `\${${controlVariables.port}}`,
    health_check: true,
    'storage.path': `${stateDirectory}/chunks`,
    'storage.sync': 'normal',
    'storage.checksum': false,
    // The sidecar counts tasks by them.
    'storage.metrics': true,
    'storage.max_chunks_up': 128,
    'storage.backlog.mem_limit': settings.backlogMemory,
    // A chunk that a power failure tore would be retried for ever.
    'storage.delete_irrecoverable_chunks': true,
    'scheduler.base': 5,
    'scheduler.cap': maxRetrySeconds,
    'json.escape_unicode': false,
    // What JSON nests Fluent Bit follows by recursion, in answers of backends too: with the 64 KiB of its default an
    // answer of 3 KB ends everything. So much is enough for 512 KB, the most that is read of an answer; memory is taken
    // of it only as far as it is used (fact: recursion-in-json).
    coro_stack_size: 48 * 1024 * 1024,
  };
  const env = {
    ...(clusterName === undefined ? {} : { FLUENTBIND_CLUSTER_NAME: clusterName }),
    [controlVariables.host]: usualControl.host,
    [controlVariables.port]: String(usualControl.port),
  };
  const document = new Document({ env, service }, { version: '1.1' });
  document.commentBefore = ' The agent without its pipelines; written by fluentbind.';
  const own = document.toString({ lineWidth: 0 });
  return operator.length === 0 ? own : own + toYaml(" The operator's own inputs.", operator);
}
