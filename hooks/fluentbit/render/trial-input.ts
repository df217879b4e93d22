import { fieldPath } from '../../api/problems/problem.ts';
import type { Candidate } from '../../api/wire/trial.ts';
import { neutralId, replaceIds } from '../../kubernetes/ids.ts';
import type { AgentNames } from '../file/agent-names.ts';
import { liveDirectory, stateDirectory } from '../file/paths.ts';
import type { PipelineSpec } from '../file/pipeline-spec.ts';
import { sectionsOf, serviceOf } from '../file/read-yaml.ts';
import { pemKind, secretKind } from '../file/secret-kind.ts';
import { type Entries, type Section, type Sections, toYaml } from '../file/yaml.ts';
import type { YamlScalar } from '../file/yaml-entry.ts';
import { canonicalProperty } from '../version/plugins/property-name.ts';
import type { PropertyTexts } from './property-text.ts';

/*
 * The one place that says what a trial may see. The trial server runs the code of tenants, so nothing goes there that is
 * secret or tells of a tenant: ids are those of nobody, hosts are one and the same, of inputs only their tags are left,
 * and secrets are their kinds. A trial on a node takes what the secrets hold, which is there already; what Fluent Bit says
 * of that is not passed on.
 */

/** A host for everybody: names are resolved when something is sent, which a trial never does. */
const host = 'trial.invalid';
const hostName = /^[A-Za-z0-9.-]+$/;

/** Of an input only the tag counts: a trial has inputs of its own. */
const inputProperties = new Set(['name', 'alias', 'tag']);

function neutralSections(sections: Sections, neutral: (text: string) => string): Sections {
  return sections.map(([place, list]) => [place, list.map((section) => neutralSection(place, section, neutral))]);
}

function neutralSection(place: string, { entries, lists }: Section, neutral: (text: string) => string): Section {
  const text = (value: YamlScalar) => (typeof value === 'string' ? neutral(value) : value);
  const kept = place === 'pipeline.inputs' ? entries.filter(([name]) => inputProperties.has(name)) : entries;
  const own = kept.map(([name, value]): Entries[number] => {
    const isHost = place === 'pipeline.outputs' && canonicalProperty(name) === 'host' && hostName.test(String(value));
    return [name, isHost ? host : Array.isArray(value) ? value.map(text) : text(value)];
  });
  return { entries: own, ...(lists === undefined ? {} : { lists }) };
}

/** A rendered file as a trial may see it, before it is written out. */
export interface Draft {
  /** Equal for two tenants whose files differ in nothing that Fluent Bit could stumble over. */
  content: { sections: Sections; secrets: Candidate['secrets'] };
  fields: Candidate['fields'];
}

/** What of a rendering goes to the trial server. Undefined where a secret is such that nothing can stand in for it. */
export function draft(
  sections: Sections,
  texts: Pick<PropertyTexts, 'secretData' | 'open'>,
  spec: PipelineSpec,
  names: AgentNames,
): Draft | undefined {
  const secrets: Candidate['secrets'] = {};
  for (const [key, content] of texts.secretData) {
    const open = texts.open.has(key);
    const kind = open ? pemKind(content.toString('utf8')) : secretKind(content);
    if (kind !== undefined) secrets[names.neutral(key)] = { kind };
    else if (open) secrets[names.neutral(key)] = { content: content.toString('base64') };
    else return undefined;
  }
  const neutral = neutralSections(sections, (text) => names.neutral(text)).map(([place, list]): Sections[number] =>
    // Variables come sorted by ids, which are others now.
    [place, place === 'env' ? list.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) : list],
  );
  return { content: { sections: neutral, secrets }, fields: fields(spec, names) };
}

/** The draft as it is sent. */
export function trialInput({ content: { sections, secrets }, fields }: Draft): Candidate {
  return { configuration: toYaml(' A candidate.', sections), secrets, fields };
}

function nameOf(section: Section): string {
  return String(section.entries[0]?.[1]);
}

/** Where things lie on a node, as its files name them. */
export interface NodeFolders {
  live: string;
  state: string;
}

/** A file on a node as trials there take it; equal for two that Fluent Bit would treat alike when it starts. */
export interface NodeTrialInput {
  /** With what its secrets hold: of that Fluent Bit and OpenSSL are the only judges. What is said of it may quote them. */
  candidate: Candidate;
  /**
   * With stand-ins, whose messages tell nothing: a file that they are refused in as well is at fault itself. Undefined
   * where nothing can stand in for a secret, or where there is none.
   */
  withStandIns: Candidate | undefined;
}

