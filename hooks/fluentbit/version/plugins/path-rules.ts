import { namesFile } from './file-properties.ts';

/** Properties with paths of the node beyond files that are only read, which the checks know: sockets, folders, databases. */
const paths: Record<string, readonly string[]> = {
  'filter/wasm': ['accessible_paths'],
  'output/azure_blob': ['database_file'],
  'output/forward': ['unix_path'],
  'output/s3': ['blob_database_file'],
};

/** librdkafka has more properties than anybody lists; those with paths end like this. */
const kafkaPath = /^rdkafka\..*(location|file|paths?|keytab|dir)$/;

/** Whether a property needs a declared file, no path at all, or has nothing to do with paths. */
export function pathRule(
  kind: 'filter' | 'output',
  plugin: string,
  property: string,
): 'declared file' | 'none' | undefined {
  const name = `${kind}/${plugin}`;
  if (paths[name]?.includes(property)) return 'none';
  const file = namesFile(kind, plugin, property) || (name === 'output/kafka' && kafkaPath.test(property));
  return file ? 'declared file' : undefined;
}

/** Public authorities come with every image; of all properties only those that name authorities may take them. */
export function takesAuthorities(property: string): boolean {
  return /(^|\.)ca(_file|_path|\.location)$/.test(property);
}
