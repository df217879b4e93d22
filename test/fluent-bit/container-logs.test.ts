import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, fluentBit, node, podsApi } from '../support/fluent-bit/fluent-bit.ts';
import { make, World } from '../support/world.ts';

interface LogRecord {
  date: number;
  log: string;
  stream?: string;
  time?: string;
  kubernetes?: { pod_name: string; container_name: string };
  [key: string]: unknown;
}

const time = '2026-01-02T03:04:05.678123456Z';
const seconds = Date.parse(time) / 1000;

/** Lines as container runtimes write them. */
const cri = (log: string, stream = 'stdout', part = 'F') => `${time} ${stream} ${part} ${log}\n`;
const docker = (log: string, stream = 'stdout', more = {}) =>
  `${JSON.stringify({ log, stream, ...more, time })
    .replaceAll('<', '\\u003c')
    .replaceAll('&', '\\u0026')}\n`;

/** A backend without TLS that keeps records, and a pipeline to it that reads files of one pod. */
async function shipped(spec: object, files: Record<string, string>, count: number): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      records.push(...(JSON.parse(Buffer.concat(chunks).toString('utf8')) as LogRecord[]));
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const world = await World.start({ now: new Date().toISOString() });
  const policy = { destinations: { allow: ['127.0.0.1'] } };
  await world.apply(make.agent('here', { namespace: 'logging', shards: 2, policy }));
  const properties = { host: '127.0.0.1', port, format: 'json' };
  await world.apply(make.logging('logs', { ...spec, outputs: [{ plugin: 'http', properties }] }));
  expect(world.problems('LoggingConfiguration', 'logs')).toEqual([]);
  const metadata = { name: 'web', namespace: 'shop', uid: 'u', labels: { app: 'web' } };
  const api = await podsApi({ 'shop/web': { metadata } });
  const here = node();
  here.place(world, 'logs');
  for (const [name, content] of Object.entries(files)) {
    const path = join(here.folder, 'var/log/pods/shop_web_u', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  const agent = await here.start({ kubernetes: api.url });
  try {
    await eventually(() => records.length >= count);
  } finally {
    // What is still open comes with the end, and would be too many.
    expect(await agent.stop(), agent.output()).toBe(0);
    here.clean();
    await api.close();
    server.closeAllConnections();
    server.close();
  }
  expect(records).toHaveLength(count);
  return records;
}

const of = (records: readonly LogRecord[], container: string) =>
  records
    .filter(({ kubernetes }) => kubernetes?.container_name === container)
    .map(({ log, stream, time: at, date }) => ({ log, stream, time: at, date: Math.floor(date) }));
const line = (log: string, stream = 'stdout') => ({ log, stream, time, date: Math.floor(seconds) });
const texts = (records: readonly LogRecord[], stream: string) =>
  records.filter((record) => record.stream === stream).map(({ log }) => log);

/** With metadata from the path, and from the API server. */
const labels = { enrich: { labels: { include: ['app'] } } };
const both: [string, object][] = [
  ['the path', {}],
  ['the API server', labels],
];

describe.skipIf(fluentBit === undefined).concurrent('logs of containers in a real Fluent Bit', () => {
  it.each(both)('are records alike, of CRI and of Docker, with metadata from %s', async (_what, enrich) => {
    const longest = '\u0001'.repeat(16 * 1024);
    const records = await shipped(
      enrich,
      {
        'cri/0.log': [
          cri('plain'),
          cri('{"log":"inner\\n","stream":"stderr","time":"2020-01-01T00:00:00Z"}'),
          cri('part 1, ', 'stdout', 'P'),
          cri('in between', 'stderr'),
          cri('part 2'),
          cri(''),
        ].join(''),
        'docker/0.log': [
          docker('plain\n'),
          docker('{"log":"inner\\n","stream":"stderr"}\n'),
          docker('part 1, '),
          docker('in between\n', 'stderr'),
          docker('part 2\n'),
          docker('\n'),
          docker('<&> "é" \u2028 \\n\t\n'),
          docker('an stdout F of its own\n'),
          docker('with attributes\n', 'stdout', { attrs: { tag: 'a' } }),
          docker(longest),
          docker(longest),
          docker('x\n'),
          '{"log":"broken\n',
          'nothing of any runtime\n',
          docker('last\n'),
        ].join(''),
      },
      17,
    );
    expect(of(records, 'cri')).toEqual([
      line('plain'),
      line('{"log":"inner\\n","stream":"stderr","time":"2020-01-01T00:00:00Z"}'),
      line('in between', 'stderr'),
      line('part 1, part 2'),
      line(''),
    ]);
    const raw = (log: string) => ({ log, stream: undefined, time: undefined, date: expect.any(Number) });
    expect(of(records, 'docker')).toEqual([
      line('plain'),
      line('{"log":"inner\\n","stream":"stderr"}'),
      line('in between', 'stderr'),
      line('part 1, part 2'),
      line(''),
      line('<&> "é" \u2028 \\n\t'),
      line('an stdout F of its own'),
      line('with attributes'),
      line(`${longest}${longest}x`),
      raw('{"log":"broken'),
      raw('nothing of any runtime'),
      line('last'),
    ]);
    for (const record of records) expect(record).not.toHaveProperty('_p');
  });

  const joined = {
    multilineParsers: [
      {
        name: 'dated',
        properties: { type: 'regex', flush_timeout: 1000 },
        rules: [
          { state: 'start_state', regex: '/^\\d{4}-\\d{2}-\\d{2} /', next: 'cont' },
          { state: 'cont', regex: '/^(\\s|java|Caused)/', next: 'cont' },
        ],
      },
    ],
  };
  const filter = { plugin: 'multiline', properties: { 'multiline.key_content': 'log', 'multiline.parser': 'dated' } };
  it.each([
    ['spec.input.multiline', { ...joined, input: { multiline: ['dated'] } }],
    ['the same beside others', { ...joined, input: { multiline: ['java', 'go', 'dated'] } }],
    ['spec.input.multiline with labels', { ...joined, input: { multiline: ['dated'] }, ...labels }],
    ['a filter multiline', { ...joined, filters: [filter] }],
    ['a filter multiline with labels', { ...joined, filters: [filter], ...labels }],
  ])('have stack traces of one stream and container each, by %s', async (_what, spec) => {
    const trace = (pod: string) => [
      `2026-03-04 ERROR ${pod}`,
      'java.lang.IllegalStateException: x',
      '\tat com.example.A.a(A.java:1)',
      '\tat com.example.B.b(B.java:2)',
    ];
    const errors = ['OpenJDK warning: sharing is off', '2026-03-04 WARN from stderr', '  indented', 'plain'];
    const both = (write: typeof cri | typeof docker, end: string, pod: string) =>
      trace(pod)
        .flatMap((one, index) => [write(one + end), write(`${errors[index]}${end}`, 'stderr')])
        .join('');
    const files = { 'cri/0.log': both(cri, '', 'one'), 'docker/0.log': both(docker, '\n', 'two') };
    const records = await shipped(spec, files, 8);
    for (const [container, pod] of [
      ['cri', 'one'],
      ['docker', 'two'],
    ] as const) {
      const own = records.filter(({ kubernetes }) => kubernetes?.container_name === container);
      const clean = (log: string) => log.replaceAll(/\n+/g, '\n');
      expect(texts(own, 'stdout').map(clean)).toEqual([trace(pod).join('\n')]);
      expect(texts(own, 'stderr').map(clean).sort()).toEqual([
        '2026-03-04 WARN from stderr\n  indented',
        'OpenJDK warning: sharing is off',
        'plain',
      ]);
      for (const record of own) expect(record.kubernetes).toMatchObject({ pod_name: 'web', namespace_name: 'shop' });
    }
  });

  it.each(both)('are cut where a line is too long, and whole where it has parts: %s', async (_what, enrich) => {
    const longest = 128_000;
    const records = await shipped(
      enrich,
      {
        'cri/0.log': [
          cri('before'),
          cri('é'.repeat(100_000), 'stderr'),
          cri('between'),
          cri('x'.repeat(1_000_000)),
          cri('after'),
        ].join(''),
        'parts/0.log': cri('z'.repeat(16_384), 'stdout', 'P').repeat(100) + cri('end'),
      },
      6,
    );
    const own = of(records, 'cri');
    expect(own.map(({ log, ...rest }) => [log.slice(0, 8), rest.stream, rest.time])).toEqual([
      ['before', 'stdout', time],
      ['éééééééé', 'stderr', time],
      ['between', 'stdout', time],
      ['xxxxxxxx', 'stdout', time],
      ['after', 'stdout', time],
    ]);
    for (const { log } of [own[1], own[3]].flatMap((record) => record ?? [])) {
      expect(Buffer.byteLength(log)).toBeGreaterThan(longest - 100);
      expect(Buffer.byteLength(log)).toBeLessThan(longest);
      expect(log).toMatch(/^(é+|x+)$/);
    }
    expect(of(records, 'parts')).toEqual([line(`${'z'.repeat(1_638_400)}end`)]);
  });

  it('cannot end it, though a line of a file is JSON from its beginning', async () => {
    const levels = 63_900;
    const text = '['.repeat(levels) + ']'.repeat(levels);
    const records = await shipped({}, { 'cri/0.log': `${text}\n${'['.repeat(300_000)}\n${cri('after')}` }, 3);
    expect(records.map(({ log }) => log)).toEqual([text, expect.stringMatching(/^\[+$/), 'after']);
  });
});
