import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type Socket, Server as SocketServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** For so long Metacontroller and the API server wait for an answer at most. */
const longestCallMilliseconds = 15_000;

/** Those who still come are accepted for so long. */
const queueMilliseconds = 5000;

/** A connection that was accepted at the end has so long to say what it wants, before it counts as idle. */
const firstByteMilliseconds = 1000;

/**
 * Ends a server without a reset of any call that it has accepted: `server.close()` of Node destroys each connection
 * that has not sent its request yet, though the request may lie in the buffer of the kernel.
 */
export class ServerEnd {
  readonly #server: Server;
  readonly #idle = new Set<Socket>();
  #accepted = 0;
  #begun = false;

  /** Before the server listens. */
  constructor(server: Server) {
    this.#server = server;
    const isTls = 'setSecureContext' in server;
    server.on(isTls ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.#accepted += 1;
      this.#idle.add(socket);
      socket.once('close', () => this.#idle.delete(socket));
    });
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.#idle.delete(socket);
      response.once('close', () => {
        if (!socket.destroyed) this.#idle.add(socket);
      });
    });
  }

  /** Whether nobody can connect any more. */
  get begun(): boolean {
    return this.#begun;
  }

  /**
   * Whoever waits to be accepted when a listener closes is reset by the kernel. One is accepted in each turn of the event
   * loop, so a few turns without any have found the queue empty.
   */
  async #queueEmpty(): Promise<void> {
    const until = Date.now() + queueMilliseconds;
    for (let quiet = 0; quiet < 3 && Date.now() < until; ) {
      const before = this.#accepted;
      await new Promise((resolve) => setImmediate(resolve));
      quiet = before === this.#accepted ? quiet + 1 : 0;
    }
  }

  /** Takes no more connections, and resolves when those that there are have ended. */
  async end(): Promise<void> {
    await this.#queueEmpty();
    const closed = new Promise<void>((resolve) =>
      SocketServer.prototype.close.call(this.#server, () => {
        resolve();
      }),
    );
    this.#begun = true;
    // Who was answered and goes on sending, or never sends all of it, holds up nobody.
    const patience = setTimeout(() => this.#server.closeAllConnections(), longestCallMilliseconds);
    const first = await Promise.race([closed.then(() => 'closed'), wait(firstByteMilliseconds)]);
    // Half closed: a client that sends at this moment reads an end and not a reset, and knows that it may try again.
    if (first !== 'closed') for (const socket of this.#idle) socket.end();
    await closed;
    clearTimeout(patience);
  }
}
