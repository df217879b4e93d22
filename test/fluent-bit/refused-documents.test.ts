import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, fluentBit, node } from '../support/fluent-bit/fluent-bit.ts';
import { localCluster } from '../support/fluent-bit/tenants-on-a-node.ts';
import { freePort } from '../support/free-port.ts';
import { make } from '../support/world.ts';

/** A line of a bulk with what came of it. */
interface Document {
  id: string | undefined;
  a: unknown;
  at: string;
}

/** OpenSearch, as far as a bulk goes: it keeps one document for each id, and refuses what does not fit its mapping. */
async function index() {
  const kept: Document[] = [];
  let [bulks, ids] = [0, 0];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bulks += 1;
      const lines = Buffer.concat(chunks).toString('utf8').trim().split('\n');
      const items = [];
      for (let at = 0; at < lines.length; at += 2) {
        const [[action, { _id: id }]] = Object.entries(JSON.parse(lines[at] ?? '{}')) as [[string, { _id?: string }]];
        const document = JSON.parse(lines[at + 1] ?? '{}') as Record<string, unknown>;
        const status = typeof document['a'] === 'number' ? 201 : 400;
        items.push({ [action]: status === 201 ? { status } : { status, error: { type: 'mapper_parsing_exception' } } });
        if (status !== 201) continue;
        ids += 1;
        const known = kept.findIndex((one) => one.id === (id ?? String(ids)));
        if (known < 0) kept.push({ id: id ?? String(ids), a: document['a'], at: String(document['@timestamp']) });
      }
      const errors = items.some((item) => Object.values(item).some(({ status }) => status !== 201));
      response.end(JSON.stringify({ took: 1, errors, items }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    kept,
    bulks: () => bulks,
    close: () => server.close().closeAllConnections(),
  };
}

const json = {
  parsers: [{ name: 'j', properties: { format: 'json' } }],
  filters: [{ plugin: 'parser', properties: { key_name: 'log', parser: 'j', reserve_data: true } }],
};
const lines = ['{"a":1}', '{"a":"POISON"}', '{"a":2}', '{"a":2}'];

describe.skipIf(fluentBit === undefined)('a bulk with a refused document', () => {
  let backend: Awaited<ReturnType<typeof index>>;

  beforeAll(async () => {
    backend = await index();
  });
  afterAll(() => backend.close());

  it('leaves one copy of each of the others, is tried a bounded number of times, and is counted', async () => {
    const world = await localCluster();
    const properties = { host: '127.0.0.1', port: backend.port, index: 'logs', suppress_type_name: true };
    const name = 'logs';
    await world.apply(make.logging(name, { ...json, outputs: [{ plugin: 'opensearch', properties }] }));
    expect(world.file(name)).toContain('retry_limit: 2000');
    // As few attempts as a test has time for.
    await world.apply(
      make.logging(name, {
        ...json,
        outputs: [{ plugin: 'opensearch', properties: { ...properties, retry_limit: 2 } }],
      }),
    );
    const here = node();
    here.place(world, name);
    for (const line of lines) here.log({ namespace: 'shop', name: 'web' }, 'app', line);
    const http = await freePort();
    const agent = await here.start({
      service: `  scheduler.base: 1\n  scheduler.cap: 1\n  http_server: on\n  http_port: ${http}\n`,
    });
    try {
      await eventually(() => agent.output().includes('cannot be retried'));
      expect(backend.bulks()).toBe(3);
      // Two equal lines of different nanoseconds stay two.
      expect(backend.kept.map(({ a }) => a).sort()).toEqual([1, 2, 2]);
      for (const { id, at } of backend.kept) {
        expect(id).toMatch(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
        expect(at).toMatch(/\.\d{9}Z$/);
      }
      // Of the whole chunk: Fluent Bit does not tell which of its records were taken.
      const dropped = /^fluentbit_output_dropped_records_total\{.*\} 4$/m;
      let metrics = '';
      await eventually(() => {
        void fetch(`http://127.0.0.1:${http}/api/v2/metrics/prometheus`)
          .then((response) => response.text())
          .then((text) => (metrics = text));
        return dropped.test(metrics);
      });
    } finally {
      await agent.stop();
      here.clean();
    }
  });
});
