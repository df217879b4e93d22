import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** How a backend behaves. */
export interface Manner {
  /** Of its answers; those of a healthy one where it is not said. */
  status?: number;
  /** What a refusal says. */
  text?: string;
  /** A 200 that says that nothing was taken. */
  errors?: true;
  /** Accepts, and says nothing. */
  silent?: true;
  /** Listens at no port. */
  away?: true;
  tls?: TlsOptions;
}

const bulk = (status: number) =>
  JSON.stringify({ took: 1, errors: status >= 300, items: [{ create: { _index: 'i', status, error: 'x' } }] });

/** What a healthy one answers, and one that takes nothing with a 200. */
const answers: Record<string, { status: number; text: string; errors?: string }> = {
  http: { status: 200, text: '' },
  es: { status: 200, text: bulk(201).replace(',"error":"x"', ''), errors: bulk(400) },
  opensearch: { status: 200, text: bulk(201).replace(',"error":"x"', ''), errors: bulk(400) },
  splunk: { status: 200, text: '{"text":"Success","code":0}', errors: '{"text":"Invalid data format","code":6}' },
  loki: { status: 204, text: '' },
  opentelemetry: { status: 200, text: '{}' },
};

/** A backend for one output, at a port that stays the same while it behaves in one way or another. */
export class FailingBackend {
  readonly #plugin: string;
  readonly #host: string;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();
  port = 0;

  constructor(plugin: string, host: string) {
    this.#plugin = plugin;
    this.#host = host;
  }

  async behave(manner: Manner): Promise<void> {
    await this.stop();
    const server = this.#serverFor(manner);
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, this.#host, resolve);
    });
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    if (manner.away === true) await this.stop();
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serverFor(manner: Manner): Server {
    const { tls } = manner;
    if (this.#plugin === 'forward') return forwardServer(manner);
    const listener = answering(this.#plugin, manner);
    const server = tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener);
    server.on('tlsClientError', () => {});
    return server;
  }
}

function answering(plugin: string, { status, errors, silent, text = 'refused' }: Manner): RequestListener {
  return (request, response) => {
    request.resume();
    if (silent) return;
    const healthy = answers[plugin] ?? { status: 200, text: '' };
    request.on('end', () =>
      status === undefined
        ? response.writeHead(healthy.status).end(errors ? healthy.errors : healthy.text)
        : response.writeHead(status, { Connection: 'close' }).end(text),
    );
  };
}

/** Takes whatever comes; without TLS it closes where a handshake begins. */
function forwardServer({ tls, silent }: Manner): Server {
  const take = (socket: Socket) => {
    socket.on('error', () => {});
    if (silent) return void socket.pause();
    socket.on('data', (data: Buffer) => {
      if (tls === undefined && data[0] === 0x16) return void socket.destroy();
      // The option that asks for an acknowledgement: a short text behind its name.
      const at = data.indexOf('chunk') + 5;
      const length = (data[at] ?? 0) - 0xa0;
      if (at > 4 && length > 0 && length < 32)
        socket.write(Buffer.concat([Buffer.from('\x81\xa3ack', 'latin1'), data.subarray(at, at + 1 + length)]));
    });
  };
  if (tls === undefined) return createTcpServer(take);
  const server = createTlsServer(tls, take);
  server.on('tlsClientError', () => {});
  return server;
}

/** An address of this machine that is not its loopback, to which nobody connects only to see what is there. */
export function outerAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}
