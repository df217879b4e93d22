import { basename, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { idPattern } from '../../../hooks/kubernetes/ids.ts';
import { importsInHooks, loadedWith, packagesOf } from '../../support/imports.ts';
import { filesBelow, textOf } from '../../support/repository.ts';

const hooks = filesBelow('hooks', /\.ts$/);
const imports = importsInHooks();
const in_ = (...rooms: string[]) => hooks.filter((path) => rooms.includes(path.split('/')[1] ?? ''));
const matching = (paths: readonly string[], pattern: RegExp) => paths.filter((path) => pattern.test(textOf(path)));

describe('folders', () => {
  const all = filesBelow('.', /^(?!(\.git|\.cache|dist|coverage)\/)/);

  it('hold at most 20 files', () => {
    const counts = new Map<string, number>();
    for (const path of all) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
    expect(counts.size).toBeGreaterThan(100);
    expect([...counts].filter(([folder, count]) => count > 20 && folder !== '.')).toEqual([]);
  });

  it('hold no file of code with more than 300 lines', () => {
    const code = all.filter((path) => /^(hooks|test|bench|scripts)\/.*\.(ts|mjs)$/.test(path));
    expect(code.filter((path) => textOf(path).trimEnd().split('\n').length > 300)).toEqual([]);
  });

  it('give a name to one file only, but for commands, main and index', () => {
    const names = all
      .filter((path) => /^(hooks|test|bench)\/.*\.ts$/.test(path) && !path.startsWith('hooks/cli/commands/'))
      .map((path) => basename(path));
    const twice = names.filter((name, index) => names.indexOf(name) !== index);
    expect(new Set(twice)).toEqual(new Set(['index.ts', 'main.ts']));
  });
});

describe('imports', () => {
  it('are found: as many as there are lines with one', () => {
    const lines = hooks.flatMap((path) => textOf(path).match(/(from|import\() ?'\.{1,2}\/[^']+'/g) ?? []);
    expect(imports).toHaveLength(lines.length);
  });

  it('lead to files, and never in a circle', () => {
    expect(imports.filter(({ to }) => !hooks.includes(to) && !to.endsWith('.json'))).toEqual([]);
    const done = new Set<string>();
    const visit = (path: string, way: readonly string[]): void => {
      expect(way, `a circle: ${[...way, path].join(' → ')}`).not.toContain(path);
      if (done.has(path)) return;
      for (const { from, to } of imports) if (from === path) visit(to, [...way, path]);
      done.add(path);
    };
    for (const path of hooks) visit(path, []);
  });
});

describe('everything that controllers are made of', () => {
  const pure = in_(
    'api',
    'memo',
    'kubernetes',
    'kit',
    'binding',
    'fluentbit',
    'shards',
    'compile',
    'controllers',
    'admission',
  );
  /** Files of this package that are read once, when the process starts. */
  const readsItsPackage = [
    'hooks/fluentbit/version/catalogue.ts',
    'hooks/fluentbit/version/checks/regex/regex.ts',
    'hooks/fluentbit/version/property-classes.ts',
    'hooks/fluentbit/version/source-digests.ts',
  ];

  it('reads no clock, environment, network or random number', () => {
    expect(pure.length).toBeGreaterThan(100);
    expect(matching(pure, /Date\.now|new Date\(\)|performance\.|hrtime|setTimeout|setInterval/)).toEqual([]);
    expect(matching(pure, /\bprocess\.|\bfetch\(|Math\.random|random(UUID|Bytes|Int)/)).toEqual([]);
    const effects = /^node:(?!crypto$|path$|net$|tls$)/;
    expect(pure.filter((path) => packagesOf(path).some((name) => effects.test(name)))).toEqual(readsItsPackage);
    // Of these two only whether a text is an address, and whether it names ciphers.
    expect(matching(pure, /import (?!\{ createSecureContext \})[^;]*'node:tls'/)).toEqual([]);
    expect(matching(pure, /import (?!\{ isIP(v[46])?(, isIPv6)? \})[^;]*'node:net'/)).toEqual([]);
  });
});

describe('every room but memo/', () => {
  const rooms = hooks.filter((path) => dirname(path) !== 'hooks' && !path.startsWith('hooks/memo/'));
  const programs = ['hooks/generate/main.ts'];

  it('remembers nothing at module level', () => {
    const others = rooms.filter((path) => !programs.includes(path));
    const kept = /^(export )?(let |const \w+(: [^=]+)? = (new (Map|Set|WeakMap|LRUCache)\b(<.*>)?\(\)|\[\]|\{\});)/m;
    expect(matching(others, kept)).toEqual([]);
    expect(matching(others, /^(export )?const [\w: <,>]*= new (LRUCache|WeakMap)/m)).toEqual([]);
  });

  it('freezes nothing, for what is frozen counts as remembered', () => {
    expect(matching(rooms, /Object\.(freeze|isFrozen)|WeakMap|WeakRef|memoize/)).toEqual([]);
  });
});

describe('ids', () => {
  it('knows the form of an id in one file only', () => {
    expect(idPattern).toContain('{16}');
    expect(matching(hooks, /`p\$\{|\bp\[(0-9a-f|\\da-f)\]/)).toEqual(['hooks/kubernetes/ids.ts']);
  });
});

describe('the sidecar', () => {
  it('loads no library that would double its memory', () => {
    // What it loads later belongs to the process that tries pipelines, which ends when there is nothing to try.
    const parts = imports.filter(
      ({ from, to }) => from === 'hooks/cli/commands/reload.ts' && !to.includes('/verdict/'),
    );
    const loaded = new Set(parts.flatMap(({ to, when }) => (when === 'never' ? [] : loadedWith(to, imports))));
    expect(loaded).toContain('hooks/sidecar/sidecar.ts');
    expect(loaded).toContain('hooks/sidecar/workspace.ts');
    expect([...loaded].filter((file) => file.startsWith('hooks/fluentbit/patterns/'))).toEqual([]);
    const packages = new Set([...loaded].flatMap(packagesOf).filter((name) => !name.startsWith('node:')));
    expect([...packages]).toEqual(['lru-cache']);
  });
});
