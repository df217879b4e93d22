import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AgentLog, containerFolder } from '../../../../hooks/sidecar/delivery/agent-log.ts';
import { logFiles } from '../../../../hooks/sidecar/delivery/log-files.ts';

let logs: string;
let folder: string;
let log: AgentLog;
const file = (name: string) => join(folder, name);

beforeEach(() => {
  logs = mkdtempSync(join(tmpdir(), 'logs-'));
  folder = join(logs, 'agents_edge-x_u-1/fluent-bit');
  log = new AgentLog(logFiles, containerFolder(logFiles, logs, { name: 'edge-x', uid: 'u-1' }, 'fluent-bit'));
});
afterEach(() => {
  log.close();
  rmSync(logs, { recursive: true });
});

function read(): string[] {
  const lines: string[] = [];
  log.read((line) => lines.push(line));
  return lines;
}

it('is absent at first, and where nobody says which pod it is', () => {
  expect(read()).toEqual([]);
  const unknown = new AgentLog(logFiles, containerFolder(logFiles, logs, undefined, 'fluent-bit'));
  expect(unknown.read(() => {})).toBe(true);
  mkdirSync(folder, { recursive: true });
  expect(read()).toEqual([]);
  writeFileSync(file('0.log'), 'a\n');
  expect(read()).toEqual(['a']);
});

it('is followed over lines in parts, rotations, truncation and restarts', () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(file('0.log'), 'a\nb');
  expect(read()).toEqual(['a']);
  appendFileSync(file('0.log'), 'c\n');
  expect(read()).toEqual(['bc']);
  appendFileSync(file('0.log'), 'last\n');
  renameSync(file('0.log'), file('0.log.20260601-100000'));
  expect(read()).toEqual(['last']);
  writeFileSync(file('0.log'), 'first\n');
  expect(read()).toEqual(['first']);
  truncateSync(file('0.log'));
  appendFileSync(file('0.log'), 'x\n');
  expect(read()).toEqual(['x']);
  writeFileSync(file('1.log'), 'anew\n');
  writeFileSync(file('10.log'), 'again\n');
  expect(read()).toEqual(['again']);
});

it('is passed over where there is too much of it, but for its end', () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(file('0.log'), `${'x'.repeat(99)}\n`.repeat(50_000));
  appendFileSync(file('0.log'), 'end\n');
  const lines: string[] = [];
  expect(log.read((line) => lines.push(line))).toBe(false);
  expect(lines.at(-1)).toBe('end');
  expect(new Set(lines.slice(0, -1).map(({ length }) => length))).toEqual(new Set([99]));
  expect(lines.length).toBeGreaterThan(20_000);
  expect(lines.length).toBeLessThan(21_500);
  appendFileSync(file('0.log'), `${'y'.repeat(700_000)}\nnext\n`);
  expect(read().at(-1)).toBe('next');
});
