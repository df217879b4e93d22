import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../../hooks/fluentbit/version/catalogue.ts';
import type { Text } from '../../../../hooks/fluentbit/version/checks/fault.ts';
import { luaFault } from '../../../../hooks/fluentbit/version/checks/lua.ts';
import { parseAccessor } from '../../../../hooks/fluentbit/version/checks/record-accessor.ts';
import { compileRegex } from '../../../../hooks/fluentbit/version/checks/regex/regex.ts';
import { split, splitQuoted, tokens } from '../../../../hooks/fluentbit/version/checks/words.ts';
import type { Value } from '../../../../hooks/kubernetes/value.ts';
import { problemsOf as problems, type Spec } from '../../../support/rendered-spec.ts';
import { open, secret } from '../render/parsed-file.ts';

const file = (name: string, text: string): Value => ({ ...secret(name, text), file: true });
const text = (value: string): Text => ({ text: value, secret: false, unknown: false, file: false, references: [] });
const http = (properties: Record<string, string | string[] | number>): Spec => ({
  outputs: [{ plugin: 'http', properties: { host: 'a.example.com', ...properties } }],
});

/** It asks for tokens in the thread in which it works. */
const oauth = {
  'oauth2.enable': 'true',
  'oauth2.client_id': 'a',
  'oauth2.client_secret': 'b',
  'oauth2.token_url': 'https://b.example.com',
};

