import { describe, expect, it } from 'vitest';
import { everyClassified } from '../../../../hooks/fluentbit/version/property-classes.ts';
import { realPatterns } from '../../../corpus/patterns/patterns.ts';
import { problemsOf, type Spec } from '../../../support/rendered-spec.ts';
import { answer, logging, template } from '../../admission/judged-objects.ts';
import { secret } from '../render/parsed-file.ts';

const filter = (plugin: string, properties: object, rules: string[] = []): Spec => ({
  filters: [{ plugin, properties: properties as Record<string, string>, rules }],
});
const parser = (regex: string): Spec => ({ parsers: [{ name: 'mine', properties: { format: 'regex', regex } }] });
const multiline = (regex: string): Spec => ({
  multilineParsers: [
    { name: 'mine', properties: { type: 'regex' }, rules: [{ state: 'start_state', regex, next: 'start_state' }] },
  ],
});

/** Every place whose text Onigmo runs, with the row of its class, if a tenant may set it. */
const places: [place: string, row: string | undefined, spec: (pattern: string) => Spec, path: string][] = [
  ['grep', 'filter/grep regex', (p) => filter('grep', { regex: `log ${p}` }), 'spec.filters[0].properties.regex'],
  ['grep', 'filter/grep exclude', (p) => filter('grep', {}, [`exclude log ${p}`]), 'spec.filters[0].rules[0]'],
  [
    'modify',
    'filter/modify remove_regex',
    (p) => filter('modify', {}, [`remove_regex ${p}`]),
    'spec.filters[0].rules[0]',
  ],
  ...['a_key_matches', 'no_key_matches'].map((name): (typeof places)[number] => [
    'modify',
    'filter/modify condition',
    (p) => filter('modify', { condition: `${name} ${p}` }, ['add a b']),
    'spec.filters[0].properties.condition',
  ]),
  ...['key_value_matches log', 'key_value_does_not_match log', 'matching_keys_have_matching_values a.*'].map(
    (name): (typeof places)[number] => [
      'modify',
      'filter/modify condition',
      (p) => filter('modify', { condition: `${name} ${p}` }, ['add a b']),
      'spec.filters[0].properties.condition',
    ],
  ),
  [
    'rewrite_tag',
    undefined,
    (p) => filter('rewrite_tag', { rule: `$log ${p} a.b false` }),
    'spec.filters[0].properties.rule',
  ],
  [
    'log_to_metrics',
    undefined,
    (p) => filter('log_to_metrics', { metric_name: 'a', metric_description: 'b', tag: 't', regex: `log ${p}` }),
    'spec.filters[0].properties.regex',
  ],
  ['a parser', 'parser/* regex', (p) => parser(`(?<a>)${p}`), 'spec.parsers[0].properties.regex'],
  ['a multiline rule', 'multilineParser/* rules.regex', multiline, 'spec.multilineParsers[0].rules[0].regex'],
  ['a multiline rule', 'multilineParser/* rules', multiline, 'spec.multilineParsers[0].rules[0].regex'],
];

const found = (spec: Spec) => problemsOf(spec).map(({ reason, path }) => [reason, path]);

