import { hash } from 'node:crypto';
import { rotatedFolder } from '../fluentbit/file/paths.ts';
import { type RenderedItem, renderedList, renderedProperty } from '../fluentbit/file/rendered-file.ts';
import { luaCall } from '../fluentbit/input/lua-text.ts';
import { pathMetadataCodes } from '../fluentbit/input/metadata.ts';
import { copyTagPattern } from '../fluentbit/input/operator-tags.ts';
import { maxWorkers, workersVariable, workerVariable } from '../fluentbit/render/workers.ts';
import { sizeUnits } from '../fluentbit/version/engine-constants.ts';
import { idPattern } from '../kubernetes/ids.ts';
import { type OutputTarget, targetOf } from './output-targets.ts';

/** What a node has to know of a rendered file, so that it reads none. */
export interface NodeData {
  /** Ids of its outputs: tags, names of databases, and of what they keep on the disk. */
  ids: string[];
  /** Bytes that each of them may have undelivered. */
  limit?: number | undefined;
  /** Threads that its outputs start whatever else there is on the node. */
  threads?: number | undefined;
  /** Globs of the folders of pods that it reads in; of what is sent records there are none. */
  paths?: string[] | undefined;
  /** Filters that its pipelines begin with and have in common with others. */
  leading?: LeadingFilters | undefined;
  /** Where its outputs connect to, one for each of `ids`. */
  targets?: OutputTarget[] | undefined;
}

export interface LeadingFilters {
  /** Each with the tag that it is for, and the name of its code. */
  filters: { id: string; code: string }[];
  /** The file without them: from where to where, in UTF-16 code units, it is left out. */
  cut: [start: number, end: number][];
}

/** Lua that leading filters run, by a name that follows from it: hooks and nodes may be of two versions. */
export const leadingCodes: ReadonlyMap<string, string> = new Map(
  pathMetadataCodes.map((code) => [hash('sha256', code).slice(0, 16), code]),
);

/** The same of a file that `toYaml` wrote. Hooks write it into the manifest; nodes ask for it where one lacks it. */
export function nodeDataOf(text: string): NodeData {
  const leading = leadingFilters(text);
  const paths = pathsIn(text);
  return {
    ...outputsIn(text),
    ...(paths === undefined ? {} : { paths }),
    ...(leading === undefined ? {} : { leading }),
    targets: targetsIn(text),
  };
}

/** Where the outputs of a file connect to, in the order of their ids. */
export function targetsIn(text: string): OutputTarget[] {
  const found = new Map<string, OutputTarget>();
  for (const item of renderedList(text, 'outputs')?.items ?? []) {
    const tag = tagOf(item);
    if (tag !== undefined && !found.has(tag)) found.set(tag, targetOf(item));
  }
  return [...found.values()];
}

const tagOf = (output: RenderedItem) => tagOfOutput.exec(renderedProperty(output, 'match') ?? '')?.[1];

const tagOfOutput = new RegExp(`^(${idPattern}|${copyTagPattern})(?:\\.\\*)?$`);

/** The outputs of a file, or of a base configuration: they match the ids of pipelines, or the copies of an operator. */
export function outputsIn(text: string): Pick<NodeData, 'ids' | 'limit' | 'threads'> {
  const outputs = renderedList(text, 'outputs')?.items ?? [];
  const tags = outputs.flatMap((item) => tagOf(item) ?? []);
  // It is one of the LoggingConfiguration, or of the agent.
  const [limit] = outputs.flatMap((item) => bytesOf(renderedProperty(item, 'storage.total_limit_size')) ?? []);
  // Each throttle has a thread of its own as well.
  const filters = renderedList(text, 'filters')?.items ?? [];
  const throttles = filters.filter((item) => renderedProperty(item, 'name') === 'throttle').length;
  const threads = outputs.reduce((sum, item) => sum + workersIn(item), throttles);
  return {
    ids: unique(tags),
    ...(limit === undefined ? {} : { limit }),
    ...(threads === 0 ? {} : { threads }),
  };
}