describe('problems of a pipeline', () => {
  it.each([
    [http({ port: 'https' }), 'InvalidValue', 'spec.outputs[0].properties.port'],
    [http({ header: ['A b', 'C'] }), 'InvalidRule', 'spec.outputs[0].properties.header[1]'],
    [http({ Compress: 'lz4' }), 'InvalidValue', 'spec.outputs[0].properties.Compress'],
    [http({ format: ['json', 'json'] }), 'DuplicateProperty', 'spec.outputs[0].properties.format'],
    [http({ headersKey: '$a' }), 'ReservedProperty', 'spec.outputs[0].properties.headersKey'],
    [{ outputs: [{ plugin: 'exit' }] }, 'UnfitPlugin', 'spec.outputs[0].plugin'],
    [http({ ...oauth, workers: '0' }), 'InvalidValue', 'spec.outputs[0].properties.workers'],
    [http({ ...oauth, workers: 0 }), 'InvalidValue', 'spec.outputs[0].properties.workers'],
    [http({ ...oauth, workers: '-00' }), 'InvalidValue', 'spec.outputs[0].properties.workers'],
    [{ filters: [{ plugin: 'modify', rules: ['add a b', 'rename a'] }] }, 'InvalidRule', 'spec.filters[0].rules[1]'],
    [
      { filters: [{ plugin: 'grep', rules: ['regex log (', 'exclude a b'] }] },
      'InvalidRegex',
      'spec.filters[0].rules[0]',
    ],
    [
      { filters: [{ plugin: 'grep', properties: { regex: '$a[b c' } }] },
      'InvalidAccessor',
      'spec.filters[0].properties.regex',
    ],
    [
      { filters: [{ plugin: 'nest', rules: ['operation lift', 'operation lift', 'nested_under a'] }] },
      'DuplicateProperty',
      'spec.filters[0].rules[1]',
    ],
    [
      { filters: [{ plugin: 'lua', properties: { call: 'f', code: 'function g() end' } }] },
      'InvalidCode',
      'spec.filters[0].properties.code',
    ],
    [
      { filters: [{ plugin: 'lua', properties: { call: 'f', script: '/etc/f.lua' } }] },
      'UnknownFile',
      'spec.filters[0].properties.script',
    ],
    [
      { filters: [{ plugin: 'lua', properties: { cal: 'f', code: 'function f() end' } }] },
      'UnknownProperty',
      'spec.filters[0].properties.cal',
    ],
    [
      { parsers: [{ name: 'p', properties: { format: 'regex', regex: '(' } }] },
      'InvalidRegex',
      'spec.parsers[0].properties.regex',
    ],
    [
      {
        multilineParsers: [
          { name: 'm', properties: { type: 'regex' }, rules: [{ state: 'start_state', regex: 'a', next: 'b' }] },
        ],
      },
      'InvalidRule',
      'spec.multilineParsers[0].rules[0].next',
    ],
    [
      {
        parsers: [{ name: 'p', properties: { format: 'json' } }],
        filters: [{ plugin: 'kubernetes', properties: { regex_parser: 'p' } }],
      },
      'InvalidValue',
      'spec.filters[0].properties.regex_parser',
    ],
  ] as [Spec, string, string][])('%j: %s at %s', (spec, reason, path) => {
    expect(problems(spec)).toMatchObject([{ reason, path }]);
  });

  it.each([
    ['port', 'p0rt', 'port', '$(s)'],
    ['boolean', 'tru3', 'tls', '$(s)'],
    ['time', '1h30hidden', 'net.connect_timeout', '$(s)'],
    ['host', 'https://hidden', 'host', '$(s)'],
    ['header', 'hidden', 'header', '$(s)'],
    ['choice', 'zip-hidden', 'compress', '$(s)'],
  ])('a secret %s is checked, and shown nowhere', (_, content, property, value) => {
    const found = problems(http({ [property]: value }), [secret('s', content)]);
    expect(found).toMatchObject([{ path: `spec.outputs[0].properties.${property}` }]);
    expect(found[0]?.message).toContain('$(s)');
    expect(JSON.stringify(found)).not.toContain(content);
  });

  it.each([
    ['rule of modify', { filters: [{ plugin: 'modify', rules: ['add token $(s)'] }] }, 'hidden[1', 'InvalidRegex'],
    [
      'regular expression',
      { filters: [{ plugin: 'grep', properties: { regex: 'log $(s)' } }] },
      'hid(den',
      'InvalidRegex',
    ],
    [
      'script',
      { filters: [{ plugin: 'lua', properties: { call: 'f', script: '$(f)' } }] },
      'hidden hidden',
      'InvalidCode',
    ],
  ] as [string, Spec, string, string][])(
    'a secret in a %s is checked, and shown nowhere',
    (_, spec, content, reason) => {
      const found = problems(spec, [secret('s', content), file('f', content)]);
      expect(found).toMatchObject([{ reason }]);
      expect(JSON.stringify(found)).not.toMatch(/hid/);
    },
  );

  it('names the value of a setting that is no secret', () => {
    const [found] = problems(http({ port: '$(p)' }), [open('p', 'https')]);
    expect(found?.message).toBe('"https" is no integer. It holds $(p).');
  });

  it('says nothing about values that are not there yet', () => {
    const waiting: Value = { ...secret('s', '-'), standIn: true };
    expect(problems(http({ port: '$(s)', tls: '$(s)', header: 'A $(s)' }), [waiting])).toEqual([]);
    expect(problems({ filters: [{ plugin: 'modify', rules: ['add a [$(s)'] }] }, [waiting])).toEqual([]);
  });

  it('takes a declared script and a public authority', () => {
    const script = file('f', 'function f() return 0 end');
    expect(problems({ filters: [{ plugin: 'lua', properties: { call: 'f', script: '$(f)' } }] }, [script])).toEqual([]);
    expect(problems(http({ 'tls.ca_file': '/etc/ssl/certs/ca-certificates.crt' }))).toEqual([]);
    expect(problems(http({ 'tls.ca_file': '/etc/ssl/../shadow' }))).toMatchObject([{ reason: 'UnknownFile' }]);
  });
});

describe('the catalogue', () => {
  it('has the plugins of the official image, and no property that they refuse', () => {
    expect(Object.keys(catalogue.plugins.output)).toEqual(
      expect.arrayContaining(['kafka', 'loki', 'opentelemetry', 's3']),
    );
    expect(Object.keys(catalogue.plugins.filter)).toEqual(expect.arrayContaining(['wasm', 'geoip2', 'kubernetes']));
    expect(JSON.stringify([catalogue.plugins.output, catalogue.common.output])).not.toMatch(
      /tls\.(windows|verify_client)/,
    );
  });
});

