import { group } from '../api/group.ts';

/** Name of the ConfigMap and of the Secret of a LoggingConfiguration: injective, at most 74 characters. */
export function fluentBitName(loggingConfiguration: string): string {
  return `${loggingConfiguration}-fluent-bit`;
}

/** Labels and annotations that fluentbind writes; whatever else stands on a child is somebody else's. */
export const labels = {
  /** The LoggingConfiguration that a ConfigMap or Secret belongs to. */
  loggingConfiguration: `${group}/logging-configuration`,
  managedBy: 'app.kubernetes.io/managed-by',
  /** The FluentBitAgent that an object was made for. */
  agent: `${group}/agent`,
  /** The share of the agent's pipelines that a ConfigMap or Secret belongs to. */
  shard: `${group}/shard`,
  /** The namespace that a FluentBitReport is for; empty where it is for all. */
  namespace: `${group}/namespace`,
  /** What a shard's ConfigMap and Secret are a part of. */
  part: `${group}/part`,
} as const;

export const annotations = {
  /** The same on ConfigMap and Secret: only a pair that agrees is one configuration. */
  revision: `${group}/revision`,
  /** HMAC of the hooks over what a child holds, so that an agent takes nothing that a tenant wrote into it. */
  signature: `${group}/signature`,
  /** Names of the data keys that are signed: others may add some of their own. */
  keys: `${group}/keys`,
  /** Digest of the policy that it was judged by. */
  policy: `${group}/policy`,
} as const;

/** Container of the agent's pods with Fluent Bit: the node's program finds its log by this name. */
export const fluentBitContainer = 'fluent-bit';

/** Of the Lease of a node: its report, in JSON. */
export const reportAnnotation = `${group}/report`;
