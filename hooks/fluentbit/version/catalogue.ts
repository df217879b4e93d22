import { readFileSync } from 'node:fs';
import { packageFile } from '../../runtime/package-file.ts';
import { canonicalProperty } from './plugins/property-name.ts';

export type PluginKind = 'input' | 'filter' | 'output' | 'processor';

/** What has properties that people set. */
export type ConfigurableKind = 'input' | 'filter' | 'output' | 'parser' | 'multilineParser';

/** Property types, as far as a check can tell them apart. `words N`: at least N words. */
export type PropertyType =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'double'
  | 'time'
  | 'size'
  | 'list'
  | 'prefix'
  | 'variant'
  | 'deprecated'
  | `words ${number}`;

type Properties = Readonly<Record<string, PropertyType>>;

/** What plugins and properties a Fluent Bit has; made by `fluentbind catalogue` from what `fluent-bit -J` prints. */
export interface Catalogue {
  version: string;
  plugins: Readonly<Record<PluginKind, Readonly<Record<string, Properties>>>>;
  /** Properties that every plugin of the kind takes. */
  common: Readonly<Record<PluginKind, Properties>>;
}

export const catalogue = JSON.parse(
  readFileSync(packageFile('hooks/fluentbit/version/catalogue.json'), 'utf8'),
) as Catalogue;

/**
 * Properties that the core takes for every plugin of a kind and that `fluent-bit -J` leaves out (fact: core-properties).
 */
export const coreProperties: Catalogue['common'] = {
  input: { listen: 'string', host: 'string', port: 'integer', ipv6: 'boolean', 'storage.type': 'string' },
  filter: {},
  output: { host: 'string', port: 'integer', ipv6: 'boolean', workers: 'integer', 'storage.total_limit_size': 'size' },
  processor: {},
};

/** Plugins that read their properties themselves, so that nobody can list them. */
const unlisted = new Set(['output/pgsql']);

export function pluginNames(kind: PluginKind): string[] {
  return Object.keys(catalogue.plugins[kind]);
}

/** Fluent Bit's own name of a plugin, whatever case it was written in. */
export function pluginName(kind: PluginKind, name: string): string | undefined {
  const lower = name.toLowerCase();
  return Object.hasOwn(catalogue.plugins[kind], lower) ? lower : undefined;
}

export function propertyNames(kind: PluginKind, plugin: string): string[] {
  return [...Object.keys(catalogue.plugins[kind][plugin] ?? {}), ...Object.keys(catalogue.common[kind])];
}

/** Type of a property, undefined where the plugin has none of that name. Names are compared as Fluent Bit does. */
export function propertyType(kind: PluginKind, plugin: string, property: string): PropertyType | undefined {
  const name = canonicalProperty(property);
  const own = catalogue.plugins[kind][plugin] ?? {};
  // A tenant may call a property `constructor`.
  const listed = [own, catalogue.common[kind]].find((table) => Object.hasOwn(table, name))?.[name];
  if (listed !== undefined && listed !== 'prefix') return listed;
  if (Object.entries(own).some(([key, type]) => type === 'prefix' && name.startsWith(key))) return 'string';
  return unlisted.has(`${kind}/${plugin}`) ? 'string' : undefined;
}
