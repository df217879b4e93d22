import { multilineNames } from '../plugins/parser-properties.ts';
import { geoDatabase } from './contents.ts';
import { at, type Check, each, invalid, type PatternCheck } from './fault.ts';
import { all, excludes, type ItemCheck, is, known, needs, needsOneOf, setting, when } from './item.ts';
import { luaFault } from './lua.ts';
import { modifyCondition, modifyRule, removedKeys } from './modify.ts';
import { regexFault } from './regex/regex.ts';
import {
  accessor,
  accessorFault,
  between,
  exactly,
  fieldAndRegex,
  key,
  keyAndRegex,
  keyFault,
  matching,
  oneOf,
  rule,
  words,
} from './values.ts';
import { split, tokens } from './words.ts';

/** What a value must be, by filter and property; read in their sources and tried. */
export const filterValues: Record<string, Record<string, PatternCheck>> = {
  aws: { imds_version: oneOf('v1', 'v2') },
  checklist: { mode: oneOf('exact', 'partial'), lookup_key: key },
  ecs: {
    add: (value) =>
      split(value.text, 2).length === 2 ? pairFault(value, 'task $TaskID') : rule('It needs a name and a template.'),
  },
  expect: {
    action: each(oneOf('warn', 'exit', 'result_key'), (value) =>
      value.text.toLowerCase() === 'exit'
        ? invalid('exit ends the agent with the first record that fails.')
        : undefined,
    ),
    key_exists: key,
    key_not_exists: key,
    key_val_is_null: key,
    key_val_is_not_null: key,
    key_val_eq: (value) => {
      const [field = '', ...rest] = split(value.text, 1);
      return rest.length === 0
        ? rule('It needs a key and a value.', 'Write it as "$level info".')
        : keyFault(value, field);
    },
  },
  geoip2: { database: geoDatabase, record: words(3, 'country host %{country.names.en}') },
  grep: { regex: fieldAndRegex, exclude: fieldAndRegex, logical_op: oneOf('and', 'or', 'legacy') },
  kubernetes: { kube_url: matching(/^https?:\/\/./, 'is no URL with http:// or https://') },
  log_to_metrics: {
    metric_mode: oneOf('counter', 'gauge', 'histogram'),
    regex: keyAndRegex,
    exclude: keyAndRegex,
    bucket: matching(/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i, 'is no number'),
    add_label: (value) => pairFault(value, 'level $level'),
    label_field: accessor,
    value_field: accessor,
  },
  modify: {
    condition: modifyCondition,
    ...Object.fromEntries(
      ['remove', 'remove_wildcard', 'move_to_start', 'move_to_end'].map((name) => [name, modifyRule(1)]),
    ),
    remove_regex: removedKeys,
    ...Object.fromEntries(
      ['set', 'add', 'rename', 'hard_rename', 'copy', 'hard_copy'].map((name) => [name, modifyRule(2)]),
    ),
  },
  multiline: {
    mode: oneOf('parser', 'partial_message'),
    flush_ms: between(500, 600_000),
    'multiline.parser': noRuntime,
  },
  nest: { operation: exactly('nest', 'lift') },
  parser: { key_name: key },
  record_modifier: { record: words(2, 'key value') },
  rewrite_tag: { rule: rewriteRule },
  throttle: {
    // Anything else silently becomes the default, or allocates until the agent stands.
    rate: between(1, 1e12),
    window: between(2, 100_000),
    interval: matching(
      /^(?!0+(\.0*)?[smhd]?$)\d+(\.\d+)?[smhd]?$/,
      'is no interval',
      'Write a number with s, m, h or d, such as 10s.',
    ),
  },
  type_converter: { int_key: conversion, uint_key: conversion, float_key: conversion, str_key: conversion },
  wasm: { event_format: oneOf('json', 'msgpack') },
};

