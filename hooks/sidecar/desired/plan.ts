import { type Entry, nameOf } from '../store/entry.ts';
import type { Index } from '../store/tree.ts';
import type { ShardState } from './incoming.ts';

/** What all shards together want live. */
export interface Desired {
  entries: ReadonlyMap<string, Entry>;
  /** Names of those that the node has nothing to do for. */
  dormant: ReadonlySet<string>;
  shards: Record<string, string>;
  /** Blob of the base configuration. */
  base: string;
}

/**
 * One pipeline of each name. While one moves from a shard to another both have it: then the shard that is there and
 * not only remembered, and of two such the one whose content is live already.
 */
export function desiredOf(shards: ReadonlyMap<number, ShardState>, base: string, good: Index | undefined): Desired {
  const live = new Set(good?.pipelines.map(({ content }) => content));
  const entries = new Map<string, { entry: Entry; rank: number }>();
  const ordered = [...shards].sort(([a], [b]) => a - b);
  for (const [, state] of ordered) {
    for (const entry of state.entries) {
      const rank = (state.present ? 2 : 0) + (live.has(entry.content) ? 1 : 0);
      const known = entries.get(nameOf(entry));
      if (known === undefined || rank > known.rank) entries.set(nameOf(entry), { entry, rank });
    }
  }
  return {
    entries: new Map([...entries].map(([name, { entry }]) => [name, entry])),
    dormant: new Set(),
    shards: Object.fromEntries(ordered.map(([shard, { revision }]) => [String(shard), revision])),
    base,
  };
}

/** Names of files under `secrets` are for all pipelines: who wants one that another has got with another content. */
export function conflicts(entries: Iterable<Entry>): Entry[] {
  const taken = new Map<string, string>();
  const found: Entry[] = [];
  for (const entry of entries) {
    const own = Object.entries(entry.secrets);
    if (own.some(([key, blob]) => (taken.get(key) ?? blob) !== blob)) found.push(entry);
    else for (const [key, blob] of own) taken.set(key, blob);
  }
  return found;
}

/** A content that is not live yet: a pipeline's, or that of the base configuration. */
export interface Change {
  content: string;
  entry?: Entry;
}

export function baseChange(blob: string): Change {
  return { content: `base:${blob}` };
}

export function awake({ entries, dormant }: Desired): [name: string, entry: Entry][] {
  return [...entries].filter(([name]) => !dormant.has(name));
}

export function contentsOf({ entries, base }: Desired): string[] {
  return [baseChange(base).content, ...[...entries.values()].map(({ content }) => content)];
}

export function changes(desired: Desired, good: Index): Change[] {
  const live = new Set(good.pipelines.map(({ content }) => content));
  const found: Change[] = awake(desired)
    .map(([, entry]) => ({ content: entry.content, entry }))
    .filter(({ content }) => !live.has(content));
  return desired.base === good.base ? found : [baseChange(desired.base), ...found];
}

/** The last good state with some changes in it. What is gone goes; what is changed otherwise stays as it was. */
export function target(desired: Desired, good: Index, admitted: ReadonlySet<string>): Omit<Index, 'generation'> {
  const before = new Map(good.pipelines.map((entry) => [nameOf(entry), entry]));
  const pipelines: Entry[] = [];
  for (const [name, entry] of awake(desired)) {
    const content = entry.content;
    const former = before.get(name);
    if (admitted.has(content) || (former !== undefined && former.content === content)) pipelines.push(entry);
    else if (former !== undefined) pipelines.push(former);
  }
  pipelines.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const base = admitted.has(baseChange(desired.base).content) ? desired.base : good.base;
  return { format: 1, base, shards: desired.shards, pipelines };
}

/** Whether Fluent Bit would notice. */
export function isSame(a: Omit<Index, 'generation'>, b: Omit<Index, 'generation'>): boolean {
  if (a.base !== b.base || a.pipelines.length !== b.pipelines.length) return false;
  const contents = new Set(a.pipelines.map(({ content }) => content));
  return b.pipelines.every((entry) => contents.has(entry.content));
}
