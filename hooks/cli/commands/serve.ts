import { setFlagsFromString } from 'node:v8';
import { readServerConfig } from '../../config/server-config.ts';
import { controllers } from '../../controllers/index.ts';
import { listen } from '../../server/listen.ts';
import { readArguments } from '../arguments.ts';
import type { Io } from '../io.ts';

export const usage = `fluentbind serve

Serves the hooks to Metacontroller over HTTP or HTTPS. It is configured by environment variables (FLUENTBIND_PORT,
FLUENTBIND_TLS_CERT_FILE, FLUENTBIND_TLS_KEY_FILE, FLUENTBIND_TOKEN_FILE, FLUENTBIND_DIGEST_KEY_FILE …).`;

export async function serve(args: string[], io: Io): Promise<number> {
  readArguments(args, {});
  // Under a limit of some hundred MiB V8 lets a heap grow by a sixth before it looks through all of it again, and what
  // is remembered of a thousand pipelines would be looked through every few seconds.
  setFlagsFromString('--heap-growing-percent=100');
  const { drain } = await listen(readServerConfig(), controllers);
  await io.stopped;
  await drain();
  return 0;
}
