import { conflicts, target } from './plan.ts';
import { empty, nextNumber, removeAllBut } from './rollout.ts';
import type { Workspace } from './workspace.ts';

/**
 * What a new pod starts with: all that is complete and passes its trial, until the time is up; the sidecar brings the
 * rest. Where the pod had containers before, the last good of what does not pass. Returns how many are in and left out.
 */
export async function prepareOnce(workspace: Workspace, seconds: number): Promise<{ live: number; left: number }> {
  const { pointers, trees, judge } = workspace;
  const former = workspace.lastGood();
  const { desired } = workspace.assemble(former);
  const good = former ?? { ...empty(desired.base), generation: 0 };
  const until = Date.now() + seconds * 1000;
  const clash = new Set(conflicts(desired.entries.values()));
  const admitted = new Set([`base:${desired.base}`]);
  for (const entry of desired.entries.values()) {
    if (clash.has(entry)) continue;
    if (Date.now() < until) await judge.judge(entry);
    if (judge.passes(entry.content)) admitted.add(entry.content);
  }
  const index = { ...target(desired, good, admitted), generation: nextNumber(trees) };
  removeAllBut(trees, [pointers.live, pointers.good]);
  trees.write(index);
  pointers.live = index.generation;
  // Nothing runs while the init container does.
  pointers.unsure = false;
  return { live: index.pipelines.length, left: desired.entries.size - index.pipelines.length };
}
