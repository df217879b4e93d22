import { readFileSync } from 'node:fs';
import { Agent as HttpsAgent } from 'node:https';
import type { Logger } from 'pino';
import { type Candidate, TrialVerdict } from '../api/wire/trial.ts';
import type { TrialServerAddress } from '../config/server-config.ts';
import type { Trial } from '../kit/controller.ts';
import { Agent } from '../runtime/builtins.ts';
import { exchange } from '../runtime/http-exchange.ts';

/** A hook has to answer within 5 s; the server says `pending` after 3. */
const limits = { total: 4000, connect: 1000 };
/** So many failures in a row, and nobody waits for an answer for a while. */
const failuresToOpen = 3;
const openMilliseconds = 15_000;

type Answer = Awaited<ReturnType<Trial>>;

/** Asks a trial server. One that fails again and again is left alone for a while: hooks do not wait for it each time. */
export function trialClient(
  address: TrialServerAddress,
  logger: Pick<Logger, 'warn'>,
  now: () => number = Date.now,
): Trial {
  const target = new URL('trial', address.url.endsWith('/') ? address.url : `${address.url}/`);
  const agent = target.protocol === 'https:' ? new HttpsAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  let failures = 0;
  let closedAt = 0;
  return async (candidate) => {
    if (now() < closedAt) return 'unavailable';
    // While it is probed, others need not wait too.
    if (failures >= failuresToOpen) closedAt = now() + openMilliseconds;
    try {
      const answer = await ask(target, agent, candidate, address);
      failures = 0;
      closedAt = 0;
      return answer;
    } catch (error) {
      failures += 1;
      if (failures >= failuresToOpen) closedAt = now() + openMilliseconds;
      logger.warn({ trial: target.host, error: error instanceof Error ? error.message : 'unknown' }, 'no trial');
      return 'unavailable';
    }
  };
}

async function ask(
  target: URL,
  agent: InstanceType<typeof Agent>,
  candidate: Candidate,
  { tokenFile, caFile }: TrialServerAddress,
): Promise<Answer> {
  const body = Buffer.from(JSON.stringify(candidate));
  const token = tokenFile === undefined ? undefined : readFileSync(tokenFile, 'utf8').trim().split('\n')[0];
  const options = {
    method: 'POST',
    agent,
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': body.length,
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
  };
  const { status, text } = await exchange(target, options, body, limits);
  if (status === 200) return TrialVerdict.parse(JSON.parse(text));
  // It does not know yet, or has too much to do: either way it is there.
  if (status === 202 || status === 503) return 'pending';
  throw new Error(`status ${status}`);
}
