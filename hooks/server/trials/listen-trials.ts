import { availableParallelism } from 'node:os';
import { type Logger, pino } from 'pino';
import { ConfigError } from '../../config/config-source.ts';
import type { TrialConfig } from '../../config/server-config.ts';
import { type Build, readBuild } from '../../trial/build.ts';
import { Trials } from '../../trial/queue.ts';
import { tryCandidate } from '../../trial/run.ts';
import { scratchParent } from '../../trial/scratch.ts';
import { makeStandIns } from '../../trial/stand-ins.ts';
import { listenTo, type Running } from '../listen.ts';
import { createMetrics } from '../metrics/hook-metrics.ts';
import { trialEndpoints } from './trial-endpoints.ts';

/** Serves trials. It needs no cluster, no network of its own and nothing that is secret. */
export async function listenTrials(
  config: TrialConfig,
  logger: Logger = pino({ level: config.server.logLevel }),
): Promise<Running> {
  const build = await builtOf(config.binary);
  const { seconds, memoryMiB } = config;
  const bench = {
    build,
    standIns: await makeStandIns(),
    limits: { seconds, cpuSeconds: seconds / 2, memoryMiB },
    parent: config.folder ?? scratchParent(),
  };
  const trials = new Trials({
    attempt: (candidate) => tryCandidate(candidate, bench),
    concurrency: config.concurrency ?? availableParallelism(),
    queue: config.queue,
  });
  const metrics = createMetrics();
  const mount = trialEndpoints({ trials, version: build.version, registry: metrics.registry });
  const context = () => ({ now: new Date(), settings: config.server.settings });
  const running = await listenTo(config.server, { routes: [], context, metrics, mount }, logger);
  return {
    port: running.port,
    drain: async () => {
      await running.drain();
      // Each of them ends a Fluent Bit and removes its folder.
      await trials.settled();
    },
  };
}

async function builtOf(binary: string): Promise<Build> {
  try {
    return await readBuild(binary);
  } catch (error) {
    const { code } = error as { code?: unknown };
    throw new ConfigError(`${binary} is no Fluent Bit that can be run${typeof code === 'string' ? `: ${code}` : ''}`);
  }
}
