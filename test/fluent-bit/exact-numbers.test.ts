import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { TemplateSpec } from '../../hooks/api/kinds/template.ts';
import { packageFile } from '../../hooks/runtime/package-file.ts';
import { eventually, fluentBit, node } from '../support/fluent-bit/fluent-bit.ts';
import { localCluster } from '../support/fluent-bit/tenants-on-a-node.ts';
import { make, World } from '../support/world.ts';

/** A number as an application writes it, and as a backend gets it. */
const numbers: [written: string, sent: string][] = [
  ['0', '0'],
  ['-1', '-1'],
  ['4294967296', '4294967296'],
  ['9007199254740991', '9007199254740991'],
  ['9007199254740993', '9007199254740993'],
  ['-9007199254740993', '-9007199254740993'],
  ['1099511627776000123', '1099511627776000123'],
  ['1772593560000000001', '1772593560000000001'],
  ['9223372036854775807', '9223372036854775807'],
  ['9223372036854775808', '9223372036854775808'],
  ['18446744073709551615', '18446744073709551615'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['1.0', '1.0'],
  ['-0.0', '-0.0'],
  ['100.0', '100.0'],
  ['0.1', '0.1'],
  ['-2.5e-7', '-2.5e-07'],
  ['5e-324', '4.940656458412465e-324'],
  ['1.7976931348623157e308', '1.797693134862316e+308'],
];

/** Lines around a number; each has to come to the backend with the number as it is. */
const lines: [what: string, line: (number: string) => string][] = [
  ['alone', (n) => `{"n":${n}}`],
  ['beside a message', (n) => `{"level":"info","message":"a \\"b\\"\\n","n": ${n} , "time":"x"}`],
  ['under a key with a dot', (n) => `{"msg":"m","the.n/x":${n},"date":"d"}`],
  ['deep', (n) => `{"a.b":[{"c.d":{"n":[1,${n},{"e":${n}}]}}]}`],
];

const template = parse(readFileSync(packageFile('templates/sap-cloud-logging/template.yaml'), 'utf8')) as {
  spec: TemplateSpec;
};
const { parsers, filters } = template.spec;

/** What the parser of Fluent Bit would refuse, or take a part of. */
const notStrict = [
  '{"n":1e400}',
  '{"n":01}',
  '{"n":1} and more',
  '{"n":1,}',
  '{"a.b":NaN}',
  '[1]',
  '{"a":"\\ud800"}',
  '{',
];

/** Lines with odd contents, and what the backend gets. */
const odd: [line: string, sent: object][] = [
  ['{"kubernetes":"forged","stream":"forged","_p":1,"x":1}', { stream: 'stdout', x: 1, _p: 1 }],
  [' {"a":1,"a":2,"a.b":3,"a_b":4,"a/b":5} ', { a: 2, a_b: 4, a_b_2: 3, a_b_3: 5 }],
  ['{"log":"\\u001b[31mred\\u001b[0m","y":null,"z":[],"w":{}}', { log: 'red', msg: 'red', y: null, z: [], w: {} }],
  ['{"msg":{"a":1},"message":"gr\\u00fc\\u00dfe \\ud83d\\ude00 \\/"}', { msg: 'grüße 😀 /', message: 'grüße 😀 /' }],
  ['{}', { stream: 'stdout' }],
];

describe.skipIf(fluentBit === undefined)('numbers of JSON lines', () => {
  /** Bodies by path, a record a line. */
  const got = { template: [] as string[], plain: [] as string[] };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      got[request.url === '/plain' ? 'plain' : 'template'].push(
        ...Buffer.concat(chunks).toString('utf8').trim().split('\n'),
      );
      response.end();
    });
  });
  const written = [
    ...lines.flatMap(([, line]) => numbers.map(([number]) => line(number))),
    ...notStrict,
    ...odd.map(([line]) => line),
  ];

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const world = await localCluster();
    const here = node();
    const pipelines = {
      template: { parsers, filters },
      plain: { parsers, filters: [{ plugin: 'parser', properties: { key_name: 'log', parser: 'json' } }] },
    };
    for (const [name, spec] of Object.entries(pipelines)) {
      const properties = { host: '127.0.0.1', port, uri: `/${name}`, format: 'json_lines' };
      await world.apply(make.logging(name, { ...spec, outputs: [{ plugin: 'http', properties }] }));
      here.place(world, name);
    }
    for (const line of written) here.log({ namespace: 'shop', name: 'web' }, 'app', line);
    const agent = await here.start();
    try {
      await eventually(() => got.template.length >= written.length && got.plain.length >= written.length);
    } finally {
      await agent.stop();
      here.clean();
    }
  });
  afterAll(() => server.close().closeAllConnections());

  it('come through the bundled template as they are written', () => {
    const expected = (sent: string) => [
      `"n":${sent}`,
      `"message":"a \\"b\\"\\n","n":${sent},"msg":"a \\"b\\"\\n"`,
      `"msg":"m","the_n_x":${sent},"original_date":"d"`,
      `"a_b":[{"c_d":{"n":[1,${sent},{"e":${sent}}]}}]`,
    ];
    for (const [of, [what]] of lines.entries())
      for (const [at, [number, sent]] of numbers.entries())
        expect(got.template[of * numbers.length + at], `${number} ${what}`).toContain(expected(sent)[of]);
  });

  it('are those that come without any Lua', () => {
    for (const [at, [number, sent]] of numbers.entries()) expect(got.plain[at], number).toContain(`"n":${sent}`);
  });

  it('lines that are not strict JSON stay whole', () => {
    const records = got.template.slice(-notStrict.length - odd.length).map((record) => JSON.parse(record) as object);
    for (const [at, line] of notStrict.entries()) expect(records[at]).toMatchObject({ log: line, msg: line });
  });

  it('lines with odd contents come whole, and each field once', () => {
    const records = got.template.slice(-odd.length).map((record) => JSON.parse(record) as object);
    for (const [at, [, sent]] of odd.entries()) expect(records[at]).toMatchObject(sent);
    for (const record of got.template)
      for (const field of ['"time":', '"stream":', '"kubernetes":', '"msg":', '"_json":'])
        expect(record.split(field).length, `${field} in ${record}`).toBeLessThan(3);
  });
});

