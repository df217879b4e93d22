import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { complete } from '../../hooks/binding/complete.ts';
import { render } from '../../hooks/fluentbit/render.ts';
import { eventually, fluentBit, run } from '../support/fluent-bit.ts';
import { fates } from './checks-table.ts';

const record = '{"log":"hello world","level":"info","n":5,"nested":{"a":"b"}}';

/** The rendered file with an input that gives one record at once in the place of the container logs. */
function withRecord(text: string): string {
  const tag = /^ {6}tag: (.*)$/m.exec(text)?.[1] ?? '';
  const input = `  inputs:\n    - name: dummy\n      tag: ${tag.replace('*', 'var.log.x')}\n      dummy: '${record}'\n      flush_on_startup: true\n`;
  const pipeline = text
    .replace(/^ {2}inputs:\n(?: {4}.*\n)*/m, input)
    .replaceAll('      storage.total_limit_size: 1G\n', '');
  return `service:\n  flush: 0.2\n  grace: 1\n  log_level: info\n${pipeline}`;
}

/** Whether an agent starts with the file, takes the record and stops when it is told to. */
async function survives(text: string): Promise<{ survives: boolean; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'fb-'));
  try {
    writeFileSync(join(folder, 'agent.yaml'), withRecord(text));
    const agent = await run(['-c', join(folder, 'agent.yaml')], folder);
    const started = eventually(() => agent.output().includes('stream processor started'), 3).then(
      () => true,
      () => false,
    );
    const up = await Promise.race([started, agent.ended.then(() => false)]);
    const alive = up && (await Promise.race([agent.ended.then(() => false), later(500)]));
    const code = await agent.stop();
    // An agent that does not stop is killed; one that crashes has a signal, and no code either.
    return { survives: alive && code === 0, output: agent.output() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function later(milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => setTimeout(() => resolve(true), milliseconds));
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
  it.each(fates)('%s is %s', async (_, fate, fragment) => {
    const { survives: survived, output } = await survives(rendered(fragment).file.text);
    expect(output).not.toContain('invalid YAML');
    expect(survived, output).toBe(fate !== 'fatal');
  });
});
