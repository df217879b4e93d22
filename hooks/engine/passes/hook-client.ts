import { type HookDefinition, webhookTimeout, webhookUrl } from '../definition.ts';
import { decodeReply, type Reply, ReplyError, type ReplyType } from './reply.ts';

/** What a webhook answered. */
export interface HookResponse {
  status: number;
  body: string;
  /** Seconds to wait, of a 429. */
  retryAfter?: number | undefined;
}

/** Sends a JSON body to the URL of a webhook, in process or over HTTP; rejects where there is no answer in time. */
export type HookTransport = (url: string, body: string, timeoutMilliseconds: number) => Promise<HookResponse>;

/** A failed call. Metacontroller leaves everything as it is and tries again. */
export class HookError extends Error {
  /** Of a 429: when to call again. Such a call is no failure to Metacontroller. */
  readonly retryAfter: number | undefined;

  constructor(message: string, retryAfter?: number) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/** Calls a hook as Metacontroller does: only 200 is success. The prefix is that of its error messages. */
export async function callHook<T extends ReplyType>(
  transport: HookTransport,
  hook: HookDefinition,
  type: T,
  request: unknown,
  prefix = '',
): Promise<Reply<T>> {
  if (hook.webhook === undefined) throw new HookError(`${prefix}the hook has no webhook`);
  const {
    status,
    body,
    retryAfter = 0,
  } = await transport(webhookUrl(hook.webhook), JSON.stringify(request), webhookTimeout(hook.webhook)).catch(
    (error: unknown) => {
      throw new HookError(`${prefix}http error: ${error instanceof Error ? error.message : String(error)}`);
    },
  );
  if (status === 429) throw new HookError(`${prefix}too many requests`, retryAfter);
  if (status !== 200) throw new HookError(`${prefix}unsupported status code: ${status} body: ${body}`);
  try {
    return decodeReply(type, body, hook);
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
    throw new HookError(`${prefix}can't unmarshal webhookResponse (version: ${hook.version}): ${error.message}`);
  }
}
