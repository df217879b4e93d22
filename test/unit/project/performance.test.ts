import { describe, expect, it } from 'vitest';
import { controllers } from '../../../hooks/controllers/index.ts';
import { routes } from '../../../hooks/kit/routes.ts';
import { everyMemory } from '../../../hooks/memo/registry.ts';
import { createApp } from '../../../hooks/server/app.ts';
import { filesBelow, textOf } from '../../support/repository.ts';

/** They register when they are loaded: those of controllers and their routes, and of the server. */
const loaded = [routes(controllers), createApp];
const page = textOf('docs/performance.md').split('\n## Memories\n')[1]?.split('\n## ')[0] ?? '';
const rows = new Map(
  page
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| memory'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, name = '', file = '', workload = '', change = '', onboarding = '']) => [
      name,
      { file: file.replaceAll('`', ''), workload, change, onboarding },
    ]),
);
const code = filesBelow('hooks', /\.ts$/).map((path) => ({ path, text: textOf(path) }));

describe('every memory', () => {
  const names = everyMemory().map(({ name }) => name);

  it('is in the table, and nothing else is', () => {
    expect(loaded).toHaveLength(2);
    expect([...rows.keys()].sort()).toEqual([...names].sort());
  });

  it.each(names)('%s: has its figure beside it, the one of the table, and buys 3 % at least', (name) => {
    const { file = '', change = '', onboarding = '' } = rows.get(name) ?? {};
    const at = code.filter(({ text }) =>
      new RegExp(`(byContent|byIdentity)<[^;]*\\('${name}'|register\\('${name}'`).test(text),
    );
    expect(at.map(({ path }) => path)).toEqual([file]);
    const before = at[0]?.text.split(`'${name}'`)[0] ?? '';
    const comment = before.slice(before.lastIndexOf('/**'));
    expect(comment.replaceAll(/\s*\n \*\s*|\n\/\/ /g, ' ')).toContain(
      `Without it one change takes ${change} and onboarding ${onboarding} times the CPU`,
    );
    expect(Math.max(Number(change), Number(onboarding))).toBeGreaterThanOrEqual(1.03);
  });
});
