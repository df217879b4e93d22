import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { httpTransport, retryAfter } from '../../../../hooks/engine/passes/http-transport.ts';

const now = Date.parse('2026-06-01T00:00:00Z');
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serving(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/hook`;
}

describe('a hook over HTTP', () => {
  it('gets JSON by POST, and its answer is read whatever it is', async () => {
    const url = await serving(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      response.statusCode = 418;
      response.end([request.method, request.url, request.headers['content-type'], body].join(' '));
    });
    expect(await httpTransport()(url, '{"ü":1}', 5000)).toEqual({
      status: 418,
      body: 'POST /hook application/json {"ü":1}',
      retryAfter: undefined,
    });
  });

  it('is not followed elsewhere', async () => {
    const url = await serving((_, response) => response.writeHead(302, { Location: '/other' }).end());
    expect(await httpTransport()(url, '{}', 5000)).toMatchObject({ status: 302 });
  });

  it.each([
    [429, 9],
    [503, undefined],
  ])('says with %s after how long to come again: %s', async (status, seconds) => {
    const url = await serving((_, response) => response.writeHead(status, { 'Retry-After': '9' }).end());
    expect((await httpTransport()(url, '{}', 5000)).retryAfter).toBe(seconds);
  });

  it.each([
    ['never answers', () => undefined],
    ['never ends its answer', (_, response) => response.writeHead(200).write('{')],
  ] as [string, RequestListener][])('that %s is given up', async (_, listener) => {
    const url = await serving(listener);
    await expect(httpTransport()(url, '{}', 50)).rejects.toThrow(/timeout/);
  });
});

describe('Retry-After', () => {
  it.each([
    [null, 0],
    ['5', 5],
    ['+5', 5],
    ['-5', 0],
    ['0', 0],
    ['1.5', 0],
    ['soon', 0],
    ['', 0],
    ['Mon, 01 Jun 2026 00:00:30 GMT', 30],
    ['Sun, 31 May 2026 23:59:30 GMT', 0],
    ['2026-06-01T00:00:30Z', 0],
  ])('%j: %s s', (header, seconds) => {
    expect(retryAfter(header, now)).toBe(seconds);
  });
});
