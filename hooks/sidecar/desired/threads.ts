import { ownThreads } from '../../fluentbit/render/workers.ts';
import { type Entry, nameOf } from '../store/entry.ts';
import type { Index } from '../store/tree.ts';
import { awake, type Desired } from './plan.ts';

/**
 * Contents that are not let in, since their outputs need more threads than the node has left for those that need some.
 * First comes who is live, so that nothing that works stops working; then the first pipeline of each namespace, then the
 * second of each: nobody takes what others need by being many.
 */
export function beyondThreads(desired: Desired, good: Index): ReadonlySet<string> {
  const live = new Map(good.pipelines.map((entry) => [nameOf(entry), threadsOf(entry)]));
  const asking = awake(desired).filter(([, entry]) => threadsOf(entry) > 0);
  const known = asking.filter(([name]) => live.has(name));
  const beyond = new Set<string>();
  // What is live holds its threads whatever becomes of its change.
  let taken = known.reduce((sum, [name]) => sum + (live.get(name) ?? 0), 0);
  const admit = ([name, entry]: [string, Entry]) => {
    const more = threadsOf(entry) - (live.get(name) ?? 0);
    if (more > 0 && taken + more > ownThreads) beyond.add(entry.content);
    else taken += more;
  };
  for (const one of [...known, ...byTurns(asking.filter(([name]) => !live.has(name)))]) admit(one);
  return beyond;
}

const threadsOf = ({ threads = 0 }: Entry) => threads;

/** In the order of names, one of each namespace at a time. */
function byTurns(entries: readonly [string, Entry][]): [string, Entry][] {
  const turns = new Map<string, number>();
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const numbered = sorted.map((one) => {
    const turn = turns.get(one[1].namespace) ?? 0;
    turns.set(one[1].namespace, turn + 1);
    return { one, turn };
  });
  return numbered.sort((a, b) => a.turn - b.turn).map(({ one }) => one);
}