/** Kinds that are told by what they hold, and not by what they look like. */
const certain = new Set(['certificate', 'private-key', 'certificate-and-key', 'google-credentials', 'json']);

/** Undefined where the text is no file of ours. */
export function nodeTrialInput(
  text: string,
  secrets: ReadonlyMap<string, Buffer>,
  folders: NodeFolders,
): NodeTrialInput | undefined {
  const sections = sectionsOf(atHome(text, folders));
  if (sections === undefined) return undefined;
  const neutral = byOrder();
  const variables = new Set(
    sections.filter(([place]) => place === 'env').flatMap(([, list]) => list.map(({ entries }) => variableIn(entries))),
  );
  const configuration = toYaml(' A candidate.', neutralSections(sections, neutral));
  // Keys of files stand in the text by now, so that their order follows from it and not from the tenant's ids.
  const named = [...secrets]
    .map(([key, content]) => ({ name: neutral(key), key, content }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const contents = named.map(({ name, content }) => [name, { content: content.toString('base64') }] as const);
  const kinds = named.flatMap(({ name, key, content }) => {
    const kind = secretKind(content);
    // Of a file that is referred to by its path only its own content may do: a script, a schema.
    return kind !== undefined && (variables.has(key) || certain.has(kind)) ? [[name, { kind }] as const] : [];
  });
  const of = (list: readonly (readonly [string, Candidate['secrets'][string]])[]): Candidate => ({
    configuration,
    secrets: Object.fromEntries(list),
    fields: {},
  });
  return {
    candidate: of(contents),
    withStandIns: kinds.length === named.length && kinds.length > 0 ? of(kinds) : undefined,
  };
}

function variableIn(entries: Entries): string {
  return String(entries.find(([name]) => name === 'name')?.[1] ?? '');
}

/** Ids by the order in which they come. */
function byOrder(): (text: string) => string {
  const given = new Map<string, string>();
  return (text) =>
    replaceIds(text, (id) => {
      const known = given.get(id) ?? neutralId(given.size);
      given.set(id, known);
      return known;
    });
}

/** With the folders that trials put in the place of their own. */
function atHome(text: string, { live, state }: NodeFolders): string {
  return text.replaceAll(live, liveDirectory).replaceAll(state, stateDirectory);
}

/** Without these the sidecar could not reach Fluent Bit, and nothing would ever be taken back. */
const needed = ['http_server', 'hot_reload'];
const isOn = /^(on|true|yes|1)$/i;

/** A base configuration as a trial takes it; a text where it is none that an agent can be reloaded with. */
export function baseTrialInput(text: string, folders: NodeFolders): Candidate | string {
  if (sectionsOf(text) === undefined) return 'The base configuration is no YAML.';
  const service = new Map(serviceOf(text).map(([name, value]) => [canonicalProperty(name), String(value)]));
  const missing = needed.filter((name) => !isOn.test(service.get(name) ?? ''));
  if (missing.length > 0)
    return `The service section of the base configuration does not set ${missing.join(', ')}: on.`;
  return { configuration: atHome(text, folders), secrets: {}, fields: {} };
}

/** Where the names of things in the agent come from. */
function fields(spec: PipelineSpec, names: AgentNames): Candidate['fields'] {
  const found: [name: string, path: string][] = [
    [names.podTagParser(), 'spec.input'],
    ...spec.parsers.map(({ name }, index): [string, string] => [names.parser(name), at('parsers', index)]),
    ...spec.multilineParsers.map(({ name }, index): [string, string] => [
      names.multilineParser(name),
      at('multilineParsers', index),
    ]),
  ];
  for (const [index, output] of spec.outputs.entries()) {
    found.push([names.pipeline(output.id), at('outputs', index)]);
    for (const own of ['streams', 'stderr', 'nested', 'multiline', 'emitter', 'kubernetes', 'lua', 'copy', 'unmark'])
      found.push([names.filter(output.id, own), 'spec.input']);
    for (const place of spec.filters.keys()) found.push([names.filter(output.id, place), at('filters', place)]);
  }
  return Object.fromEntries(found.map(([name, path]) => [names.neutral(name), path]));
}

function at(list: string, index: number): string {
  return fieldPath(['spec', list, index]);
}
