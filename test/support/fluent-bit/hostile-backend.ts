import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/** What a backend does once it has read the head of a request, or the first bytes of anything else. */
type Behaviour = (socket: Socket) => void;

const head = (status: string, ...headers: string[]) => `HTTP/1.1 ${[status, ...headers].join('\r\n')}\r\n\r\n`;
const whole = (status: string, body: string | Buffer, ...headers: string[]): Behaviour => {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return (socket) => {
    socket.write(head(status, 'Content-Type: application/json', length, ...headers));
    socket.write(body);
  };
};
/** No more than so much to one connection. */
const mostBytes = 256 * 1024 * 1024;
const flood =
  (first: string, piece: string): Behaviour =>
  (socket) => {
    const block = Buffer.from(piece.repeat(Math.ceil(65_536 / piece.length)));
    let sent = 0;
    const more = () => {
      while (!socket.destroyed && sent < mostBytes && socket.write(block)) sent += block.length;
    };
    socket.on('drain', more);
    socket.write(first);
    more();
  };
const slowly =
  (text: string): Behaviour =>
  (socket) => {
    let at = 0;
    const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ''), 1000);
    socket.once('close', () => clearInterval(timer));
  };
const nested = `{"errors":false,"items":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;

/** All that backends do to those who send to them, by name. */
export const behaviours = {
  silent: () => {},
  deaf: (socket) => void socket.pause(),
  closes: (socket) => void socket.end(),
  resets: (socket) => void socket.resetAndDestroy(),
  drips: slowly('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{"a":"'),
  garbage: (socket) => void socket.write(Buffer.from('\x00\xff\x16\x03\x01HTTP/9.9 banana\r\n\r\n\x00', 'latin1')),
  'no end of a body': flood(head('200 OK', 'Content-Type: application/json', 'Connection: keep-alive'), '{"a":1}'),
  'no end of chunks': flood(
    head('200 OK', 'Transfer-Encoding: chunked'),
    '10000\r\n'.concat('x'.repeat(0x10000), '\r\n'),
  ),
  'no end of headers': flood('HTTP/1.1 200 OK\r\n', 'X-A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n'),
  'a negative length': (socket) => void socket.write(head('200 OK', 'Content-Length: -1')),
  'a huge length': (socket) => void socket.write(head('200 OK', 'Content-Length: 99999999999999999999')),
  nested: whole('200 OK', nested),
  'errors of a bulk': whole(
    '200 OK',
    '{"took":1,"errors":true,"items":[{"create":{"status":400,"error":{"type":"x"}}}]}',
  ),
  'a bomb': whole('200 OK', gzipSync(Buffer.alloc(64 * 1024 * 1024)), 'Content-Encoding: gzip'),
  redirect: whole('302 Found', '', 'Location: http://127.0.0.1/'),
  unauthorized: whole('401 Unauthorized', 'Bearer planted'),
  'too large': whole('413 Payload Too Large', ''),
  overloaded: whole('503 Service Unavailable', 'x'.repeat(100_000), 'Retry-After: 99999999'),
} satisfies Record<string, Behaviour>;

export interface HostileBackend {
  port: number;
  /** Whether anything that it got has this text. */
  got: (text: string) => boolean;
  connections: () => number;
  close: () => void;
}

/** A server with one behaviour, for HTTP and for all else that talks over TCP. */
export async function hostileBackend(behave: Behaviour): Promise<HostileBackend> {
  const sockets = new Set<Socket>();
  let [received, connections] = ['', 0];
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    let begun = false;
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      // What is looked for stands near the end, too.
      received = (received + chunk.toString('latin1')).slice(-4_000_000);
      if (!begun) behave(socket);
      begun = true;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    got: (text) => received.includes(text),
    connections: () => connections,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
