import { stateDirectory } from '../../file/paths.ts';
import type { Entries } from '../../file/yaml.ts';

/**
 * Outputs that keep files of their own before they ship them, with the properties that say where and how much. Each
 * pipeline gets a folder to itself: in one that two share, the one ships what the other has left there.
 */
export const ownFiles: Record<string, { folder: string; limit: string }> = {
  azure_blob: { folder: 'buffer_dir', limit: 'store_dir_limit_size' },
  azure_kusto: { folder: 'buffer_dir', limit: 'store_dir_limit_size' },
  gcs: { folder: 'store_dir', limit: 'store_dir_limit_size' },
  s3: { folder: 'store_dir', limit: 'store_dir_limit_size' },
};

export function ownFilesEntries(plugin: string, pipeline: string, limit: string): Entries {
  const own = Object.hasOwn(ownFiles, plugin) ? ownFiles[plugin] : undefined;
  if (own === undefined) return [];
  return [
    [own.folder, `${stateDirectory}/${pipeline}.files`],
    [own.limit, limit],
  ];
}
