import { fieldPath, type Problem, problem } from '../../api/problems/problem.ts';
import { selectorFaults } from '../../kubernetes/selector.ts';
import type { AgentNames } from '../file/agent-names.ts';
import { stateDirectory } from '../file/paths.ts';
import type { CompleteEnrich, CompleteSelection, PipelineSpec } from '../file/pipeline-spec.ts';
import type { Entries, Section } from '../file/yaml.ts';
import { canonicalProperty } from '../version/plugins/property-name.ts';
import { copyFilters } from './copy-filters.ts';
import { type LogPaths, logPaths, maxPaths, withRotated } from './log-paths.ts';
import { luaCall } from './lua-text.ts';
import { type MetadataNeeds, metadataCode, metadataNeeds, pathKey, podTagPath, podTagRegex } from './metadata.ts';
import { markNestedCode } from './nested-code.ts';
import { inputTag } from './operator-tags.ts';

/** How records come into the pipelines of a LoggingConfiguration, under which tag, and with which metadata. */
export interface LogSource {
  readonly problems: Problem[];
  /** Parsers that fluentbind needs for it. */
  parsers: () => Section[];
  /** Tags that belong to the pipeline of an output, and to no other. */
  match: (output: string) => string;
  inputs: (output: { id: string; plugin: string }) => Section[];
  /** What fluentbind puts before the user's filters; only what this pipeline needs, for each costs time. */
  filters: (output: string, multiline: readonly string[]) => Section[];
}

export function logSource(
  { input, enrich, parsers, filters }: Pick<PipelineSpec, 'input' | 'enrich' | 'parsers' | 'filters'>,
  namespace: string,
  names: AgentNames,
): LogSource {
  const json = parsers.some(takesJson);
  if ('from' in input) return new AgentInput(input.from, enrich, names, json);
  const joins = input.multiline.length > 0 || filters.some(({ plugin }) => plugin === 'multiline');
  return new ContainerLogs(input, namespace, names, enrich, metadataNeeds(input, enrich, json, joins));
}

/** Whether a parser takes JSON apart, itself or by a decoder. */
export function takesJson({ properties }: Pick<PipelineSpec['parsers'][number], 'properties'>): boolean {
  return Object.entries(properties).some(
    ([name, value]) =>
      (canonicalProperty(name) === 'format' && String(value).trim().toLowerCase() !== 'regex') ||
      canonicalProperty(name).startsWith('decode_field'),
  );
}

/** Records of an input of the agent: a copy for each pipeline. There is no file to take metadata from. */
class AgentInput implements LogSource {
  readonly problems: Problem[] = [];
  readonly #from: string;
  readonly #enrich: CompleteEnrich;
  readonly #names: AgentNames;
  readonly #json: boolean;

  constructor(from: string, enrich: CompleteEnrich, names: AgentNames, json: boolean) {
    this.#from = from;
    this.#enrich = enrich;
    this.#names = names;
    this.#json = json;
  }

  /** There is no tag to take apart. */
  parsers(): Section[] {
    return [];
  }

  match(output: string): string {
    return this.#names.pipeline(output);
  }

  /** It stands in the base configuration of the agent. */
  inputs(): Section[] {
    return [];
  }

