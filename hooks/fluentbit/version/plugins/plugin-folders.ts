import { pluginNames } from '../catalogue.ts';

const kinds = [
  ['input', 'in'],
  ['filter', 'filter'],
  ['output', 'out'],
] as const;

/** Folder of each plugin in Fluent Bit's source, by `kind/plugin`. */
export function* pluginFolders(): Generator<[plugin: string, folder: string]> {
  for (const [kind, prefix] of kinds)
    for (const name of pluginNames(kind)) yield [`${kind}/${name}`, `plugins/${prefix}_${name.replaceAll('-', '_')}`];
}
