import { z } from 'zod';
import { dnsLabel, fleetName } from '../object.ts';
import { conditions, observedGeneration } from '../status.ts';
import { age, type Kind, ready } from './kind.ts';

const text = (length: number) => z.string().max(length);

/** A share of an agent's pipelines; made by the agent's hook, so that one change costs what a share costs. */
export const FluentBitShardSpec = z.strictObject({
  agent: fleetName.describe('The FluentBitAgent.'),
  namespace: dnsLabel.describe('Namespace in which the agent runs, and the parts are written.'),
  index: z.int().min(0).max(255).describe('Number of the shard, from 0.'),
  parts: z.int().min(1).max(64).describe('How many ConfigMaps, and how many Secrets, it may fill.'),
  policyHash: z.string().min(1).max(64).describe('Digest of the policy that pipelines must have been judged by.'),
  counts: z.boolean().describe('Whether to say how much of each namespace it has: where there are quotas.'),
  over: z
    .array(dnsLabel)
    .max(256)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Namespaces with more than their quota, whose pipelines are to be named.'),
  excess: z
    .array(text(127))
    .max(1024)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('LoggingConfigurations beyond the quota of their namespace, as namespace/name: they are left out.'),
});

const count = z.int().min(0);
const usage = {
  pipelines: count.describe('Outputs.'),
  buffer: count.describe('Bytes that they may have undelivered on a node.'),
};

const Remark = z.strictObject({
  namespace: text(63).describe('Namespace of the LoggingConfiguration.'),
  name: text(63).describe('Name of the LoggingConfiguration.'),
  reason: text(63).describe('Forged, Unpaired, PolicyPending, PolicyOutdated, TooLarge, QuotaExceeded or NoRoom.'),
  kept: z.boolean().describe('Whether an older configuration stays in force.'),
});

export const FluentBitShardStatus = z.strictObject({
  observedGeneration,
  conditions,
  policyHash: text(64).optional().describe('The policy that pipelines must have been judged by, as last seen.'),
  policySince: z
    .string()
    .meta({ format: 'date-time' })
    .optional()
    .describe('Since when: who is not judged by it in time is turned down.'),
  pipelines: z.int().min(0).optional().describe('Pipelines in the parts.'),
  filled: z.int().min(0).max(100).optional().describe('How much of the room is taken, in percent.'),
  revision: text(64).optional().describe('Digest of everything in the parts.'),
  placed: z.int().min(0).optional().describe('How many parts there were when contents were last divided among them.'),
  stayed: z.boolean().optional().describe('Whether some stay where they were before there were more parts, or fewer.'),
  remarks: z
    .array(Remark)
    .max(256)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Pipelines that are not in force as their owners last wrote them.'),
  remarksInAll: z.int().min(0).optional().describe('How many of them there are, should they not all be listed.'),
  usage: z
    .array(z.strictObject({ namespace: text(63).describe('The namespace.'), ...usage }))
    .max(4096)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('What namespaces have in this shard, left out or not.'),
  members: z
    .array(
      z.strictObject({
        namespace: text(63).describe('Namespace of the LoggingConfiguration.'),
        name: text(63).describe('Its name.'),
        since: text(40).describe('Since when it is there.'),
        ...usage,
      }),
    )
    .max(1024)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('The LoggingConfigurations of namespaces with more than their quota.'),
});

export const fluentBitShard: Kind = {
  kind: 'FluentBitShard',
  plural: 'fluentbitshards',
  shortNames: ['fbsh'],
  namespaced: false,
  internal: true,
  description: 'A share of the pipelines of a FluentBitAgent; written by fluentbind, not by people.',
  spec: FluentBitShardSpec,
  status: FluentBitShardStatus,
  rules: [],
  columns: [
    { name: 'Agent', type: 'string', jsonPath: '.spec.agent' },
    { name: 'Pipelines', type: 'integer', jsonPath: '.status.pipelines' },
    { name: 'Filled', type: 'integer', jsonPath: '.status.filled' },
    ...ready,
    age,
  ],
};

export type FluentBitShardSpec = z.infer<typeof FluentBitShardSpec>;
export type FluentBitShardStatus = z.infer<typeof FluentBitShardStatus>;
