import { z } from 'zod';
import { labelSelector } from './label-selector.ts';
import { dnsLabel } from './object.ts';
import { Policy } from './policy.ts';
import { conditions, observedGeneration, problems } from './status.ts';

const NamespaceSelector = labelSelector('a namespace')
  .optional()
  .describe('Namespaces whose logs the agent carries; the standard label selector. All when left out.');

const excluded = z.array(dnsLabel).max(256).meta({ 'x-kubernetes-list-type': 'atomic' });

export const FluentBitAgentSpec = z.strictObject({
  namespace: dnsLabel.describe('Namespace in which the agent runs.'),
  namespaceSelector: NamespaceSelector,
  excludeNamespaces: excluded
    .optional()
    .describe(
      'Namespaces that the agent does not carry, whatever their labels. Default kube-system, kyma-system, istio-system and its own.',
    ),
  policy: Policy.optional().describe('What the tenants of the agent may do.'),
});

export const FluentBitAgentStatus = z.strictObject({ observedGeneration, conditions, problems });

/** What a LoggingConfiguration has to know of an agent, without anything that changes by itself. */
export const FluentBitRouteSpec = z.strictObject({
  agent: z.string().min(1).max(63).describe('The FluentBitAgent.'),
  namespaceSelector: NamespaceSelector,
  excludeNamespaces: excluded.describe('Namespaces that the agent does not carry, whatever their labels.'),
  policy: Policy.describe('The policy, with every default written out.'),
  policyHash: z.string().min(1).max(64).describe('Digest of the policy.'),
  shards: z.int().min(1).max(64).describe('How many shares the pipelines of the agent are divided into.'),
});

export type FluentBitAgentSpec = z.infer<typeof FluentBitAgentSpec>;
export type FluentBitRouteSpec = z.infer<typeof FluentBitRouteSpec>;
