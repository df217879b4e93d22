import { z } from 'zod';
import { dataKey, dnsSubdomain } from '../object.ts';
import { filters, uniqueBy } from '../pipeline.ts';
import { Selection } from '../selection.ts';
import { Applied, certificateExpiry, conditions, observedGeneration, problems } from '../status.ts';
import { TemplateRef } from '../template-ref.ts';
import { ConfigMapKeyRef, exactlyOne, literal, SecretKeyRef, variableName } from '../value-source.ts';
import { age, boundedName, type Kind, ready } from './kind.ts';

const source = exactlyOne(['secretKeyRef', 'configMapKeyRef']);
const value = exactlyOne(['value', 'valueFrom']);

const Value = z
  .strictObject({
    name: variableName.describe('Placeholder of the template, or a name that spec.filters use.'),
    value: literal.optional().describe('The value, written out.'),
    valueFrom: z
      .strictObject({
        secretKeyRef: SecretKeyRef.extend({
          name: dnsSubdomain.optional().describe('Secret in the same namespace; that of spec.secretRef when left out.'),
        })
          .optional()
          .describe('A value from a Secret; it stays a reference and is never copied into anything but a Secret.'),
        configMapKeyRef: ConfigMapKeyRef.optional(),
      })
      .refine(source.holds, source.message)
      .meta({ 'x-kubernetes-validations': [source.rule] })
      .optional()
      .describe('Where the value comes from.'),
  })
  .refine(value.holds, value.message)
  .meta({ 'x-kubernetes-validations': [value.rule] });

const namelessSecret = {
  rule: 'has(self.secretRef) || !has(self.values) || self.values.all(v, !has(v.valueFrom) || !has(v.valueFrom.secretKeyRef) || has(v.valueFrom.secretKeyRef.name))',
  message: 'without spec.secretRef each secretKeyRef needs a name',
};

export const ServiceBindingConfigSpec = z
  .strictObject({
    templateRef: TemplateRef.describe('Template to bind.'),
    secretRef: z
      .strictObject({
        name: dnsSubdomain.describe('Secret in the same namespace, usually written for a ServiceBinding.'),
        key: dataKey
          .optional()
          .describe('Key under which all credentials stand as one JSON document. Recognised when left out.'),
      })
      .optional()
      .describe('Secret with the credentials. Its current content is followed, whoever rotates it.'),
    serviceBindingRef: z
      .strictObject({
        kind: z.enum(['ServiceBinding']).optional().describe('ServiceBinding.'),
        name: dnsSubdomain.describe('ServiceBinding in the same namespace.'),
      })
      .optional()
      .describe('ServiceBinding behind the Secret. For information only: nothing waits for it.'),
    values: uniqueBy(z.array(Value).max(64), 'name')
      .optional()
      .describe('Placeholders that are not taken from the Secret by their key.'),
    filters: filters.describe("Filters after the template's, in the order in which records pass them."),
    input: Selection.optional().describe("Which logs; each field that is set replaces the template's."),
    enabled: z.boolean().optional().describe('False stops shipping and keeps the resource. Default true.'),
    suspend: z
      .boolean()
      .optional()
      .describe('True freezes what is live: no change of Secret or template goes on. Default false.'),
  })
  .refine(
    (spec) =>
      spec.secretRef !== undefined ||
      (spec.values ?? []).every((v) => !v.valueFrom?.secretKeyRef || v.valueFrom.secretKeyRef.name !== undefined),
    namelessSecret.message,
  )
  .meta({ 'x-kubernetes-validations': [namelessSecret] });

const ServiceBindingConfigStatus = z.strictObject({
  observedGeneration,
  conditions,
  problems,
  applied: Applied,
  certificateExpiry,
  serviceBinding: z
    .string()
    .max(1024)
    .optional()
    .describe('What the ServiceBinding says of itself; for information only.'),
});

export const serviceBindingConfig: Kind = {
  kind: 'ServiceBindingConfig',
  plural: 'servicebindingconfigs',
  shortNames: ['sbc'],
  namespaced: true,
  description: 'Binds a template to a Secret: log shipping that follows every later change of both.',
  spec: ServiceBindingConfigSpec,
  status: ServiceBindingConfigStatus,
  rules: [boundedName],
  columns: [{ name: 'Template', type: 'string', jsonPath: '.spec.templateRef.name' }, ...ready, age],
};

export type ServiceBindingConfigSpec = z.infer<typeof ServiceBindingConfigSpec>;
export type BindingValue = z.infer<typeof Value>;
export type ServiceBindingConfigStatus = z.infer<typeof ServiceBindingConfigStatus>;
