import { pluginNames } from '../catalogue.ts';

const kinds = [
  ['input', 'in'],
  ['filter', 'filter'],
  ['output', 'out'],
] as const;

/** Those whose folder is called otherwise than the plugin. */
const renamed: Readonly<Record<string, string>> = {};

/** Folder of each plugin in Fluent Bit's source, by `kind/plugin`. */
export function* pluginFolders(): Generator<[plugin: string, folder: string]> {
  for (const [kind, prefix] of kinds)
    for (const name of pluginNames(kind)) {
      const plugin = `${kind}/${name}`;
      yield [plugin, `plugins/${prefix}_${renamed[plugin] ?? name.replaceAll('-', '_')}`];
    }
}
