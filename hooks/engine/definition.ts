import { z } from 'zod';
import type { LabelSelector } from '../kubernetes/selector.ts';

/** CompositeController and DecoratorController of Metacontroller, as far as the engine runs them. */

const Webhook = z
  .looseObject({
    url: z.string().optional(),
    service: z
      .looseObject({
        name: z.string(),
        namespace: z.string(),
        port: z.number().optional(),
        protocol: z.string().optional(),
      })
      .optional(),
    path: z.string().optional(),
    timeout: z.string().optional(),
    responseUnMarshallMode: z.enum(['loose', 'strict']).optional(),
  })
  .refine(
    ({ url, service, path }) => url !== undefined || (service !== undefined && path !== undefined),
    "must specify either a full 'url', or both 'service' and 'path'",
  );

const HookDefinition = z.looseObject({ version: z.enum(['v1', 'v2']).default('v1'), webhook: Webhook.optional() });

const selector = z.custom<LabelSelector>((value) => typeof value === 'object').optional();

const updateMethod = z.enum(['OnDelete', 'Recreate', 'InPlace', 'RollingRecreate', 'RollingInPlace']);

const updateStrategy = z
  .looseObject({
    method: updateMethod.default('OnDelete'),
  })
  .default({ method: 'OnDelete' });

const hooks = z.looseObject({
  sync: HookDefinition.optional(),
  finalize: HookDefinition.optional(),
  customize: HookDefinition.optional(),
});

export type UpdateMethod = z.infer<typeof updateMethod>;

export const CompositeDefinition = z.looseObject({
  kind: z.literal('CompositeController'),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    parentResource: z.looseObject({
      apiVersion: z.string(),
      resource: z.string(),
      labelSelector: selector,
      ignoreStatusChanges: z.boolean().default(false),
    }),
    childResources: z
      .array(z.looseObject({ apiVersion: z.string(), resource: z.string(), updateStrategy }))
      .default([]),
    generateSelector: z.boolean().default(false),
    resyncPeriodSeconds: z.number().optional(),
    hooks,
  }),
});

export const DecoratorDefinition = z.looseObject({
  kind: z.literal('DecoratorController'),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    resources: z.array(
      z.looseObject({
        apiVersion: z.string(),
        resource: z.string(),
        labelSelector: selector,
        annotationSelector: z
          .looseObject({
            matchAnnotations: z.record(z.string(), z.string()).optional(),
            matchExpressions: z.custom<NonNullable<LabelSelector['matchExpressions']>>().optional(),
          })
          .optional(),
        ignoreStatusChanges: z.boolean().default(false),
      }),
    ),
    attachments: z.array(z.looseObject({ apiVersion: z.string(), resource: z.string(), updateStrategy })).default([]),
    resyncPeriodSeconds: z.number().optional(),
    hooks,
  }),
});

export const Definition = z.discriminatedUnion('kind', [CompositeDefinition, DecoratorDefinition]);

export type CompositeDefinition = z.infer<typeof CompositeDefinition>;
export type DecoratorDefinition = z.infer<typeof DecoratorDefinition>;
export type Definition = z.infer<typeof Definition>;
export type HookDefinition = z.infer<typeof HookDefinition>;

export function webhookUrl({ url, service, path = '' }: NonNullable<HookDefinition['webhook']>): string {
  if (url !== undefined) return url;
  return `${service?.protocol ?? 'http'}://${service?.name}.${service?.namespace}:${service?.port ?? 80}${path}`;
}

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds, from a Go duration. What is no positive one is taken for the default, 10 s. */
export function webhookTimeout({ timeout = '' }: NonNullable<HookDefinition['webhook']>): number {
  const parts = [...timeout.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  const total = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0);
  return parts.map(([whole]) => whole).join('') === timeout && total > 0 ? total : 10_000;
}
