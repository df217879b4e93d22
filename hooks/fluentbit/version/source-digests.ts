import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { packageFile } from '../../runtime/package-file.ts';
import type { Fact } from './facts.ts';
import { pluginFolders } from './plugins/plugin-folders.ts';

/** A place in Fluent Bit's source as it was when somebody looked at it. */
export interface LookedAt {
  /** Where it begins, from 1. */
  line: number;
  /** Of its text without comments and spacing: 16 hexadecimal digits of SHA-256. */
  digest: string;
}

export interface Sources {
  version: string;
  /** By `file` or `file#symbol`. */
  facts: Record<string, LookedAt>;
  /** Digests of the folders of plugins, by `kind/plugin`. */
  plugins: Record<string, string>;
}

/** Of the version of the catalogue; written by `fluentbind catalogue --sources --write`. */
export function knownSources(): Sources {
  return JSON.parse(readFileSync(packageFile('hooks/fluentbit/version/sources.json'), 'utf8')) as Sources;
}

/** Files of a source tree by their path in it. */
export interface SourceTree {
  /** Undefined where there is none. */
  read: (path: string) => string | undefined;
  /** Names of the files in a folder; none where there is none. */
  list: (folder: string) => string[];
}

/** The version that a source tree is of; undefined where it is not Fluent Bit's. */
export function versionOf(tree: SourceTree): string | undefined {
  const text = tree.read('CMakeLists.txt') ?? '';
  const numbers = ['MAJOR', 'MINOR', 'PATCH'].map(
    (part) => new RegExp(`^set\\(FLB_VERSION_${part}\\s+(\\d+)\\)`, 'm').exec(text)?.[1],
  );
  return numbers.includes(undefined) ? undefined : numbers.join('.');
}

/** What a source tree holds of the sources of facts and plugins; what it does not hold is left out. */
export function sourcesOf(tree: SourceTree, facts: Readonly<Record<string, Fact>>): Omit<Sources, 'version'> {
  const places = [...new Set(Object.values(facts).flatMap(({ sources }) => sources))].sort();
  const found = places.flatMap((place): [string, LookedAt][] => {
    const looked = lookAt(tree, place);
    return looked === undefined ? [] : [[place, looked]];
  });
  const plugins = [...pluginFolders()].flatMap(([plugin, folder]): [string, string][] => {
    const files = tree.list(folder).filter((name) => /\.[chly]$/.test(name));
    if (files.length === 0) return [];
    const texts = files.sort().map((name) => `${name}\n${bare(tree.read(`${folder}/${name}`) ?? '')}`);
    return [[plugin, digest(texts.join('\n'))]];
  });
  return { facts: Object.fromEntries(found), plugins: Object.fromEntries(plugins) };
}

function lookAt(tree: SourceTree, place: string): LookedAt | undefined {
  const [path = '', symbol] = place.split('#');
  const text = tree.read(path);
  if (text === undefined) return undefined;
  if (symbol === undefined) return { line: 1, digest: digest(bare(text)) };
  const definition = definitionOf(text, symbol);
  return definition && { line: definition.line, digest: digest(bare(definition.text)) };
}

/** A function, a table or a macro in C: it begins in the first column, and its last brace is there, too. */
function definitionOf(text: string, symbol: string): { line: number; text: string } | undefined {
  const lines = text.split('\n');
  const macro = new RegExp(`^#define\\s+${symbol}\\b`);
  const begins = new RegExp(`^[A-Za-z_].*\\b${symbol}(?:\\s*\\(|(?:\\[\\])?\\s*=\\s*\\{)`);
  for (const [index, line] of lines.entries()) {
    if (macro.test(line)) return { line: index + 1, text: line };
    if (!begins.test(line)) continue;
    const end = lines.findIndex((other, at) => at > index && /^[};]/.test(other));
    const rest = lines.slice(index, end + 1);
    // A declaration ends before it has a body.
    const head = rest.join('\n').split('{')[0] ?? '';
    if (end > 0 && !head.includes(';')) return { line: index + 1, text: rest.join('\n') };
  }
  return undefined;
}

/** Without comments, and with one space for many: neither decides anything. */
function bare(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, ' ')
    .replaceAll(/^\s*\/\/.*$/gm, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function digest(text: string): string {
  return hash('sha256', text).slice(0, 16);
}
