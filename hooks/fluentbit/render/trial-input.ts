import { fieldPath } from '../../api/problems/problem.ts';
import type { Candidate } from '../../api/wire/trial.ts';
import type { AgentNames } from '../file/agent-names.ts';
import type { PipelineSpec } from '../file/pipeline-spec.ts';
import { pemKind, secretKind } from '../file/secret-kind.ts';
import { type Entries, type Section, type Sections, toYaml } from '../file/yaml.ts';
import type { YamlScalar } from '../file/yaml-entry.ts';
import { canonicalProperty } from '../plugins/property-name.ts';
import type { PropertyTexts } from './property-text.ts';

/** A rendered file as a trial may see it, before it is written out. */
export interface Draft {
  /** Equal for two tenants whose files differ in nothing that Fluent Bit could stumble over. */
  content: { sections: Sections; secrets: Candidate['secrets'] };
  fields: Candidate['fields'];
}

/** A host for everybody: names are resolved when something is sent, which a trial never does. */
const host = 'trial.invalid';
const hostName = /^[A-Za-z0-9.-]+$/;

/**
 * What of a rendering a trial starts. Ids are those of nobody, hosts are one and the same, secrets are their kinds.
 * Undefined where a secret is such that nothing can stand in for it.
 */
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
  const neutral = sections.map(([place, list]): Sections[number] => {
    const own = list.map((section) => neutralSection(place, section, names));
    // Variables come sorted by ids, which are others now.
    return [place, place === 'env' ? own.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) : own];
  });
  return { content: { sections: neutral, secrets }, fields: fields(spec, names) };
}

/** The draft as it is sent. */
export function trialInput({ content: { sections, secrets }, fields }: Draft): Candidate {
  return { configuration: toYaml(' A candidate.', sections), secrets, fields };
}

function nameOf(section: Section): string {
  return String(section.entries[0]?.[1]);
}

function neutralSection(place: string, { entries, lists }: Section, names: AgentNames): Section {
  const text = (value: YamlScalar) => (typeof value === 'string' ? names.neutral(value) : value);
  // Of an input only the tag counts: a trial has inputs of its own.
  const kept = place === 'pipeline.inputs' ? entries.filter(([name]) => inputProperties.has(name)) : entries;
  const own = kept.map(([name, value]): Entries[number] => {
    const isHost = place === 'pipeline.outputs' && canonicalProperty(name) === 'host' && hostName.test(String(value));
    return [name, isHost ? host : Array.isArray(value) ? value.map(text) : text(value)];
  });
  return { entries: own, ...(lists === undefined ? {} : { lists }) };
}

const inputProperties = new Set(['name', 'alias', 'tag']);

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
    for (const own of ['multiline', 'emitter', 'kubernetes', 'lua', 'copy', 'unmark'])
      found.push([names.filter(output.id, own), 'spec.input']);
    for (const place of spec.filters.keys()) found.push([names.filter(output.id, place), at('filters', place)]);
  }
  return Object.fromEntries(found.map(([name, path]) => [names.neutral(name), path]));
}

function at(list: string, index: number): string {
  return fieldPath(['spec', list, index]);
}
