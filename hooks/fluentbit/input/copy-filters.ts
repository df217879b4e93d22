import type { AgentNames } from '../file/agent-names.ts';
import type { Entries, Section } from '../file/yaml.ts';
import { markKey } from './operator-tags.ts';

/**
 * Filters with which the pipeline of an output takes its own copy of what inputs of the agent receive, so that no
 * filter sees a record of another pipeline, and each has chunks of its own. The emitter has no limit of memory: beyond
 * one it drops records without a word, while chunks in files go to the disk (fact: memory-of-emitters); all emitters
 * together keep `storage.max_chunks_up` in memory.
 */
export function copyFilters(output: string, match: string, names: AgentNames, lua?: Entries): Section[] {
  const own = names.pipeline(output);
  const filter = (plugin: string, name: string, matched: string, entries: Entries): Section => ({
    entries: [['name', plugin], ['alias', names.filter(output, name)], ['match', matched], ...entries],
  });
  return [
    filter('rewrite_tag', 'copy', match, [
      ['rule', `$${markKey} . ${own} true`],
      ['emitter_name', names.filter(output, 'emitter')],
      ['emitter_storage.type', 'filesystem'],
      ['emitter_mem_buf_limit', 0],
    ]),
    lua === undefined
      ? filter('record_modifier', 'unmark', own, [['remove_key', markKey]])
      : filter('lua', 'lua', own, lua),
  ];
}
