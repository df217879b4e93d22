import type { Catalogue, PluginKind, PropertyType } from './catalogue.ts';
import type { Fact } from './facts.ts';
import type { Sources } from './source-digests.ts';

const kinds: readonly PluginKind[] = ['input', 'filter', 'output', 'processor'];

/** Tables with a row for some plugins, by kind: all of them are to be looked at for a plugin whose source changed. */
const tables: Readonly<Record<string, readonly string[]>> = {
  input: ['checks/inputs.ts', 'plugins/reserved.ts'],
  filter: [
    'checks/filters.ts',
    'plugins/multiplicity.ts',
    'plugins/parser-properties.ts',
    'plugins/file-properties.ts',
    'plugins/path-rules.ts',
    'plugins/destination-properties.ts',
    'plugins/reserved.ts',
    '../policy/plugins.ts',
  ],
  output: [
    'checks/outputs.ts',
    'checks/ambient-identity.ts',
    'plugins/multiplicity.ts',
    'plugins/file-properties.ts',
    'plugins/path-rules.ts',
    'plugins/destination-properties.ts',
    'plugins/own-files.ts',
    'plugins/threaded-outputs.ts',
    'plugins/unfit-outputs.ts',
    'plugins/reserved.ts',
    '../policy/plugins.ts',
  ],
};

/** What differs between two catalogues, a line each: plugins and properties that came, went, or are of another type. */
export function catalogueChanges(before: Catalogue, after: Catalogue): string[] {
  return kinds.flatMap((kind) => {
    const [old, now] = [before.plugins[kind], after.plugins[kind]];
    const plugins = compareKeys(old, now).map(({ key, change }) => `${change} ${kind} ${key}`);
    const both = Object.keys(now).filter((plugin) => Object.hasOwn(old, plugin));
    const changed = both.map((plugin) => ({
      plugin,
      changes: propertyChanges({ ...before.common[kind], ...old[plugin] }, { ...after.common[kind], ...now[plugin] }),
    }));
    const first = changed[0]?.changes ?? [];
    const common = both.length < 2 ? [] : first.filter((one) => changed.every(({ changes }) => changes.includes(one)));
    return [
      ...plugins,
      ...common.map((change) => line(change, `every ${kind}`)),
      ...changed.flatMap(({ plugin, changes }) =>
        changes.filter((one) => !common.includes(one)).map((change) => line(change, `${kind} ${plugin}`)),
      ),
    ];
  });
}

/** `new   <of>: <property> (<type>)`, and the like. */
function line(change: string, of: string): string {
  return `${change.slice(0, 5)} ${of}: ${change.slice(6)}`;
}

type Properties = Readonly<Record<string, PropertyType>>;

function propertyChanges(old: Properties, now: Properties): string[] {
  const moved = compareKeys(old, now).map(({ key, change }) => `${change} ${key} (${now[key] ?? old[key]})`);
  const retyped = Object.keys(now).filter((key) => Object.hasOwn(old, key) && old[key] !== now[key]);
  return [...moved, ...retyped.map((key) => `type  ${key} (${old[key]} before, ${now[key]} now)`)];
}

function compareKeys(old: object, now: object): { key: string; change: 'new  ' | 'gone ' }[] {
  return [
    ...Object.keys(now)
      .filter((key) => !Object.hasOwn(old, key))
      .map((key) => ({ key, change: 'new  ' as const })),
    ...Object.keys(old)
      .filter((key) => !Object.hasOwn(now, key))
      .map((key) => ({ key, change: 'gone ' as const })),
  ];
}

/** Facts to look at again, because a source of theirs changed or is gone: a line each with where, what, and who uses it. */
export function factChanges(
  before: Sources,
  after: Omit<Sources, 'version'>,
  facts: Readonly<Record<string, Fact>>,
): string[] {
  return Object.entries(facts).flatMap(([name, { says, used, sources }]) => {
    const changed = sources.filter((place) => after.facts[place]?.digest !== before.facts[place]?.digest);
    if (changed.length === 0) return [];
    const where = changed.map((place) => {
      const line = after.facts[place]?.line;
      return line === undefined ? `${place} (gone)` : `${place} (line ${line})`;
    });
    return [
      `${name}: ${says}`,
      ...where.map((one) => `  source ${one}`),
      ...used.map((file) => `  used   hooks/${file}`),
    ];
  });
}

/** Plugins whose source changed, with the tables in which each of them may have a row. */
export function pluginChanges(before: Sources, after: Omit<Sources, 'version'>): string[] {
  const changed = [...new Set([...Object.keys(before.plugins), ...Object.keys(after.plugins)])]
    .sort()
    .filter((plugin) => before.plugins[plugin] !== after.plugins[plugin]);
  return Object.keys(tables).flatMap((kind) => {
    const names = changed.filter((plugin) => plugin.startsWith(`${kind}/`)).map((plugin) => plugin.split('/')[1]);
    return names.length === 0 ? [] : [`${kind}: ${names.join(', ')}`, `  rows in ${(tables[kind] ?? []).join(', ')}`];
  });
}
