import { countBy, groupBy, sortBy, uniqBy } from 'lodash-es';
import type { FluentBitReportSpec } from '../../api/kinds/fluent-bit-report.ts';
import { fluentBitReport } from '../../api/kinds/fluent-bit-report.ts';
import type { FluentBitShardStatus } from '../../api/kinds/fluent-bit-shard.ts';
import { apiVersion } from '../../api/object.ts';
import { type Reason, reasons } from '../../api/problems/reasons.ts';
import type { AgentReport } from '../../api/wire/agent-report.ts';
import type { Child } from '../../api/wire/metacontroller.ts';
import { labels } from '../../kubernetes/names.ts';
import { childLabels, reportName } from './child-names.ts';

type Remark = FluentBitReportSpec['remarks'][number];
/** Of a LoggingConfiguration. */
export type Located = Omit<Remark, 'loggingConfiguration'> & { namespace: string; name: string };

/** As many as an object holds with ease. */
const remarkLimit = 256;
const namedNodes = 3;

/**
 * Brings bad news back to the tenants: a FluentBitReport for each namespace with a LoggingConfiguration that is turned
 * down, pending or without room, and none where all is well. Nothing in it moves by itself. Reports belong to no
 * namespace, so that none can refuse its own.
 */
export function tenantReports(
  agent: string,
  shards: readonly FluentBitShardStatus[],
  nodes: readonly AgentReport[],
  refusals: readonly Located[] = ofNodes(nodes),
): Child[] {
  // What keeps it from the nodes altogether comes before what one of them says.
  const kept = shards.flatMap(ofShard);
  const known = new Set(kept.map(key));
  const all = [...kept, ...refusals.filter((one) => !known.has(key(one)))];
  const cuts = [...shards.map(cutOfShard), ...nodes.map(cutOfNode)];
  const unnamed = new Set(cuts.flatMap((cut) => (cut === 'any' ? [] : cut)));
  const reports = Object.entries(groupBy(all, 'namespace'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([namespace, own]) => {
      // Nodes may speak of several revisions: each counts for who has that one.
      const named = uniqBy(own, ({ name, revision }) => `${name} ${revision}`).sort((a, b) =>
        a.name < b.name ? -1 : 1,
      );
      const cut = named.length > remarkLimit || unnamed.has(namespace);
      const remarks = named
        .slice(0, remarkLimit)
        .map(({ namespace: _, name, ...remark }): Remark => ({ loggingConfiguration: name, ...remark }));
      return report(agent, { namespace, remarks, ...(cut ? { cut } : {}) });
    });
  return cuts.includes('any') ? [...reports, report(agent, { remarks: [], cut: true })] : reports;
}

const key = ({ namespace, name }: Located) => `${namespace}/${name}`;

function report(agent: string, spec: Omit<FluentBitReportSpec, 'agent'>): Child {
  const { namespace } = spec;
  return {
    apiVersion,
    kind: fluentBitReport.kind,
    metadata: {
      name: reportName(agent, namespace),
      labels: { ...childLabels(agent), [labels.namespace]: namespace ?? '' },
    },
    spec: { agent, ...spec } satisfies FluentBitReportSpec,
  };
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

/** Namespaces that were not named in full, or `any` where there may be some that were not named at all. */
type Cut = string[] | 'any';

function cutOfShard({ remarks = [], remarksInAll = 0 }: FluentBitShardStatus): Cut {
  return remarksInAll > remarks.length ? cutOf(remarks.map(({ namespace }) => namespace)) : [];
}

function cutOfNode({ refused, briefly, more }: AgentReport): Cut {
  if (more.refused === 0) return [];
  // One that is older than the list took them as they came.
  if (briefly === undefined) return 'any';
  const named = briefly.flatMap(({ pipelines }) =>
    Object.entries(pipelines).flatMap(([namespace, names]) => names.map(() => namespace)),
  );
  return cutOf([...refused.map(({ namespace }) => namespace), ...named]);
}

/** All have equal room: where each has one, somebody may have none; else those that have most may have more. */
function cutOf(named: readonly string[]): Cut {
  const counts = Object.entries(countBy(named));
  const most = Math.max(0, ...counts.map(([, count]) => count));
  return most < 2 ? 'any' : counts.filter(([, count]) => count >= most - 1).map(([namespace]) => namespace);
}

/** How many pipelines have no name in what nodes say; it may be the same ones on all of them. */
export function unnamedOfNodes(nodes: readonly AgentReport[]): number {
  return Math.max(0, ...nodes.map(({ more }) => more.refused));
}

/** What nodes refuse, once for all that refuse the same. */
export function ofNodes(nodes: readonly AgentReport[]): Located[] {
  const groups = groupBy(nodes.flatMap(ofNode), ({ namespace, name, revision }) =>
    JSON.stringify([namespace, name, revision]),
  );
  const located = Object.values(groups).flatMap((group) => {
    const sorted = sortBy(group, 'node');
    const first = sorted.find(({ line }) => line !== '') ?? sorted[0];
    if (first === undefined) return [];
    const { node: _, line, ...one } = first;
    const message = `Fluent Bit on ${called(sorted.map(({ node }) => node))}: ${line === '' ? unsaid : line}`;
    return [{ ...one, message, kept: group.every(({ kept }) => kept) }];
  });
  return sortBy(located, ({ revision }) => (revision === undefined ? 1 : 0));
}

const unsaid = 'it refuses too many to say why; the log of its sidecar does.';

type Said = Omit<Located, 'message'> & { node: string; line: string };

function ofNode({ node, refused, briefly = [], kept }: AgentReport): Said[] {
  const standing = new Set(kept.map(({ namespace, name }) => `${namespace}/${name}`));
  return [
    ...refused.map((one) => ({ ...one, node, kept: one.kept ?? standing.has(`${one.namespace}/${one.name}`) })),
    ...briefly.flatMap(({ pipelines, ...group }) =>
      Object.entries(pipelines).flatMap(([namespace, names]) =>
        names.map((name) => ({ ...group, namespace, name, node, line: '' })),
      ),
    ),
  ];
}

/** Some of the nodes, by name. */
export function called(nodes: readonly string[]): string {
  const shown = nodes.slice(0, namedNodes).join(', ');
  return nodes.length > namedNodes
    ? `${shown} and ${nodes.length - namedNodes} more nodes`
    : `${nodes.length === 1 ? 'node' : 'nodes'} ${shown}`;
}
