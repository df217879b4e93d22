import { z } from 'zod';
import { AgentPod, size } from '../agent-pod.ts';
import { labelSelector } from '../label-selector.ts';
import { dnsLabel } from '../object.ts';
import { OperatorInput } from '../operator-input.ts';
import { bufferLimit, filters, Output, Parser, uniqueBy } from '../pipeline.ts';
import { Policy } from '../policy.ts';
import { conditions, observedGeneration, problems } from '../status.ts';
import { age, boundedName, type Kind, ready } from './kind.ts';

export const NamespaceSelector = labelSelector('a namespace')
  .optional()
  .describe('Namespaces whose logs the agent carries; the standard label selector. All when left out.');

export const excluded = z.array(dnsLabel).max(256).meta({ 'x-kubernetes-list-type': 'atomic' });

export const maxShards = 64;
/** Objects of one kind that a pod may mount: the kubelet watches each of them, twice as many in all. */
const maxObjects = 1024;
/** 5000 pipelines of 6 KB file and 8 KB secrets, each with secrets of its own, need 12 parts in 32 shards. */
export const defaultShards = 32;
export const defaultParts = 13;

const tooMany = `shards times parts may be at most ${maxObjects}`;

const nothingToWorkOn = 'filters, outputs and parsers of an agent are for its inputs: name at least one in inputs';

const port = z.int().min(1).max(65535);

export const FluentBitAgentSpec = z
  .strictObject({
    namespace: dnsLabel
      .optional()
      .describe('Namespace in which the agent runs. Default: the one that the installation has for it.'),
    clusterName: z
      .string()
      .min(1)
      .max(63)
      .regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/)
      .optional()
      .describe('Name of the cluster, for pipelines that put it into their records.'),
    namespaceSelector: NamespaceSelector,
    excludeNamespaces: excluded
      .optional()
      .describe(
        'Namespaces that the agent does not carry, whatever their labels. Default kube-system, kyma-system, istio-system and its own.',
      ),
    quotas: z
      .strictObject({
        pipelines: z
          .int()
          .min(1)
          .max(10_000)
          .optional()
          .describe('Outputs of all LoggingConfigurations of one namespace.'),
        buffer: size
          .optional()
          .describe('What they may have undelivered on a node, all together: the sum of their spec.buffer.limit.'),
      })
      .optional()
      .describe('What one namespace may have. Who came last is left out, and told. No limit where it is left out.'),
    policy: Policy.optional().describe('What the tenants of the agent may do.'),
    shards: z
      .int()
      .min(1)
      .max(maxShards)
      .optional()
      .describe(
        `Shares that the pipelines are divided into: one change costs what one share costs. Default ${defaultShards}. A change replaces the pods.`,
      ),
    parts: z
      .int()
      .min(1)
      .max(32)
      .optional()
      .describe(
        `ConfigMaps and Secrets of each shard, 192 KiB each. Default ${defaultParts}: with ${defaultShards} shards room for 5000 pipelines. A change replaces the pods.`,
      ),
    buffer: z
      .strictObject({
        total: size
          .optional()
          .describe('Undelivered logs that a node keeps for all pipelines together. Default "10Gi".'),
        limit: bufferLimit
          .optional()
          .describe('Of it for each of spec.outputs while its backend is away, such as 500M. Default 1G.'),
      })
      .optional()
      .describe('What is kept on the disk of a node.'),
    service: z
      .strictObject({
        flushSeconds: z
          .int()
          .min(1)
          .max(60)
          .optional()
          .describe('How often logs are sent. Default 5: each flush of each pipeline takes one of 16,384 tasks.'),
        maxRetrySeconds: z
          .int()
          .min(10)
          .max(3600)
          .optional()
          .describe('Longest time between two attempts to send. Default 300.'),
        backlogMemory: size
          .optional()
          .describe('Memory for logs that an earlier process left on the disk. Default "32Mi".'),
        logLevel: z
          .enum(['error', 'warn', 'info'])
          .optional()
          .describe('What Fluent Bit writes of itself. Default info; more would write headers with their secrets.'),
      })
      .optional()
      .describe('Settings of Fluent Bit that hold for all pipelines. They are taken over without a restart.'),
    inputs: uniqueBy(z.array(OperatorInput).max(16), 'id')
      .optional()
      .describe('Inputs that listen on the network, for spec.outputs and for LoggingConfigurations that select them.'),
    filters: filters.describe(
      'Filters for what the inputs receive, before anybody selects it, in the order in which records pass them.',
    ),
    outputs: uniqueBy(z.array(Output).max(16), 'id')
      .optional()
      .describe(
        'Outputs for what the inputs receive, each with a buffer of its own. They take no Secrets: whoever needs credentials writes a LoggingConfiguration that selects the input.',
      ),
    parsers: uniqueBy(z.array(Parser).max(32), 'name')
      .optional()
      .describe('Parsers that inputs and filters refer to. Names are local to this resource.'),
    pod: AgentPod,
    network: z
      .strictObject({
        enabled: z
          .boolean()
          .optional()
          .describe('Make a NetworkPolicy that holds the agent to the destinations of its policy. Default true.'),
        apiServerCidrs: z
          .array(
            z
              .string()
              .min(1)
              .max(64)
              .regex(/^[0-9a-fA-F.:]+\/[0-9]{1,3}$/),
          )
          .max(32)
          .optional()
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .describe('Addresses of the API server. Default: any that the policy does not deny.'),
        apiServerPorts: z
          .array(port)
          .min(1)
          .max(8)
          .optional()
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .describe('Ports of the API server, before and behind its Service. Default 443 and 6443.'),
        dnsPorts: z
          .array(port)
          .min(1)
          .max(8)
          .optional()
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .describe('Ports of the cluster DNS, before and behind its Service. Default 53, 5353 and 8053.'),
      })
      .optional()
      .describe('Where the agent may send to, and from where it is called: the port of its metrics only.'),
  })
  .refine(
    ({ inputs, filters, outputs, parsers }) =>
      inputs !== undefined || (filters === undefined && outputs === undefined && parsers === undefined),
    nothingToWorkOn,
  )
  .refine(({ shards = defaultShards, parts = defaultParts }) => shards * parts <= maxObjects, tooMany)
  .meta({
    'x-kubernetes-validations': [
      {
        rule: `(has(self.shards) ? int(self.shards) : ${defaultShards}) * (has(self.parts) ? int(self.parts) : ${defaultParts}) <= ${maxObjects}`,
        message: tooMany,
      },
      {
        rule: 'has(self.inputs) || !(has(self.filters) || has(self.outputs) || has(self.parsers))',
        message: nothingToWorkOn,
      },
    ],
  });

