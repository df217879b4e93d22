import { omit } from 'lodash-es';
import { FluentBitReportSpec } from '../../api/kinds/fluent-bit-report.ts';
import type { ObjectMeta } from '../../api/object.ts';
import { type Reason, reasons } from '../../api/problems/reasons.ts';
import type { Child, ObjectMap, RelatedRule } from '../../api/wire/metacontroller.ts';
import type { NamespacePolicy } from '../../compile/policy-in-force.ts';
import { noAgent } from '../../kit/plan-children.ts';
import type { ConditionState } from '../../kubernetes/conditions.ts';
import { annotations, labels } from '../../kubernetes/names.ts';
import { everyClusterScoped } from '../../kubernetes/related.ts';
import { fluentBitReports } from '../../kubernetes/resources.ts';

/** The reports for a namespace, and those for all, of whichever agent: there is none while all is well. */
export function reportsRule(namespace: string | undefined): RelatedRule | undefined {
  if (namespace === undefined) return undefined;
  const { apiVersion, resource } = fluentBitReports;
  const matchExpressions = [{ key: labels.namespace, operator: 'In' as const, values: ['', namespace] }];
  return { apiVersion, resource, labelSelector: { matchExpressions } };
}

/**
 * Children that stay as they were belong to the agent that they were judged for, and to no agent once that one does not
 * carry the namespace any more.
 */
export function withAddress(children: readonly Child[], agent: NamespacePolicy['agent']): Child[] {
  return children.map((child) => {
    const { labels: given = {}, ...metadata } = child.metadata;
    if (given[labels.agent] === undefined || given[labels.agent] === agent?.name) return child;
    return { ...child, metadata: { ...metadata, labels: omit(given, [labels.agent, labels.shard]) } };
  });
}

/** Who cannot read bad news knows of no good ones. */
const unread: Omit<FluentBitReportSpec, 'agent'> = { remarks: [], cut: true };

/** What the agent says of a LoggingConfiguration, as far as it speaks of what is wanted of it now. */
export function liveCondition(
  related: ObjectMap,
  { namespace = '', name }: Pick<ObjectMeta, 'namespace' | 'name'>,
  agent: NamespacePolicy['agent'],
  children: readonly Child[],
): ConditionState {
  if (agent === undefined) return noAgent;
  if (children.length > 0 && children.some((child) => child.metadata.labels?.[labels.agent] !== agent.name)) {
    const message = `FluentBitAgent ${agent.name} carries the namespace, and what is kept was not judged for it.`;
    return { status: 'False', reason: 'NotJudged', message: `${message} ${reasons.NotJudged.help}` };
  }
  const revision = children[0]?.metadata.annotations?.[annotations.revision];
  const reports = everyClusterScoped(related, fluentBitReports)
    .filter(({ metadata }) => metadata.labels?.[labels.agent] === agent.name)
    .map((object) => FluentBitReportSpec.safeParse(object['spec']).data ?? unread)
    .filter((report) => report.namespace === undefined || report.namespace === namespace);
  const remark = reports
    .flatMap(({ remarks }) => remarks)
    .find((one) => one.loggingConfiguration === name && (one.revision === undefined || one.revision === revision));
  const called = `FluentBitAgent ${agent.name}`;
  if (remark === undefined && reports.some(({ cut }) => cut)) {
    const { says, help } = reasons.NotNamed;
    return { status: 'Unknown', reason: 'NotNamed', message: `${called}: ${says} ${help}` };
  }
  if (remark === undefined) {
    const message = `${called} carries the namespace and reports nothing against this resource.`;
    return { status: 'True', reason: 'NotRefused', message };
  }
  const reason = Object.hasOwn(reasons, remark.reason) ? (remark.reason as Reason) : 'ReloadRefused';
  const force = remark.kept ? 'An older configuration stays in force.' : 'Nothing of it is in force.';
  return { status: 'False', reason, message: `${called}: ${remark.message} ${force} ${reasons[reason].help}`.trim() };
}