describe.skipIf(fluentBit === undefined)('numbers of records that inputs of the agent received', () => {
  /** With and without what the pipeline does to its copies. */
  const pipelines: [name: string, spec: object, sent: RegExp][] = [
    ['plain', {}, /"kubernetes":\{"a":18446744073709551615,"cluster_name":"forged"\}/],
    ['parsed', { parsers }, /"kubernetes":\{"a":18446744073709551615,"cluster_name":"forged"\}/],
    [
      'named',
      { parsers, enrich: { clusterName: true } },
      /"kubernetes":\{"a":18446744073709551615,"cluster_name":"unknown"\}/,
    ],
  ];
  const records = [
    '{"log":"l","n":1099511627776000123,"f":1.0,"kubernetes":{"a":18446744073709551615,"cluster_name":"forged"}}',
    '{"log":"l","n":1099511627776000123,"f":1.0,"kubernetes":"a text"}',
    '{"log":"l","n":1099511627776000123,"f":1.0}',
  ];

  it('are those that were sent', async () => {
    const got = new Map<string, string[]>();
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const path = (request.url ?? '').slice(1);
        got.set(path, [...(got.get(path) ?? []), ...Buffer.concat(chunks).toString('utf8').trim().split('\n')]);
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const world = await World.start({ now: new Date().toISOString() });
    const inputs = [{ id: 'devices', plugin: 'forward', port: 24224, namespaces: ['shop'] }];
    const policy = { destinations: { allow: ['*', '127.0.0.1'] }, code: 'Any' };
    await world.apply(
      make.namespace('logging'),
      make.namespace('shop'),
      make.agent('here', { namespace: 'logging', inputs, policy }),
    );
    const here = node();
    for (const [name, spec] of pipelines) {
      const properties = { host: '127.0.0.1', port, uri: `/${name}`, format: 'json_lines' };
      const input = { from: 'devices' };
      await world.apply(make.logging(name, { ...spec, input, outputs: [{ plugin: 'http', properties }] }));
      expect(world.condition('LoggingConfiguration', name, 'Rendered')).toMatchObject({ status: 'True' });
      here.place(world, name);
    }
    // In the place of the base configuration, which marks what comes in.
    const dummies = records.map((dummy) => ({ name: 'dummy', tag: 'operator.devices', samples: 1, dummy }));
    const mark = { name: 'modify', match: 'operator.*', set: '_fluentbind_input 1' };
    const base = JSON.stringify({ inputs: dummies, filters: [mark] });
    const agent = await here.start({ service: `pipeline: ${base}\n` });
    try {
      await eventually(() => pipelines.every(([name]) => got.get(name)?.length === records.length));
      for (const [name, , kubernetes] of pipelines) {
        for (const record of got.get(name) ?? []) {
          expect(record, name).toMatch(/"n":1099511627776000123,"f":1\.0/);
          expect(record, name).not.toMatch(/_fluentbind|"kubernetes":.*"kubernetes":/);
        }
        expect(got.get(name)?.filter((record) => kubernetes.test(record))).toHaveLength(1);
        if (name === 'named')
          expect(got.get(name)?.filter((record) => record.includes('{"cluster_name":"unknown"}'))).toHaveLength(2);
      }
    } finally {
      await agent.stop();
      here.clean();
      server.close().closeAllConnections();
    }
  });
});
