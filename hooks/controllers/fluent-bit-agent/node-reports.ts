import { z } from 'zod';
import type { FluentBitShardStatus } from '../../api/kinds/fluent-bit-shard.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { AgentReport } from '../../api/wire/agent-report.ts';
import type { ObjectMap, RelatedRule } from '../../api/wire/metacontroller.ts';
import { labels, reportAnnotation } from '../../kubernetes/names.ts';
import { everyIn } from '../../kubernetes/related.ts';
import { leases } from '../../kubernetes/resources.ts';
import { isLabelValue } from '../../kubernetes/selector.ts';

/** Signs of life that a node may miss: one that is not heard of any more says nothing. */
const missed = 3;

export function leasesRule(agent: string, namespace: string | undefined): RelatedRule | undefined {
  // Metacontroller would come no further with what is no value of a label.
  if (namespace === undefined || !isLabelValue(agent)) return undefined;
  const { apiVersion, resource } = leases;
  return { apiVersion, resource, namespace, labelSelector: { matchLabels: { [labels.agent]: agent } } };
}

/** What the nodes of an agent say of themselves, by name; whoever writes nonsense says nothing. */
export function nodeReports(related: ObjectMap, agent: string, namespace: string, now: Date): AgentReport[] {
  return everyIn(related, leases, namespace)
    .filter((lease) => isHeardOf(lease, now))
    .flatMap((lease) => {
      const report = AgentReport.safeParse(json(lease.metadata.annotations?.[reportAnnotation])).data;
      return report === undefined || report.agent !== agent ? [] : [report];
    });
}

const Sign = z.object({ renewTime: z.string(), leaseDurationSeconds: z.number() });

function isHeardOf(lease: KubernetesObject, now: Date): boolean {
  const { data: sign } = Sign.safeParse(lease['spec']);
  return sign !== undefined && now.getTime() - Date.parse(sign.renewTime) < missed * sign.leaseDurationSeconds * 1000;
}

function json(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

/** Whether a node runs what the shards hold, but for what it refuses: that is said by name. */
export function isLive(
  { healthy, base, pending, shards: taken }: AgentReport,
  shards: ReadonlyMap<number, FluentBitShardStatus>,
): boolean {
  if (!healthy || base !== undefined || pending > 0) return false;
  return [...shards].every(([index, { revision }]) => revision === undefined || taken[String(index)] === revision);
}
