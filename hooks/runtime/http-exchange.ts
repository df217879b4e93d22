import type { RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { request as httpRequest } from './builtins.ts';

/** Limits of an exchange, in milliseconds. */
export interface Limits {
  /** Without a byte in either direction. */
  idle?: number;
  /** Until there is a connection. */
  connect?: number;
  /** From the first step to the last byte. */
  total?: number;
}

export interface Answer {
  status: number;
  text: string;
}

/** Sends one HTTP or HTTPS request and reads the whole answer. Rejects where there is none within the limits. */
export function exchange(target: URL, options: RequestOptions, body: string | Buffer, limits: Limits): Promise<Answer> {
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
    call.on('error', reject);
    const { idle, connect, total } = limits;
    if (idle !== undefined)
      call.setTimeout(idle, () => call.destroy(new Error(`no answer in ${Math.round(idle / 1000)} s`)));
    const connecting = endAfter(connect, 'no connection');
    const answering = endAfter(total, 'no answer');
    call.on('socket', (socket) => {
      const connected = () => clearTimeout(connecting);
      if (socket.connecting) socket.once('connect', connected);
      else connected();
    });
    call.on('close', () => {
      clearTimeout(connecting);
      clearTimeout(answering);
    });
    call.end(body);

    function endAfter(milliseconds: number | undefined, message: string): NodeJS.Timeout | undefined {
      return milliseconds === undefined ? undefined : setTimeout(() => call.destroy(new Error(message)), milliseconds);
    }
  });
}