/** What the properties of a filter must be together. */
export const filterItems: Record<string, ItemCheck> = {
  alter_size: excludes('add', 'remove'),
  checklist: needs('file'),
  geoip2: needs('database', 'lookup_key', 'record'),
  grep: all(needsOneOf('regex', 'exclude'), when(is('logical_op', 'and', 'or'), excludes('regex', 'exclude'))),
  log_to_metrics: all(
    needs('metric_name', 'metric_description', 'tag'),
    when(is('metric_mode', 'gauge', 'histogram'), needs('value_field')),
  ),
  lua: all(needs('call'), needsOneOf('code', 'script'), luaCode),
  multiline: when(is('mode', 'partial_message'), needs('multiline.key_content'), needs('multiline.parser')),
  nest: all(
    needs('operation'),
    when(is('operation', 'nest'), needs('wildcard', 'nest_under'), needsOneOf('nested_under', 'nest_under')),
    excludes('add_prefix', 'remove_prefix'),
  ),
  parser: needs('key_name', 'parser'),
  record_modifier: all(excludes('remove_key', 'allowlist_key'), excludes('remove_key', 'whitelist_key')),
  rewrite_tag: needs('rule'),
  type_converter: needsOneOf('int_key', 'uint_key', 'float_key', 'str_key'),
  wasm: needs('wasm_path', 'function_name'),
};

/** The code of a Lua filter, or the file that has it. */
function luaCode(item: Parameters<ItemCheck>[0]): ReturnType<ItemCheck> {
  const call = known(item, 'call');
  const code = setting(item, 'code');
  const source = code ?? setting(item, 'script');
  const [first] = source?.texts ?? [];
  if (source === undefined || first === undefined || first.value.unknown) return [];
  const { value, path } = first;
  if (code !== undefined) return found(path, luaFault(value, call));
  if (value.content === undefined) return [];
  return found(path, luaFault({ ...value, text: value.content.toString('utf8') }, call));
}

function found(path: string, fault: ReturnType<Check>): ReturnType<ItemCheck> {
  return fault === undefined ? [] : [at(path, fault)];
}

/** What container runtimes write is put together already, and a seventh stream of these ends the agent. */
function noRuntime(value: Parameters<Check>[0]): ReturnType<Check> {
  const runtime = multilineNames(value.text).find((name) => ['cri', 'docker'].includes(name.toLowerCase()));
  return runtime === undefined
    ? undefined
    : invalid(
        `The multiline parser ${runtime} is for what container runtimes write, which is put together already.`,
        'Remove it.',
      );
}

function pairFault(value: Parameters<Check>[0], shape: string): ReturnType<Check> {
  const [, accessorText] = split(value.text, 1);
  if (accessorText === undefined) return rule('It needs a name and a value.', `Write it as "${shape}".`);
  return accessorFault(value, accessorText);
}

function rewriteRule(...[value, patterns]: Parameters<PatternCheck>): ReturnType<Check> {
  const [field = '', pattern = '', tag = '', keep = '', ...more] = tokens(value.text, 4);
  const shape = 'Write it as "$level ^error$ errors.$TAG false".';
  if (more.length > 0 || keep === '')
    return rule('It needs a key, a regular expression, a tag and true or false.', shape);
  if (!/^(true|false|on|off|yes|no)$/i.test(keep)) return rule('The last word is none of true and false.', shape);
  return keyFault(value, field) ?? accessorFault(value, tag) ?? regexFault(value, patterns, pattern);
}

const types = ['int', 'uint', 'float', 'hex', 'string', 'bool'];

/** "from to type": with another type Fluent Bit crashes when it stops. */
function conversion(value: Parameters<Check>[0]): ReturnType<Check> {
  const fault = words(3, 'id id_text string')(value);
  if (fault !== undefined) return fault;
  const [from = '', , type = ''] = tokens(value.text, 3);
  if (!types.some((known) => known.startsWith(type.toLowerCase())))
    return rule(`The type is none of ${types.join(', ')}.`, 'Write it as "id id_text string".');
  return accessorFault(value, from);
}
