import { z } from 'zod';
import { KubernetesObject } from '../object.ts';

/**
 * The wire between Metacontroller and a hook, version v2 of its hooks (Metacontroller 4.17: composite/api/v2,
 * decorator/api/v1, customize/api/v1). Requests are read leniently, for a newer Metacontroller may say more; replies
 * are written strictly, for it refuses unknown fields.
 */

/** Objects by kind (`Secret.v1`, `Deployment.apps/v1`), then by `namespace/name`, or `name` where there is no namespace. */
export type ObjectMap = Record<string, Record<string, KubernetesObject>>;

/** The same with the objects unread. */
export const Groups = z
  .record(z.string(), z.record(z.string(), z.unknown()))
  .nullish()
  .transform((map) => map ?? {});

const finalizing = z.boolean().nullish().transform(Boolean);

/** Requests without the objects that stand around: those are read by who looks at them. */
export const CompositeRequest = z.object({ parent: KubernetesObject, finalizing });
export const DecoratorRequest = z.object({ object: KubernetesObject, finalizing });

/** The key is `parent` for decorators, too. */
export const CustomizeRequest = z.looseObject({ controller: KubernetesObject.optional(), parent: KubernetesObject });

/** A child as a hook may return it: identified, with content, and without what only the API server writes. */
export const Child = z
  .looseObject({
    apiVersion: z.string().min(1),
    kind: z.string().min(1),
    metadata: z.strictObject({
      name: z.string().min(1).max(253),
      namespace: z.string().min(1).max(63).optional(),
      labels: z.record(z.string(), z.string()).optional(),
      annotations: z.record(z.string(), z.string()).optional(),
    }),
  })
  .refine((child) => !('status' in child), 'a child has no status: its own controller writes it')
  .refine((child) => !('stringData' in child), 'write data in base64: the API server never returns stringData');

const LabelSelector = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).optional(),
  matchExpressions: z
    .array(
      z.strictObject({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.array(z.string()).optional(),
      }),
    )
    .optional(),
});

/**
 * A rule for related objects. Metacontroller takes an empty rule for "everything", and names without a namespace for
 * "of every namespace": a rule of ours says more.
 */
export const RelatedRule = z
  .strictObject({
    apiVersion: z.string().min(1),
    resource: z.string().min(1),
    namespace: z.string().min(1).optional(),
    names: z.array(z.string().min(1)).min(1).optional(),
    labelSelector: LabelSelector.optional(),
    namespaceSelector: LabelSelector.optional(),
  })
  .refine(
    (rule) => rule.names === undefined || (rule.labelSelector === undefined && rule.namespaceSelector === undefined),
    'names and selectors exclude each other',
  )
  .refine(
    (rule) => rule.namespace === undefined || rule.namespaceSelector === undefined,
    'namespace and namespaceSelector exclude each other',
  )
  .refine(
    (rule) => rule.names !== undefined || rule.labelSelector !== undefined || rule.namespaceSelector !== undefined,
    'a rule without names or selector selects everything',
  );

export const CompositeReply = z.strictObject({
  status: z.record(z.string(), z.unknown()),
  children: z.array(Child),
  resyncAfterSeconds: z.number().nonnegative().optional(),
  finalized: z.boolean().optional(),
});

export const DecoratorReply = z.strictObject({
  labels: z.record(z.string(), z.string().nullable()).optional(),
  annotations: z.record(z.string(), z.string().nullable()).optional(),
  status: z.record(z.string(), z.unknown()).optional(),
  attachments: z.array(Child),
  resyncAfterSeconds: z.number().nonnegative().optional(),
  finalized: z.boolean().optional(),
});

export const CustomizeReply = z.strictObject({ relatedResources: z.array(RelatedRule) });

export type CompositeRequest = z.infer<typeof CompositeRequest> & { children: ObjectMap; related: ObjectMap };
export type DecoratorRequest = z.infer<typeof DecoratorRequest> & { attachments: ObjectMap; related: ObjectMap };
export type CustomizeRequest = z.infer<typeof CustomizeRequest>;
export type Child = z.infer<typeof Child>;
export type RelatedRule = z.infer<typeof RelatedRule>;
export type CompositeReply = z.infer<typeof CompositeReply>;
export type DecoratorReply = z.infer<typeof DecoratorReply>;
export type CustomizeReply = z.infer<typeof CustomizeReply>;
