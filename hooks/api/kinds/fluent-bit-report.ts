import { z } from 'zod';
import { dnsLabel, fleetName } from '../object.ts';
import { age, type Kind } from './kind.ts';

const Remark = z.strictObject({
  // Not `name`: dynamic apply would merge a list whose items all have one, and never get there.
  loggingConfiguration: z.string().min(1).max(63).describe('Name of the LoggingConfiguration.'),
  revision: z
    .string()
    .max(64)
    .optional()
    .describe('Revision of its ConfigMap and Secret that is meant; whichever they have, when left out.'),
  reason: z.string().min(1).max(64).describe('CamelCase reason, as listed in the reference.'),
  message: z.string().max(2048).describe('What is wrong.'),
  kept: z.boolean().describe('Whether an older configuration stays in force.'),
});

/** What an agent has against LoggingConfigurations of a namespace; it is there only while there is something. */
export const FluentBitReportSpec = z.strictObject({
  agent: fleetName.describe('The FluentBitAgent.'),
  namespace: dnsLabel.optional().describe('The namespace; all that the agent carries when left out.'),
  remarks: z
    .array(Remark)
    .max(256)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('What is turned down, pending or without room, by name.'),
  cut: z.boolean().optional().describe('Whether there is more of that than is named here.'),
});

export const fluentBitReport: Kind = {
  kind: 'FluentBitReport',
  plural: 'fluentbitreports',
  shortNames: ['fbrep'],
  namespaced: false,
  internal: true,
  description:
    'What an agent has against LoggingConfigurations of a namespace; there only while there is something. Written by fluentbind, not by people.',
  spec: FluentBitReportSpec,
  rules: [],
  columns: [
    { name: 'Agent', type: 'string', jsonPath: '.spec.agent' },
    { name: 'Namespace', type: 'string', jsonPath: '.spec.namespace' },
    age,
  ],
};

export type FluentBitReportSpec = z.infer<typeof FluentBitReportSpec>;