describe('regular expressions', () => {
  const nested = (count: number, open: string, close: string) => `${open.repeat(count)}a${close.repeat(count)}`;
  const calls = Array.from({ length: 30 }, (_, i) => (i === 0 ? '(?<a0>x)' : `(?<a${i}>\\g<a${i - 1}>\\g<a${i - 1}>)`));

  it.each([
    ['groups', nested(5000, '(', ')')],
    ['classes', nested(5000, '[', ']')],
    ['look-aheads', nested(300, '(?=', ')')],
    ['look-behinds', nested(300, '(?<=', ')')],
    ['options', '(?i)a|'.repeat(200)],
    ['conditionals', `(a)${nested(300, '(?(1)b|', ')')}`],
    ['absent groups', nested(50, '(?~', ')')],
    ['calls that double', calls.join('')],
    ['length', 'a'.repeat(20_000)],
  ])('refuses too many %s at once, and goes on', (_, pattern) => {
    // Time of its own: what else the machine does is no fault of it.
    const before = process.cpuUsage();
    expect(compileRegex(pattern).fault).toBeDefined();
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000);
    expect(compileRegex('(?<a>b)+')).toEqual({ names: ['a'] });
  });

  it('never throws, whatever there is', () => {
    const piece = fc.constantFrom(
      '(',
      ')',
      '[',
      ']',
      '{1,2}',
      '*',
      '+',
      '?',
      '|',
      '\\',
      '^',
      '$',
      '(?<n>',
      '(?i)',
      '(?<=',
      '\\p{L}',
      '\\x{41}',
      'a',
      'ß',
      '-',
      '&&',
      '#',
      '/',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece, { maxLength: 40 }).map((p) => p.join('')),
        ),
        (pattern) => {
          compileRegex(pattern);
          expect(compileRegex('a').fault).toBeUndefined();
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('Lua', () => {
  it('never throws, whatever there is', () => {
    const piece = fc.constantFrom(
      'function f() ',
      'end ',
      'if x then ',
      'x = ',
      '{',
      '}',
      '(',
      ')',
      '[[',
      ']]',
      '"',
      '\\',
      '-- ',
      'goto a ',
      '::a:: ',
      'local ',
      'return ',
      '1 ',
      'ü ',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece, { maxLength: 40 }).map((p) => p.join('')),
        ),
        (code) => {
          luaFault(text(code), 'f');
        },
      ),
      { numRuns: 2000 },
    );
    expect(luaFault(text(`x = ${'('.repeat(60_000)}`), 'f')?.message).toContain('nested too deeply');
  });
});

describe('record accessors', () => {
  it.each([
    ['$a', ['key']],
    ["$a['b.c'][0]", ['key']],
    ["x-$a['it''s'].y$TAG[2]-$1", ['text', 'key', 'text', 'tag', 'text', 'capture']],
    ['$TAG', ['tag']],
    ['plain', ['text']],
    ['$', []],
  ])('%s is %j', (accessor, parts) => {
    expect(parseAccessor(accessor)).toEqual({ parts });
  });

  it.each(['$a[', '$a[b]', "$a['b", "$a['b'", '$a$b', '$[0]', '$a:b', "$a['b']c"])('%s is none', (accessor) => {
    expect(parseAccessor(accessor)).toHaveProperty('fault');
  });
});

describe('words', () => {
  it.each([
    [split('log  ^a b', 1), ['log', ' ^a b']],
    [split('log', 1), ['log']],
    [splitQuoted("a \"b c\" 'd\\' e'", 3), ['a', 'b c', "d' e"]],
    [splitQuoted('a "b', 3), undefined],
    [tokens('a "b c" d', 2), ['a', 'b c', 'd']],
    [tokens('  a  b '), ['a', 'b']],
  ])('%j', (found, expected) => {
    expect(found).toEqual(expected);
  });
});
