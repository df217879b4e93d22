import { describe, expect, it } from 'vitest';
import { complete } from '../../hooks/binding/complete.ts';
import { fluentBit } from '../support/fluent-bit/fluent-bit.ts';
import { hasty, record, survives } from '../support/fluent-bit/survival.ts';
import { render } from '../support/rendered-spec.ts';
import { fates, written } from './tables/checks-table.ts';

/** The rendered file with an input that gives one record at once in the place of the container logs. */
function withRecord(text: string): string {
  const tag = /^ {6}tag: (.*)$/m.exec(text)?.[1] ?? '';
  const input = `  inputs:\n    - name: dummy\n      tag: ${tag.replace('*', 'var.log.x')}\n      dummy: '${record}'\n      flush_on_startup: true\n`;
  const pipeline = text
    .replace(/^ {2}inputs:\n(?: {4}.*\n)*/m, input)
    .replaceAll('      storage.total_limit_size: 1G\n', '');
  return hasty + pipeline;
}

const rendered = (fragment: Record<string, unknown>) =>
  render({
    namespace: 'shop',
    name: 'logs',
    generation: 1,
    spec: complete({ outputs: [{ plugin: 'null' }], ...fragment }),
    values: new Map(),
  });

describe('checks', () => {
  it.each(fates)('%s is %s', (_, fate, fragment) => {
    const problems = rendered(fragment).problems.map(({ path, reason }) => `${path}: ${reason}`);
    if (fate === 'fine') expect(problems).toEqual([]);
    else expect(problems).not.toEqual([]);
  });
});

describe.skipIf(fluentBit === undefined).concurrent('the same in a real Fluent Bit', { timeout: 60_000 }, () => {
  it.each(written)('%s is %s', async (_, fate, fragment) => {
    const { survives: survived, output } = await survives(withRecord(rendered(fragment).file.text));
    expect(output).not.toContain('invalid YAML');
    expect(survived, output).toBe(fate !== 'fatal');
  });
});