const count = z.int().min(0);

/** How a shard speaks of a pipeline that is not in force as its owner last wrote it. */
const AgentRemark = z.strictObject({
  namespace: z.string().max(63).describe('Namespace of the LoggingConfiguration.'),
  name: z.string().max(253).describe('Its name.'),
  reason: z.string().max(64).describe('CamelCase reason.'),
  kept: z.boolean().describe('Whether an older configuration stays in force.'),
});

export const FluentBitAgentStatus = z.strictObject({
  observedGeneration,
  conditions,
  problems,
  nodes: z
    .strictObject({
      desired: count.describe('Nodes that should run the agent.'),
      updated: count.describe('Nodes that run it as it is wanted now.'),
      ready: count.describe('Nodes on which it works.'),
      live: count
        .optional()
        .describe('Nodes that run all that the shards hold, but for what they refuse; absent before one reports.'),
    })
    .optional()
    .describe('How far the agent has come; absent before its DaemonSet says anything.'),
  shards: z
    .strictObject({
      count: count.describe('Shards there are, those that are on their way out among them.'),
      filled: count.describe('How full the fullest is, in percent.'),
    })
    .optional()
    .describe('Room for pipelines.'),
  pipelines: z
    .strictObject({
      accepted: count.describe('Pipelines that nodes get.'),
      pending: count.describe('Those that wait to be signed under the present policy.'),
      kept: count.describe('Those of which an older configuration stays in force.'),
      refused: count.describe('Those of which nothing is in force.'),
    })
    .optional()
    .describe('Pipelines of all shards; of what is not in force, as many are told apart as shards name.'),
  remarks: z
    .array(AgentRemark)
    .max(32)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Pipelines that are not in force as their owners last wrote them; the first of them.'),
  remarksInAll: count.optional().describe('How many there are.'),
});

export const fluentBitAgent: Kind = {
  kind: 'FluentBitAgent',
  plural: 'fluentbitagents',
  shortNames: ['fba'],
  namespaced: false,
  description:
    'Which namespaces a Fluent Bit carries, and what their tenants may do. Whoever may write one administers the nodes.',
  spec: FluentBitAgentSpec,
  status: FluentBitAgentStatus,
  rules: [boundedName],
  columns: [
    { name: 'Nodes', type: 'integer', jsonPath: '.status.nodes.desired' },
    { name: 'Live', type: 'integer', jsonPath: '.status.nodes.ready' },
    { name: 'Pipelines', type: 'integer', jsonPath: '.status.pipelines.accepted' },
    ...ready,
    age,
  ],
};

export type FluentBitAgentSpec = z.infer<typeof FluentBitAgentSpec>;
export type FluentBitAgentStatus = z.infer<typeof FluentBitAgentStatus>;
