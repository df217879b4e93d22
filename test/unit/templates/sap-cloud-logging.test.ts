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
