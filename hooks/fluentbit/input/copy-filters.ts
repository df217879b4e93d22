import type { AgentNames } from '../file/agent-names.ts';
import type { Entries, Section } from '../file/yaml.ts';
import { luaCall } from './lua-text.ts';
import { markNestedCode } from './nested-code.ts';
import { markKey } from './operator-tags.ts';

/** Keys of the record that were below `kubernetes`, while the name of the cluster is put beside them. */
const lifted = '_fluentbind_kubernetes_';

/** What is done to the copies, besides that they lose their mark. */
export interface CopySteps {
  /** The name of the cluster goes below `kubernetes`. */
  clusterName?: boolean;
  /** Texts that are nested too deeply for a parser are marked. */
  parsesJson?: boolean;
}

/**
 * Filters with which the pipeline of an output takes its own copy of what inputs of the agent receive, so that no
 * filter sees a record of another pipeline, and each has chunks of its own. The emitter has no limit of memory: beyond
 * one it drops records without a word, while chunks in files go to the disk (fact: memory-of-emitters); all emitters
 * together keep `storage.max_chunks_up` in memory. Lua would change numbers of the records (fact: numbers-in-lua): here
 * it changes only what it marks.
 */
export function copyFilters(output: string, match: string, names: AgentNames, steps: CopySteps = {}): Section[] {
  const own = names.pipeline(output);
  const filter = (plugin: string, name: string, matched: string, entries: Entries): Section => ({
    entries: [['name', plugin], ['alias', names.filter(output, name)], ['match', matched], ...entries],
  });
  const cluster: Section[] = [
    filter('nest', 'lift', own, [
      // It would warn of each record whose `kubernetes` is not a map.
      ['log_level', 'error'],
      ['operation', 'lift'],
      ['nested_under', 'kubernetes'],
      ['add_prefix', lifted],
    ]),
    filter('record_modifier', 'unmark', own, [
      // What is called so and is not a map would be there twice.
      ['remove_key', [markKey, 'kubernetes', `${lifted}cluster_name`]],
      ['record', `${lifted}cluster_name \${FLUENTBIND_CLUSTER_NAME:-unknown}`],
    ]),
    filter('nest', 'nest', own, [
      ['operation', 'nest'],
      ['wildcard', `${lifted}*`],
      ['nest_under', 'kubernetes'],
      ['remove_prefix', lifted],
    ]),
  ];
  return [
    filter('rewrite_tag', 'copy', match, [
      ['rule', `$${markKey} . ${own} true`],
      ['emitter_name', names.filter(output, 'emitter')],
      ['emitter_storage.type', 'filesystem'],
      ['emitter_mem_buf_limit', 0],
    ]),
    ...(steps.clusterName === true ? cluster : [filter('record_modifier', 'unmark', own, [['remove_key', markKey]])]),
    ...(steps.parsesJson === true
      ? [
          filter('lua', 'lua', own, [
            ['call', luaCall],
            ['code', markNestedCode],
          ]),
        ]
      : []),
  ];
}
