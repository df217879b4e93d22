import type { AgentReport, Refusal } from '../api/wire/agent-report.ts';
import { taskIds } from '../fluentbit/version/engine-constants.ts';
import { Bisection, type Unit } from './blame/bisect.ts';
import { type NodeState, remove } from './buffers/node-state.ts';
import type { Parking } from './buffers/parking.ts';
import { awake, baseChange, type Change, changes, contentsOf, type Desired, isSame, target } from './desired/plan.ts';
import { beyondThreads } from './desired/threads.ts';
import type { AgentApi } from './reload/agent-api.ts';
import { failures, lateFailure } from './reload/failures.ts';
import type { Reloader, ReloadResult } from './reload/reloader.ts';
import { Rollout } from './reload/rollout.ts';
import type { Timing } from './reload/timing.ts';
import { against } from './report/node-report.ts';
import type { SidecarMetrics } from './report/sidecar-metrics.ts';
import { nameOf } from './store/entry.ts';
import type { Workspace } from './workspace.ts';

export interface SidecarParts {
  workspace: Workspace;
  agent: AgentApi;
  reloader: Reloader;
  state: NodeState;
  parking: Parking;
  timing: Timing;
  metrics: SidecarMetrics;
  log: (line: object, message: string) => void;
}

/** Keeps Fluent Bit at what the shards want, as far as that is good. Its parts are called one at a time. */
export class Sidecar {
  readonly #parts: SidecarParts;
  readonly #suspicion = new Bisection();
  #rollout: Rollout | undefined;
  #desired: Desired | undefined;
  #incomplete: ReadonlyMap<number, string> = new Map();
  #pending: Change[] = [];
  #deaths: number[] = [];
  /** What was taken back last because Fluent Bit did not live with it, and when. */
  #late = { contents: new Set<string>(), at: 0 };
  #seen = '';
  #settled = false;
  #answers = true;
  #lastExtra = Number.NEGATIVE_INFINITY;
  #woken = Number.NEGATIVE_INFINITY;

  constructor(parts: SidecarParts) {
    this.#parts = parts;
    parts.metrics.set('fluentbind_agent_tasks_limit', taskIds);
  }

  /** Whether Fluent Bit runs with something that was seen to work. */
  get ready(): boolean {
    return this.#rollout !== undefined && this.#settled;
  }

  /** Whether there is something left that no change of the volume will bring up. */
  get isBusy(): boolean {
    return !this.#settled || this.#pending.length > 0;
  }

  /** Whether something is live that is not proven yet, or nothing is. */
  get isWatching(): boolean {
    return !this.#answers || !this.#parts.workspace.probation.isEmpty;
  }

