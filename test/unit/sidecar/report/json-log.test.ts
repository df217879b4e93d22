import { expect, it } from 'vitest';
import { jsonLog } from '../../../../hooks/sidecar/report/json-log.ts';

it.each([
  ['debug', ['debug', 'info', 'warn', 'error']],
  ['info', ['info', 'warn', 'error']],
  ['error', ['error']],
  ['silent', []],
])('a log from %s on has a line of JSON for each event', (least, expected) => {
  const lines: string[] = [];
  const log = jsonLog(least, (text) => lines.push(text));
  for (const level of ['debug', 'info', 'warn', 'error'] as const) log(level, { what: `${level}\n` }, 'happened');
  expect(lines.every((line) => /^[^\n]+\n$/.test(line))).toBe(true);
  const read = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(read.map(({ what }) => what)).toEqual(expected.map((level) => `${level}\n`));
  expect(read.every(({ msg, time }) => msg === 'happened' && Number(time) > 0)).toBe(true);
});
