import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { growthOf } from '../../../hooks/fluentbit/patterns/growth.ts';
import { compileRegex } from '../../../hooks/fluentbit/version/checks/regex/regex.ts';
import { times } from '../../corpus/patterns/patterns.ts';
import { eventually, fluentBit, run } from '../../support/fluent-bit/fluent-bit.ts';

const folder = mkdtempSync(join(tmpdir(), 'fluentbind-patterns-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file that runs the patterns on the texts, and then says so in its output. */
function configuration(patterns: readonly string[], texts: readonly string[]): string {
  const quoted = (text: string) => JSON.stringify(text);
  const dummies = texts.map(
    (text) => `    - {name: dummy, tag: t, samples: 1, dummy: ${quoted(JSON.stringify({ log: text }))}}`,
  );
  const filters = patterns.map(
    (pattern) =>
      `    - {name: modify, match: t, condition: ${quoted(`key_value_matches log ${pattern}`)}, add: matched yes}`,
  );
  return [
    'service: {flush: 0.2, grace: 1}',
    'pipeline:',
    '  inputs:',
    ...dummies,
    '  filters:',
    ...filters,
    '  outputs:',
    '    - {name: stdout, match: t, format: json_lines}',
    '',
  ].join('\n');
}

/** Whether an agent gets through all texts. */
async function finishes(patterns: readonly string[], texts: readonly string[], seconds: number): Promise<boolean> {
  const file = join(folder, 'agent.yaml');
  writeFileSync(file, configuration(patterns, texts));
  const agent = await run(['-c', file], folder);
  try {
    const lines = () => agent.output().split('"log":').length - 1;
    return await eventually(() => lines() >= texts.length, seconds).then(
      () => true,
      () => false,
    );
  } finally {
    await agent.stop();
  }
}

/** Patterns without quotes and blanks, which the filter would take for its own. */
function randomPatterns(count: number, seed: number): string[] {
  let state = seed;
  const random = (below: number) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
  const pick = (...list: string[]) => list[random(list.length)] ?? '';
  const atom = (depth: number): string => {
    const kind = depth <= 0 ? random(4) : random(12);
    if (kind < 4) return pick('a', 'b', '[ab]', '.', 'a', 'b');
    if (kind < 8) return `${pick('(', '(?:')}${either(depth - 1)})`;
    if (kind === 8) return `(?>${either(depth - 1)})`;
    if (kind === 9) return `${pick('(?=', '(?!')}${either(depth - 1)})`;
    return pick('a', 'b', '\\b');
  };
  const suffix = () => pick('', '', '', '*', '+', '?', '*?', '+?', '*+', '++', '{2}', '{1,3}');
  const item = (depth: number) => {
    const text = atom(depth);
    return /^(\(\?[=!]|\\b)/.test(text) ? text : text + suffix();
  };
  const sequence = (depth: number) => Array.from({ length: 1 + random(3) }, () => item(depth)).join('');
  const either = (depth: number): string =>
    Array.from({ length: 1 + (random(3) === 0 ? 1 : 0) }, () => sequence(depth)).join('|');
  return Array.from({ length: count }, () => `^${either(3)}${pick('$', 'c', '[cd]', '')}`);
}

describe.skipIf(fluentBit === undefined)('a real Fluent Bit', { timeout: 60_000 }, () => {
  const pumps = ['a', 'b', 'ab', 'aab', 'abb'];
  const texts = pumps.flatMap((pump) => ['', '!', '!c'].map((end) => pump.repeat(90 / pump.length) + end));

  it('gets through 300 random patterns that are not judged to be exponential', async () => {
    const harmless = randomPatterns(600, 7).filter((pattern) => {
      const found = growthOf(pattern, []);
      return compileRegex(pattern).fault === undefined && 'degree' in found && (found.degree ?? 9) <= 3;
    });
    expect(harmless.length).toBeGreaterThan(300);
    expect(await finishes(harmless.slice(0, 300), texts, 20)).toBe(true);
  });

  it('gets through what is called harmless in the corpus', async () => {
    const plain = times.harmless.filter((pattern) => !/["'\s]/.test(pattern));
    expect(plain.length).toBeGreaterThan(20);
    expect(await finishes(plain, ['a'.repeat(5000), 'a!'.repeat(2500), '1.1'.repeat(1500)], 20)).toBe(true);
  });

  it('does not get through one that is', async () => {
    expect(await finishes(['^(a+)+$'], ['a'.repeat(60).concat('!')], 4)).toBe(false);
  });
});