describe('a pattern that takes exponential time', () => {
  it.each(places.map(([place, row, spec, path]) => ({ place: `${place}, ${row}`, spec, path })))(
    'is refused in $place',
    ({ spec, path }) => {
      expect(found(spec('^([ab]+a?)+$'))).toContainEqual(['SlowRegex', path]);
      expect(found(spec('^[ab]+a?$')).filter(([reason]) => reason === 'SlowRegex')).toEqual([]);
    },
  );

  it('is looked for in every property of the class pattern', () => {
    // What removes or nests keys by a prefix is not given to Onigmo.
    const plain = ['filter/modify remove_wildcard', 'filter/nest wildcard'];
    const rows = everyClassified()
      .filter((row) => row.class === 'pattern' && row.forbid !== true)
      .map(({ kind, plugin, property }) => `${kind}/${plugin} ${property}`);
    expect(rows.sort()).toEqual([...new Set(places.flatMap(([, row]) => row ?? [])), ...plain].sort());
  });

  it('is shown with the part that does it, and how to mend it', () => {
    const [problem] = problemsOf(filter('grep', { exclude: 'log ^"(?:[^"]|\\\\.)*"$' }));
    expect(problem?.message).toContain('because `(?:[^"]|\\\\.)*` can read');
    expect(problem?.hint).toContain('possessive');
  });

  it('is refused in quotes, with options', () => {
    expect(found(filter('grep', { regex: 'log /^[[:alpha:]]+$/i' }))).toEqual([
      ['SlowRegex', 'spec.filters[0].properties.regex'],
    ]);
    expect(found(filter('grep', { regex: 'log /^[[:alpha:]]+$/' }))).toEqual([]);
  });

  it('is taken where it is compiled and never run', () => {
    expect(found(filter('modify', {}, ['add note ^(a+)+$', 'rename (b+)+c d']))).toEqual([]);
  });

  it('is found in a value, and no message shows a secret', () => {
    const problems = problemsOf(filter('grep', { regex: 'log $(p)' }), [secret('p', '^((hush)+)+$')]);
    expect(problems).toMatchObject([{ reason: 'SlowRegex' }]);
    expect(JSON.stringify(problems)).not.toContain('hush');
  });

  it('is refused where it is too intricate to be judged', () => {
    const [problem] = problemsOf(filter('grep', { regex: `log ${'[^ ]*'.repeat(1000)}` }));
    expect(problem).toMatchObject({ reason: 'SlowRegex', message: expect.stringContaining('it is too intricate') });
  });

  it('is refused by admission, and by the 8th power of the length', () => {
    const asked = (pattern: string) => answer(logging(filter('grep', { regex: `log ${pattern}` }) as object));
    expect(asked('^(a+)+$').allowed).toBe(false);
    expect(asked(`^${'\\s*'.repeat(6)}$`).allowed).toBe(true);
    expect(asked(`^${'\\s*'.repeat(7)}$`).allowed).toBe(false);
  });
});

describe('patterns that people use', () => {
  const refused = [
    'fluent/fluent-bit parsers_ambassador.conf',
    'fluent/fluent-bit#2292',
    'fluent/fluentd-docs-gitbook apache2.md',
    'fluent/fluentd-docs-gitbook syslog.md',
    'microsoft/Docker-Provider azm-containers-parser-multiline.conf',
  ];

  it('are all accepted, but for 5', () => {
    const accepted = Object.entries(realPatterns).map(
      ([source, patterns]) =>
        [source, patterns.filter((pattern) => found(multiline(pattern)).length > 0).length] as const,
    );
    expect(
      accepted
        .filter(([, count]) => count > 0)
        .map(([source]) => source)
        .sort(),
    ).toEqual(refused);
    expect(accepted.reduce((sum, [, count]) => sum + count, 0)).toBe(5);
  });
});

describe('a pattern whose time grows with a higher power', () => {
  const nginx =
    '^(?<remote>[^ ]*) (?<host>[^ ]*) (?<user>[^ ]*) \\[(?<time>[^\\]]*)\\] "(?<method>\\S+)(?: +(?<path>[^\\"]*?)(?: +\\S*)?)?" (?<code>[^ ]*) (?<size>[^ ]*)(?: "(?<referer>[^\\"]*)" "(?<agent>[^\\"]*)")';

  it.each([
    ['a LoggingConfiguration', logging],
    ['a template', template],
  ])('is accepted in %s, with a warning', (_, of) => {
    const { allowed, warnings } = answer(of(parser(nginx) as object));
    expect([allowed, warnings?.length]).toEqual([true, 1]);
    expect(warnings?.[0]).toContain('spec.parsers[0].properties.regex');
  });

  it('does not hide what is wrong beside it', () => {
    const condition = 'matching_keys_have_matching_values \\s*\\s*\\s*$ ^(a+)+$';
    expect(found(filter('modify', { condition }, ['add a b']))).toEqual([
      ['SlowRegex', 'spec.filters[0].properties.condition'],
    ]);
    expect(found(parser('\\s*\\s*\\s*$'))).toEqual([['InvalidRegex', 'spec.parsers[0].properties.regex']]);
  });
});

describe('all patterns of a resource', () => {
  const costly = `(?:${Array.from({ length: 60 }, (_, index) => `a{${index + 1}}b`).join('|')})*c`;
  const rules = (count: number) => Array.from({ length: count }, () => `regex log ${costly}`);

  it('are judged within one budget, and beyond it one problem says so', () => {
    const before = process.cpuUsage();
    const problems = problemsOf(filter('grep', {}, rules(64)));
    expect(problems.filter(({ reason }) => reason === 'TooLarge')).toHaveLength(1);
    // Time of its own; half a minute without the budget.
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(10);
  });
});
