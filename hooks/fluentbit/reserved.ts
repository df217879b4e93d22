import { ownFiles } from './own-files.ts';
import { canonicalProperty } from './property-name.ts';

export type ConfigurableKind = 'filter' | 'output' | 'parser' | 'multilineParser';

const routing =
  'Records are routed by tags that fluentbind makes, so that no pipeline sees those of another; leave it out.';
const alias = 'fluentbind names plugins, so that log lines and metrics lead back to their resource; leave it out.';
const plugin = 'Name the plugin in the field plugin.';
const structure = 'It changes the structure of the configuration; write a filter instead.';
const emitter = 'fluentbind keeps what the filter re-emits inside the pipeline; leave it out.';
const debug = 'It writes requests with their credentials into the log of the agent; leave it out.';
const upstream =
  'It reads a configuration of its own, in which Fluent Bit expands the variables of everybody; write an output for each node.';
const libraries = 'It loads code into the agent; leave it out.';

/** Properties that are ours, by kind, each with the reason and what to do instead. Names are canonical. */
const byKind: Record<ConfigurableKind, Record<string, string>> = {
  filter: { name: plugin, match: routing, match_regex: routing, alias, processors: structure, routes: structure },
  output: {
    name: plugin,
    match: routing,
    match_regex: routing,
    alias,
    processors: structure,
    routes: structure,
    'storage.total_limit_size': 'Set spec.buffer.limit instead.',
  },
  parser: { name: 'Set the field name.' },
  multilineParser: {
    name: 'Set the field name.',
    rules: 'Set the field rules.',
    rule: 'Set the field rules.',
  },
};

/** The same for single plugins, as `kind/plugin`. */
const byPlugin: Record<string, Record<string, string>> = {
  'filter/lua': { protected_mode: 'Without it an error in the code ends the agent; leave it out.' },
  'filter/multiline': { emitter_name: emitter, 'emitter_storage.type': emitter, emitter_mem_buf_limit: emitter },
  'filter/rewrite_tag': { emitter_name: emitter, 'emitter_storage.type': emitter, emitter_mem_buf_limit: emitter },
  'filter/log_to_metrics': { emitter_name: emitter, emitter_mem_buf_limit: emitter },
  'output/es': { upstream },
  'output/forward': { upstream },
  'output/kafka': {
    'rdkafka.plugin.library.paths': libraries,
    'rdkafka.ssl.engine.id': libraries,
    'rdkafka.ssl.engine.location': libraries,
    'rdkafka.ssl.providers': libraries,
    'rdkafka.interceptors': libraries,
  },
  ...Object.fromEntries(
    Object.entries(ownFiles).map(([plugin, { folder, limit }]) => [
      `output/${plugin}`,
      { [folder]: 'Each pipeline has a folder of its own; leave it out.', [limit]: 'Set spec.buffer.limit instead.' },
    ]),
  ),
};

const prefixes: [prefix: string, reason: string][] = [
  ['_debug.', debug],
  ['rdkafka.sasl.kerberos.', 'It becomes a part of a command that the agent runs; use another mechanism.'],
];

/** Why a property is ours, or undefined where it is the user's. */
export function reservedReason(kind: ConfigurableKind, pluginName: string, property: string): string | undefined {
  const name = canonicalProperty(property);
  const own = byPlugin[`${kind}/${pluginName}`];
  if (own !== undefined && Object.hasOwn(own, name)) return own[name];
  if (Object.hasOwn(byKind[kind], name)) return byKind[kind][name];
  return prefixes.find(([prefix]) => name.startsWith(prefix))?.[1];
}

/** All of them, for the reference. */
export function reservedProperties(): { of: string; property: string; reason: string }[] {
  const rows = Object.entries({ ...byKind, ...byPlugin }).flatMap(([of, properties]) =>
    Object.entries(properties).map(([property, reason]) => ({ of: of.replace('/', ' '), property, reason })),
  );
  return [...rows, ...prefixes.map(([prefix, reason]) => ({ of: 'every plugin', property: `${prefix}*`, reason }))];
}
