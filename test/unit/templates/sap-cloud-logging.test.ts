import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { TemplateSpec } from '../../../hooks/api/kinds/template.ts';
import { packageFile } from '../../../hooks/runtime/package-file.ts';
import { type Json, luaFilter } from '../../support/fluent-bit/lua-runner.ts';

const template = parse(readFileSync(packageFile('templates/sap-cloud-logging/template.yaml'), 'utf8')) as {
  spec: TemplateSpec;
};
const lua = template.spec.filters?.find((filter) => filter.plugin === 'lua');
const code = String(lua?.properties?.['code']);
const filter = await luaFilter(code, 'sap_cloud_logging');
const dedot = await luaFilter(
  `${code}\nfunction only_dedot(tag, timestamp, record) return dedot(record, 0) and 2 or 0, timestamp, record end`,
  'only_dedot',
);

describe('de-dotting', () => {
  it.each<[string, Json, Json]>([
    ['a dot and a slash', { 'a.b': 1, 'c/d': 2, 'e.f/g.h': 3 }, { a_b: 1, c_d: 2, e_f_g_h: 3 }],
    [
      'labels of Kubernetes',
      { kubernetes: { labels: { 'app.kubernetes.io/name': 'shop' } } },
      { kubernetes: { labels: { app_kubernetes_io_name: 'shop' } } },
    ],
    ['lists of maps', { l: [{ 'a.b': 1 }, [{ 'c.d': 2 }]] }, { l: [{ a_b: 1 }, [{ c_d: 2 }]] }],
    ['names that collide', { 'a.b': 1, 'a/b': 2, a_b: 3 }, { a_b: 3, a_b_2: 1, a_b_3: 2 }],
    ['a name that the suffix would hit', { 'a.b': 1, a_b: 2, a_b_2: 3 }, { a_b: 2, a_b_2: 3, a_b_3: 1 }],
    ['an empty list and an empty map', { 'x.y': [], 'z.w': {} }, { x_y: [], z_w: {} }],
    ['dots in values', { a: 'b.c/d' }, { a: 'b.c/d' }],
    ['a key that is a dot', { '.': 1, '..': 2 }, { _: 1, __: 2 }],
  ])('%s', async (_name, record, expected) => {
    expect((await dedot(record)).record).toEqual(expected);
  });

  it('returns records without dots untouched', async () => {
    expect(await dedot({ log: 'x.y', nested: { a: [1, { b: 2 }] } })).toMatchObject({ code: 0 });
    expect(await filter({ msg: 'x', level: 'info' })).toMatchObject({ code: 0 });
  });

  const key = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/', '_', '2'), minLength: 1, maxLength: 5 });
  const json = fc.letrec<{ value: Json; map: { [key: string]: Json } }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.integer({ min: -1000, max: 1000 }),
      fc.string({ unit: fc.constantFrom('x', '.', '"') }),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 3 }),
      tie('map'),
    ),
    map: fc.dictionary(key, tie('value'), { maxKeys: 5 }),
  }));
  const leaves = (value: Json): string[] =>
    value !== null && typeof value === 'object' ? Object.values(value).flatMap(leaves) : [JSON.stringify(value)];
  const keys = (value: Json): string[] =>
    value !== null && typeof value === 'object'
      ? [...(Array.isArray(value) ? [] : Object.keys(value)), ...Object.values(value).flatMap(keys)]
      : [];

  it('loses nothing, leaves no dot, and does the same twice', async () => {
    await fc.assert(
      fc.asyncProperty(json.map, async (record) => {
        const { code: changed, record: result } = await dedot(record);
        expect(leaves(result).sort()).toEqual(leaves(record).sort());
        expect(keys(result)).toHaveLength(keys(record).length);
        expect(keys(result).filter((name) => /[./]/.test(name))).toEqual([]);
        expect(changed).toBe(keys(record).some((name) => /[./]/.test(name)) ? 2 : 0);
        expect((await dedot(record)).record).toEqual(result);
        expect(await dedot(result)).toMatchObject({ code: 0 });
      }),
      { numRuns: 300 },
    );
  });

  it('keeps its cache of names bounded', async () => {
    for (let batch = 0; batch < 20; batch++) {
      const record = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k.${batch}.${i}`, i]));
      expect(Object.keys((await dedot(record)).record as object)).toHaveLength(1000);
    }
  });
});

describe('what the backend reads', () => {
  it.each<[string, Json, Json]>([
    [
      'a plain line',
      { time: 't', stream: 'stdout', _p: 'F', log: 'hello' },
      { time: 't', stream: 'stdout', log: 'hello', msg: 'hello' },
    ],
    [
      'a JSON line that has its own msg',
      { stream: 'stdout', _p: 'F', msg: 'from the app', level: 'info' },
      { stream: 'stdout', msg: 'from the app', level: 'info' },
    ],
    ['a JSON line with message', { _p: 'F', message: 'm' }, { message: 'm', msg: 'm' }],
    ['a msg that is no text', { msg: { a: 1 }, log: 'line' }, { msg: 'line', log: 'line' }],
    ['a date of the application', { date: 'yesterday', msg: 'x' }, { original_date: 'yesterday', msg: 'x' }],
    [
      'ANSI colours and control characters',
      { log: '\u001b[31mred\u001b[0m\u0007 \u0000x\ty\nz' },
      { log: 'red x\ty\nz', msg: 'red x\ty\nz' },
    ],
    [
      'the name of the application',
      { msg: 'x', kubernetes: { pod_name: 'p', labels: { 'app.kubernetes.io/name': 'shop', app: 'old' } } },
      {
        msg: 'x',
        kubernetes: { pod_name: 'p', app_name: 'shop', labels: { app_kubernetes_io_name: 'shop', app: 'old' } },
      },
    ],
    [
      'the older label',
      { msg: 'x', kubernetes: { labels: { app: 'shop' } } },
      { msg: 'x', kubernetes: { labels: { app: 'shop' }, app_name: 'shop' } },
    ],
    ['a pod without labels', { msg: 'x', kubernetes: { pod_name: 'p' } }, { msg: 'x', kubernetes: { pod_name: 'p' } }],
    [
      'a message beside a line of JSON',
      { message: 'm', log: '{"a":1.0}' },
      { message: 'm', msg: 'm', _json: '{"a":1.0}' },
    ],
    ['an empty record', {}, {}],
    ['texts beyond ASCII', { log: 'grüße 日本' }, { log: 'grüße 日本', msg: 'grüße 日本' }],
  ])('%s', async (_name, record, expected) => {
    expect((await filter(record)).record).toEqual(expected);
  });

  it('never fails, whatever the record', async () => {
    const anything = fc.dictionary(
      fc.constantFrom('log', 'msg', 'message', 'date', '_p', 'kubernetes', 'a.b'),
      fc.oneof(
        fc.string({ unit: 'binary-ascii' }),
        fc.integer(),
        fc.boolean(),
        fc.constant({}),
        fc.constant([]),
        fc.constant({ labels: 7 }),
        fc.constant({ labels: { app: [] } }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (record) => {
        expect([0, 2]).toContain((await filter(record as Json)).code);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a line of JSON', () => {
  /** The text for the parser; undefined where the line stays a line. */
  const read = async (log: string, record: { [key: string]: Json } = {}) => {
    const result = (await filter({ ...record, log })).record as { [key: string]: Json };
    expect(Object.hasOwn(result, '_json')).toBe(!Object.hasOwn(result, 'log'));
    return result['_json'] as string | undefined;
  };

  it.each<[string, string, string]>([
    ['keeps numbers as they are written', '{"a":18446744073709551615,"b":1.0,"c":-0.0,"d":1E5}', ''],
    ['and their space', ' { "a" : [ 1.0 , {"b":2} ] } ', '{ "a" : [ 1.0 , {"b":2} ] }'],
    ['loses dots in keys', '{"a.b":1.0,"c":{"d/e":[{"f.g":2.0}]}}', '{"a_b":1.0,"c":{"d_e":[{"f_g":2.0}]}}'],
    ['in keys with escapes', '{"a\\u002eb":1,"c\\/d":2,"\\"e.":3}', '{"a_b":1,"c_d":2,"\\"e_":3}'],
    ['keeps keys with escapes apart', '{"a.b":1,"a_b":2,"a/b":3}', '{"a_b_2":1,"a_b":2,"a_b_3":3}'],
    ['has each key once', '{"a":1,"a":2.0,"b":{"c":1,"c":2}}', '{"a":2.0,"b":{"c":2}}'],
    [
      'keeps what follows an escaped backslash',
      '{"message":"\\\\u001b \\u001b[1m\\b\\t\\u000A\\u0001"}',
      '{"message":"\\\\u001b \\u001b[1m\\b\\t\\u000A\\u0001","msg":"\\\\u001b \\t\\n"}',
    ],
    ['gives way to the record', '{"stream":"forged","a":1}', '{"a":1}'],
    [
      'gives way in the middle and at the end',
      '{"a":1.0,"stream":{"x":[1]} , "b":2,"time":3}',
      '{"a":1.0, "b":2,"time":3}',
    ],
    ['gives way twice', '{"a":1.0,"stream":1,"stream":2}', '{"a":1.0}'],
    ['gets a msg', '{"message":"m\\n","n":1.0}', '{"message":"m\\n","n":1.0,"msg":"m\\n"}'],
    ['in the place of one that is no text', '{"msg":{"a":1},"log":"l"}', '{"msg":"l","log":"l"}'],
    ['has no date', '{"original_date":1,"date":2.0}', '{"original_date":2.0}'],
    [
      'has no control characters in its message',
      '{"message":"\\u001b[31mr\\u0007\\u00e9\\ud83d\\ude00"}',
      '{"message":"\\u001b[31mr\\u0007\\u00e9\\ud83d\\ude00","msg":"r\\u00e9\\ud83d\\ude00"}',
    ],
    ['may be empty', '{}', '{}'],
  ])('%s', async (_what, line, text) => {
    expect(await read(line, { stream: 'stdout' })).toBe(text === '' ? line : text);
  });

  it.each([
    'text',
    '[1]',
    '{',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{"a":01}',
    '{"a":1.}',
    '{"a":.5}',
    '{"a":+1}',
    '{"a":1e}',
    '{"a":1e400}',
    `{"a":${'9'.repeat(400)}}`,
    '{"a":nul}',
    '{"a":True}',
    '{"a":"b}',
    '{"a":"\\x"}',
    '{"a":"\\u12"}',
    '{"a":"\\ud83d"}',
    '{"a":"\t"}',
    '{"a":1}}',
    '{"a":1} b',
    `${'{"a":'.repeat(101)}1${'}'.repeat(101)}`,
    '['.repeat(10_000),
  ])('that the parser would refuse stays: %.20s', async (line) => {
    expect(await read(line)).toBeUndefined();
  });

  const key = fc.string({ unit: fc.constantFrom('a', 'b', '"', '\\', 'é', '\n', '😀'), maxLength: 4 });
  const value = fc.jsonValue({ maxDepth: 4 });

  const withoutDots = (value: Json): Json => {
    if (value === null || typeof value !== 'object') return Object.is(value, -0) ? 0 : value;
    if (Array.isArray(value)) return value.map(withoutDots);
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [`k${name.replaceAll(/[./]/g, '-')}`, withoutDots(inner)]),
    );
  };

  it('means the same to the parser', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, value, { maxKeys: 4 }), fc.constantFrom(0, 1), async (object, indent) => {
        const plain = withoutDots(object as Json);
        const parsed = await read(JSON.stringify(plain, null, indent));
        expect(JSON.parse(parsed ?? '')).toEqual(plain);
      }),
      { numRuns: 300 },
    );
  });

  it('is JSON to others as well, whatever is changed in it', async () => {
    const cut = fc.tuple(fc.dictionary(key, value, { maxKeys: 3 }), fc.nat(), fc.nat(4), fc.string({ maxLength: 3 }));
    await fc.assert(
      fc.asyncProperty(cut, async ([object, at, length, put]) => {
        const text = JSON.stringify(object);
        const start = at % text.length;
        const line = text.slice(0, start) + put + text.slice(start + length);
        const parsed = await read(line);
        if (parsed === undefined) return;
        expect(() => JSON.parse(line)).not.toThrow();
        expect(() => JSON.parse(parsed)).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });
});
