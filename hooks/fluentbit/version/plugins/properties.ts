import type { PropertyValue } from '../../../api/pipeline.ts';
import { fieldPath, listed, type Problem, problem } from '../../../api/problems/problem.ts';
import { didYouMean } from '../../../kubernetes/nearest.ts';
import type { Properties } from '../../file/pipeline-spec.ts';
import { type ConfigurableKind, pluginName, pluginNames, propertyNames, propertyType } from '../catalogue.ts';
import { parserProperties } from './parser-properties.ts';
import { canonicalProperty, propertyNamePattern } from './property-name.ts';
import { reservedReason } from './reserved.ts';

/** One property as it stands in the configuration, with the field it came from. A name may stand several times. */
export interface Setting {
  name: string;
  canonical: string;
  value: PropertyValue;
  path: string;
}

type Segment = string | number;

/** The plugin's own name, or a problem that names the nearest one. */
export function checkPlugin(
  kind: 'input' | 'filter' | 'output',
  name: string,
  path: readonly Segment[],
  problems: Problem[],
): string | undefined {
  const known = pluginName(kind, name);
  if (known === undefined) {
    problems.push(
      problem(
        'UnknownPlugin',
        fieldPath([...path, 'plugin']),
        `Fluent Bit has no ${kind} ${name}. ${didYouMean(name, pluginNames(kind))}`.trim(),
      ),
    );
  }
  return known;
}

/** Properties in a stable order, then rules in theirs; what is unknown, reserved or there twice becomes a problem. */
export function settings(
  kind: ConfigurableKind,
  plugin: string,
  item: { properties: Properties; rules?: readonly string[] },
  path: readonly Segment[],
  problems: Problem[],
): Setting[] {
  const result: Setting[] = [];
  for (const name of Object.keys(item.properties).sort()) {
    const setting = {
      name,
      canonical: canonicalProperty(name),
      value: item.properties[name] ?? '',
      path: fieldPath([...path, 'properties', name]),
    };
    const twin = result.find((other) => other.canonical === setting.canonical);
    if (twin !== undefined)
      problems.push(problem('DuplicateProperty', setting.path, `${name} and ${twin.name} are one property.`));
    else result.push(setting);
  }
  for (const [index, rule] of (item.rules ?? []).entries()) {
    const [, name, value] = /^(\S+)\s+(\S[\s\S]*)$/.exec(rule) ?? [];
    const at = fieldPath([...path, 'rules', index]);
    if (name === undefined || value === undefined)
      problems.push(problem('InvalidSpec', at, 'A rule is a property and its value.', 'Write it as "rename old new".'));
    else result.push({ name, canonical: canonicalProperty(name), value, path: at });
  }
  return result.filter((setting) => checkName(kind, plugin, setting, problems));
}

function checkName(
  kind: ConfigurableKind,
  plugin: string,
  { name, canonical, path }: Setting,
  problems: Problem[],
): boolean {
  if (!propertyNamePattern.test(name)) {
    problems.push(problem('UnknownProperty', path, `${JSON.stringify(name)} is no name of a property.`));
    return false;
  }
  const reserved = reservedReason(kind, plugin, name);
  if (reserved !== undefined) {
    problems.push(problem('ReservedProperty', path, `${name} is reserved.`, reserved));
    return false;
  }
  if (kind === 'parser' || kind === 'multilineParser')
    return checkParserProperty(kind, canonical, name, path, problems);
  if (propertyType(kind, plugin, name) !== undefined) return true;
  const known = propertyNames(kind, plugin).filter((property) => reservedReason(kind, plugin, property) === undefined);
  problems.push(
    problem(
      'UnknownProperty',
      path,
      `The ${kind} ${plugin} has no property ${name}. ${didYouMean(canonical, known)}`.trim(),
    ),
  );
  return false;
}

function checkParserProperty(
  kind: 'parser' | 'multilineParser',
  canonical: string,
  name: string,
  path: string,
  problems: Problem[],
): boolean {
  const known = parserProperties[kind];
  if (known.includes(canonical)) return true;
  problems.push(
    problem(
      'UnknownProperty',
      path,
      `A parser has no property ${name} (properties: ${listed(known)}). ${didYouMean(canonical, known)}`.trim(),
    ),
  );
  return false;
}
