import { describe, expect, it } from 'vitest';
import { allowedByDefault } from '../../../../hooks/fluentbit/policy/plugins.ts';
import { catalogue } from '../../../../hooks/fluentbit/version/catalogue.ts';
import { factChanges } from '../../../../hooks/fluentbit/version/compare-versions.ts';
import { type Fact, facts } from '../../../../hooks/fluentbit/version/facts.ts';
import { knownSources, type SourceTree, sourcesOf } from '../../../../hooks/fluentbit/version/source-digests.ts';
import { filesBelow, textOf } from '../../../support/repository.ts';

const code = filesBelow('hooks', /\.ts$/);
const table = 'hooks/fluentbit/version/facts.ts';

describe('facts about Fluent Bit', () => {
  it('are named where code rests on them, and nowhere else', () => {
    const named = code.flatMap((file) =>
      file === table ? [] : [...textOf(file).matchAll(/\bfact: ([a-z-]+)/g)].map(([, name]) => `${name} in ${file}`),
    );
    const listed = Object.entries(facts).flatMap(([name, { used }]) => used.map((file) => `${name} in hooks/${file}`));
    expect([...new Set(named)].sort()).toEqual(listed.sort());
  });

  it('have every source looked at, in the version of the catalogue', () => {
    const { version, facts: looked, plugins } = knownSources();
    expect(version).toBe(catalogue.version);
    const places = Object.values(facts).flatMap(({ sources }) => sources);
    expect(Object.keys(looked).sort()).toEqual([...new Set(places)].sort());
    for (const kind of ['filter', 'output'] as const)
      for (const plugin of allowedByDefault(kind)) expect(plugins).toHaveProperty([`${kind}/${plugin}`]);
  });

  it('are in their folder: no version and no symbol of its source is named elsewhere', () => {
    const elsewhere = code.filter((file) => !file.startsWith('hooks/fluentbit/version/'));
    const named = elsewhere.filter((file) => /\b5\.1(\.\d+)?\b|\b(flb|cio)_[a-z]\w+/.test(textOf(file)));
    expect(named).toEqual([]);
  });
});

describe('another version', () => {
  const known: Record<string, Fact> = {
    'how-it-counts': {
      says: 'It counts from one.',
      used: ['a.ts'],
      sources: ['src/count.c#count', 'src/count.h#FIRST'],
    },
    'how-it-speaks': { says: 'It speaks up.', used: ['b.ts', 'c.ts'], sources: ['src/speak.c'] },
  };
  const source = {
    'src/count.c': 'int count(int);\n\nint count(int a)\n{\n    return a + 1; /* one */\n}\n\nint other(void)\n{\n}\n',
    'src/count.h': '#define FIRST 1\n#define SECOND 2\n',
    'src/speak.c': 'void speak(void)\n{\n    shout();\n}\n',
  };
  const tree = (files: Record<string, string>): SourceTree => ({ read: (path) => files[path], list: () => [] });
  const changes = (change: Partial<typeof source>, gone: string[] = []) => {
    const files = Object.fromEntries(Object.entries({ ...source, ...change }).filter(([path]) => !gone.includes(path)));
    return factChanges({ version: '1', ...sourcesOf(tree(source), known) }, sourcesOf(tree(files), known), known);
  };

  it('changes no fact by comments, spaces, or what is beside its sources', () => {
    const text = source['src/count.c'];
    expect(
      changes({
        'src/count.c': `\n\n${text.replace('/* one */', '/* the next\n one */').replace('a + 1', 'a  +  1').replace('other', 'another')}`,
        'src/count.h': '#define FIRST 1\n#define SECOND 3\n',
      }),
    ).toEqual([]);
  });

  it.each<[string, Partial<typeof source>, string[]]>([
    [
      'a function',
      { 'src/count.c': `\n${source['src/count.c'].replace('a + 1', 'a + 2')}` },
      ['src/count.c#count (line 4)'],
    ],
    ['a macro', { 'src/count.h': '#define FIRST 0\n' }, ['src/count.h#FIRST (line 1)']],
    ['a name', { 'src/count.c': source['src/count.c'].replaceAll('count', 'tally') }, ['src/count.c#count (gone)']],
  ])('changes the fact whose source is another by %s', (_, change, places) => {
    expect(changes(change)).toEqual([
      'how-it-counts: It counts from one.',
      ...places.map((place) => `  source ${place}`),
      '  used   hooks/a.ts',
    ]);
  });

  it('names all that rest on a source that is gone', () => {
    expect(changes({}, ['src/speak.c'])).toEqual([
      'how-it-speaks: It speaks up.',
      '  source src/speak.c (gone)',
      '  used   hooks/b.ts',
      '  used   hooks/c.ts',
    ]);
  });
});
