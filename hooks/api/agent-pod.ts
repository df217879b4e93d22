import { z } from 'zod';
import { isShallow } from './depth.ts';
import { dnsSubdomain } from './object.ts';

const maxEntries = 32;

function texts(maxLength: number) {
  return z
    .record(z.string().min(1).max(317), z.string().max(maxLength))
    .refine((map) => Object.keys(map).length <= maxEntries, `at most ${maxEntries} entries`)
    .meta({ maxProperties: maxEntries })
    .optional();
}

/** A quantity of Kubernetes, as far as cpu and memory need it. */
const quantity = z
  .string()
  .min(1)
  .max(20)
  .regex(/^[0-9]{1,15}([.][0-9]{1,3})?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/);

/** A whole quantity of bytes. */
export const size = z
  .string()
  .min(1)
  .max(20)
  .regex(/^[0-9]{1,15}(Ki|Mi|Gi|Ti)?$/);

function amounts(what: string) {
  return z
    .strictObject({
      cpu: quantity.optional().describe('Processors, such as "100m".'),
      memory: quantity.optional().describe('Memory, such as "256Mi".'),
    })
    .optional()
    .describe(what);
}

function resources(what: string) {
  return z
    .strictObject({
      requests: amounts('What is set aside for it.'),
      limits: amounts('What it may have at most.'),
    })
    .optional()
    .describe(what);
}

const Toleration = z
  .strictObject({
    key: z.string().min(1).max(317).optional().describe('Key of the taint; all when left out.'),
    operator: z.enum(['Exists', 'Equal']).optional().describe('Exists, or Equal (default).'),
    value: z.string().max(63).optional().describe('Value of the taint.'),
    effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional().describe('Effect; all when left out.'),
    tolerationSeconds: z.int().min(0).max(1_000_000).optional().describe('For NoExecute: how long it is tolerated.'),
  })
  .refine(({ key, operator }) => key !== undefined || operator === 'Exists', 'without a key the operator is Exists')
  .refine(({ operator, value }) => operator !== 'Exists' || value === undefined, 'the operator Exists takes no value')
  .meta({
    'x-kubernetes-validations': [
      {
        rule: "has(self.key) || (has(self.operator) && self.operator == 'Exists')",
        message: 'without a key the operator is Exists',
      },
      {
        rule: "!(has(self.operator) && self.operator == 'Exists' && has(self.value))",
        message: 'the operator Exists takes no value',
      },
    ],
  });

function affinity(what: string) {
  return z
    .looseObject({})
    .refine((given) => isShallow(given, 20), 'it has more than 20 levels')
    .optional()
    .meta({ override: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } })
    .describe(what);
}

/** What an operator may say of the pods of an agent. */
export const AgentPod = z
  .strictObject({
    image: z
      .string()
      .min(1)
      .max(512)
      .regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/)
      .optional()
      .describe('Image with Fluent Bit and fluentbind. Default: the one of the installation.'),
    imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional().describe('Default IfNotPresent.'),
    imagePullSecrets: z
      .array(z.strictObject({ name: dnsSubdomain.describe('Secret in the namespace of the agent.') }))
      .max(16)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Pull secrets.'),
    resources: z
      .strictObject({
        fluentBit: resources('Of Fluent Bit. Default: 50m and 64Mi requested, at most 1Gi.'),
        reload: resources('Of the container that reloads it. Default: 20m and 64Mi requested, at most 384Mi.'),
      })
      .optional()
      .describe('Requests and limits of the containers.'),
    tolerations: z
      .array(Toleration)
      .max(64)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Taints that the pods tolerate. Default: all, for every node has logs.'),
    nodeSelector: texts(63).describe('Labels of the nodes that the agent runs on. Default: every node.'),
    affinity: z
      .strictObject({
        nodeAffinity: affinity('As in a pod.'),
        podAffinity: affinity('As in a pod.'),
        podAntiAffinity: affinity('As in a pod.'),
      })
      .optional()
      .describe('Affinity of the pods.'),
    priorityClassName: dnsSubdomain.optional().describe('Priority class of the pods. Default none.'),
    dockerLogs: z
      .boolean()
      .optional()
      .describe(
        'The nodes run containers by Docker (cri-dockerd): mount /var/lib/docker/containers, where the links in /var/log/pods lead. Default false.',
      ),
    labels: texts(63).describe('More labels of the pods.'),
    annotations: texts(4096).describe('Annotations of the pods.'),
    maxUnavailable: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe('Nodes that may be without an agent while its pods are replaced. Default 1.'),
  })
  .optional()
  .describe('Pods of the agent. A change replaces them, one after the other.');
