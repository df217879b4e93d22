import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Logger } from 'pino';
import { type Candidate, TrialVerdict } from '../api/wire/trial.ts';
import type { TrialServerAddress } from '../config/server-config.ts';
import type { Trial } from '../kit/controller.ts';
import { Agent, request as httpRequest } from '../runtime/builtins.ts';

/** A hook has to answer within 5 s; the server says `pending` after 3. */
const answerMilliseconds = 4000;
const connectMilliseconds = 1000;
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
  const { status, text } = await exchange(target, options, body);
  if (status === 200) return TrialVerdict.parse(JSON.parse(text));
  // It does not know yet, or has too much to do: either way it is there.
  if (status === 202 || status === 503) return 'pending';
  throw new Error(`status ${status}`);
}

function exchange(target: URL, options: RequestOptions, body: Buffer): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const call = send(target, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    const connecting = setTimeout(() => call.destroy(new Error('no connection')), connectMilliseconds);
    const answering = setTimeout(() => call.destroy(new Error('no answer')), answerMilliseconds);
    call.on('socket', (socket) => {
      const connected = () => clearTimeout(connecting);
      if (socket.connecting) socket.once('connect', connected);
      else connected();
    });
    call.on('close', () => {
      clearTimeout(connecting);
      clearTimeout(answering);
    });
    call.on('error', reject);
    call.end(body);
  });
}
