import type { KubernetesObject } from '../../api/object.ts';
import { noAgent, type PassResult, type PlannedChildren } from '../../kit/plan-children.ts';
import { type ConditionState, conditionsIn } from '../../kubernetes/conditions.ts';

/** What the LoggingConfiguration says of itself, once it speaks of what we want of it. */
export function childStatus(
  result: PlannedChildren,
  observed: readonly KubernetesObject[],
  { enabled, suspended }: PassResult,
): Record<'Rendered' | 'LastGood' | 'Live', ConditionState> {
  const standing = observed[0];
  const status = (standing?.['status'] ?? {}) as { observedGeneration?: number };
  const said = conditionsIn(status);
  const of = (type: string) => said.find((condition) => condition.type === type) as ConditionState | undefined;
  const live = pickFinding(of('Live')) ?? noAgent;
  if (!enabled)
    return {
      Rendered: { status: 'False', reason: 'Disabled', message: 'spec.enabled is false: nothing is shipped.' },
      LastGood: result.lastGood,
      Live: live,
    };
  if (suspended || result.rendered.status !== 'True')
    return { Rendered: result.rendered, LastGood: result.lastGood, Live: live };
  const pending: ConditionState = {
    status: 'False',
    reason: 'Pending',
    message: `LoggingConfiguration ${standing?.metadata.name ?? ''} is being processed.`,
  };
  const Accepted = of('Accepted');
  const Rendered = of('Rendered');
  if (
    standing === undefined ||
    Accepted === undefined ||
    Rendered === undefined ||
    status.observedGeneration !== standing.metadata.generation
  ) {
    return { Rendered: pending, LastGood: { ...pending }, Live: live };
  }
  const bad = [Accepted, Rendered].find((f) => f.status !== 'True');
  const rendered: ConditionState =
    bad === undefined
      ? { status: 'True', reason: 'Rendered', message: Rendered.message }
      : {
          status: 'False',
          reason: bad.reason,
          message: `LoggingConfiguration ${standing.metadata.name}: ${bad.message}`,
        };
  return { Rendered: rendered, LastGood: pickFinding(of('LastGood')) ?? result.lastGood, Live: live };
}

function pickFinding(finding: ConditionState | undefined): ConditionState | undefined {
  return finding === undefined
    ? undefined
    : { status: finding.status, reason: finding.reason, message: finding.message };
}
