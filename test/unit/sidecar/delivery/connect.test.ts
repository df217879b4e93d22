import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../../hooks/sidecar/delivery/connect.ts';
import type { DestinationTls } from '../../../../hooks/sidecar/delivery/resolved-target.ts';
import { outerAddress } from '../../../support/fluent-bit/failing-backend.ts';
import { type Authority, authority, type Issued } from '../../../support/input/issued-certificates.ts';

const outer = outerAddress();
const times = { lookup: 2000, connect: 300, after: 100 };
const servers: Server[] = [];
let good: Authority;
let server: Issued;
let foreign: Issued;
let files: Record<string, string>;

beforeAll(async () => {
  good = await authority('Good CA', new Date());
  server = await good.issue({ name: 'backend' });
  foreign = await (await authority('Foreign CA', new Date())).issue({ name: 'backend' });
  const client = await good.issue({ name: 'client' });
  files = { ca: good.certificate, cert: client.certificate, key: client.key, none: 'x' };
});
afterEach(() => {
  for (const one of servers.splice(0)) one.close();
});

async function listening(one: Server, host = outer): Promise<number> {
  servers.push(one);
  one.on('connection', (socket) => socket.on('error', () => {}));
  one.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => one.listen(0, host, resolve));
  return (one.address() as AddressInfo).port;
}
const to = (port: number, tls?: Partial<DestinationTls>, host = outer ?? '') =>
  connect(
    { host, port, ...(tls === undefined ? {} : { tls: { unverified: false, named: false, ...tls } }) },
    (blob) => Buffer.from(files[blob] ?? ''),
    times,
  );
const tlsServer = (options: TlsOptions) =>
  createTlsServer({ key: server.key, cert: server.certificate, ...options }, () => {});

it.each(['localhost', '127.0.0.1', '127.9.9.9', '::1', '0.0.0.0', '169.254.169.254'])(
  'nobody connects to %s, though it listens',
  async (host) => {
    let connections = 0;
    const port = await listening(
      createServer(() => (connections += 1)),
      '::',
    );
    expect(await to(port, undefined, host)).toBe('Unreachable');
    expect(connections).toBe(0);
  },
);

it('a name without an address', async () => {
  expect(await to(80, undefined, 'logs.invalid')).toBe('NameNotResolved');
});

describe.skipIf(outer === undefined)('a backend', () => {
  it('that listens, or not', async () => {
    const port = await listening(createServer());
    expect(await to(port)).toBeUndefined();
    servers.pop()?.close();
    expect(await to(port)).toBe('ConnectionRefused');
  });

  it('with TLS', async () => {
    const port = await listening(tlsServer({}));
    expect(await to(port, { ca: 'ca' })).toBeUndefined();
    expect(await to(port, { unverified: true })).toBeUndefined();
    expect(await to(port, {})).toBe('TlsFailed');
    expect(await to(port, { ca: 'none' })).toBe('TlsFailed');
  });

  it('whose name is compared only where that is asked for', async () => {
    const port = await listening(tlsServer({}));
    expect(await to(port, { ca: 'ca', serverName: 'backend', named: true })).toBeUndefined();
    expect(await to(port, { ca: 'ca', serverName: 'another', named: true })).toBe('TlsFailed');
    expect(await to(port, { ca: 'ca', serverName: 'another' })).toBeUndefined();
  });

  it('of another authority', async () => {
    const port = await listening(tlsServer({ key: foreign.key, cert: foreign.certificate }));
    expect(await to(port, { ca: 'ca' })).toBe('TlsFailed');
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('that wants a certificate, by %s', async (version) => {
    const wants = { requestCert: true, rejectUnauthorized: true, ca: good.certificate };
    const port = await listening(tlsServer({ ...wants, minVersion: version, maxVersion: version }));
    expect(await to(port, { ca: 'ca' })).toBe('TlsFailed');
    expect(await to(port, { ca: 'ca', certificate: 'cert', key: 'key' })).toBeUndefined();
    expect(await to(port, { ca: 'ca', certificate: 'cert', key: 'none' })).toBe('TlsFailed');
  });

  it('without TLS at a port for it', async () => {
    expect(await to(await listening(createHttpServer()), { ca: 'ca' })).toBe('TlsFailed');
    expect(await to(await listening(createServer((socket) => socket.destroy())), { ca: 'ca' })).toBe('TlsFailed');
  });

  it('that never says anything', async () => {
    expect(await to(await listening(createServer()), { ca: 'ca' })).toBe('Timeout');
  });
});
