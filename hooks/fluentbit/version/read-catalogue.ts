import { z } from 'zod';
import { type Catalogue, coreProperties, type PluginKind, type PropertyType } from './catalogue.ts';

const Plugin = z.object({
  name: z.string(),
  properties: z.record(z.string(), z.array(z.object({ name: z.string(), type: z.string() }))),
});

const Printed = z.object({
  'fluent-bit': z.object({ version: z.string() }),
  inputs: z.array(Plugin),
  processors: z.array(Plugin),
  filters: z.array(Plugin),
  outputs: z.array(Plugin),
});

/** A catalogue from what `fluent-bit -J` prints. Throws a ZodError where it is something else. */
export function readCatalogue(printed: unknown): Catalogue {
  const schema = Printed.parse(printed);
  const kinds: [PluginKind, z.infer<typeof Plugin>[]][] = [
    ['input', schema.inputs],
    ['processor', schema.processors],
    ['filter', schema.filters],
    ['output', schema.outputs],
  ];
  const plugins: Record<string, Record<string, Record<string, PropertyType>>> = {};
  const common: Record<string, Record<string, PropertyType>> = {};
  for (const [kind, list] of kinds) {
    const all = list.map((plugin) => [plugin.name.toLowerCase(), propertiesOf(kind, plugin)] as const);
    const first = all[0]?.[1] ?? {};
    const shared = Object.fromEntries(
      Object.entries(first).filter(([name, type]) => all.every(([, own]) => own[name] === type)),
    );
    common[kind] = sorted({ ...shared, ...coreProperties[kind] });
    plugins[kind] = Object.fromEntries(
      all
        .map(
          ([name, own]) =>
            [
              name,
              sorted(Object.fromEntries(Object.entries(own).filter(([property]) => !Object.hasOwn(shared, property)))),
            ] as const,
        )
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }
  return { version: schema['fluent-bit'].version, plugins, common } as unknown as Catalogue;
}

function propertiesOf(kind: PluginKind, plugin: z.infer<typeof Plugin>): Record<string, PropertyType> {
  return Object.fromEntries(
    Object.values(plugin.properties)
      .flat()
      .filter((property) => !printedInVain(kind, property.name))
      .map((property) => [property.name.toLowerCase(), typeOf(property.type)]),
  );
}

/** Properties that Fluent Bit prints for plugins to which, on Linux, they are fatal (fact: printed-in-vain). */
function printedInVain(kind: PluginKind, property: string): boolean {
  return property.startsWith('tls.windows.') || (kind === 'output' && property === 'tls.verify_client_cert');
}

function typeOf(printed: string): PropertyType {
  const words = /^space delimited strings \(minimum (\d+)\)$/.exec(printed);
  if (words !== null) return `words ${Number(words[1])}`;
  if (printed.includes('delimited strings')) return 'list';
  if (printed === 'prefixed string') return 'prefix';
  const known = ['string', 'boolean', 'integer', 'double', 'time', 'size', 'variant', 'deprecated'] as const;
  return known.find((type) => type === printed) ?? 'string';
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
