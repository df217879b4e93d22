import { stringify } from 'yaml';
import { byContent } from '../../memo/by-content.ts';

export type YamlScalar = string | number | boolean;

/** Texts that YAML 1.1 reads as they are. Most are such; whatever else there is, is left to the library. */
const plain =
  /^(?!(?:y|yes|n|no|on|off|true|false|null|e[-+]?\d+)$)[a-z_/$](?:[\w./$*{}()@%+=,;!?-]| (?=[^ #])|:(?=[^ ]))*$/i;

/**
 * Those of the library, code among them, which many pipelines have in common. Without it one change takes 1.27 and
 * onboarding 1.02 times the CPU (`npm run bench -- memory`).
 */
const written = byContent<string>('YAML of the library', { size: 1024 * 1024, entrySize: 64 * 1024 });

type YamlValue = YamlScalar | YamlScalar[] | Record<string, string>[];

/**
 * What Fluent Bit's reader takes for the end of a line, or of a text, and the library does not: left as it is, it would
 * make structure out of a value. And what that reader refuses a whole file for (libyaml's IS_PRINTABLE).
 */
const treacherous = /[\u0080-\u009f\u2028\u2029\ufeff\ufffe\uffff]/;

/** A key with its value, each of its lines indented. */
export function yamlEntry(key: string, value: YamlValue, indent: string): string {
  if (key.length <= 128 && plain.test(key)) {
    const one = scalar(value);
    if (one !== undefined) return `${indent}${key}: ${one}\n`;
    const items = Array.isArray(value) ? value.map(scalar) : [];
    if (items.length > 0 && !items.includes(undefined))
      return `${indent}${key}:\n${items.map((item) => `${indent}  - ${item}\n`).join('')}`;
  }
  if (treacherous.test(JSON.stringify([key, value]))) return `${indent}${escaped(key)}: ${escaped(value)}\n`;
  if (typeof value !== 'string') return byLibrary(key, value, indent);
  return written([indent, key, value], () => byLibrary(key, value, indent));
}

/** JSON is YAML, and says every character that it must not contain by its number. */
function escaped(value: YamlValue): string {
  const code = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replaceAll(new RegExp(treacherous, 'g'), code);
}

/** Within something, as it will be: at the margin of a file a text may mean more. */
function byLibrary(key: string, value: YamlValue, indent: string): string {
  const text = stringify([{ [key]: value }], { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
  return `  ${text.slice(2)}`.replace(/(^|\n)(?=[^\n])/g, `$1${indent.slice(2)}`);
}

function scalar(value: unknown): string | undefined {
  if (typeof value === 'string') return plain.test(value) ? value : undefined;
  const exact = Number.isSafeInteger(value) && !Object.is(value, -0);
  return typeof value === 'boolean' || exact ? String(value) : undefined;
}
