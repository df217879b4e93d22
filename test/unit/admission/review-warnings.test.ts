import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { answer, filter, fromSecret, http, logging, template } from './judged-objects.ts';

describe('warnings', () => {
  const warned = (object: KubernetesObject) => {
    const { allowed, warnings = [] } = answer(object);
    expect(allowed).toBe(true);
    for (const warning of warnings) expect(warning.length).toBeLessThanOrEqual(120);
    return warnings.map((warning) => warning.split(': ')[0]);
  };
  const lua = { call: 'f', code: 'function f(tag, timestamp, record) return 0, timestamp, record end' };
  const parsers = { parsers: [{ name: 'p', properties: { format: 'json' } }] };
  it.each<[string, KubernetesObject, string[]]>([
    [
      'deprecated',
      logging({ ...parsers, ...filter('parser', { key_name: 'log', parser: 'p', unescape_key: true }) }),
      ['spec.filters[0].properties.unescape_key'],
    ],
    [
      'Lua after a parser of JSON',
      logging({
        ...parsers,
        filters: [
          { plugin: 'lua', properties: lua },
          { plugin: 'Parser', properties: { key_name: 'log', Parser: ['p'] } },
          { plugin: 'grep', properties: { regex: 'a b' } },
          { plugin: 'Lua', properties: lua },
        ],
      }),
      ['spec.filters[3]'],
    ],
    [
      'Lua after a parser of text',
      logging({
        parsers: [{ name: 'p', properties: { format: 'regex', regex: '^(?<a>.*)$' } }],
        filters: [
          { plugin: 'parser', properties: { key_name: 'log', parser: 'p' } },
          { plugin: 'lua', properties: lua },
        ],
      }),
      [],
    ],
    ['logs of another namespace', logging({ input: { namespaces: { include: ['bank'] } } }), ['spec.input.namespaces']],
    ['a password', logging(http({ host: 'a', HTTP_Passwd: 'hunter2' })), ['spec.outputs[0].properties.HTTP_Passwd']],
    [
      'a token in a header',
      template(http({ host: 'a', header: ['X-A b', 'Authorization Bearer abc'] })),
      ['spec.outputs[0].properties.header'],
    ],
    [
      'TLS with anybody',
      logging(http({ host: 'a', tls: true, 'tls.verify': 'Off' })),
      ['spec.outputs[0].properties.tls.verify'],
    ],
    [
      'a placeholder that nobody uses',
      template({ placeholders: [{ name: 'a', secretKey: 'a' }] }),
      ['spec.placeholders[0]'],
    ],
    [
      'a password from elsewhere',
      logging({ ...http({ host: 'a', http_passwd: '$(p)' }), variables: [fromSecret('p')] }),
      [],
    ],
    [
      'names that only sound secret',
      logging({
        outputs: [
          { plugin: 'es', properties: { host: 'a', include_tag_key: true, time_key: 't' } },
          { plugin: 'forward', properties: { host: 'a', empty_shared_key: true } },
        ],
      }),
      [],
    ],
    [
      'what a controller made',
      {
        ...logging(http({ host: 'a', http_passwd: 'x' })),
        metadata: {
          name: 'l',
          namespace: 'shop',
          ownerReferences: [{ apiVersion: 'a/v1', kind: 'A', name: 'a', uid: 'u', controller: true }],
        },
      },
      [],
    ],
  ])('%s', (_, object, expected) => {
    expect(warned(object)).toEqual(expected);
  });

  it('tell no value', () => {
    expect(JSON.stringify(answer(logging(http({ host: 'a', http_passwd: 'hunter2' }))))).not.toContain('hunter2');
  });

  it('are at most ten', () => {
    const outputs = Array.from({ length: 16 }, (_, i) => ({
      id: `o${i}`,
      plugin: 'http',
      properties: { host: 'a', 'tls.verify': false },
    }));
    expect(answer(logging({ outputs })).warnings?.length).toBe(10);
  });
});
