import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Growth, growthOf } from '../../../../hooks/fluentbit/patterns/growth.ts';
import type { Flag } from '../../../../hooks/fluentbit/patterns/pattern-parser.ts';
import { realPatterns, times } from '../../../corpus/patterns/patterns.ts';

/** As Fluent Bit takes it apart: /pattern/im. */
function growth(source: string) {
  const [, pattern = source, flags = ''] = /^\/(.*)\/([imx]*)$/s.exec(source) ?? [];
  return growthOf(pattern, [...flags] as Flag[]);
}

const degree = (source: string) => (growth(source) as Partial<Growth>).degree;

describe('exponential time', () => {
  it.each(Object.entries(times.exponential))('is found in %s', (pattern, parts) => {
    const found = growth(pattern);
    if (parts.length === 0) expect(found).toHaveProperty('unknown');
    else expect(found).toMatchObject({ degree: Number.POSITIVE_INFINITY, parts });
  });

  it('is said of some that no text makes slow', () => {
    for (const pattern of times.overReported)
      expect(degree(pattern) ?? Number.POSITIVE_INFINITY).toBe(Number.POSITIVE_INFINITY);
  });

  it('is not said of what is harmless', () => {
    expect(times.harmless.length).toBeGreaterThan(40);
    for (const pattern of times.harmless) expect([pattern, (degree(pattern) ?? 9) <= 2]).toEqual([pattern, true]);
  });

  it('comes with a text that both ways read', () => {
    expect(growth('^(?:GET|POST|GE|T)+ ')).toMatchObject({ pump: 'GETGETT' });
  });
});

describe('the power of the length', () => {
  it.each(Object.entries(times.polynomial))('%s: %i', (pattern, power) => {
    expect(degree(pattern)).toBe(power);
  });

  it.each([
    ['^[^ ]* [^ ]* [^ ]*$', 2],
    ['\\A[^ ]* [^ ]* [^ ]*$', 1],
    ['^ *([^"]*) *"', 3],
    // What takes all that it can leaves nothing to the next.
    ['\\A *+([^" ]*+) *+"', 1],
    [`^${'\\s*'.repeat(12)}$`, 13],
  ])('%s: %i', (pattern, power) => {
    expect(degree(pattern)).toBe(power);
  });
});

describe('patterns that people use', () => {
  const judged = Object.entries(realPatterns).flatMap(([source, patterns]) =>
    patterns.map((pattern) => ({ source, found: growth(pattern) })),
  );

  it('are all judged within the limits', () => {
    expect(judged.length).toBeGreaterThan(380);
    expect(judged.filter(({ found }) => 'unknown' in found)).toEqual([]);
  });

  it('take exponential time, or so high a power that it is refused, in 5 cases', () => {
    const refused = judged.filter(({ found }) => 'degree' in found && (found.degree ?? 0) >= 8);
    expect(refused.map(({ source }) => source).sort()).toEqual([
      'fluent/fluent-bit parsers_ambassador.conf',
      'fluent/fluent-bit#2292',
      'fluent/fluentd-docs-gitbook apache2.md',
      'fluent/fluentd-docs-gitbook syslog.md',
      'microsoft/Docker-Provider azm-containers-parser-multiline.conf',
    ]);
  });
});

describe('steps', () => {
  const letters = Array.from({ length: 8000 }, (_, index) => String.fromCodePoint(0x4e00 + index));
  const counted = (count: number) => Array.from({ length: count }, (_, index) => `a{${index + 1}}`).join('|');

  it.each([
    ['fields', '[^ ]*'.repeat(3000)],
    ['alternatives', `(${'a|'.repeat(5000)}b)*c`],
    ['optional characters', `(?:${'a?'.repeat(300)})*b`],
    ['nested groups', `${'(a|'.repeat(60)}b${')*'.repeat(60)}`],
    ['letters', letters.join('')],
    ['letters in a class', `[${letters.join('')}]*x`],
    ['classes', letters.map((letter) => `[^${letter}]*`).join('')],
    ['classes where case is ignored', `(?i)${'[[:alpha:]]+ '.repeat(1200)}`],
    ['boundaries', '(?:\\b|\\B|$|^|a?)'.repeat(400)],
    ['copies of a group', `${'(a*)'.repeat(30)}${'\\1'.repeat(900)}`],
    ['counted loops', '(?:(?:(?:a{1,3}){1,3}){1,3})'.repeat(40)],
    ['loops of every length', `(?:${counted(100)})*$`],
    ['look-aheads', `${'(?=.*a)'.repeat(8)}${'.*'.repeat(500)}`],
  ])('are bounded for many %s', (_, pattern) => {
    expect(growthOf(pattern.slice(0, 16_384), []).steps).toBeLessThanOrEqual(2_800_000);
  });

  it('are as few as there is room for', () => {
    expect(growthOf('[^ ]*'.repeat(3000), [], 5000).steps).toBeLessThanOrEqual(5000);
  });

  it('are the same each time', () => {
    const [first, second] = [growth('^(\\w+\\s?)*$'), growth('^(\\w+\\s?)*$')];
    expect(first).toEqual(second);
  });
});

it('never throws, whatever there is', () => {
  const piece = fc.constantFrom(
    ...['(', ')', '[', ']', '[^', '{1,2}', '{,3}', '*', '+', '?', '*+', '|', '\\', '^', '$', '(?<n>', '(?i)', '(?<='],
    ...[
      '(?>',
      '(?=',
      '\\p{L}',
      '\\x{41}',
      '\\xc3',
      '\\g<n>',
      '\\k<n>',
      '\\1',
      '(?#',
      'a',
      'ß',
      's',
      '-',
      '&&',
      '[:alpha:]',
    ],
  );
  const pattern = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(pattern, (text) => {
      growthOf(text, ['x']);
    }),
    { numRuns: 1000 },
  );
});
