import { readFileSync } from 'node:fs';
import { packageFile } from '../../runtime/package-file.ts';
import { type ConfigurableKind, propertyType } from './catalogue.ts';
import { canonicalProperty } from './plugins/property-name.ts';

/** What the value of a property can do to others, the worst of it. */
export type PropertyClass =
  /** It is joined to a path, or names a file, folder or socket. */
  | 'path'
  /** It makes the agent write records, credentials or answers to its log. */
  | 'log'
  /** Memory, disk or threads grow with it, or a buffer overflows. */
  | 'size'
  /** It blocks the thread of the engine, or delays the end of a flush or of a reload. */
  | 'time'
  /** It decides where a connection goes, wholly or in part. */
  | 'address'
  /** It chooses or uses an identity that node or agent have. */
  | 'identity'
  /** It names something that the process shares. */
  | 'name'
  /** It is a pattern that runs on records. */
  | 'pattern'
  /** It is run as code. */
  | 'code'
  | 'plain';

export interface ClassifiedProperty {
  class: PropertyClass;
  /** Further classes. */
  also?: readonly PropertyClass[];
  /** What the value does, and what could go wrong: one sentence for users and reviewers. */
  why: string;
  /** Where Fluent Bit uses the value: `file:line` of its source tree. */
  source: string;
  /** No value is harmless. */
  forbid?: true;
  /** What to do instead of a property that is forbidden, where it is more than to leave it out. */
  instead?: string;
  /** The only values that are. */
  allow?: readonly string[];
  /** A regular expression that the value has to match. */
  pattern?: string;
  /** Bounds: bytes of the text or of a size, seconds, items of a list, or the number itself (count). */
  max?: number;
  min?: number;
  unit?: 'bytes' | 'seconds' | 'items' | 'count';
  /** What is written where the property is not set, for the default of Fluent Bit harms others. */
  set?: string | number | boolean;
  /** Whether the value is a credential. */
  credential?: true;
  /** What a parser at start demands of the value, or of the file that it names. */
  parsed?: string;
  /** A buffer of fixed size that the value goes into. */
  buffer?: string;
}

type Classes = Readonly<Record<string, Readonly<Record<string, ClassifiedProperty>>>>;

/**
 * Every property that a tenant may set, by `kind/plugin`, each read in the source of this version. `kind/*` holds those
 * that every plugin of the kind takes; names that end in a dot stand for all that begin with them.
 */
const classes = JSON.parse(
  readFileSync(packageFile('hooks/fluentbit/version/property-classes.json'), 'utf8'),
) as Classes;

/** Undefined where nobody looked at the property yet: a new version brings its properties so. */
export function classOf(kind: ConfigurableKind, plugin: string, property: string): ClassifiedProperty | undefined {
  const name = canonicalProperty(property);
  for (const of of [`${kind}/${plugin}`, `${kind}/*`]) {
    const rows = classes[of] ?? {};
    if (Object.hasOwn(rows, name)) return rows[name];
    const prefix = Object.keys(rows).find((row) => row.endsWith('.') && name.startsWith(row));
    if (prefix !== undefined) return rows[prefix];
  }
  return undefined;
}

/** Whether the properties of a plugin are classified at all: those that no policy allows by itself are not. */
export function isClassified(kind: ConfigurableKind, plugin: string): boolean {
  return Object.hasOwn(classes, `${kind}/${plugin === '' ? '*' : plugin}`);
}

/** All rows, for the reference; `plugin` is `*` for those of every plugin. */
export function everyClassified() {
  return Object.entries(classes).flatMap(([of, rows]) => {
    const [kind, plugin] = of.split('/') as [ConfigurableKind, string];
    return Object.entries(rows).map(([property, row]) => ({ kind, plugin, property, ...row }));
  });
}

/**
 * What is written for properties that are not set, by name: of the plugin, and of those of every plugin of the kind
 * that it has (fact: workers-at-a-stop).
 */
export function safeDefaults(
  kind: ConfigurableKind,
  plugin: string,
  isSet: (property: string) => boolean,
): [property: string, value: string | number | boolean][] {
  const own = classes[`${kind}/${plugin}`] ?? {};
  const shared = Object.entries(classes[`${kind}/*`] ?? {}).filter(
    ([name]) => !Object.hasOwn(own, name) && has(kind, plugin, name),
  );
  return [...shared, ...Object.entries(own)].flatMap(([name, { set }]) =>
    set === undefined || isSet(name) ? [] : [[name, set]],
  );
}

/** Parsers are no plugins: all of theirs are their own. */
function has(kind: ConfigurableKind, plugin: string, name: string): boolean {
  return kind !== 'parser' && kind !== 'multilineParser' && propertyType(kind, plugin, name) !== undefined;
}
