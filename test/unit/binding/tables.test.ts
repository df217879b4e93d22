import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldPath } from '../../../hooks/api/problems/problem.ts';
import { references, segments } from '../../../hooks/api/references.ts';
import { propertyAt } from '../../../hooks/binding/document.ts';
import { type EndpointPart, endpointPart } from '../../../hooks/binding/endpoint.ts';
import { typeFault } from '../../../hooks/binding/value-type.ts';
import { canonicalProperty } from '../../../hooks/fluentbit/version/plugins/property-name.ts';
import { id } from '../../../hooks/kubernetes/ids.ts';
import type { Json } from '../../../hooks/kubernetes/json-object.ts';
import { canonicalPem } from '../../../hooks/kubernetes/pem.ts';

describe('parts of an endpoint', () => {
  it.each<[string, Partial<Record<EndpointPart, string>>]>([
    ['collector.example.com', { host: 'collector.example.com' }],
    ['collector.example.com:443', { host: 'collector.example.com', port: '443' }],
    ['https://a.example.com', { scheme: 'https', host: 'a.example.com', port: '443' }],
    ['http://a.example.com/in?x=1', { scheme: 'http', host: 'a.example.com', port: '80', path: '/in?x=1' }],
    [
      'HTTPS://user:p%40ss@a.example.com:8443/x',
      { scheme: 'HTTPS', user: 'user', password: 'p@ss', host: 'a.example.com', port: '8443', path: '/x' },
    ],
    ['[2001:db8::1]:4317', { host: '2001:db8::1', port: '4317' }],
    ['user@host', { user: 'user', host: 'host' }],
    ['grpc://a', { scheme: 'grpc', host: 'a' }],
    [' padded:1 ', { host: 'padded', port: '1' }],
    ['', {}],
    ['a b', {}],
    ['a:b', {}],
    ['://x', {}],
    ['https://', {}],
  ])('%s', (text, parts) => {
    for (const part of ['host', 'port', 'scheme', 'path', 'user', 'password'] as const)
      expect(endpointPart(text, part), part).toBe(parts[part]);
  });
});

describe('value types', () => {
  it.each([
    [
      'host',
      ['a', 'a-b.c', 'A.B.', '10.0.0.1', '::1'],
      ['', 'a b', 'a_b', '-a', 'a:1', 'https://a', 'bücher', `${'a'.repeat(254)}`],
    ],
    ['port', ['1', '65535', '0443'], ['0', '65536', '-1', '1.5', 'http', ' 1']],
    ['url', ['http://a', 'https://a.b/c?d#e'], ['a.b', 'https://', 'https://a b', '//a']],
    ['integer', ['0', '-7', '+3', '123456789012345678'], ['1.0', '1e3', '0x1', '1234567890123456789']],
    ['boolean', ['true', 'Off', 'YES'], ['1', 'maybe']],
    ['string', ['x', 'a b', '${x}', '- a: [b]', '日本'], ['', 'a\nb', 'a\u0000', 'a\u001bb', 'a\tb']],
    ['text', ['a\nb\tc\r\n'], ['', 'a\u0000b', '\u001b[31m']],
    ['file', ['anything\u0000'], ['']],
  ] as const)('%s', (type, good, bad) => {
    for (const value of good) expect(typeFault(type, value), value).toBeUndefined();
    for (const value of bad) expect(typeFault(type, value), value).toMatch(/^(is|contains) /);
  });

  it('never say the value', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('host', 'port', 'url', 'integer', 'boolean', 'string'),
        fc.string({ minLength: 12 }),
        (type, value) => {
          expect(typeFault(type as 'host', value) ?? '').not.toContain(value);
        },
      ),
    );
  });
});

