import { expect, it } from 'vitest';
import { open, rendered } from './render/parsed-file.ts';

const labels = (length: number) =>
  Array.from({ length: Math.floor(length / 9) }, (_, index) => `::a${String(index).padStart(4, '0')}::`).join('');
const lua = (code: string) => ({ plugin: 'lua', properties: { call: 'f', code: `${code} function f() end` } });
const problems = (filters: ReturnType<typeof lua>[]) => rendered({ filters, outputs: [{ plugin: 'null' }] }).problems;

it('a script is checked up to 65,536 characters', () => {
  expect(problems([lua(labels(64_000))])).toEqual([]);
  expect(problems([lua(labels(70_000))])).toMatchObject([
    { reason: 'InvalidCode', message: expect.stringContaining('longer than 65536 characters') },
  ]);
});

it('scripts in declared files count as well', () => {
  const files = Array.from({ length: 5 }, (_, index) => ({
    ...open(`s${index}`, `${labels(60_000 - 9 * index)} function f() end`),
    file: true,
  }));
  const filters = files.map(({ name }) => ({ plugin: 'lua', properties: { call: 'f', script: `$(${name})` } }));
  const found = (count: number) =>
    rendered({ filters: filters.slice(0, count), outputs: [{ plugin: 'null' }] }, files).problems;
  expect(found(4)).toEqual([]);
  expect(found(5)).toMatchObject([{ reason: 'TooLarge', path: 'spec.filters' }]);
});

it('all scripts of a spec are checked up to four times as much, and nobody looks at the others', () => {
  expect(problems(Array.from({ length: 4 }, () => lua(labels(60_000))))).toEqual([]);
  const before = process.cpuUsage();
  const found = problems(Array.from({ length: 52 }, (_, index) => lua(labels(64_000 - 9 * index))));
  expect(found.filter(({ path }) => path === 'spec.filters')).toMatchObject([{ reason: 'TooLarge' }]);
  // Minutes without the limits.
  expect(process.cpuUsage(before).user / 1e6).toBeLessThan(10);
});
