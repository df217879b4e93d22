import { z } from 'zod';

export { apiVersion, group } from './group.ts';

const OwnerReference = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().optional(),
});

/** What hooks read of `metadata`; whatever else the API server sent stays where it is. */
export const ObjectMeta = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  generation: z.number().optional(),
  resourceVersion: z.string().optional(),
  creationTimestamp: z.string().nullish(),
  deletionTimestamp: z.string().nullish(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  finalizers: z.array(z.string()).optional(),
  ownerReferences: z.array(OwnerReference).optional(),
});

/** Any object as it stands on the wire: identified, its content unread. */
export const KubernetesObject = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: ObjectMeta,
});

export type OwnerReference = z.infer<typeof OwnerReference>;
export type ObjectMeta = z.infer<typeof ObjectMeta>;
export type KubernetesObject = z.infer<typeof KubernetesObject>;

/** A Secret as the API server returns it: `data` in base64. */
export interface SecretObject extends KubernetesObject {
  data?: Record<string, string> | null;
  type?: string;
}

export interface ConfigMapObject extends KubernetesObject {
  data?: Record<string, string> | null;
  binaryData?: Record<string, string> | null;
}

/** Names as Kubernetes checks them, each with its length limit (RFC 1123, RFC 1035). */
export const dnsLabel = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
export const dnsSubdomain = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
/** Name of a FluentBitAgent: a value of labels, and the beginning of the names of what is made for it. */
export const fleetName = dnsSubdomain.max(63);
/** A key of a Secret's or ConfigMap's `data`. */
export const dataKey = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/);
