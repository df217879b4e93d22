import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, fluentBit, type Running, run } from '../../support/fluent-bit/fluent-bit.ts';
import { removeTree } from '../../support/remove-tree.ts';
import { problemsOf } from '../../support/rendered-spec.ts';

type Properties = Record<string, string | boolean>;

/** What a request of Fluent Bit looks like. */
interface Request {
  authorization: boolean;
  path: string;
  /** The first line of a bulk ends with a line feed and not with a NUL. */
  whole: boolean;
}

const x = (bytes: number) => 'x'.repeat(bytes);
const credentials = (bytes: number) => ({ http_user: 'fluent', http_passwd: x(bytes - 6) });
const authorized = ({ authorization }: Request) => authorization;
const ends = (end: string) => (request: Request) => request.path.endsWith(end);
const whole = (request: Request) => request.whole;

/** Two sets of properties, of which Fluent Bit does as it should with the first only. */
const edges: [plugin: string, fits: Properties, tooLong: Properties, well: (request: Request) => boolean][] = [
  ['http', { format: 'json', ...credentials(761) }, { format: 'json', ...credentials(762) }, authorized],
  ['loki', credentials(761), credentials(762), authorized],
  ['opensearch', credentials(761), credentials(762), authorized],
  ['es', credentials(761), credentials(762), authorized],
  ['es', { cloud_auth: `u:${x(760)}` }, { cloud_auth: `u:${x(761)}` }, authorized],
  ['splunk', credentials(761), credentials(762), authorized],
  [
    'kafka-rest',
    { url_path: `/${x(99)}`, topic: `${x(145)}z` },
    { url_path: `/${x(99)}`, topic: `${x(146)}z` },
    ends('z'),
  ],
  [
    'opensearch',
    { path: `/${x(900)}`, pipeline: `${x(103)}z` },
    { path: `/${x(900)}`, pipeline: `${x(104)}z` },
    ends('z'),
  ],
  ['es', { index: x(124), write_operation: 'create' }, { index: x(125), write_operation: 'create' }, whole],
  [
    'es',
    { index: x(79), generate_id: true, write_operation: 'create' },
    { index: x(80), generate_id: true, write_operation: 'create' },
    whole,
  ],
];

describe.skipIf(fluentBit === undefined)('a buffer of fixed size in a real Fluent Bit', () => {
  const folder = mkdtempSync(join(tmpdir(), 'buffers-'));
  const servers: Server[] = [];
  const seen = new Map<number, Request>();
  let agent: Running;

  async function sink(): Promise<number> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.set(request.socket.localPort ?? 0, {
          authorization: request.headers.authorization !== undefined,
          path: request.url ?? '',
          whole: !Buffer.concat(chunks).includes(0),
        });
        response.end('{"errors":false,"items":[]}');
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  const ports: [fits: number, tooLong: number][] = [];

  beforeAll(async () => {
    const outputs: object[] = [];
    for (const [name, ...both] of edges) {
      const pair: [number, number] = [await sink(), await sink()];
      ports.push(pair);
      for (const index of [0, 1] as const)
        outputs.push({
          name,
          match: '*',
          host: '127.0.0.1',
          port: pair[index],
          workers: 0,
          ...(both[index] as object),
        });
    }
    const inputs = [{ name: 'dummy', tag: 't', samples: 1 }];
    const service = { flush: 0.2, grace: 1, log_level: 'error' };
    writeFileSync(join(folder, 'fluent-bit.yaml'), JSON.stringify({ service, pipeline: { inputs, outputs } }));
    agent = await run(['-c', 'fluent-bit.yaml'], folder);
    await eventually(() => seen.size === 2 * edges.length);
  });
  afterAll(async () => {
    await agent.stop();
    for (const server of servers) server.close().closeAllConnections();
    removeTree(folder);
  });

  it.each(edges.map((edge, index) => [edge[0], Object.keys(edge[1]).join(' and '), index] as const))(
    'of %s for %s has the limit that is refused',
    (plugin, _, index) => {
      const [, fits, tooLong, well] = edges[index] as (typeof edges)[number];
      const [fine, cut] = (ports[index] ?? []).map((port) => seen.get(port));
      expect(fine !== undefined && well(fine)).toBe(true);
      expect(cut !== undefined && well(cut)).toBe(false);
      const problems = (properties: Properties) =>
        problemsOf({ outputs: [{ plugin, properties: { host: 'a.example.com', splunk_token: 'a', ...properties } }] })
          .filter(({ path }) => !path.endsWith('splunk_token'))
          .map(({ reason }) => reason);
      expect(problems(fits)).toEqual([]);
      expect(problems(tooLong)).toEqual(['InvalidValue']);
    },
  );
});
