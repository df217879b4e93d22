import { groupBy } from 'lodash-es';
import { type Problem, problem } from '../../../api/problems/problem.ts';
import { advises } from '../../../api/problems/reasons.ts';
import { type ConfigurableKind, type PluginKind, propertyType } from '../catalogue.ts';
import { namesFile } from '../plugins/file-properties.ts';
import { mayRepeat } from '../plugins/multiplicity.ts';
import { unfitReason } from '../plugins/unfit-outputs.ts';
import { classOf } from '../property-classes.ts';
import { bufferProblems } from '../shared-buffers.ts';
import { itemsFault, lengthFault, limitFault } from './class-limits.ts';
import { declaredFile } from './declared-file.ts';
import { at, type Check, type Filled, type PatternCheck, type Text } from './fault.ts';
import { filterItems, filterValues } from './filters.ts';
import { inputItems, inputValues } from './inputs.ts';
import type { Item, ItemCheck } from './item.ts';
import { outputCommon, outputItems, outputValues } from './outputs.ts';
import { multilineItem, multilineValues, parserItem, parserValues } from './parsers.ts';
import { typeCheck } from './property-type.ts';

export function filterProblems(plugin: string, item: Item): Problem[] {
  return itemProblems('filter', plugin, item, filterValues[plugin] ?? {}, filterItems[plugin]);
}

export function outputProblems(plugin: string, item: Item): Problem[] {
  const reason = unfitReason(plugin);
  if (reason !== undefined)
    return [problem('UnfitPlugin', `${item.path}.plugin`, `The output ${plugin} cannot be used. ${reason}`)];
  return itemProblems('output', plugin, item, { ...outputCommon, ...outputValues[plugin] }, outputItems[plugin]);
}

/** All files of an input are reserved. */
export function inputProblems(plugin: string, item: Item): Problem[] {
  return itemProblems('input', plugin, item, inputValues[plugin] ?? {}, inputItems[plugin]);
}

export function parserProblems(item: Item): Problem[] {
  return itemProblems('parser', '', item, parserValues, parserItem);
}

export function multilineParserProblems(item: Item): Problem[] {
  return itemProblems('multilineParser', '', item, multilineValues, multilineItem);
}

/** What is wrong with the properties of one plugin, each by itself and all together. */
function itemProblems(
  kind: 'input' | 'filter' | 'output' | 'parser' | 'multilineParser',
  plugin: string,
  item: Item,
  values: Readonly<Record<string, PatternCheck>>,
  together: ItemCheck | undefined,
): Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, number>();
  for (const setting of item.settings) {
    const { canonical, texts } = setting;
    const count = (seen.get(canonical) ?? 0) + texts.length;
    seen.set(canonical, count);
    if (count > 1 && texts.length > 0 && !mayRepeat(kind, plugin, canonical))
      problems.push(
        problem(
          'DuplicateProperty',
          setting.path,
          `${setting.name} may stand only once.`,
          'Write one value; several go into one text, if the plugin takes them.',
        ),
      );
    const own = Object.hasOwn(values, canonical) ? values[canonical] : undefined;
    problems.push(...settingProblems(kind, plugin, setting, own, item));
  }
  problems.push(...itemsProblems(kind, plugin, item));
  if (kind === 'output') problems.push(...bufferProblems(plugin, item));
  return item.complete ? [...problems, ...(together?.(item) ?? [])] : problems;
}

/** Properties with more values than their class lets there be; rules set one in several places. */
function itemsProblems(kind: ConfigurableKind, plugin: string, { settings }: Item): Problem[] {
  return Object.entries(groupBy(settings, 'canonical')).flatMap(([name, places]) => {
    const row = classOf(kind, plugin, name);
    const fault = row === undefined ? undefined : itemsFault(row, places);
    return fault === undefined ? [] : [at(places.at(-1)?.path ?? '', fault)];
  });
}

function settingProblems(
  kind: 'input' | 'filter' | 'output' | 'parser' | 'multilineParser',
  plugin: string,
  { canonical, texts, path }: Filled,
  own: PatternCheck | undefined,
  { anyPath, patterns }: Item,
): Problem[] {
  if (texts.length === 0) return [problem('InvalidValue', path, 'The list is empty.', 'Remove the property.')];
  const plugged = kind === 'input' || kind === 'filter' || kind === 'output';
  const file =
    plugged && kind !== 'input' && anyPath !== true && namesFile(kind, plugin, canonical) ? declaredFile : undefined;
  const row = classOf(kind, plugin, canonical);
  const known = plugged ? (propertyType(kind satisfies PluginKind, plugin, canonical) ?? 'string') : 'string';
  const limits: Check | undefined =
    row === undefined
      ? undefined
      : (value) =>
          limitFault(row, known, value) ?? (kind === 'output' ? lengthFault(canonical, row, value) : undefined);
  const type = plugged ? typeCheck(known) : undefined;
  const problems: Problem[] = [];
  for (const { value, path } of texts) {
    if (value.unknown) continue;
    if (value.text === '') {
      problems.push(problem('InvalidValue', path, 'The value is empty.', 'Remove the property.'));
      continue;
    }
    const first = type?.(value) ?? own?.(value, patterns);
    const fault = first === undefined || advises(first.reason) ? (limits?.(value) ?? file?.(value) ?? first) : first;
    if (fault !== undefined) problems.push(at(path, { ...fault, message: `${fault.message}${origin(value)}` }));
  }
  return problems;
}

/** Where the text is not what stands in the field. */
function origin({ references }: Text): string {
  return references.length === 0 ? '' : ` It holds ${references.join(', ')}.`;
}