describe('properties of documents', () => {
  const document: Json = { a: { b: [{ c: 1 }, 'x'] }, 'd.e': { 'f.g': true }, h: '{"i": {"j": "k"}}', n: null, '': 0 };
  it.each<[string, Json | undefined]>([
    ['a', { b: [{ c: 1 }, 'x'] }],
    ['a.b[0].c', 1],
    ['a.b[1]', 'x'],
    ['a.b.1', 'x'],
    ['a.b[2]', undefined],
    ['d.e', { 'f.g': true }],
    ['d.e.f.g', true],
    ['h.i.j', 'k'],
    ['n', null],
    ['n.x', undefined],
    ['a.x', undefined],
    ['constructor', undefined],
    ['a.constructor.name', undefined],
    ['__proto__', undefined],
    ['a.b.length', undefined],
  ])('%s', (path, expected) => {
    expect(propertyAt(document, path)).toEqual(expected);
  });

  it('never throw', () => {
    fc.assert(fc.property(fc.jsonValue(), fc.string(), (value, path) => void propertyAt(value as Json, path)));
  });
});

describe('references', () => {
  it.each<[string, unknown]>([
    ['plain', [{ text: 'plain' }]],
    ['', [{ text: '' }]],
    ['$(a)', [{ reference: 'a', form: '$(a)' }]],
    [
      'x$(a)y$(b-c)z',
      [
        { text: 'x' },
        { reference: 'a', form: '$(a)' },
        { text: 'y' },
        { reference: 'b-c', form: '$(b-c)' },
        { text: 'z' },
      ],
    ],
    ['$$(a)', [{ text: '$(a)' }]],
    ['$$$(a)', [{ text: '$$(a)' }]],
    ['$(', [{ text: '$(' }]],
    ['$(1a) $( a) $()', [{ text: '$(1a) $( a) $()' }]],
    ['${a}', [{ reference: 'a', form: '${a}' }]],
    ['${A:-b}', [{ reference: 'A:-b', form: '${A:-b}' }]],
    ['${a', [{ text: '${a' }]],
    ['$kubernetes["a"]', [{ text: '$kubernetes["a"]' }]],
  ])('%s', (text, expected) => {
    expect(segments(text)).toEqual(expected);
  });

  it('are found wherever they stand', () => {
    expect(references('a $(b) ${c} $$(d)').map((r) => r.reference)).toEqual(['b', 'c']);
  });
});

it.each([
  ['match', 'match'],
  ['Match', 'match'],
  ['MATCH_REGEX', 'match_regex'],
  ['matchRegex', 'match_regex'],
  ['MatchRegex', 'matchregex'],
  ['storage.totalLimitSize', 'storage.total_limit_size'],
  ['Storage.Total_Limit_Size', 'storage.total_limit_size'],
  ['tls.crt_File', 'tls.crt_file'],
  ['k8s-logging.parser', 'k8s-logging.parser'],
  ['hTTP', 'h_t_t_p'],
])('%s is %s to Fluent Bit', (written, known) => {
  expect(canonicalProperty(written)).toBe(known);
});

it.each([
  [['spec', 'values', 0, 'valueFrom'], 'spec.values[0].valueFrom'],
  [['spec', 'outputs', 0, 'properties', 'tls.verify'], 'spec.outputs[0].properties.tls.verify'],
  [['spec', 'a b'], 'spec["a b"]'],
  [['spec', 'x', ''], 'spec.x[""]'],
])('%j is written %s', (segmentsOfPath, path) => {
  expect(fieldPath(segmentsOfPath)).toBe(path);
});

it('gives PEM blocks their line breaks back, and nothing else', () => {
  expect(canonicalPem('-----BEGIN X-----\\nAA\\nBB\\n-----END X-----\\n')).toBe(
    '-----BEGIN X-----\nAA\nBB\n-----END X-----\n',
  );
  expect(canonicalPem('-----BEGIN X-----\\r\\nAA')).toBe('-----BEGIN X-----\nAA');
  expect(canonicalPem('C:\\new')).toBe('C:\\new');
});

it('ids have one form', () => {
  expect(id('shop', 'checkout')).toBe('p1dfc2ea56f23fbee');
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (path) => {
      expect(id(...path)).toMatch(/^p[0-9a-f]{16}$/);
    }),
  );
});
