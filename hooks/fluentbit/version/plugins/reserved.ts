import { type ConfigurableKind, propertyType } from '../catalogue.ts';
import { classOf, everyClassified, isClassified } from '../property-classes.ts';
import { ownFiles } from './own-files.ts';
import { parserProperties } from './parser-properties.ts';
import { pathRule } from './path-rules.ts';
import { canonicalProperty } from './property-name.ts';

const routing =
  'Records are routed by tags that fluentbind makes, so that no pipeline sees those of another; leave it out.';
const alias = 'fluentbind names plugins, so that log lines and metrics lead back to their resource; leave it out.';
const plugin = 'Name the plugin in the field plugin.';
const structure = 'It changes the structure of the configuration; write a filter instead.';
const emitter = 'fluentbind keeps what the filter re-emits inside the pipeline; leave it out.';
const debug = 'It writes requests with their credentials into the log of the agent; leave it out.';
const received = 'Whoever sends would choose the pipeline that a record goes to; leave it out.';
const place = 'It listens everywhere in the pod, on the port in the field port; leave it out.';
const chunks = 'What inputs receive is kept in files, which bounds its memory; leave it out.';
const threads = 'Threads of an input drop records while the agent is busy; leave it out.';
const socket = 'It leads to a path of the node; leave it out.';
const serverTls = 'An agent has no certificate for its inputs: let a mesh or a gateway end TLS.';

/** Properties that are ours, by kind, each with the reason and what to do instead. Names are canonical. */
const byKind: Record<ConfigurableKind, Record<string, string>> = {
  input: {
    name: plugin,
    alias,
    tag: routing,
    tag_key: received,
    tag_prefix: received,
    tag_from_uri: received,
    routable: routing,
    listen: place,
    host: place,
    port: 'Set the field port.',
    ipv6: place,
    processors: structure,
    routes: structure,
    mem_buf_limit: chunks,
    threaded: threads,
    workers: threads,
    'http_server.workers': threads,
  },
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

/** The same for single plugins, as `kind/plugin`. What no value of is harmless stands in their classes. */
const byPlugin: Record<string, Record<string, string>> = {
  'filter/lua': { protected_mode: 'Without it an error in the code ends the agent; leave it out.' },
  'filter/multiline': { emitter_name: emitter, 'emitter_storage.type': emitter, emitter_mem_buf_limit: emitter },
  'filter/rewrite_tag': { emitter_name: emitter, 'emitter_storage.type': emitter, emitter_mem_buf_limit: emitter },
  'filter/log_to_metrics': { emitter_name: emitter, emitter_mem_buf_limit: emitter },
  'input/forward': { unix_path: socket, unix_perm: socket },
  'input/syslog': { path: socket, unix_perm: socket },
  ...Object.fromEntries(
    Object.entries(ownFiles).map(([plugin, { folder, limit }]) => [
      `output/${plugin}`,
      { [folder]: 'Each pipeline has a folder of its own; leave it out.', [limit]: 'Set spec.buffer.limit instead.' },
    ]),
  ),
};

/** Those of inputs alone. */
const inputPrefixes: [prefix: string, reason: string][] = [
  ['storage.', chunks],
  ['thread.', threads],
  ['tls', serverTls],
];

const prefixes: [prefix: string, reason: string][] = [['_debug.', debug]];

/** Why a property is ours, or undefined where it is the user's. */
export function reservedReason(kind: ConfigurableKind, pluginName: string, property: string): string | undefined {
  const name = canonicalProperty(property);
  const own = byPlugin[`${kind}/${pluginName}`];
  if (own !== undefined && Object.hasOwn(own, name)) return own[name];
  if (Object.hasOwn(byKind[kind], name)) return byKind[kind][name];
  const families = kind === 'input' ? [...inputPrefixes, ...prefixes] : prefixes;
  return families.find(([prefix]) => name.startsWith(prefix))?.[1] ?? forbidden(kind, pluginName, name);
}

/** What no value of is harmless by its class. About identities and paths of the node the policy decides. */
function forbidden(kind: ConfigurableKind, plugin: string, name: string): string | undefined {
  const row = classOf(kind, plugin, name);
  // A new version brings its properties so; a name that it does not know is another mistake.
  if (row === undefined && isClassified(kind, plugin) && isProperty(kind, plugin, name)) return unclassified;
  if (row?.forbid !== true || row.class === 'identity') return undefined;
  if ((kind === 'filter' || kind === 'output') && pathRule(kind, plugin, name) === 'none') return undefined;
  return `${row.why} ${row.instead ?? 'Leave it out.'}`;
}

const unclassified =
  'Nobody has looked yet at what it can do to others; it is new in this version of Fluent Bit. Leave it out.';

function isProperty(kind: ConfigurableKind, plugin: string, name: string): boolean {
  if (kind === 'parser' || kind === 'multilineParser') return parserProperties[kind].includes(name);
  return propertyType(kind, plugin, name) !== undefined;
}

/** All of them, for the reference. */
export function reservedProperties(): { of: string; property: string; reason: string }[] {
  const rows = Object.entries({ ...byKind, ...byPlugin }).flatMap(([of, properties]) =>
    Object.entries(properties).map(([property, reason]) => ({ of: of.replace('/', ' '), property, reason })),
  );
  const families = (of: string, list: typeof prefixes) =>
    list.map(([prefix, reason]) => ({ of, property: `${prefix}*`, reason }));
  const byClass = everyClassified().flatMap(({ kind, plugin, property }) => {
    const reason = forbidden(kind, plugin, property);
    return reason === undefined ? [] : [{ of: plugin === '*' ? kind : `${kind} ${plugin}`, property, reason }];
  });
  const known = new Set(rows.map(({ of, property }) => `${of} ${property}`));
  const further = byClass.filter(({ of, property }) => !known.has(`${of} ${property}`));
  return [...rows, ...further, ...families('input', inputPrefixes), ...families('every plugin', prefixes)];
}