/** A number that the owner chose, in any spelling; what comes from a Secret is as many as are allowed. */
function workersIn({ properties }: RenderedItem): number {
  const [, value = '0'] = properties.find(([name]) => name.toLowerCase() === 'workers') ?? [];
  if (value.includes(workersVariable) || value.includes(workerVariable)) return 0;
  const count = Number(value.replaceAll('"', ''));
  return Number.isFinite(count) ? Math.abs(count) : maxWorkers;
}

function bytesOf(limit = ''): number | undefined {
  const [, digits, unit = ''] = /^(\d+)([KMG]?)B?$/i.exec(limit) ?? [];
  return digits === undefined ? undefined : Number(digits) * (sizeUnits[unit.toUpperCase()] ?? 1);
}

/** More are not worth telling apart: then it is by the namespace. */
const manyPaths = 32;

/** In the folder of a pipeline with links to rotated files. */
const linkedLogs = new RegExp(`/${rotatedFolder(idPattern)}/`);

/** Of inputs that are not all by tail nobody knows when they have something. */
function pathsIn(text: string): string[] | undefined {
  const inputs = renderedList(text, 'inputs')?.items ?? [];
  const globs = inputs.flatMap((item) => renderedProperty(item, 'path') ?? []);
  if (globs.length === 0 || globs.length < inputs.length) return undefined;
  // Without the container and its file, and without links to rotated files: they are made by what is found here.
  const logs = globs.flatMap((glob) => glob.split(',')).filter((path) => !linkedLogs.test(path));
  const paths = unique(logs.map((path) => path.replace(/(\/[^/]*){2}$/, '')));
  return paths.length <= manyPaths ? paths : unique(paths.map((path) => path.replace(/_[^/]*$/, '_*')));
}

const id = new RegExp(`^${idPattern}$`);

/**
 * The metadata from the path that pipelines begin with. Each Lua state holds the variables of all pipelines: with a
 * thousand that is a quarter of the memory, and of a reload. The kubernetes filter stays where it is: its cache has 256
 * places, too few for the containers of a node.
 */
function leadingFilters(text: string): LeadingFilters | undefined {
  const list = renderedList(text, 'filters');
  if (list === undefined) return undefined;
  const seen = new Set<string>();
  const found = list.items.flatMap((item) => {
    const tag = tagOfFilter(item);
    // Only what comes first in a pipeline may come before all of them.
    if (tag === undefined || seen.has(tag)) return [];
    seen.add(tag);
    const code = codeOf(item);
    return code === undefined ? [] : [{ item, filter: { id: tag, code } }];
  });
  if (found.length === 0) return undefined;
  const whole = found.length === list.items.length;
  const cut = whole ? [list] : found.map(({ item }) => item);
  return {
    filters: found.map(({ filter }) => filter),
    cut: cut.map(({ start, end }): [number, number] => [start, end]),
  };
}

/** The id that a filter is for alone. */
function tagOfFilter({ properties }: RenderedItem): string | undefined {
  const [name, alias, match] = properties;
  const ours = name?.[0] === 'name' && alias?.[0] === 'alias' && match?.[0] === 'match' && id.test(alias[1]);
  return ours && id.test(match[1]) ? match[1] : undefined;
}

function codeOf({ properties }: RenderedItem): string | undefined {
  const [name, , , call, code] = properties;
  if (properties.length !== 5 || name?.[1] !== 'lua' || call?.[0] !== 'call' || code?.[0] !== 'code') return undefined;
  const [head, ...lines] = code[1].split('\n');
  if (call[1] !== luaCall || head !== '|') return undefined;
  const text = `${lines.join('\n')}\n`;
  return [...leadingCodes].find(([, one]) => one === text)?.[0];
}

/** Each once, and none as a part of the whole text, which V8 would keep in memory for its sake. */
function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].map((one) => Buffer.from(one).toString());
}