  filters(output: string): Section[] {
    const { clusterName } = this.#enrich;
    return copyFilters(output, inputTag(this.#from), this.#names, { clusterName, parsesJson: this.#json });
  }
}

/** Container logs: which files, and what their paths tell. */
class ContainerLogs implements LogSource {
  readonly #input: CompleteSelection;
  readonly #enrich: CompleteEnrich;
  readonly #names: AgentNames;
  readonly #needs: MetadataNeeds;
  readonly #paths: LogPaths;

  constructor(
    input: CompleteSelection,
    namespace: string,
    names: AgentNames,
    enrich: CompleteEnrich,
    needs: MetadataNeeds,
  ) {
    this.#input = input;
    this.#enrich = enrich;
    this.#names = names;
    this.#needs = needs;
    this.#paths = logPaths(input, namespace);
  }

  get problems(): Problem[] {
    const count = this.#paths.include.length;
    if (count > maxPaths) {
      const message = `The selection needs ${count} paths, more than ${maxPaths}.`;
      return [problem('TooLarge', 'spec.input', message, 'Select fewer namespaces, workloads or containers at once.')];
    }
    const { podSelector, containers } = this.#input;
    const problems = selectorFaults(podSelector).map(({ path, message }) =>
      problem('InvalidSpec', fieldPath(['spec', 'input', 'podSelector', ...path]), message),
    );
    const none = (what: string) =>
      problem(
        'InvalidSpec',
        `spec.input.${what}s`,
        `The selection leaves no ${what}.`,
        `Exclude fewer ${what}s than are included.`,
      );
    if (count === 0) problems.push(none('namespace'));
    if (containers.include.length > 0 && containers.include.every((name) => containers.exclude.includes(name)))
      problems.push(none('container'));
    return problems;
  }

  /** The parser that the kubernetes filter takes tags apart with. */
  parsers(): Section[] {
    const entries: Entries = [
      ['name', this.#names.podTagParser()],
      ['format', 'regex'],
      ['regex', podTagRegex],
    ];
    return this.#needs.kubernetes ? [{ entries }] : [];
  }

  /** Tags that belong to the pipeline of an output, and to no other: ids have one length, and a dot ends them. */
  match(output: string): string {
    const id = this.#names.pipeline(output);
    return this.#needs.pathInTag ? `${id}.*` : id;
  }

  inputs(output: { id: string; plugin: string }): Section[] {
    const id = this.#names.pipeline(output.id);
    const { include, exclude } = withRotated(this.#paths, id);
    const entries: Entries = [
      ['name', 'tail'],
      ['alias', id],
      ['tag', this.match(output.id)],
      ['path', include.join(',')],
    ];
    if (exclude.length > 0) entries.push(['exclude_path', exclude.join(',')]);
    if (!this.#needs.kubernetes) entries.push(['path_key', pathKey]);
    entries.push(
      // What Docker writes is tried first: the text of such a line may look like a line of CRI, but not the other way
      // around (fact: formats-of-containers).
      ['multiline.parser', 'docker,cri'],
      ['db', `${stateDirectory}/${id}.db`],
      // Nobody else opens it: no file to share an index by, which makes a third of the work of a reload.
      ['db.locking', true],
      ['read_from_head', true],
      ['refresh_interval', 10],
      // What is not read of a rotated file by then never is, and one that is behind may need longer than the usual 5 s.
      ['rotate_wait', 60],
      // Each would take one of the 128 instances that a node has by default, and without one the agent does not start.
      ['inotify_watcher', false],
      // Looks at symbolic links only, which the looks at all files every 2.5 s do as well; a thousand timers are a load.
      ['watcher_interval', 60],
      // A file that grows is read by so much at each look, one after the other: with the usual 32k the looks are a
      // limit of their own, and what a record costs beside a thousand pipelines.
      ['buffer_chunk_size', '128k'],
      // Runtimes write 16 KiB at most, 96 when Docker has to escape all of it. What is read as JSON, and be it the rest
      // of a line that was begun before a restart, cannot have levels enough to end the agent (fact: recursion-in-json).
      ['buffer_max_size', '128k'],
      // A longer line would otherwise stop the file for good, or be left out (fact: long-lines).
      ['truncate_long_lines', true],
      ['skip_long_lines', true],
      ['storage.type', 'filesystem'],
    );
    return [{ comment: ` Output ${output.id}: ${output.plugin}`, entries }];
  }

  filters(output: string, multiline: readonly string[]): Section[] {
    return [
      // First of all: what they re-emit passes the filters from the beginning.
      ...(this.#needs.joinsLines ? [this.#streams(output)] : []),
      // Multiline parsers may have a parser of JSON that each line passes first.
      ...(multiline.length > 0 && this.#needs.parsesJson ? [this.#lua(output, markNestedCode, 'nested')] : []),
      ...(multiline.length > 0 ? [this.#multiline(output, multiline)] : []),
      ...(this.#needs.kubernetes ? [this.#kubernetes(output)] : []),
      this.#lua(output, metadataCode(this.#input, this.#enrich, this.#needs)),
    ];
  }

  #filter(output: string, name: string, entries: Entries, plugin = name): Section {
    const alias = this.#names.filter(output, name);
    return { entries: [['name', plugin], ['alias', alias], ['match', this.match(output)], ...entries] };
  }

  /**
   * Multiline knows the lines of a container by their tag, and a line of stderr would end a stack trace of stdout: the
   * former get a tag of their own (fact: streams-of-multiline). What is emitted comes here again, and not with a tag that
   * this matches; so it goes around once.
   */
  #streams(output: string): Section {
    const own = this.#names.pipeline(output);
    return {
      entries: [
        ['name', 'rewrite_tag'],
        ['alias', this.#names.filter(output, 'streams')],
        ['match_regex', `^${own}\\.(?!stderr\\.)`],
        ['rule', `$stream ^stderr$ ${own}.stderr.$TAG false`],
        ['emitter_name', this.#names.filter(output, 'stderr')],
        ['emitter_storage.type', 'filesystem'],
        ['emitter_mem_buf_limit', 0],
      ],
    };
  }

  #multiline(output: string, parsers: readonly string[]): Section {
    return this.#filter(output, 'multiline', [
      ['multiline.key_content', 'log'],
      ['multiline.parser', parsers.join(',')],
      ['emitter_name', this.#names.filter(output, 'emitter')],
      ['emitter_storage.type', 'filesystem'],
      // With a limit of memory it drops records without a word, see copyFilters.
      ['emitter_mem_buf_limit', 0],
    ]);
  }

  #kubernetes(output: string): Section {
    const { labels, annotations, owners } = this.#needs;
    return this.#filter(output, 'kubernetes', [
      ['kube_tag_prefix', `${this.#names.pipeline(output)}.${podTagPath}`],
      ['regex_parser', this.#names.podTagParser()],
      // Without a namespace of its own it does not ask the API server for its own pod whenever it starts: a thousand
      // pipelines would wait for a thousand answers one after the other at each reload, on each node.
      ['kube_namespace_file', '/dev/null'],
      ['labels', labels],
      ['annotations', annotations],
      ['owner_references', owners],
      // Pods with large specs would otherwise go without metadata.
      ['buffer_size', 0],
      ['k8s-logging.parser', false],
      ['k8s-logging.exclude', false],
    ]);
  }

  #lua(output: string, code: string, name = 'lua'): Section {
    const entries: Entries = [
      ['call', luaCall],
      ['code', code],
    ];
    return this.#filter(output, name, entries, 'lua');
  }
}
