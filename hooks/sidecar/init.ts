import { awake, baseChange, conflicts, target } from './desired/plan.ts';
import { beyondThreads } from './desired/threads.ts';
import { empty, nextNumber, removeAllBut } from './reload/rollout.ts';
import type { Index } from './store/tree.ts';
import type { Workspace } from './workspace.ts';

export interface InitResult {
  live: number;
  left: number;
  /** Why the newest base configuration is not in. */
  base?: string;
}

/** Nothing can be started, and why. */
export class BaseRefused extends Error {}

/**
 * What a new pod starts with: all that is complete and passes its trial, until the time is up; the sidecar brings the
 * rest. Where the pod had containers before, the last good of what does not pass; and of the base configuration, the
 * last that was proven on the node. Returns how many are in and left out. Rejects where no base configuration passes.
 */
export async function initNode(workspace: Workspace, seconds: number): Promise<InitResult> {
  const { pointers, trees, judge, catchUp } = workspace;
  const former = workspace.lastGood();
  const { desired } = workspace.assemble(former);
  const base = await passingBase(workspace, desired.base, former);
  const good = { ...(former ?? { ...empty(base), generation: 0 }), base };
  const until = Date.now() + seconds * 1000;
  const clash = new Set(conflicts(desired.entries.values()));
  judge.crowdOut(beyondThreads(desired, good));
  const admitted = new Set([baseChange(base).content]);
  for (const [, entry] of awake(desired)) {
    if (clash.has(entry)) continue;
    if (Date.now() < until) await judge.judge(entry);
    if (judge.passes(entry.content)) admitted.add(entry.content);
  }
  const index = { ...target(desired, good, admitted), generation: nextNumber(trees) };
  removeAllBut(trees, [pointers.live, pointers.good]);
  trees.write(index);
  catchUp.prepare(index.pipelines);
  pointers.live = index.generation;
  // Nothing runs while the init container does.
  pointers.unsure = false;
  const refused = judge.refusal(baseChange(desired.base).content);
  return {
    live: index.pipelines.length,
    left: awake(desired).length - index.pipelines.length,
    ...(refused === undefined ? {} : { base: refused.line }),
  };
}

/** The newest that Fluent Bit starts with: as it is wanted, as it was in this pod, or in one before. */
async function passingBase({ judge, provenBase }: Workspace, wanted: string, former?: Index): Promise<string> {
  for (const blob of [wanted, former?.base, provenBase.blob()]) {
    if (blob === undefined) continue;
    await judge.judgeBase(blob);
    if (judge.passes(baseChange(blob).content)) return blob;
  }
  const why = judge.refusal(baseChange(wanted).content)?.line ?? '';
  throw new BaseRefused(`Fluent Bit does not start with the base configuration, and there is no former one: ${why}`);
}
