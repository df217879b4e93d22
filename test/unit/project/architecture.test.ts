import { describe, expect, it } from 'vitest';
import { importsInHooks } from '../../support/imports.ts';
import { filesBelow, textOf } from '../../support/repository.ts';

const page = textOf('ARCHITECTURE.md');
const hooks = filesBelow('hooks', /\.(ts|json|ejs)$/);
const rooms = [
  ...new Set(
    hooks.map((path) => path.split('/')).flatMap(([, room, more]) => (more === undefined ? [] : [room ?? ''])),
  ),
];
const imports = importsInHooks();

/** The text of a section, from its heading to the next one of its level or a higher one. */
function section(heading: string): string {
  const level = /^#+/.exec(heading)?.[0].length ?? 0;
  const [, after = ''] = page.split(`\n${heading}\n`);
  return after.split(new RegExp(`^#{1,${level}} `, 'm'))[0] ?? '';
}

/** Rows of the table below a heading, without head and line. */
function table(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter((cells) => !/^-+$/.test(cells[0] ?? ''))
    .slice(1);
}

it('is a map and no novel', () => {
  expect(page.split('\n').length).toBeLessThanOrEqual(251);
});

describe('rooms', () => {
  it('are those that there are', () => {
    const described = [...section('## Code map').matchAll(/^### (\w+)\/$/gm)].map(([, room]) => room);
    expect(described.sort()).toEqual([...rooms].sort());
  });

  // Each folder of controllers/ is a controller, and they have a list.
  it.each(rooms.filter((room) => room !== 'controllers'))('%s/: its folders are named', (room) => {
    const folders = new Set(
      hooks
        .map((path) => path.split('/'))
        .flatMap(([, at, ...rest]) => (at === room && rest.length > 1 ? [rest[0]] : [])),
    );
    for (const folder of folders) expect(section(`### ${room}/`)).toContain(`\`${folder}/\``);
  });
});

describe('invariants', () => {
  const lines = page.split('\n').filter((line) => line.includes('**Invariant**'));
  const named = lines.map((line) => /\(`(test\/[\w./-]+\.test\.ts)`, "([^"]+)"\)$/.exec(line)?.slice(1) ?? [line, '']);

  it('are many, and each names its test', () => {
    expect(named.length).toBeGreaterThan(15);
  });

  it.each(named)('%s: %s', (file, title) => {
    // A title that is assembled for each row of a table begins with what differs.
    expect(textOf(file).replaceAll("'%s ", "'")).toContain(`'${title}'`);
  });
});

describe('layers', () => {
  const [layers = '', order = ''] = section('## Layers').split('Within three rooms');
  const allowed = new Map(
    table(layers).map(([room = '', may = '']) => [
      room,
      may === 'every room' ? [...rooms] : may === '–' ? [] : may.split(', '),
    ]),
  );

  it('are a row for each room, below those that it may import', () => {
    expect([...allowed.keys()].sort()).toEqual([...rooms].sort());
    const names = [...allowed.keys()];
    for (const [room, may] of allowed)
      for (const other of may) if (room !== 'cli') expect(names.indexOf(other)).toBeLessThan(names.indexOf(room));
  });

  it('are what the linter enforces', () => {
    const { overrides } = JSON.parse(textOf('biome.json')) as {
      overrides: {
        includes: string[];
        linter?: { rules?: { style?: { noRestrictedImports?: { options: { patterns: { group: string[] }[] } } } } };
      }[];
    };
    for (const [room, may] of allowed) {
      const rule = overrides.find(({ includes }) => includes.includes(`hooks/${room}/**`));
      const forbidden =
        rule?.linter?.rules?.style?.noRestrictedImports?.options.patterns.flatMap(({ group }) => group) ?? [];
      const expected = rooms.filter((other) => other !== room && !may.includes(other)).map((other) => `**/${other}/**`);
      expect(forbidden.filter((pattern) => pattern.startsWith('**/')).sort(), room).toEqual(expected.sort());
    }
  });

  it('are what there is: nothing is allowed that nobody imports', () => {
    const roomOf = (path: string) => path.split('/')[1] ?? '';
    for (const [room, may] of allowed) {
      if (room === 'cli') continue;
      const used = new Set(imports.filter(({ from }) => from.startsWith(`hooks/${room}/`)).map(({ to }) => roomOf(to)));
      used.delete(room);
      expect([...used].sort(), room).toEqual([...may].sort());
    }
  });

  it.each(table(order))('of %s are in order', (room = '', folders = '') => {
    const names = folders.split(', ');
    const rank = (path: string) => names.indexOf(path.split('/')[2] ?? '');
    const below = imports.filter(({ from, to }) =>
      [from, to].every((path) => path.startsWith(`hooks/${room}/`) && rank(path) >= 0),
    );
    expect(below.length).toBeGreaterThan(10);
    expect(below.filter(({ from, to }) => rank(to) > rank(from))).toEqual([]);
    const folded = hooks.filter((path) => path.startsWith(`hooks/${room}/`) && path.split('/').length > 3);
    expect(folded.filter((path) => rank(path) < 0)).toEqual([]);
  });
});

describe('changes', () => {
  const rows = table(section('## Where to add what'));

  it('are ten', () => {
    expect(rows).toHaveLength(10);
  });

  it.each(rows)('%s: begins where it says', (_change = '', begin = '', then = '') => {
    const [, file = '', symbols = ''] = /^`([^`]+)` \((.+)\)$/.exec(begin) ?? [begin, begin];
    for (const symbol of symbols.split(', ').map((one) => one.replaceAll('`', '')))
      expect(textOf(file)).toMatch(new RegExp(`^(export )?(const|function|interface|type) ${symbol}\\b`, 'm'));
    for (const [, path = ''] of then.matchAll(/`((?:hooks|test|docs)\/[\w./-]+\.\w+)`/g))
      expect(textOf(path)).not.toBe('');
  });
});
