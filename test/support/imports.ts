import { dirname, join } from 'node:path';
import { filesBelow, textOf } from './repository.ts';

/** An import of one file of hooks/ by another. */
export interface Import {
  from: string;
  to: string;
  /** What comes with it at once: `import type` is taken out, `import { type A }` is not; a function may import later. */
  when: 'never' | 'at once' | 'later';
}

const statement = /^(?:import|export) (type )?(?:(?:\{[^}]*\}|[\w*, ]+) from )?'([^']+)';/gm;
const lazy = /import\('([^']+)'\)/g;

/** Every import of a file, also those that a function does when it is called. `to` is as it is written. */
function importsOf(from: string): Import[] {
  const text = textOf(from);
  return [
    ...[...text.matchAll(statement)].map(([, type, to = '']) => ({
      from,
      to,
      when: type === undefined ? ('at once' as const) : ('never' as const),
    })),
    ...[...text.matchAll(lazy)].map(([, to = '']) => ({ from, to, when: 'later' as const })),
  ];
}

/** Every import of one file of hooks/ by another, by paths of the repository. */
export function importsInHooks(): Import[] {
  return filesBelow('hooks', /\.ts$/)
    .flatMap(importsOf)
    .filter(({ to }) => to.startsWith('.'))
    .map(({ from, to, when }) => ({ from, to: join(dirname(from), to), when }));
}

/** Packages and built-ins of Node.js whose values a file imports. */
export function packagesOf(path: string): string[] {
  return importsOf(path)
    .filter(({ to, when }) => when !== 'never' && !to.startsWith('.'))
    .map(({ to }) => to);
}

/** All files that are loaded together with a file, itself included. */
export function loadedWith(path: string, imports: readonly Import[]): string[] {
  const seen = new Set([path]);
  for (const file of seen)
    for (const { from, to, when } of imports) if (from === file && when === 'at once') seen.add(to);
  return [...seen];
}