  /** Brings what is mounted into Fluent Bit, as far as it can be brought now. */
  async pass(): Promise<void> {
    const { workspace, timing } = this.#parts;
    this.#rollout ??= await this.#resume();
    const rollout = this.#rollout;
    this.#settled = await rollout.settle();
    if (this.#settled) await this.#watch(rollout);
    const stamp = workspace.stamp();
    if (this.#settled && !this.isBusy && workspace.isProjected && stamp === this.#seen && !this.#wakes()) return;
    const { desired, incomplete } = workspace.assemble(rollout.good);
    this.#desired = desired;
    this.#incomplete = incomplete;
    this.#suspicion.keep(new Set(contentsOf(desired)));
    workspace.judge.refuseConflicts(desired.entries.values());
    workspace.judge.crowdOut(beyondThreads(desired, rollout.good));
    await this.#judge(desired, Date.now() + timing.trials);
    while (this.#settled && (await this.#step(desired, rollout)));
    this.#pending = this.#open(desired, rollout);
    workspace.sweep(desired, rollout.good);
    this.#seen = stamp;
  }

  #wakes(): boolean {
    const { workspace, timing } = this.#parts;
    if (this.#desired === undefined || Date.now() - this.#woken < timing.wakes) return false;
    if (!workspace.wakes(this.#desired)) return false;
    this.#woken = Date.now();
    return true;
  }

  async #resume(): Promise<Rollout> {
    const { workspace, reloader } = this.#parts;
    const { pointers, probation, trees } = workspace;
    const good = workspace.lastGood();
    const live = pointers.live === undefined ? undefined : trees.read(pointers.live);
    if (live !== undefined) probation.begin(live, good, false, Date.now());
    const rollout = await Rollout.resume(workspace, reloader, live?.base ?? workspace.base(good));
    probation.keep(rollout.good);
    return rollout;
  }

  /** Looks whether Fluent Bit still lives with what it took, and takes back what is not proven where it does not. */
  async #watch(rollout: Rollout): Promise<void> {
    const { workspace, reloader, timing, log } = this.#parts;
    const { probation } = workspace;
    const seen = await reloader.look(rollout.good.pipelines.length);
    const now = Date.now();
    this.#answers = seen.is === 'same' || seen.is === 'another';
    if (seen.is === 'same') probation.prove(now, seen.loaded, timing.proof);
    if (seen.is === 'same' && probation.isEmpty) workspace.provenBase.keep(rollout.good.base);
    if (seen.is === 'same' || seen.is === 'silent') return;
    if (probation.isEmpty) return this.#acquit(now);
    if (!probation.died(now) && seen.is !== 'gone') return;
    const { next, suspects, others } = probation.retreat(rollout.good);
    rollout.retreat(next);
    probation.keep(rollout.good);
    this.#deaths.push(now);
    this.#late = { contents: new Set([...suspects, ...others].map(({ content }) => content)), at: now };
    log({ changes: this.#late.contents.size }, 'taken back: Fluent Bit ends with it');
    const culprit = this.#suspicion.struck(suspects, others);
    if (culprit !== undefined) this.#turnDown(culprit, lateFailure);
    // What is mounted is to be looked at, though it is the same.
    this.#seen = '';
    this.#settled = await rollout.settle();
  }

  /** It ends with what is proven, too: what was taken back is not why. */
  #acquit(now: number): void {
    const { contents, at } = this.#late;
    if (contents.size === 0 || now - at > this.#parts.timing.deaths.within) return;
    this.#suspicion.acquit(contents);
    this.#parts.workspace.judge.forget(contents);
    this.#late = { contents: new Set(), at: 0 };
    this.#seen = '';
  }

  /** One attempt; false where there is nothing more to attempt now. */
  async #step(desired: Desired, rollout: Rollout): Promise<boolean> {
    const { judge, probation } = this.#parts.workspace;
    const { deaths } = this.#parts.timing;
    const now = Date.now();
    this.#deaths = this.#deaths.filter((time) => now - time < deaths.within);
    const passed = this.#open(desired, rollout).filter(({ content }) => judge.passes(content));
    const open = { suspects: this.#deaths.length < deaths.count, late: !probation.holdsSuspect };
    const unit = this.#suspicion.next(passed, open);
    const next = target(desired, rollout.good, new Set(unit?.changes.map(({ content }) => content)));
    if (isSame(next, rollout.good)) return false;
    probation.begin(next, rollout.good, unit?.late === true, now);
    const beside = probation.holdsOthers(next, unit?.changes ?? []);
    const { links, faults } = this.#parts.workspace.catchUp.prepareNew(next.pipelines, rollout.good.pipelines);
    if (links > 0 || faults.length > 0) this.#parts.log({ links, faults }, 'rotated files to read');
    const outcome = await this.#timed('change', () => rollout.attempt(next));
    probation.keep(rollout.good);
    if (outcome === 'live') {
      if (unit !== undefined) this.#suspicion.succeeded(unit);
      return true;
    }
    if (outcome === 'down') this.#settled = false;
    else if (unit !== undefined) this.#blame(unit, outcome, beside);
    if (outcome === 'died' || outcome === 'hung') this.#deaths.push(now);
    this.#settled = outcome !== 'down' && (await rollout.settle());
    return this.#settled && unit !== undefined;
  }

  #blame(unit: Unit, outcome: ReloadResult, beside: boolean): void {
    const [culprit] = unit.changes;
    const failure = failures[outcome];
    // What refuses it has read it; what ends it may be another that is not proven.
    const settled = this.#suspicion.failed(unit, beside && outcome !== 'refused');
    if (settled && culprit !== undefined && failure !== undefined) this.#turnDown(culprit, failure);
  }

  #turnDown({ content, entry }: Change, failure: Refusal): void {
    const { judge } = this.#parts.workspace;
    const current = this.#desired === undefined ? [] : contentsOf(this.#desired);
    judge.learn(content, failure, new Set([...current, content]));
    const what = entry === undefined ? 'base configuration' : nameOf(entry);
    this.#parts.log({ what, revision: entry?.revision, reason: failure.reason }, 'turned down');
  }

  /**
   * Loads the same anew long before the task table is full, and with so few chunks that there is room in it again: to
   * stop takes Fluent Bit the longer the more tasks there are, 2 s at a quarter and 40 s at 14,000, and all wait for it.
   */
  async watchTasks(): Promise<void> {
    const { agent, metrics, timing, parking, log } = this.#parts;
    const tasks = await agent.tasks();
    if (tasks === undefined) return;
    metrics.set('fluentbind_agent_tasks', tasks);
    if (tasks < taskIds / 4) return await this.#release(taskIds / 4 - tasks);
    if (Date.now() - this.#lastExtra < timing.reloadAgain) return;
    await this.#reloadSame('tasks', () => {
      const chunks = parking.park(taskIds / 16);
      if (chunks > 0) log({ chunks, tasks }, 'put chunks of dead backends aside');
    });
  }

  async watchState(): Promise<void> {
    const { workspace, state, metrics, log } = this.#parts;
    if (this.#desired === undefined || this.#rollout === undefined) return;
    const limits = workspace.limits(this.#desired, this.#rollout.good);
    const { gone, beyond, known, bytes } = state.look(limits, Date.now());
    metrics.set('fluentbind_agent_state_bytes', bytes);
    const goneBytes = remove(gone);
    const beyondBytes = remove(beyond.map(({ path }) => path));
    if (gone.length > 0) log({ files: gone.length, bytes: goneBytes }, 'deleted what pipelines left that are gone');
    if (beyond.length > 0)
      log({ files: beyond.length, bytes: beyondBytes }, 'deleted the oldest chunks: buffer.total, buffer.limit');
    metrics.add('fluentbind_agent_removed_bytes_total', goneBytes, { reason: 'gone' });
    metrics.add('fluentbind_agent_removed_bytes_total', beyondBytes, { reason: 'total' });
    // Fluent Bit still counts them, and would retry what is not there any more.
    if (known && this.#settled) await this.#reloadSame('buffer');
  }

  async #release(room: number): Promise<void> {
    const { parking, timing, log } = this.#parts;
    if (Date.now() - this.#lastExtra < 2 * timing.reloadAgain) return;
    const ids = parking.waiting();
    if (ids.length === 0) return;
    await this.#reloadSame('parked', () => log({ chunks: parking.release(ids, room) }, 'took chunks back'));
  }

  async #reloadSame(reason: string, before?: () => void): Promise<void> {
    const rollout = this.#rollout;
    if (rollout === undefined || !this.#settled) return;
    this.#lastExtra = Date.now();
    await this.#timed(reason, () => rollout.again(before));
  }

  async #timed(reason: string, reload: () => Promise<ReloadResult>): Promise<ReloadResult> {
    const { metrics, log } = this.#parts;
    const begun = Date.now();
    const outcome = await reload();
    const seconds = (Date.now() - begun) / 1000;
    metrics.add('fluentbind_agent_reloads_total', 1, { reason, outcome });
    metrics.set('fluentbind_agent_reload_seconds', seconds);
    log({ reason, outcome, seconds, generation: this.#rollout?.good.generation }, 'reload');
    return outcome;
  }

  async #judge(desired: Desired, until: number): Promise<void> {
    const { workspace } = this.#parts;
    const good = this.#rollout?.good;
    const live = new Set(good?.pipelines.map(({ content }) => content));
    const { content } = baseChange(desired.base);
    if (desired.base !== good?.base && workspace.judge.refusal(content) === undefined) {
      await workspace.judge.judgeBase(desired.base);
      const refusal = workspace.judge.refusal(content);
      if (refusal !== undefined) this.#parts.log({ what: 'base configuration', ...refusal }, 'turned down');
    }
    for (const [, entry] of awake(desired)) {
      if (Date.now() > until) return;
      if (!live.has(entry.content)) await workspace.judge.judge(entry);
    }
  }

  /** Changes that are neither live nor refused. */
  #open(desired: Desired, rollout: Rollout): Change[] {
    const { judge } = this.#parts.workspace;
    return changes(desired, rollout.good).filter(({ content }) => judge.refusal(content) === undefined);
  }

  /** Undefined before anything is known. */
  report(who: Pick<AgentReport, 'node' | 'agent'>, fluentBitVersion: string): AgentReport | undefined {
    const { workspace, metrics } = this.#parts;
    const [desired, good] = [this.#desired, this.#rollout?.good];
    if (desired === undefined || good === undefined) return undefined;
    const { refused, kept } = against(desired, good, workspace.judge);
    const base = workspace.judge.refusal(baseChange(desired.base).content);
    const [live, pending] = [good.pipelines.length, this.#pending.length];
    metrics.set('fluentbind_agent_generation', good.generation);
    const counts = { live, asleep: desired.dormant.size, refused: refused.length, kept: kept.length, pending };
    for (const [state, count] of Object.entries(counts) as [keyof typeof counts, number][])
      metrics.set('fluentbind_agent_pipelines', count, { state });
    metrics.set('fluentbind_agent_shards_incomplete', this.#incomplete.size);
    metrics.set('fluentbind_agent_up', this.#settled && this.#answers ? 1 : 0);
    return {
      ...who,
      shards: desired.shards,
      incomplete: Object.fromEntries(this.#incomplete),
      live,
      refused,
      ...(base === undefined || desired.base === good.base ? {} : { base }),
      kept,
      pending,
      more: { refused: 0, kept: 0 },
      healthy: this.#settled && this.#answers,
      generation: good.generation,
      fluentBitVersion,
      time: new Date().toISOString(),
    };
  }
}
