import { partition } from 'lodash-es';
import type { KubernetesObject, ObjectMeta } from '../api/object.ts';
import { type Problem, problem } from '../api/problems/problem.ts';
import type { AppliedRecord, Condition } from '../api/status.ts';
import type { Child, CompositeReply } from '../api/wire/metacontroller.ts';
import { applied, compare, type DesiredChild, isWritten, lastGood } from '../kubernetes/children.ts';
import {
  accepted,
  type ConditionState,
  type ConditionStates,
  conditions,
  conditionsIn,
  describe,
} from '../kubernetes/conditions.ts';
import { type byName, lookup, type ResourceKind } from '../kubernetes/related.ts';
import type { Context } from './controller.ts';

/** How a pass ended, before it becomes a status. */
export interface PassResult {
  problems: Problem[];
  /** What to write; undefined where a problem forbids it. */
  desired: DesiredChild[] | undefined;
  enabled: boolean;
  suspended: boolean;
}

/** The parent as every controller here needs it; its status is what an earlier pass wrote. */
export interface Parent extends KubernetesObject {
  metadata: ObjectMeta;
  spec?: unknown;
  status?: { conditions?: Condition[]; applied?: AppliedRecord[] };
}

export interface PlannedChildren {
  children: Child[];
  applied: AppliedRecord[];
  problems: Problem[];
  rendered: ConditionState;
  lastGood: ConditionState;
}

/** An object of a child's name that is not ours: taking it over would destroy somebody's work. */
function conflict(child: Child): Problem {
  return problem(
    'NameConflict',
    'metadata.name',
    `${child.kind} ${child.metadata.namespace ?? ''}/${child.metadata.name} exists and does not belong to this resource; it is left alone.`,
  );
}

/**
 * What to write, by the rules of last good: while something is wrong the children stay as they are, byte for byte;
 * a foreign object in a child's place is not touched; switched off, nothing is left.
 */
export function planChildren(
  verdict: PassResult,
  parent: Parent,
  observed: readonly KubernetesObject[],
  foreign: (child: Child) => boolean,
  { settings }: Context,
): PlannedChildren {
  const before = parent.status?.applied ?? [];
  const { desired, suspended, enabled } = verdict;
  if (!enabled) {
    const off: ConditionState = {
      status: 'False',
      reason: 'Disabled',
      message: 'spec.enabled is false: nothing is shipped.',
    };
    return { children: [], applied: [], problems: verdict.problems, rendered: off, lastGood: nothingInForce };
  }
  if (suspended || desired === undefined) {
    const kept = lastGood(observed, before, settings.digestKeys);
    return { children: kept.children, applied: before, problems: verdict.problems, ...held(verdict, kept) };
  }
  const [others, mine] = partition(desired, ({ child }) => foreign(child));
  const conflicts = others.map(({ child }) => conflict(child));
  const problems = [...verdict.problems, ...conflicts];
  const children = mine.map(({ child }) => child);
  const compared = compare(mine, observed);
  const pending = compared.filter((one) => !isWritten(one)).map(({ child }) => child);
  const rendered: ConditionState =
    conflicts.length > 0
      ? { status: 'False', reason: 'NameConflict', message: describe(conflicts) }
      : pending.length > 0
        ? {
            status: 'False',
            reason: 'Pending',
            message: `${named(pending)} ${pending.length === 1 ? 'is' : 'are'} being written.`,
          }
        : {
            status: 'True',
            reason: 'Rendered',
            message: `${named(children)} ${children.length === 1 ? 'is' : 'are'} written.`,
          };
  return {
    children,
    applied: applied(before, compared, settings.digestKeys),
    problems,
    rendered,
    lastGood:
      pending.length > 0 || conflicts.length > 0
        ? { status: 'False', reason: rendered.reason, message: rendered.message }
        : current,
  };
}

/** What Live says where nobody ships. */
export const noAgent: ConditionState = {
  status: 'Unknown',
  reason: 'NoAgent',
  message: 'No FluentBitAgent carries this namespace.',
};

