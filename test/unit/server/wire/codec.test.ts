import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BufferPool } from '../../../../hooks/server/wire/buffer-pool.ts';
import { Codec } from '../../../../hooks/server/wire/codec.ts';

const repetition = () => new Codec(new BufferPool(8 * 1024 * 1024), 64 * 1024 * 1024);
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
/** As JSON has it, with what is behind getters. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

/** What stands in places where a reader that looks for fields might fall for it. */
const traps = fc.constantFrom<unknown>(
  ...['},"related":{', '\\",\\"related\\":{', ',"children":{}', 'ends with \\', 'ä€𝄞\u2028', '\u0000"\n', '__proto__'],
  ...[{ related: {} }, { children: { related: { a: 1 } } }, { a: [{ related: { b: {} } }], finalizing: true }, null, 1],
);
const key = fc.oneof(fc.string(), fc.constantFrom('related', 'children', 'finalizing', '__proto__', 'a"b', 'ä'));
const object = fc.dictionary(key, fc.oneof(traps, fc.jsonValue({ maxDepth: 3 })), { maxKeys: 4 });
const objects = fc.dictionary(key, fc.dictionary(key, object, { maxKeys: 4 }), { maxKeys: 3 });
const request = fc.record(
  { controller: object, parent: object, children: objects, related: objects, finalizing: fc.boolean() },
  { requiredKeys: [] },
);

describe('a request that repeats what was in those before', () => {
  it('is read as JSON.parse reads it, whatever was read before', () => {
    const memory = repetition();
    fc.assert(
      fc.property(fc.oneof(request, object), fc.constantFrom(undefined, 1), (value, indentation) => {
        const text = JSON.stringify(value, null, indentation);
        for (let time = 0; time < 2; time++) expect(plain(memory.parse(Buffer.from(text)))).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it('is no JSON to one as it is none to the other', () => {
    const memory = repetition();
    const text = JSON.stringify({
      parent: {},
      children: { a: {} },
      related: { k: { n: { x: '1' } } },
      finalizing: true,
    });
    for (let length = 0; length < text.length; length++)
      expect(() => plain(memory.parse(Buffer.from(text.slice(0, length))))).toThrow();
    expect(() => memory.parse(Buffer.from(`${text}}`))).toThrow();
  });

  it('brings the very objects of before, frozen, but those that changed', () => {
    const memory = repetition();
    const of = (a: object, b: object) => {
      const read = memory.parse(bytes({ parent: {}, children: {}, related: { kind: { a, b } }, finalizing: false }));
      return (read as { related: { kind: { a: object; b: object } } }).related.kind;
    };
    const first = of({ data: { x: '1' } }, { data: { x: '1' } });
    const second = of({ data: { x: '1' } }, { data: { x: '2' } });
    expect(second.a).toBe(first.a);
    expect(second.b).toEqual({ data: { x: '2' } });
    expect(of({ data: { x: '1' }, more: 1 }, {})).toEqual({ a: { data: { x: '1' }, more: 1 }, b: {} });
    expect(() => Object.assign((first.a as { data: object }).data, { x: '3' })).toThrow(TypeError);
  });
});

describe('a reply that repeats what was in those before', () => {
  const text = fc
    .oneof(traps, fc.string({ unit: 'binary' }), fc.constantFrom('a', 'ä', '"', '\ud800'))
    .map((part) => (typeof part === 'string' ? part.padEnd(2000, 'x') : part));
  const child = fc.record(
    { kind: fc.string(), data: fc.dictionary(key, fc.oneof(text, fc.string()), { maxKeys: 4 }) },
    { requiredKeys: [] },
  );

  it('is written as JSON.stringify writes it', () => {
    const memory = repetition();
    fc.assert(
      fc.property(fc.record({ status: object, children: fc.array(child) }, { requiredKeys: [] }), (reply) => {
        for (let time = 0; time < 2; time++) {
          const { bytes: written, release } = memory.encode(reply);
          expect(JSON.parse(written.toString())).toEqual(JSON.parse(JSON.stringify(reply)));
          release();
        }
      }),
      { numRuns: 500 },
    );
  });
});
