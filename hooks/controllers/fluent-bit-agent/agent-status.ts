import { isEqual, sum, uniqBy } from 'lodash-es';
import type { FluentBitAgentStatus } from '../../api/kinds/fluent-bit-agent.ts';
import type { FluentBitReportSpec } from '../../api/kinds/fluent-bit-report.ts';
import { fluentBitReport } from '../../api/kinds/fluent-bit-report.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { listed } from '../../api/problems/problem.ts';
import { reasons } from '../../api/problems/reasons.ts';
import type { AgentReport } from '../../api/wire/agent-report.ts';
import type { Child } from '../../api/wire/metacontroller.ts';
import type { ConditionState } from '../../kubernetes/conditions.ts';
import { isLive } from './node-reports.ts';
import { daemonSetStatus, type ObservedShard } from './shard-layout.ts';
import { called, type Located, unnamedOfNodes } from './tenant-reports.ts';

type AgentStatusParts = Pick<FluentBitAgentStatus, 'nodes' | 'shards' | 'pipelines' | 'remarks' | 'remarksInAll'>;

const shown = 32;

/**
 * What DaemonSet and shards say, for the status of their agent.
 *
 * @param refusals what the reports turn down
 */
export function agentStatus(
  shards: readonly ObservedShard[],
  daemonSet: KubernetesObject | undefined,
  reports: readonly AgentReport[],
  refusals: readonly Located[],
): AgentStatusParts {
  const statuses = shards.map(({ status }) => status);
  const wanted = new Map(shards.map(({ index, status }) => [index, status]));
  const ofShards = statuses.flatMap((status) => status.remarks ?? []);
  const refused = refusals.map(({ namespace, name, reason, kept }) => ({ namespace, name, reason, kept }));
  const remarks = uniqBy([...ofShards, ...refused], ({ namespace, name }) => `${namespace}/${name}`).sort((a, b) =>
    `${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1,
  );
  const waiting = remarks.filter(({ reason }) => reason.endsWith('Pending'));
  const others = remarks.filter(({ reason }) => !reason.endsWith('Pending'));
  const unnamed = sum(
    statuses.map((status) => Math.max(0, (status.remarksInAll ?? 0) - (status.remarks?.length ?? 0))),
  );
  const inAll = remarks.length + unnamed + unnamedOfNodes(reports);
  const kept = others.filter((remark) => remark.kept).length;
  const { desiredNumberScheduled, updatedNumberScheduled, numberReady } =
    daemonSet === undefined ? {} : daemonSetStatus(daemonSet);
  return {
    ...(desiredNumberScheduled === undefined
      ? {}
      : {
          nodes: {
            ...{ desired: desiredNumberScheduled, updated: updatedNumberScheduled ?? 0, ready: numberReady ?? 0 },
            ...(reports.length === 0 ? {} : { live: reports.filter((report) => isLive(report, wanted)).length }),
          },
        }),
    shards: { count: shards.length, filled: Math.max(0, ...statuses.map((status) => status.filled ?? 0)) },
    pipelines: {
      accepted: sum(statuses.map((status) => status.pipelines ?? 0)),
      pending: waiting.length,
      kept,
      refused: others.length - kept,
    },
    remarks: remarks.slice(0, shown),
    remarksInAll: inAll,
  };
}

/** How far nodes have come. A DaemonSet speaks of its present generation, or of none. */
export function liveOnNodes(
  { nodes }: AgentStatusParts,
  daemonSet: KubernetesObject | undefined,
  reports: readonly AgentReport[],
): ConditionState {
  const [refusing] = reports.filter(({ base }) => base !== undefined);
  if (refusing?.base !== undefined) {
    const { reason, line } = refusing.base;
    const on = called(reports.filter(({ base }) => base?.line === line).map(({ node }) => node));
    const message = `Fluent Bit does not take the base configuration on ${on}: ${line.replace(/[.]?$/, '.')} The one before stays in force there.`;
    return { status: 'False', reason, message };
  }
  const behind = daemonSetStatus(daemonSet ?? nobody).observedGeneration !== daemonSet?.metadata.generation;
  if (nodes === undefined || behind)
    return { status: 'Unknown', reason: 'NodesPending', message: 'The DaemonSet has not been looked at yet.' };
  const { desired, updated, ready, live: taken = ready } = nodes;
  if (desired === 0) {
    const message = 'No node is selected: nothing is shipped. Look at spec.pod.nodeSelector, affinity and tolerations.';
    return { status: 'False', reason: 'NoNodes', message };
  }
  if (updated < desired || ready < desired) {
    const message = `Live on ${Math.min(updated, ready)} of ${desired} nodes. Where that lasts, kubectl describe its pods.`;
    return { status: 'False', reason: 'NodesPending', message };
  }
  if (taken < desired) {
    const message = `Everything is in force on ${taken} of ${desired} nodes. Where that lasts, look at what their sidecars log.`;
    return { status: 'False', reason: 'NodesPending', message };
  }
  return { status: 'True', reason: 'Live', message: `Live on ${ready} of ${desired} nodes.` };
}

/** Namespaces that wait for their news; undefined where nobody does. What Metacontroller could not write is not there. */
export function reportedCondition(
  news: readonly Child[],
  observed: readonly KubernetesObject[],
): ConditionState | undefined {
  const written = new Map(
    observed
      .filter(({ kind }) => kind === fluentBitReport.kind)
      .map((object) => [object.metadata.name, object['spec']]),
  );
  const waiting = news.filter(({ metadata, spec }) => !isEqual(written.get(metadata.name), spec));
  if (waiting.length === 0) return undefined;
  const names = waiting.map(({ spec }) => (spec as FluentBitReportSpec).namespace ?? 'all that it carries');
  const message = `Owners of pipelines that are turned down are not told yet in namespaces ${listed(names)}: their Live may be True.`;
  return { status: 'False', reason: 'ReportsPending', message: `${message} ${reasons.ReportsPending.help}` };
}

const nobody: KubernetesObject = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: '' } };

/** Whether all pipelines are in force as their owners last wrote them, and whether there is room for more. */
export function completeCondition({ shards, remarks = [], remarksInAll = 0 }: AgentStatusParts): ConditionState {
  const filled = shards?.filled ?? 0;
  if (remarksInAll === 0 && filled < nearlyFull)
    return { status: 'True', reason: 'Complete', message: 'Every pipeline is in force as its owner last wrote it.' };
  const named = remarks
    .slice(0, 10)
    .map((one) => `${one.namespace}/${one.name} (${one.reason}${one.kept ? ', kept' : ''})`);
  const more = remarksInAll > named.length ? ` and ${remarksInAll - named.length} more` : '';
  const missing =
    remarksInAll === 0 ? [] : [`Not in force as last written: ${named.join(', ')}${more}; their owners see why.`];
  const full =
    filled < nearlyFull
      ? []
      : [`The fullest shard is at ${filled} %: raise spec.parts, or spec.shards, or add an agent.`];
  return {
    status: remarksInAll === 0 ? 'True' : 'False',
    reason: filled < nearlyFull ? 'PipelinesMissing' : 'NearlyFull',
    message: [...missing, ...full].join(' '),
  };
}

/** Percent of a shard. */
const nearlyFull = 90;
