import type { Section } from '../fluentbit/file/yaml.ts';
import { canonicalProperty } from '../fluentbit/version/plugins/property-name.ts';
import { idPattern } from '../kubernetes/ids.ts';
import { entry, pluginOf } from './run-input.ts';

/** What was started, as far as its error lines speak of it. */
export interface Subject {
  filters: readonly Section[];
  outputs: readonly Section[];
  parsers: readonly Section[];
  multilineParsers: readonly Section[];
  /** Fields of the resource by the names in the configuration. */
  fields: Readonly<Record<string, string>>;
  folder: string;
}

export interface Explanation {
  /** The field, where the lines tell. */
  path: string | undefined;
  message: string;
}

/** Written last, when Fluent Bit has given up; it then sleeps for a second (fact: error-lines). */
export const givenUp = /\] \[engine\] \w+ initialization failed$/m;

/** Lines that say that something failed and not what, or where in Fluent Bit's source. */
const idleTalk = [
  givenUp,
  /^\[error\] \[\/\S+:\d+ errno=\d+\]/,
  /^\[error\] configuration file contains errors/,
  /^\[error\] Failed (initialize|pre_run callback on) filter /,
  /^\[error\] \[output\] failed to initialize /,
  /^\[error\] \[lib\] backend failed/,
];

/** Where and what, from the beginning of what Fluent Bit wrote to standard error before it gave up. */
export function explain(output: string, subject: Subject): Explanation {
  const lines = plain(output)
    .split('\n')
    .filter((line) => line.startsWith('[error]') || /^#\d+ /.test(line));
  const section = sectionOf(lines, subject);
  // What others say is no reason: a plugin may complain and go on all the same.
  const others = lines.findLastIndex((line) => section !== undefined && isOfAnother(line, section));
  const own = lines.slice(others + 1).filter((line) => line.startsWith('[error]'));
  const told = own.find((line) => !idleTalk.some((pattern) => pattern.test(line))) ?? own[0];
  return {
    path: fieldOf(section, lines, told, subject),
    message: told === undefined ? '' : publicLine(told, subject.folder),
  };
}

/** Without colours and the time. */
function plain(output: string): string {
  return output.replaceAll(/\u001b\[[0-9;]*m/g, '').replaceAll(/^\[[\d/]+ [\d:.]+\] /gm, '');
}

const maxLine = 500;
const aliasInBrackets = new RegExp(`:? ?\\b${idPattern}(?=\\])`, 'g');
const idBefore = new RegExp(`\\b${idPattern}_`, 'g');
/** A name that we gave. */
const named = new RegExp(`\\b${idPattern}(_[A-Za-z0-9_-]+)?`, 'g');

/** A line without anything of this machine and of this trial: neither folders nor the names that we gave. */
function publicLine(line: string, folder: string): string {
  const text = line
    .replace(/^\[error\] /, '')
    .replace(/ The following properties are allowed: .*$/, '')
    .replaceAll(new RegExp(`${escaped(folder)}(/[\\w.-]+)*/`, 'g'), '')
    .replaceAll(aliasInBrackets, '')
    .replaceAll(idBefore, '')
    .replaceAll(/\[string "fluentbit\.lua"\]:(\d+)/g, 'line $1')
    .replaceAll(/[\u0000-\u001f\u007f]+/g, ' ')
    .trim();
  return text.length <= maxLine ? text : `${text.slice(0, maxLine - 1)}…`;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The field that the lines speak of: that of a plugin, or of a parser by its name. */
function fieldOf(
  section: Section | undefined,
  lines: readonly string[],
  told: string | undefined,
  subject: Subject,
): string | undefined {
  const { fields, outputs } = subject;
  if (section === undefined) {
    const names = lines.flatMap((line) => line.match(named) ?? []);
    const field = names.map((name) => fields[name]).find((path) => path !== undefined);
    return field ?? (told === undefined ? undefined : quotedField(told, subject));
  }
  const path = fields[String(entry(section, 'alias'))];
  // Settings of a filter may as well be rules, which the line does not tell.
  if (path === undefined || told === undefined || !outputs.includes(section)) return path;
  const property = section.entries.map(([name]) => name).find((name) => speaksOf(told, name));
  return property === undefined ? path : `${path}.properties.${property}`;
}

/** The only field with a value that the line quotes. */
function quotedField(
  line: string,
  { filters, outputs, parsers, multilineParsers, fields, folder }: Subject,
): string | undefined {
  const of = (section: Section) => fields[String(entry(section, 'alias') ?? entry(section, 'name'))];
  const [only, ...others] = multilineParsers;
  if (line.includes('[multiline_parser]') && only !== undefined && others.length === 0) return of(only);
  const without = line.replaceAll(folder, '');
  const quotes = (value: unknown) => {
    const text = String(value).replaceAll(folder, '');
    return text.length > 3 && new RegExp(`(?<!\\w)${escaped(text)}(?!\\w)`).test(without);
  };
  const quoted = [...filters, ...outputs, ...parsers].flatMap((section) =>
    section.entries
      // The words of a level stand in lines of every kind.
      .filter(([name, value]) => name !== 'name' && name !== 'log_level' && [value].flat().some(quotes))
      .map(([name]) => (filters.includes(section) ? of(section) : `${of(section)}.properties.${name}`)),
  );
  return new Set(quoted).size === 1 ? quoted[0] : undefined;
}

function speaksOf(line: string, property: string): boolean {
  const name = escaped(canonicalProperty(property));
  return /^(name|alias|match|retry_limit)$/.test(name) ? false : new RegExp(`['\`]${name}['\`=]`, 'i').test(line);
}

const aliased = /\[(?:filter|output):[^:\]]+:([^\]]+)\]/;

function isOfAnother(line: string, section: Section): boolean {
  const alias = aliased.exec(line)?.[1];
  return alias !== undefined && alias !== entry(section, 'alias');
}

/** The plugin that failed: by its place in the file, by its alias, or by its name where it is there once. */
function sectionOf(lines: readonly string[], { filters, outputs, fields }: Subject): Section | undefined {
  const all = [...filters, ...outputs];
  const backwards = lines.toReversed();
  const place = first(backwards, /^\[error\] Failed .* filter [^ ]+\.(\d+)$/);
  if (place !== undefined) return filters[Number(place)];
  const plugin = first(
    backwards,
    /failed to initialize '([^']+)' plugin/,
    /section name '([^']+)'/,
    /\[config\] ([\w-]+): /,
  );
  const inCrash = first(lines, /plugins\/(?:filter|out)_(\w+)\//);
  const name = (plugin ?? inCrash)?.toLowerCase();
  const alias = backwards.map((line) => aliased.exec(line)?.[1]).find((found) => found !== undefined);
  const byAlias = all.find((section) => alias !== undefined && entry(section, 'alias') === alias);
  if (byAlias !== undefined && (name === undefined || pluginOf(byAlias) === name)) return byAlias;
  const same = all.filter((section) => pluginOf(section) === name);
  // One filter of the resource stands once in each pipeline.
  return new Set(same.map((section) => fields[String(entry(section, 'alias'))])).size === 1 ? same[0] : undefined;
}

function first(lines: readonly string[], ...patterns: RegExp[]): string | undefined {
  for (const pattern of patterns)
    for (const line of lines) {
      const found = pattern.exec(line)?.[1];
      if (found !== undefined) return found;
    }
  return undefined;
}
