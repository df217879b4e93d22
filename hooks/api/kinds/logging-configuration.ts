import { z } from 'zod';
import { pipelineShape } from '../pipeline.ts';
import { Applied, certificateExpiry, conditions, observedGeneration, problems, trial } from '../status.ts';
import { TemplateRef } from '../template-ref.ts';
import { age, boundedName, type Kind, ready } from './kind.ts';

export const LoggingConfigurationSpec = z.strictObject({
  templateRef: TemplateRef.optional().describe('Template that it was made from; for information.'),
  enabled: z.boolean().optional().describe('False stops shipping and keeps the resource. Default true.'),
  suspend: z.boolean().optional().describe('True freezes what is live. Default false.'),
  ...pipelineShape,
});

export const LoggingConfigurationStatus = z.strictObject({
  observedGeneration,
  conditions,
  problems,
  applied: Applied,
  certificateExpiry,
  trial,
  trustedCode: z
    .array(z.string().max(64))
    .max(64)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe(
      'Keyed digests of filters with code that were those of their ClusterTemplate: they may stay when it changes.',
    ),
  pipelines: z
    .array(
      z.strictObject({
        output: z.string().max(63).describe('Id of the output.'),
        plugin: z.string().max(63).describe('Fluent Bit output.'),
        id: z
          .string()
          .max(63)
          .describe('Tag and alias of the pipeline in the agent: what its log lines and metrics carry.'),
      }),
    )
    .max(16)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe('The pipelines that it renders to, one an output.'),
});

export const loggingConfiguration: Kind = {
  kind: 'LoggingConfiguration',
  plural: 'loggingconfigurations',
  shortNames: ['lc'],
  namespaced: true,
  description: 'Log pipelines in terms of Fluent Bit: made from a ServiceBindingConfig, or written by hand.',
  spec: LoggingConfigurationSpec,
  status: LoggingConfigurationStatus,
  rules: [boundedName],
  columns: [...ready, age],
};

export type LoggingConfigurationSpec = z.infer<typeof LoggingConfigurationSpec>;
export type LoggingConfigurationStatus = z.infer<typeof LoggingConfigurationStatus>;
