import { references } from '../../hooks/api/references.ts';
import { type Entries, type Section, type Sections, toYaml } from '../../hooks/fluentbit/file/yaml.ts';
import type { YamlScalar } from '../../hooks/fluentbit/file/yaml-entry.ts';
import { hasty, record } from '../support/fluent-bit/survival.ts';
import type { Entry } from './corpus.ts';
import { dataOf, specOf } from './victims.ts';

type Item = Record<string, unknown>;

/**
 * What an agent would get of an entry if nobody checked anything: every property as it stands under the plugin that is
 * named, values put into texts, all of it routed to the one input that there is. The YAML itself is sound.
 */
export function naive(entry: Pick<Entry, 'resource' | 'over' | 'spec' | 'secret' | 'configMap'>): {
  text: string;
  files: Record<string, string>;
} {
  const spec = specOf(entry);
  const { secret, configMap } = dataOf(entry);
  const list = (name: string) => (spec[name] ?? []) as Item[];
  const literals = list('variables').flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]));
  const values: Record<string, string> = { ...secret, ...configMap, ...Object.fromEntries(literals) };
  const files = Object.fromEntries(list('files').map(({ name, content }) => [`${name}`, String(content)]));
  for (const name of Object.keys(files)) values[name] = name;

  const filled = (text: unknown): YamlScalar => {
    if (typeof text !== 'string') return text as YamlScalar;
    let result = text;
    // Fluent Bit expands its own form by itself.
    for (const { reference, form } of references(text))
      if (form.startsWith('$(') && Object.hasOwn(values, reference))
        result = result.replace(form, () => values[reference] ?? '');
    return result;
  };
  const entries = ({ properties = {}, rules = [] }: Item): Entries => [
    ...Object.entries(properties as Item).map(([name, value]): Entries[number] => [
      name,
      Array.isArray(value) ? value.map(filled) : filled(value),
    ]),
    ...(rules as unknown[])
      .filter((rule) => typeof rule === 'string')
      .map((rule): Entries[number] => {
        const [, name = '', value = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rule) ?? [];
        return [name, filled(value)];
      }),
  ];
  const plugin = (item: Item): Section => {
    const own = entries(item);
    const routed = own.some(([name]) => /^match(_?regex)?$/i.test(name));
    return {
      entries: [['name', String(item['plugin'])], ...(routed ? [] : [['match', '*'] as Entries[number]]), ...own],
    };
  };
  const named = (item: Item): Section => ({
    entries: [['name', String(item['name'])], ...entries({ properties: item['properties'] })],
  });
  const input = (spec['input'] ?? {}) as { multiline?: string[] };
  const joined = input.multiline?.map((name) => ({
    plugin: 'multiline',
    properties: { 'multiline.key_content': 'log', 'multiline.parser': name },
  }));
  const sections: Sections = [
    ['parsers', list('parsers').map(named)],
    [
      'multiline_parsers',
      list('multilineParsers').map((item) => ({
        ...named(item),
        ...(item['rules'] === undefined
          ? {}
          : {
              lists: {
                rules: (item['rules'] as Record<string, string>[]).map(({ state = '', regex = '', next = '' }) => ({
                  state,
                  regex,
                  next_state: next,
                })),
              },
            }),
      })),
    ],
    [
      'pipeline.inputs',
      [
        {
          entries: [
            ['name', 'dummy'],
            ['tag', 'x'],
            ['dummy', record],
            ['flush_on_startup', true],
          ],
        },
      ],
    ],
    ['pipeline.filters', [...(joined ?? []), ...list('filters')].map(plugin)],
    ['pipeline.outputs', list('outputs').map(plugin)],
  ];
  return { text: hasty + toYaml('', sections), files };
}