const nothingInForce: ConditionState = {
  status: 'False',
  reason: 'NothingInForce',
  message: 'No configuration of this resource is in force.',
};
const current: ConditionState = {
  status: 'False',
  reason: 'Current',
  message: 'The configuration in force is the present one.',
};

function held(
  { suspended, problems }: PassResult,
  kept: { children: Child[]; lost: string[] },
): { rendered: ConditionState; lastGood: ConditionState } {
  const message = suspended
    ? 'spec.suspend is true: everything stays as it is.'
    : 'Nothing new is written while Accepted is False.';
  const nothing = kept.children.length === 0;
  const rendered: ConditionState = suspended
    ? { status: nothing ? 'False' : 'True', reason: 'Suspended', message }
    : { status: 'False', reason: problems[0]?.reason ?? 'InvalidSpec', message };
  if (nothing) return { rendered, lastGood: nothingInForce };
  if (kept.lost.length > 0) {
    const lost = `${kept.lost.join(' and ')} ${kept.lost.length === 1 ? 'was' : 'were'} changed by others and the last good content is not known; ${kept.lost.length === 1 ? 'it is' : 'they are'} left as found.`;
    return { rendered, lastGood: { status: 'Unknown', reason: 'LastGoodLost', message: lost } };
  }
  return {
    rendered,
    lastGood: {
      status: 'True',
      reason: suspended ? 'Suspended' : 'KeptLastGood',
      message: `${named(kept.children)} ${kept.children.length === 1 ? 'stays' : 'stay'} as last written.`,
    },
  };
}

function named(children: readonly Child[]): string {
  return children.map((child) => `${child.kind} ${child.metadata.name}`).join(' and ');
}

/** An object of the child's name that Metacontroller does not count among our children. */
export function foreignIn(
  related: Parameters<typeof lookup>[0],
  observed: readonly KubernetesObject[],
  kinds: readonly ResourceKind[],
) {
  return (child: Child): boolean => {
    const kind = kinds.find((k) => k.kind === child.kind && k.apiVersion === child.apiVersion);
    if (kind === undefined) return false;
    const standing = lookup(related, kind, child.metadata.namespace, child.metadata.name);
    return (
      standing !== undefined &&
      !observed.some((object) => object.kind === child.kind && object.metadata.name === child.metadata.name)
    );
  };
}

/** Rules without the empty ones, which would select everything. */
export function rules(...candidates: ReturnType<typeof byName>[]) {
  return { relatedResources: candidates.filter((rule) => rule !== undefined) };
}

export interface StatusParts {
  outcome: PlannedChildren;
  findings: Pick<ConditionStates, 'Live'> &
    Partial<Pick<ConditionStates, 'Accepted' | 'CertificateExpiring' | 'Rendered' | 'LastGood'>>;
  acceptedMessage: string;
  extra: Record<string, unknown>;
  resyncAfterSeconds?: number | undefined;
}

/** The reply with its status. NameConflict is no fault of the resource itself and leaves Accepted alone. */
export function statusReply(
  parent: Parent,
  context: Context,
  { outcome: result, findings, acceptedMessage, extra, resyncAfterSeconds }: StatusParts,
): CompositeReply {
  const own = result.problems.filter((p) => p.reason !== 'NameConflict');
  const all: ConditionStates = {
    Accepted: own.length === 0 && findings.Accepted !== undefined ? findings.Accepted : accepted(own, acceptedMessage),
    Rendered: findings.Rendered ?? result.rendered,
    LastGood: findings.LastGood ?? result.lastGood,
    Live: findings.Live,
    ...(findings.CertificateExpiring === undefined ? {} : { CertificateExpiring: findings.CertificateExpiring }),
  };
  const generation = parent.metadata.generation ?? 0;
  return {
    status: {
      observedGeneration: generation,
      conditions: conditions(all, result.problems, conditionsIn(parent.status), generation, context.now),
      problems: result.problems.slice(0, 32),
      applied: result.applied,
      ...extra,
    },
    children: result.children,
    ...(resyncAfterSeconds === undefined ? {} : { resyncAfterSeconds }),
  };
}
