import type { CheckedValue } from '../checked/checked-text.ts';
import type { AgentInputSpec, CheckedItem, CheckedSetting } from '../checked/item-checker.ts';
import type { AgentNames } from '../file/agent-names.ts';
import type { PipelineSpec } from '../file/pipeline-spec.ts';
import type { Entries, Section } from '../file/yaml.ts';
import type { YamlScalar } from '../file/yaml-entry.ts';
import { inputTag } from '../input/operator-tags.ts';
import { idsOfContent, retryLimit } from '../version/answers.ts';
import { fixedInput } from '../version/checks/inputs.ts';
import { ownFilesEntries } from '../version/plugins/own-files.ts';
import { multilineNames } from '../version/plugins/parser-properties.ts';
import { safeDefaults } from '../version/property-classes.ts';
import type { PropertyTexts } from './property-text.ts';
import { workersEntries } from './workers.ts';

/** What is written for a plugin that Fluent Bit does not have: nothing gets that far. */
const nothing: Section = { entries: [] };

/** Writes checked plugins and parsers of one resource as sections of its file. */
export class PluginSections {
  readonly #names: AgentNames;
  readonly #texts: PropertyTexts;
  readonly #multilineParsers: ReadonlySet<string>;

  constructor(names: AgentNames, texts: PropertyTexts, declared: Pick<PipelineSpec, 'multilineParsers'>) {
    this.#names = names;
    this.#texts = texts;
    this.#multilineParsers = new Set(declared.multilineParsers.map(({ name }) => name));
  }

  /** A filter without its place: `placed` gives it one. */
  filter(item: CheckedItem | undefined): Section {
    if (item === undefined) return nothing;
    // A warning for each record makes 150 times as much log of what is read, and holds up everybody.
    const quiet: Entries = isSetIn(item)('log_level') ? [] : [['log_level', 'error']];
    return { entries: [['name', item.plugin], ...quiet, ...this.#entries(item)] };
  }

  /** @param counted whether the workers of the output follow from how many outputs there are on the node */
  output(item: CheckedItem | undefined, id: string, match: string, limit: string, counted = true): Section {
    if (item === undefined) return nothing;
    const { plugin, settings } = item;
    const isSet = isSetIn(item);
    const isOn = (name: string) => settings.some(({ canonical, value }) => canonical === name && isTrue(value));
    const pipeline = this.#names.pipeline(id);
    const entries: Entries = [
      ['name', plugin],
      ['alias', pipeline],
      ['match', match],
      ['storage.total_limit_size', limit],
      ...ownFilesEntries(plugin, pipeline, limit),
    ];
    // Fluent Bit gives up after one retry (fact: retries-of-outputs); what the buffer holds is worth more than that.
    if (!isSet('retry_limit')) entries.push(['retry_limit', retryLimit(plugin)]);
    entries.push(...idsOfContent(plugin, { isSet, literal: (name) => literal(settings, name) }));
    // By the sidecar, in what it adds for the files of tenants.
    if (counted) entries.push(...workersEntries(plugin, { chosen: isSet('workers'), blocks: isOn('oauth2.enable') }));
    const safe = safeDefaults('output', plugin, isSet);
    entries.push(...safe.filter(([name]) => !name.startsWith('oauth2.') || isOn('oauth2.enable')));
    return { comment: ` Output ${id}`, entries: [...entries, ...this.#entries(item)] };
  }

  /** An input of an agent: it listens everywhere, and what it receives bears a tag that no sender can choose. */
  input(item: CheckedItem | undefined, { id, port }: AgentInputSpec): Section {
    if (item === undefined) return nothing;
    const { plugin } = item;
    const tag = inputTag(id);
    const own: Entries = [
      ['name', plugin],
      ['alias', tag],
      ['tag', tag],
      ['listen', '0.0.0.0'],
      ['port', port],
      ['storage.type', 'filesystem'],
      ...fixedInput(plugin),
    ];
    return { comment: ` Input ${id}: ${plugin}`, entries: [...own, ...this.#entries(item)] };
  }

  parser(item: CheckedItem, name: string): Section {
    // A parser knows no lists; what may stand several times does so.
    const entries = this.#entries(item).flatMap(
      ([key, value]): Entries => (Array.isArray(value) ? value.map((one) => [key, one]) : [[key, value]]),
    );
    // A time that does not fit is written into the log of the agent otherwise, up to the whole line.
    const isSet = isSetIn(item);
    const safe = isSet('time_format') ? safeDefaults('parser', '*', isSet) : [];
    return { entries: [['name', this.#names.parser(name)], ...safe, ...entries] };
  }

  multilineParser(item: CheckedItem, { name, rules }: PipelineSpec['multilineParsers'][number]): Section {
    const entries: Entries = [['name', this.#names.multilineParser(name)], ...this.#entries(item)];
    if (rules.length === 0) return { entries };
    return {
      entries,
      lists: { rules: rules.map(({ state, regex, next }) => ({ state, regex, next_state: next })) },
    };
  }

  /** Names of multiline parsers as they are in the agent; built-in ones stay. */
  multilineParsers(names: readonly string[]): string[] {
    return names.map((name) => (this.#multilineParsers.has(name) ? this.#names.multilineParser(name) : name));
  }

  #entries({ settings }: CheckedItem): Entries {
    return settings.map((setting) => [setting.name, this.#value(setting)]);
  }

  #value({ value, reference }: CheckedSetting): YamlScalar | YamlScalar[] {
    const one = (single: CheckedValue): YamlScalar => {
      const written = typeof single === 'object' ? this.#texts.write(single) : single;
      if (reference === undefined) return written;
      return reference === 'multiline parsers'
        ? this.multilineParsers(multilineNames(String(written))).join(',')
        : this.#names.parser(String(written));
    };
    return Array.isArray(value) ? value.map(one) : one(value);
  }
}

/** Whether a plugin sets a property itself. */
function isSetIn({ settings }: CheckedItem): (property: string) => boolean {
  return (property) => settings.some(({ canonical }) => canonical === property);
}

/** The text of a property; undefined where it is not set, or has a variable in it. */
function literal(settings: CheckedItem['settings'], name: string): string | undefined {
  const value = settings.find(({ canonical }) => canonical === name)?.value;
  if (value === undefined || Array.isArray(value)) return undefined;
  if (typeof value !== 'object') return String(value);
  const texts = value.parts.map((part) => ('text' in part ? part.text : undefined));
  return texts.includes(undefined) ? undefined : texts.join('');
}

/** Whether a property is on; what comes from a variable may be. */
function isTrue(value: CheckedSetting['value']): boolean {
  if (Array.isArray(value)) return value.some(isTrue);
  const texts = typeof value === 'object' ? value.parts.map((part) => ('text' in part ? part.text : 'true')) : [value];
  return /^(true|on|yes)$/i.test(texts.join(''));
}

/** A filter where it belongs. */
export function placed({ entries }: Section, alias: string, match: string): Section {
  const [name, ...rest] = entries;
  if (name === undefined) return { entries };
  return { entries: [name, ['alias', alias], ['match', match], ...rest] };
}
