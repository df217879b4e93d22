import { podLogs } from '../fluentbit/file/paths.ts';
import { type Entries, type Section, type Sections, toYaml } from '../fluentbit/file/yaml.ts';
import { pathKey } from '../fluentbit/input/metadata.ts';
import { inputTag, markKey } from '../fluentbit/input/operator-tags.ts';
import { propertyType } from '../fluentbit/version/catalogue.ts';
import { canonicalProperty } from '../fluentbit/version/plugins/property-name.ts';
import type { Build } from './build.ts';

export interface RunInput {
  text: string;
  /** What stands in it of the candidate, in order. */
  filters: readonly Section[];
  outputs: readonly Section[];
  parsers: readonly Section[];
  multilineParsers: readonly Section[];
  /** Plugins that this Fluent Bit was built without; nothing stands in their place. */
  missing: string[];
}

/** How often the marker is written; the record of the candidate is through before the last one. */
export const marks = 3;
const markEvery = 50_000_000;

const pod = `${podLogs}/trial_trial-0_00000000/app/0.log`;

/** What a container might have written: a line of text, and one of JSON. */
const records = ['a line of text', '{"level":"info","message":"a line of JSON","code":200,"nested":{"a":"b"}}'].map(
  (log) => ({
    time: '2026-01-01T00:00:00.000000000Z',
    stream: 'stdout',
    _p: 'F',
    log,
    [pathKey]: pod,
    [markKey]: 'trial',
  }),
);

/**
 * A configuration that starts and does nothing: each input gives two records once, so that filters run, and nothing
 * is flushed. Then `marker` is written to standard error, `marks` times.
 */
export function runInput(
  sections: Sections,
  build: Build,
  folder: string,
  marker: string,
  service: Entries = [],
): RunInput {
  const missing: string[] = [];
  const has = (known: ReadonlySet<string>, section: Section) => {
    const name = pluginOf(section);
    if (!known.has(name)) missing.push(name);
    return known.has(name);
  };
  const at = (place: string) => sections.filter(([own]) => own === place).flatMap(([, list]) => list);
  const inputs = [...at('pipeline.inputs'), ...received(at('pipeline.filters'))].map(twoRecords);
  const servers = at('pipeline.inputs').filter((section) => isServer(section) && has(build.inputs, section));
  const filters = at('pipeline.filters').filter((section) => has(build.filters, section));
  const outputs = at('pipeline.outputs').map((section) => (has(build.outputs, section) ? section : nowhere(section)));
  const text = toYaml(' A trial.', [
    ['env', at('env')],
    ['parsers', at('parsers')],
    ['multiline_parsers', at('multiline_parsers')],
    ['pipeline.inputs', [...inputs, ...servers.map(unreachable), markerInput]],
    ['pipeline.filters', [...filters.map(withoutCluster), markerFilter(marker)]],
    ['pipeline.outputs', outputs.map((section) => confined(section, folder))],
  ]);
  return {
    text: serviceText(service, folder) + text,
    filters,
    outputs,
    parsers: at('parsers'),
    multilineParsers: at('multiline_parsers'),
    missing,
  };
}

/** A long flush keeps outputs from sending; the storage path is there because limits and emitters ask for it. */
function serviceText(service: Entries, folder: string): string {
  const settings = {
    ...Object.fromEntries(service.map(([name, value]) => [canonicalProperty(name), value] as const)),
    flush: 3600,
    grace: 1,
    log_level: 'info',
    http_server: 'off',
    hot_reload: 'off',
    'storage.path': `${folder}/chunks`,
  };
  return `service:\n${Object.entries(settings)
    .map(([name, value]) => `  ${name}: ${JSON.stringify(value)}\n`)
    .join('')}`;
}

export function pluginOf(section: Section): string {
  return String(entry(section, 'name') ?? '').toLowerCase();
}

export function entry({ entries }: Section, property: string) {
  return entries.find(([name]) => canonicalProperty(name) === property)?.[1];
}

/** Only inputs of an operator are servers. */
function isServer(section: Section): boolean {
  return entry(section, 'port') !== undefined;
}

/** It starts as it will, and nobody finds it: one that runs already may have its port. */
function unreachable(section: Section): Section {
  return replaced(section, { alias: `${entry(section, 'alias')}.server`, listen: '127.0.0.1', port: 0 });
}

function replaced({ entries, ...rest }: Section, changes: Record<string, Entries[number][1]>): Section {
  const kept = entries.filter(([name]) => !Object.hasOwn(changes, canonicalProperty(name)));
  return { ...rest, entries: [...kept, ...Object.entries(changes)] };
}

function twoRecords(section: Section): Section {
  const tag = String(entry(section, 'tag') ?? 'trial').replace('*', pod.slice(1).replaceAll('/', '.'));
  return {
    entries: [
      ['name', 'dummy'],
      ['alias', String(entry(section, 'alias') ?? tag)],
      ['tag', tag],
      ['dummy', records.map((record) => JSON.stringify(record)).join('')],
      ['samples', 1],
      ['interval_sec', 0],
      ['interval_nsec', markEvery / 5],
    ],
  };
}

/** What an input of the agent would bring, which stands in no file of a tenant: copies are made of it. */
function received(filters: readonly Section[]): Section[] {
  const tags = filters
    .filter((section) => pluginOf(section) === 'rewrite_tag')
    .map((section) => String(entry(section, 'match') ?? ''))
    .filter((tag) => tag.startsWith(inputTag('')));
  return [...new Set(tags)].map((tag) => ({ entries: [['tag', tag.replace('*', markKey)]] }));
}

const markerTag = 'fluentbind-trial';
const markerInput: Section = {
  entries: [
    ['name', 'dummy'],
    ['alias', markerTag],
    ['tag', markerTag],
    ['dummy', '{"mark":true}'],
    ['samples', marks],
    ['interval_sec', 0],
    ['interval_nsec', markEvery],
  ],
};

function markerFilter(marker: string): Section {
  return {
    entries: [
      ['name', 'lua'],
      ['alias', `${markerTag}-filter`],
      ['match', markerTag],
      ['call', 'mark'],
      ['code', `function mark() io.stderr:write("${marker}\\n") return 0 end`],
    ],
  };
}

/** The kubernetes filter asks the API server when it starts, which it does not reach here. */
function withoutCluster(section: Section): Section {
  return pluginOf(section) === 'kubernetes' ? replaced(section, { dummy_meta: true }) : section;
}

function nowhere(section: Section): Section {
  return { entries: [['name', 'null'], ...section.entries.filter(([name]) => /^(alias|match)$/i.test(name))] };
}

/** Folders in which outputs keep what they send later. */
const folders = ['store_dir', 'buffer_dir'];
/** They listen at their host and port, where only one can. */
const listening = new Set(['prometheus_exporter', 'vivo_exporter']);

/** An output that leaves nothing on this machine outside of the folder. */
function confined(section: Section, folder: string): Section {
  const name = pluginOf(section);
  const own = folders.filter((property) => propertyType('output', name, property) !== undefined);
  const inFolder = replaced(section, Object.fromEntries(own.map((property) => [property, `${folder}/store`])));
  return listening.has(name) ? replaced(inFolder, { host: '127.0.0.1', port: 0 }) : inFolder;
}
