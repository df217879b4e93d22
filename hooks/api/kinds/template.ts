import { z } from 'zod';
import { dataKey } from '../object.ts';
import { pipelineShape, uniqueBy } from '../pipeline.ts';
import { literal, sensitive, valueShape, variableName } from '../value-source.ts';
import { age, type Kind, type PrinterColumn } from './kind.ts';

const noSensitiveDefault = {
  rule: '!has(self.sensitive) || !self.sensitive || !has(self.default)',
  message: 'a sensitive placeholder has no default: its value comes from a Secret',
};

const Placeholder = z
  .strictObject({
    name: variableName.describe('Name that $(name) refers to.'),
    description: z.string().max(1024).optional().describe('What to fill in, for the reader.'),
    secretKey: dataKey
      .optional()
      .describe('Key of the credentials that fills it, in whatever format the Secret holds them.'),
    default: literal.optional().describe('Value where neither spec.values nor the Secret has one.'),
    required: z
      .boolean()
      .optional()
      .describe('False lets it stay empty; properties that refer to it are then left out. Default true.'),
    sensitive,
    ...valueShape,
  })
  .refine((p) => p.sensitive !== true || p.default === undefined, noSensitiveDefault.message)
  .meta({ 'x-kubernetes-validations': [noSensitiveDefault] });

/** Spec of Template and ClusterTemplate: everything that a LoggingConfiguration has, plus placeholders. */
export const TemplateSpec = z.strictObject({
  description: z.string().max(1024).optional().describe('What the template ships, where to and how.'),
  placeholders: uniqueBy(z.array(Placeholder).max(64), 'name')
    .optional()
    .describe('What a ServiceBindingConfig fills in.'),
  ...pipelineShape,
});

const templateColumns: PrinterColumn[] = [{ name: 'Description', type: 'string', jsonPath: '.spec.description' }, age];

export const template: Kind = {
  kind: 'Template',
  plural: 'templates',
  shortNames: ['fbt'],
  namespaced: true,
  description: 'A pipeline with placeholders, for ServiceBindingConfigs of the same namespace.',
  spec: TemplateSpec,
  rules: [],
  columns: templateColumns,
};

export const clusterTemplate: Kind = {
  kind: 'ClusterTemplate',
  plural: 'clustertemplates',
  shortNames: ['cfbt'],
  namespaced: false,
  description: 'A pipeline with placeholders, for ServiceBindingConfigs of every namespace.',
  spec: TemplateSpec,
  rules: [],
  columns: templateColumns,
};

export type Placeholder = z.infer<typeof Placeholder>;
export type TemplateSpec = z.infer<typeof TemplateSpec>;
