import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { workersVariable } from '../../../../hooks/fluentbit/render/workers.ts';
import { catalogue } from '../../../../hooks/fluentbit/version/catalogue.ts';
import { reservedReason } from '../../../../hooks/fluentbit/version/plugins/reserved.ts';
import { open, rendered, secret } from './parsed-file.ts';

describe('rendering', () => {
  it('takes every property of every output and filter that is not reserved, and leaves it as it is', () => {
    for (const kind of ['output', 'filter'] as const) {
      for (const [plugin, own] of Object.entries(catalogue.plugins[kind])) {
        const names = Object.entries({ ...catalogue.common[kind], ...own })
          .map(([name, type]) => (type === 'prefix' ? `${name}x` : name))
          .filter(
            (name) =>
              reservedReason(kind, plugin, name) === undefined &&
              !(plugin === 'parser' && name === 'parser') &&
              name !== 'multiline.parser' &&
              !/^(merge|regex)_parser$/.test(name),
          );
        const properties = Object.fromEntries(
          names.map((name, index) => [
            name,
            /^lua (code|script)$/.test(`${plugin} ${name}`)
              ? 'return 1'
              : ([`some: text # ${index}`, index, true, ['a b', 'c "d"']][index % 4] as string),
          ]),
        );
        const item = { plugin, properties };
        const { parsed, problems } = rendered(
          kind === 'output' ? { outputs: [item] } : { filters: [item], outputs: [{ plugin: 'null' }] },
        );
        // What the values must be is another matter: see checks.test.ts.
        const named = ['UnknownPlugin', 'UnknownProperty', 'ReservedProperty', 'VariableInCode'];
        expect(
          problems.filter((found) => named.includes(found.reason)),
          `${kind} ${plugin}`,
        ).toEqual([]);
        const section = kind === 'output' ? parsed.pipeline.outputs[0] : parsed.pipeline.filters?.at(-1);
        expect(section?.['name']).toBe(plugin);
        if (plugin === 'lua') properties['code'] = `FLB_ENV = nil ${properties['code']}`;
        for (const name of names) expect(section?.[name], `${kind} ${plugin} ${name}`).toEqual(properties[name]);
      }
    }
  });

  it('leaves the number of threads to the agent, and to whoever chooses it', () => {
    const outputs = (properties: object) => {
      const { parsed } = rendered({
        outputs: [{ plugin: 'http', properties: { host: 'a.example.com', ...properties } }],
      });
      return [parsed.env, parsed.pipeline.outputs[0]?.['workers']];
    };
    expect(outputs({})).toEqual([[{ name: workersVariable, value: 2 }], `\${${workersVariable}}`]);
    expect(outputs({ workers: 1 })).toEqual([undefined, 1]);
    // It asks for its token in the thread in which it works.
    const oauth = { 'oauth2.client_id': 'a', 'oauth2.client_secret': 'b', 'oauth2.token_url': 'https://b.example.com' };
    expect(outputs({ 'oauth2.enable': true, ...oauth })).toEqual([undefined, 1]);
    expect(outputs({ 'OAuth2.Enable': 'On', ...oauth })).toEqual([undefined, 1]);
    expect(outputs({ 'oauth2.enable': 'off', ...oauth })).toEqual(outputs({}));
  });

  it('refuses every reserved property in every spelling that Fluent Bit would take', () => {
    const spellings = (name: string) => [
      name,
      name.toUpperCase(),
      name.replace(/(^|[._])([a-z])/g, (_, sep, letter) => sep + letter.toUpperCase()),
      name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()),
    ];
    for (const name of ['match', 'match_regex', 'alias', 'storage.total_limit_size', 'name', 'processors', 'routes']) {
      for (const spelling of spellings(name)) {
        expect(
          rendered({ outputs: [{ plugin: 'http', properties: { [spelling]: 'x' } }] }).problems,
          spelling,
        ).toMatchObject([{ reason: 'ReservedProperty' }]);
      }
    }
  });

  const lineEnd = /[\u0085\u2028\u2029]/;
  const anyText = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
    .filter((text) => !/[\u0000-\u001f\u007f]/.test(text) && !text.includes('$(') && !text.includes('${'));
  const lineText = anyText.filter((text) => !lineEnd.test(text));
  const tricky = fc.constantFrom(
    'yes',
    'on',
    'null',
    '~',
    '1e3',
    '0x1f',
    '012',
    '- a',
    'a: b',
    '# c',
    '"',
    "'",
    '|',
    '>',
    '%TAG',
    '@INCLUDE x',
    '[OUTPUT]',
    '{a: b}',
    '*x',
    '&y',
    '!!str',
    '<<',
    '2026-01-01',
    ' lead',
    'trail ',
    '=',
    ':',
  );

  it('parses back to what was meant, whatever texts there are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(lineText, tricky), { minLength: 1, maxLength: 8 }),
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        (texts, code) => {
          const comment = code.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\]]|\$\(|\$\{|\r/g, '');
          const lua = `function f() end --[[${comment}]]`;
          const { parsed, problems } = rendered({
            filters: [
              { plugin: 'nest', properties: { operation: 'nest', wildcard: texts, nest_under: 'k' } },
              { plugin: 'lua', properties: { call: 'f', code: lua } },
              {
                plugin: 'record_modifier',
                rules: texts.filter((t) => t.trim() !== '').map((t) => `remove_key ${t.trim()}`),
              },
            ],
            outputs: [{ plugin: 'http', properties: { http_user: texts[0] ?? '' } }],
          });
          expect(problems).toEqual([]);
          const [, nest, luaFilter] = parsed.pipeline.filters ?? [];
          expect(nest?.['wildcard']).toEqual(texts);
          expect(luaFilter?.['code']).toBe(`FLB_ENV = nil ${lua}`);
          expect(parsed.pipeline.outputs[0]).toMatchObject({ http_user: texts[0] });
          expect(parsed.pipeline.inputs).toHaveLength(1);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each(['\n', '\r', '\u0085', '\u2028', '\u2029'])(
    'refuses the line break %j wherever it stands in a text',
    (end) => {
      fc.assert(
        fc.property(anyText, anyText, (before, after) => {
          const text = `${before}${end}${after}`;
          const { problems } = rendered({
            filters: [{ plugin: 'nest', properties: { operation: 'nest', wildcard: ['a', text], nest_under: 'k' } }],
            outputs: [{ plugin: 'http', properties: { http_user: text } }],
          });
          expect(problems.map(({ reason, path }) => [reason, path])).toEqual([
            ['InvalidValue', 'spec.filters[0].properties.wildcard[1]'],
            ['InvalidValue', 'spec.outputs[0].properties.http_user'],
          ]);
        }),
        { numRuns: 100 },
      );
    },
  );

  it('keeps the order of rules, with names that stand several times', () => {
    const { file } = rendered({
      filters: [{ plugin: 'modify', rules: ['rename a b', 'add a 1', 'rename b c'] }],
      outputs: [{ plugin: 'null' }],
    });
    const lines = file.text.split('\n').map((line) => line.trim());
    expect(lines.filter((line) => /^(rename|add):/.test(line))).toEqual(['rename: a b', 'add: a 1', 'rename: b c']);
  });

  it('gives equal bytes for equal content, whatever order it came in', () => {
    const one = rendered({ outputs: [{ plugin: 'http', properties: { host: 'a', port: 1, uri: '/' } }] });
    const two = rendered({ outputs: [{ plugin: 'http', properties: { uri: '/', port: 1, host: 'a' } }] });
    expect(one.file.text).toBe(two.file.text);
  });

  it.each([
    ['a secret alone', '$(s)', '${p_s}', undefined],
    ['a secret in a text', 'Bearer $(s)', 'Bearer ${p_s}', undefined],
    ['two secrets', '$(s):$(t)', '${p_s}:${p_t}', undefined],
    ['an open value', 'x-$(o)-y', 'x-open-y', undefined],
    ['a literal dollar', '$$(s) $ $(', '$(s) $ $(', undefined],
    ['Fluent Bit’s own form', 'Bearer ${s}', 'Bearer ${p_s}', undefined],
    // It looks for the closing brace from where it stands: what follows a brace is not expanded.
    ['a secret behind a brace', '{"k":"$(s)"}', '${p_text}', '{"k":"s3cret"}'],
    ['a brace without secret', '{"k":"$(o)"}', '{"k":"open"}', undefined],
  ])('puts %s into its place', (_name, text, expected, whole) => {
    const { parsed, secretData, problems } = rendered(
      { outputs: [{ plugin: 'http', properties: { http_passwd: text } }] },
      [secret('s', 's3cret'), secret('t', 'other'), open('o', 'open'), open('l', 'x')],
    );
    expect(problems).toEqual([]);
    const password = String(parsed.pipeline.outputs[0]?.['http_passwd']);
    expect(password.replace(/\{p[0-9a-f]{16}_/g, '{p_')).toBe(expected);
    for (const [, name] of password.matchAll(/\$\{(p[^}]+)\}/g)) {
      expect(parsed.env).toContainEqual({ name, uri: `file:///fluentbind/live/secrets/${name}` });
      expect(secretData.get(name ?? '')).toBeDefined();
      if (whole !== undefined) expect(secretData.get(name ?? '')?.toString()).toBe(whole);
    }
  });

  it.each([
    ['of an open value', '$(l)', 'l', '${HOME}'],
    ['of a secret', '$(s)', 's', 'x${p0123456789abcdef_token}y'],
    ['that two values make together', '$(s)$(t)', 's', '${HOME'],
    ['with a default', 'Bearer $(s)', 's', '${X:-y}'],
    ['behind a brace', '}$(s)', 's', '${X}'],
  ])('refuses a variable of Fluent Bit %s: it expands texts twice', (_name, text, name, value) => {
    const values = [secret('s', 'x'), secret('t', '}'), open('l', 'x')].filter((v) => v.name !== name);
    const own = name === 'l' ? open(name, value) : secret(name, value);
    const { problems, file } = rendered({ outputs: [{ plugin: 'http', properties: { http_passwd: text } }] }, [
      ...values,
      own,
    ]);
    expect(problems).toMatchObject([{ reason: 'InvalidValue', path: 'spec.outputs[0].properties.http_passwd' }]);
    expect(file.text).not.toContain(value);
  });

  it('renders a pipeline for each output, with own input, filters and names', () => {
    const { parsed, pipelines } = rendered({
      filters: [{ plugin: 'grep', properties: { regex: 'a b' } }],
      outputs: [{ id: 'one', plugin: 'http' }, { plugin: 'loki' }],
    });
    expect(pipelines.map((p) => p.output)).toEqual(['one', '1']);
    const tags = parsed.pipeline.inputs.map((input) => input['tag']);
    expect(new Set(tags).size).toBe(2);
    expect(parsed.pipeline.outputs.map((output) => output['match'])).toEqual(tags);
    expect(parsed.pipeline.filters?.map((filter) => filter['match']).sort()).toEqual([...tags, ...tags].sort());
    const aliases = [...parsed.pipeline.outputs, ...(parsed.pipeline.filters ?? [])].map((section) => section['alias']);
    expect(new Set(aliases).size).toBe(aliases.length);
    expect(parsed.pipeline.outputs[0]).toMatchObject({ 'storage.total_limit_size': '1G', retry_limit: 'no_limits' });
  });

  it('keeps filters from a warning for each record, unless somebody chose the level', () => {
    const levels = (properties: Record<string, string>) => {
      const filter = { plugin: 'nest', properties: { operation: 'lift', nested_under: 'log', ...properties } };
      const { parsed, problems } = rendered({ filters: [filter], outputs: [{ plugin: 'null' }] });
      expect(problems).toEqual([]);
      return parsed.pipeline.filters?.at(-1);
    };
    expect(levels({})).toMatchObject({ name: 'nest', log_level: 'error' });
    expect(levels({ Log_Level: 'off' })).toMatchObject({ Log_Level: 'off' });
    expect(levels({ Log_Level: 'off' })).not.toHaveProperty('log_level');
  });

  it('writes what is safe where the default of Fluent Bit harms others', () => {
    const parserOf = (properties: Record<string, string | boolean>) =>
      rendered({
        parsers: [{ name: 'p', properties: { format: 'json', ...properties } }],
        outputs: [{ plugin: 'null' }],
      }).parsed.parsers?.[0]?.['time_strict'];
    expect(parserOf({ time_format: '%s', time_key: 't' })).toBe(false);
    expect(parserOf({ Time_Format: '%s', Time_Strict: 'off' })).toBeUndefined();
    expect(parserOf({})).toBeUndefined();
    const http = rendered({ outputs: [{ plugin: 'http', properties: { host: 'a.example.com' } }] }).parsed;
    expect(http.pipeline.outputs[0]?.['log_response_payload']).toBe(false);
  });

  it('renames parsers with every reference to them', () => {
    const spec = (
      input: { multiline?: string[] },
      filters: { plugin: string; properties: Record<string, string> }[],
    ) => ({
      input,
      parsers: [{ name: 'json', properties: { format: 'json' } }],
      multilineParsers: [
        {
          name: 'mine',
          properties: { type: 'regex', parser: 'json', key_content: 'log' },
          rules: [{ state: 'start_state', regex: '/^[A-Z]/', next: 'start_state' }],
        },
      ],
      filters: [{ plugin: 'parser', properties: { key_name: 'log', Parser: ['json', 'json'] } }, ...filters],
      outputs: [{ plugin: 'null' }],
    });
    const { parsed, problems } = rendered(spec({ multiline: ['java', 'mine'] }, []));
    expect(problems).toEqual([]);
    const own = { 'multiline.parser': 'go, mine', 'multiline.key_content': 'log' };
    const other = rendered(spec({}, [{ plugin: 'multiline', properties: own }]));
    expect(other.problems).toEqual([]);
    const [parser] = parsed.parsers ?? [];
    const [multiline] = parsed.multiline_parsers ?? [];
    expect(parser?.['name']).toMatch(/^p[0-9a-f]{16}_json$/);
    expect(multiline).toMatchObject({
      parser: parser?.['name'],
      rules: [{ state: 'start_state', regex: '/^[A-Z]/', next_state: 'start_state' }],
    });
    const [streams, nested, joining] = parsed.pipeline.filters ?? [];
    expect(streams?.['name']).toBe('rewrite_tag');
    expect(nested?.['code']).toContain('mark_nested');
    expect(joining?.['multiline.parser']).toBe(`java,${multiline?.['name']}`);
    expect(parsed.pipeline.filters?.at(-1)?.['Parser']).toEqual([parser?.['name'], parser?.['name']]);
    expect(other.parsed.pipeline.filters?.at(-1)?.['multiline.parser']).toBe(`go,${multiline?.['name']}`);
  });
});
