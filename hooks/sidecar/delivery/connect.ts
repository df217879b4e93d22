import type { LookupAddress } from 'node:dns';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { DeliveryCause } from '../../api/wire/delivery.ts';
import { deniedDestinations, destinationFault } from '../../fluentbit/policy/destinations.ts';
import type { Destination, DestinationTls } from './resolved-target.ts';

export interface ConnectTimes {
  lookup: number;
  connect: number;
  /** With TLS 1.3 a server says only after the handshake that it wants another certificate. */
  after: number;
}

const usualTimes: ConnectTimes = { lookup: 5000, connect: 5000, after: 700 };

/** Addresses that are tried, of those that a name has. */
const mostAddresses = 2;

type Read = (blob: string) => Buffer;

/**
 * Connects as Fluent Bit would, sends nothing, and says why it fails. The policy admitted the destination by its name;
 * an address that no backend has, such as the node itself, is not connected to.
 */
export async function connect(
  { host, port, tls }: Destination,
  read: Read,
  times: ConnectTimes = usualTimes,
): Promise<DeliveryCause | undefined> {
  const addresses = await lookup(host, times.lookup);
  if (addresses === undefined) return 'NameNotResolved';
  const allowed = addresses.filter(({ address }) => isBackend(address)).slice(0, mostAddresses);
  let cause: DeliveryCause | undefined = 'Unreachable';
  for (const { address } of allowed) {
    cause = await connectTo(address, { host, port, ...(tls === undefined ? {} : { tls }) }, read, times);
    if (cause === undefined) return undefined;
  }
  return cause;
}

function isBackend(address: string): boolean {
  return destinationFault(address, { allow: ['*'], deny: deniedDestinations }) === undefined;
}

/** As the system does, with its search domains. */
async function lookup(host: string, time: number): Promise<LookupAddress[] | undefined> {
  const { promises: dns } = process.getBuiltinModule('node:dns');
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, time, undefined).unref());
  return await Promise.race([dns.lookup(host, { all: true }).catch(() => undefined), late]);
}

function connectTo(
  address: string,
  { host, port, tls }: Destination,
  read: Read,
  times: ConnectTimes,
): Promise<DeliveryCause | undefined> {
  const net = process.getBuiltinModule('node:net');
  return new Promise((resolve) => {
    const sockets: Socket[] = [];
    const end = (cause: DeliveryCause | undefined) => {
      clearTimeout(timer);
      for (const socket of sockets) socket.destroy();
      resolve(cause);
    };
    let timer = setTimeout(end, times.connect, 'Timeout');
    const socket = net.connect({ host: address, port });
    sockets.push(socket);
    socket.on('error', ({ code }: NodeJS.ErrnoException) => end(causeOfError(code)));
    socket.once('connect', () => {
      if (tls === undefined) return end(undefined);
      socket.removeAllListeners('error');
      try {
        const secure = process.getBuiltinModule('node:tls').connect(options(tls, host, socket, read));
        sockets.unshift(secure);
        for (const failing of [secure, socket]) failing.on('error', () => end('TlsFailed'));
        // A server that is none of TLS closes.
        secure.once('close', () => end('TlsFailed'));
        secure.once('secureConnect', () => {
          clearTimeout(timer);
          timer = setTimeout(end, times.after, undefined);
          secure.removeAllListeners('close');
          secure.once('close', () => end(undefined));
          secure.resume();
        });
      } catch {
        // Certificate or key are none.
        end('TlsFailed');
      }
    });
  });
}

function causeOfError(code: string | undefined): DeliveryCause {
  if (code === 'ECONNREFUSED') return 'ConnectionRefused';
  return code === 'ETIMEDOUT' ? 'Timeout' : 'Unreachable';
}

function options(tls: DestinationTls, host: string, socket: Socket, read: Read): ConnectionOptions {
  const { unverified, named, ca, certificate, key, password, serverName = host } = tls;
  const isName = process.getBuiltinModule('node:net').isIP(serverName) === 0;
  return {
    socket,
    rejectUnauthorized: !unverified,
    // Only there does Fluent Bit compare the name.
    ...(named ? { host: serverName } : { checkServerIdentity: () => undefined }),
    ...(isName ? { servername: serverName } : {}),
    ...(ca === undefined ? {} : { ca: read(ca) }),
    ...(certificate === undefined ? {} : { cert: read(certificate) }),
    ...(key === undefined ? {} : { key: read(key) }),
    ...(password === undefined ? {} : { passphrase: password }),
  };
}
