import type { Candidate } from '../../api/wire/trial.ts';
import { liveDirectory, stateDirectory } from '../../fluentbit/file/paths.ts';
import { sectionsOf } from '../../fluentbit/file/read-yaml.ts';
import { secretKind } from '../../fluentbit/file/secret-kind.ts';
import { type Entries, type Section, type Sections, toYaml } from '../../fluentbit/file/yaml.ts';
import type { YamlScalar } from '../../fluentbit/file/yaml-entry.ts';
import { canonicalProperty } from '../../fluentbit/plugins/property-name.ts';
import { replaceIds } from '../../kubernetes/ids.ts';

/** A rendered file as a trial takes it; equal for two that Fluent Bit would treat in the same way when it starts. */
export interface Shape {
  candidate: Candidate;
  /** Whether a message about it could quote a secret. */
  telling: boolean;
}

export interface Folders {
  live: string;
  state: string;
}

const host = 'trial.invalid';
const hostName = /^[A-Za-z0-9.-]+$/;
/** Kinds that are told by what they hold, and not by what they look like. */
const certain = new Set(['certificate', 'private-key', 'certificate-and-key', 'google-credentials', 'json']);

/** Undefined where the text is no file of ours. Nobody's ids and hosts, and of secrets their kinds only. */
export function shapeOf(text: string, secrets: ReadonlyMap<string, Buffer>, folders: Folders): Shape | undefined {
  const sections = sectionsOf(text.replaceAll(folders.live, liveDirectory).replaceAll(folders.state, stateDirectory));
  if (sections === undefined) return undefined;
  const neutral = neutralizer();
  const variables = new Set(
    sections
      .filter(([place]) => place === 'env')
      .flatMap(([, list]) => list.map(({ entries }) => property(entries, 'name'))),
  );
  const ordered = sections.map(([place, list]): Sections[number] => [
    place,
    list.map((section) => neutralSection(place, section, neutral)),
  ]);
  const configuration = toYaml(' A candidate.', ordered);
  const shape: Shape = { candidate: { configuration, secrets: {}, fields: {} }, telling: false };
  // Keys of files stand in the text by now, so that their order follows from it and not from the tenant's ids.
  const keys = [...secrets.keys()].map((key) => [neutral(key), key] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, key] of keys) {
    const content = secrets.get(key) ?? Buffer.alloc(0);
    const kind = secretKind(content);
    // Of a file that is referred to by its path only its own content may do: a script, a schema.
    if (kind !== undefined && (variables.has(key) || certain.has(kind))) shape.candidate.secrets[name] = { kind };
    else {
      shape.candidate.secrets[name] = { content: content.toString('base64') };
      shape.telling = true;
    }
  }
  return shape;
}

/** Ids by the order in which they come. */
function neutralizer(): (text: string) => string {
  const given = new Map<string, string>();
  return (text) =>
    replaceIds(text, (id) => {
      const known = given.get(id) ?? `p${given.size.toString(16).padStart(16, '0')}`;
      given.set(id, known);
      return known;
    });
}

/** Of an input only the tag counts: a trial has inputs of its own. */
const inputProperties = new Set(['name', 'alias', 'tag']);

function neutralSection(place: string, { entries, lists }: Section, neutral: (text: string) => string): Section {
  const text = (value: YamlScalar) => (typeof value === 'string' ? neutral(value) : value);
  const kept = place === 'pipeline.inputs' ? entries.filter(([name]) => inputProperties.has(name)) : entries;
  const own = kept.map(([name, value]): Entries[number] => {
    const isHost = place === 'pipeline.outputs' && canonicalProperty(name) === 'host' && hostName.test(String(value));
    return [name, isHost ? host : Array.isArray(value) ? value.map(text) : text(value)];
  });
  return { entries: own, ...(lists === undefined ? {} : { lists }) };
}

function property(entries: Entries, wanted: string): string {
  return String(entries.find(([name]) => name === wanted)?.[1] ?? '');
}
