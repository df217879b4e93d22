import { readTrialConfig } from '../../config/server-config.ts';
import { listenTrials } from '../../server/trials/listen-trials.ts';
import { readArguments } from '../arguments.ts';
import type { Io } from '../io.ts';

export const usage = `fluentbind trial

Serves trials to the hooks over HTTP or HTTPS: each starts a real Fluent Bit on a candidate, with stand-ins for what is
secret and without anything to read, and tells how that went. It is configured by environment variables: those of serve
for the server, FLUENTBIND_TRIAL_FLUENT_BIT (default fluent-bit), FLUENTBIND_TRIAL_CONCURRENCY (default: cores),
FLUENTBIND_TRIAL_QUEUE, FLUENTBIND_TRIAL_SECONDS, FLUENTBIND_TRIAL_MEMORY_MIB and FLUENTBIND_TRIAL_FOLDER. It needs no
network of its own. The hooks find it by FLUENTBIND_TRIAL_URL.`;

export async function trial(args: string[], io: Io): Promise<number> {
  readArguments(args, {});
  const { drain } = await listenTrials(readTrialConfig());
  await io.stopped;
  await drain();
  return 0;
}
