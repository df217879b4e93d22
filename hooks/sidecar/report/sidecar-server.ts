import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { createServer } from '../../runtime/builtins.ts';
import type { AgentApi } from '../reload/agent-api.ts';
import type { SidecarMetrics } from './sidecar-metrics.ts';

export interface Health {
  /** Whether the loop of the sidecar goes round. */
  alive: () => boolean;
  /** Whether Fluent Bit runs with a configuration that was seen to work. */
  ready: () => boolean;
}

/**
 * Fluent Bit's own server listens on this machine only, for it reloads whoever asks: this one serves its metrics.
 *
 * @param strangersOnly nobody of this machine is answered: in a pod that is Fluent Bit alone, with an output of a tenant
 */
export function sidecarServer(
  agent: AgentApi,
  own: SidecarMetrics,
  health: Health,
  { strangersOnly = false } = {},
): Server {
  const answer = (response: ServerResponse, good: boolean) =>
    void response.writeHead(good ? 200 : 503, { 'Content-Type': 'text/plain' }).end(good ? 'ok' : 'failing');
  const metrics = async (response: ServerResponse) => {
    const theirs = await agent.metrics();
    response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' });
    response.write(own.text());
    if (theirs === undefined) return void response.end();
    theirs.on('error', () => response.destroy());
    response.on('close', () => theirs.destroy());
    theirs.pipe(response);
  };
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405).end();
    if (path === '/healthz') return answer(response, health.alive());
    if (path === '/readyz') return answer(response, health.ready());
    if (path === '/metrics') return void metrics(response).catch(() => response.destroy());
    response.writeHead(404).end();
  });
  if (strangersOnly)
    server.on('connection', (socket) => {
      if (isFromHere(socket)) socket.destroy();
    });
  return server;
}

/** By its source, which may be any address of this machine. */
function isFromHere({ remoteAddress = '' }: Socket): boolean {
  const address = remoteAddress.replace(/^::ffff:/, '');
  const own = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
  return address.startsWith('127.') || own.some((one) => one.address === address);
}
