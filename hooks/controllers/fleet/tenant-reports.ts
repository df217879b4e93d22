import { countBy, groupBy, uniqBy } from 'lodash-es';
import type { AgentReport } from '../../api/agent-report.ts';
import type { FluentBitReportSpec } from '../../api/fluent-bit-report.ts';
import type { FluentBitShardStatus } from '../../api/fluent-bit-shard.ts';
import { fluentBitReport } from '../../api/kinds.ts';
import type { Child } from '../../api/metacontroller.ts';
import { apiVersion } from '../../api/object.ts';
import { type Reason, reasons } from '../../api/reasons.ts';
import { childLabels } from './names.ts';

type Remark = FluentBitReportSpec['remarks'][number];
/** Of a LoggingConfiguration. */
export type Located = Omit<Remark, 'loggingConfiguration'> & { namespace: string; name: string };

/** As many as an object holds with ease. */
const remarkLimit = 256;
const namedNodes = 3;

/**
 * Brings bad news back to the tenants: a FluentBitReport in each namespace with a LoggingConfiguration that is turned
 * down, pending or without room, and none where all is well. Nothing in it moves by itself.
 */
export function tenantReports(
  agent: string,
  shards: readonly FluentBitShardStatus[],
  nodes: readonly AgentReport[],
  refusals: readonly Located[] = ofNodes(nodes),
): Child[] {
  const all = [...shards.flatMap(ofShard), ...refusals];
  const unnamed = new Set([...shards.flatMap(cutOfShard), ...nodes.flatMap(cutOfNode)]);
  return Object.entries(groupBy(all, 'namespace'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([namespace, own]) => {
      // What keeps it from the nodes altogether comes before what one of them says.
      const named = uniqBy(own, 'name').sort((a, b) => (a.name < b.name ? -1 : 1));
      const cut = named.length > remarkLimit || unnamed.has(namespace);
      const remarks = named
        .slice(0, remarkLimit)
        .map(({ namespace: _, name, ...remark }): Remark => ({ loggingConfiguration: name, ...remark }));
      return {
        apiVersion,
        kind: fluentBitReport.kind,
        metadata: { name: agent, namespace, labels: childLabels(agent) },
        spec: { agent, remarks, ...(cut ? { cut } : {}) } satisfies FluentBitReportSpec,
      };
    });
}

function ofShard({ remarks = [] }: FluentBitShardStatus): Located[] {
  return remarks.map(({ namespace, name, reason, kept }) => ({
    namespace,
    name,
    reason,
    message: reasons[reason as Reason]?.says ?? reason,
    kept,
  }));
}

/** Namespaces of which a shard may have left something out: those of which it names most, for all have equal room. */
function cutOfShard({ remarks = [], remarksInAll = 0 }: FluentBitShardStatus): string[] {
  if (remarksInAll <= remarks.length) return [];
  const counts = Object.entries(countBy(remarks, 'namespace'));
  const most = Math.max(...counts.map(([, count]) => count));
  return counts.filter(([, count]) => count >= most - 1).map(([namespace]) => namespace);
}

function cutOfNode({ refused, more }: AgentReport): string[] {
  return more.refused > 0 ? refused.map(({ namespace }) => namespace) : [];
}

/** What nodes refuse, once for all that refuse the same. */
export function ofNodes(nodes: readonly AgentReport[]): Located[] {
  const refused = nodes.flatMap((report) =>
    report.refused.map((one) => ({
      ...one,
      node: report.node,
      kept: report.kept.some(({ namespace, name }) => namespace === one.namespace && name === one.name),
    })),
  );
  const groups = groupBy(refused, ({ namespace, name, revision }) => JSON.stringify([namespace, name, revision]));
  return Object.values(groups).flatMap((group) => {
    const first = group.sort((a, b) => (a.node < b.node ? -1 : 1))[0];
    if (first === undefined) return [];
    const { namespace, name, revision, reason, line } = first;
    const message = `Fluent Bit on ${called(group.map(({ node }) => node))}: ${line}`;
    return [{ namespace, name, revision, reason, message, kept: group.every(({ kept }) => kept) }];
  });
}

/** Some of the nodes, by name. */
export function called(nodes: readonly string[]): string {
  const shown = nodes.slice(0, namedNodes).join(', ');
  return nodes.length > namedNodes
    ? `${shown} and ${nodes.length - namedNodes} more nodes`
    : `${nodes.length === 1 ? 'node' : 'nodes'} ${shown}`;
}
