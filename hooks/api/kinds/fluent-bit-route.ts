import { z } from 'zod';
import { fleetName } from '../object.ts';
import { RoutedInput } from '../operator-input.ts';
import { Policy } from '../policy.ts';
import { excluded, maxShards, NamespaceSelector } from './fluent-bit-agent.ts';
import { age, boundedName, type Kind } from './kind.ts';

/** What a LoggingConfiguration has to know of an agent, without anything that changes by itself. */
export const FluentBitRouteSpec = z.strictObject({
  agent: fleetName.describe('The FluentBitAgent.'),
  namespaceSelector: NamespaceSelector,
  excludeNamespaces: excluded.describe('Namespaces that the agent does not carry, whatever their labels.'),
  policy: Policy.describe('The policy, with every default written out.'),
  policyHash: z.string().min(1).max(64).describe('Digest of the policy.'),
  shards: z.int().min(1).max(maxShards).describe('Shares that the pipelines are divided into.'),
  inputs: z
    .array(RoutedInput)
    .max(16)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('Inputs of the agent, and who may select them.'),
});

export const fluentBitRoute: Kind = {
  kind: 'FluentBitRoute',
  plural: 'fluentbitroutes',
  shortNames: ['fbr'],
  namespaced: false,
  internal: true,
  description: 'What LoggingConfigurations have to know of a FluentBitAgent; written by fluentbind, not by people.',
  spec: FluentBitRouteSpec,
  rules: [boundedName],
  columns: [{ name: 'Agent', type: 'string', jsonPath: '.spec.agent' }, age],
};

export type FluentBitRouteSpec = z.infer<typeof FluentBitRouteSpec>;
