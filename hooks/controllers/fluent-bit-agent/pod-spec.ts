import { dockerLogs, podLogs, stateDirectory } from '../../fluentbit/file/paths.ts';
import { fluentBitContainer } from '../../kubernetes/names.ts';
import { canonicalQuantity } from '../../kubernetes/quantity.ts';
import { partName } from '../../shards/shard-names.ts';
import { agentName, metricsPort } from './child-names.ts';
import type { Fleet } from './fleet.ts';

const folder = '/fluentbind';
const program = '/app/dist/main.js';
/**
 * Its folder in memory holds what shards hold, so the limit grows with them; the heap of Node does not. It calculates so
 * little that to optimize code costs more memory than it is worth: 11 MiB with 1000 pipelines, and with the second
 * compiler of Node 22 and later 8 more.
 */
export const nodeFlags = [
  '--max-old-space-size=64',
  '--max-semi-space-size=1',
  '--optimize-for-size',
  '--no-opt',
  '--no-maglev',
];

const field = (fieldPath: string) => ({ fieldRef: { apiVersion: 'v1', fieldPath } });

type Resources = NonNullable<NonNullable<Fleet['pod']['resources']>['fluentBit']>;

const defaults: Record<'fluentBit' | 'reload', Resources> = {
  fluentBit: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '1Gi' } },
  reload: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '384Mi' } },
};

/** Logs belong to root, who needs no capability to read them. */
const securityContext = {
  runAsUser: 0,
  runAsGroup: 0,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/**
 * Of a pod of an agent, which nothing of a tenant changes: Fluent Bit, the sidecar that reloads it, and the same once
 * before, so that a new pod starts with what passes.
 *
 * @param mounted how many shards there is room for
 */
export function podSpec(fleet: Fleet, mounted: number): Record<string, unknown> {
  const { name, pod, serviceAccount } = fleet;
  return {
    serviceAccountName: serviceAccount,
    // Of the sidecar for its Lease, of Fluent Bit for the labels of pods.
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 30,
    securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
    tolerations: pod.tolerations ?? [{ operator: 'Exists' }],
    ...unlessEmpty('nodeSelector', pod.nodeSelector),
    ...unlessEmpty('affinity', pod.affinity),
    ...unlessEmpty('imagePullSecrets', pod.imagePullSecrets),
    ...(pod.priorityClassName === undefined ? {} : { priorityClassName: pod.priorityClassName }),
    initContainers: [reload(fleet, 'prepare', ['reload', '--once'])],
    containers: [
      fluentBit(fleet),
      {
        ...reload(fleet, 'reload', ['reload']),
        ports: [{ name: 'metrics', containerPort: metricsPort, protocol: 'TCP' }],
        livenessProbe: probe('/healthz', { periodSeconds: 30, failureThreshold: 4 }),
        readinessProbe: probe('/readyz', { periodSeconds: 5, failureThreshold: 6 }),
      },
    ],
    volumes: [
      { name: 'fluentbind', emptyDir: { medium: 'Memory' } },
      { name: 'incoming', projected: { defaultMode: 0o400, sources: sources(fleet, mounted) } },
      { name: 'base', configMap: { name: agentName(name), defaultMode: 0o400 } },
      { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
      { name: 'logs', hostPath: { path: podLogs, type: 'Directory' } },
      // Each agent of a node has a folder of its own, which both containers know by one name.
      { name: 'state', hostPath: { path: `${stateDirectory}/${name}`, type: 'DirectoryOrCreate' } },
      // Last: dynamic apply puts what is new at the end of a list.
      ...docker(fleet, { name: 'docker', hostPath: { path: dockerLogs, type: 'DirectoryOrCreate' } }),
    ],
  };
}

function fluentBit(fleet: Fleet) {
  return {
    name: fluentBitContainer,
    ...image(fleet),
    // It becomes Fluent Bit, who asks for no more open files than it is given.
    command: ['/usr/local/bin/node', program, 'start'],
    args: ['/fluent-bit/bin/fluent-bit', '-c', `${folder}/live/fluent-bit.yaml`],
    // For records: which node they come from.
    env: [{ name: 'NODE_NAME', valueFrom: field('spec.nodeName') }],
    resources: resources(fleet, 'fluentBit'),
    securityContext,
    // Asked of the sidecar, who alone knows: it brings back the last good first, and has ten minutes for that.
    livenessProbe: probe('/readyz', { initialDelaySeconds: 120, periodSeconds: 30, failureThreshold: 20 }),
    volumeMounts: [
      { name: 'fluentbind', mountPath: folder, readOnly: true },
      { name: 'logs', mountPath: podLogs, readOnly: true },
      { name: 'state', mountPath: stateDirectory },
      ...docker(fleet, { name: 'docker', mountPath: dockerLogs, readOnly: true }),
    ],
  };
}

/** Of nodes with containers of Docker: what is below `/var/log/pods` are links to there. */
function docker<T>({ pod }: Fleet, item: T): T[] {
  return pod.dockerLogs === true ? [item] : [];
}

function reload(fleet: Fleet, name: string, args: readonly string[]) {
  return {
    name,
    ...image(fleet),
    command: ['/usr/local/bin/node', ...nodeFlags, program],
    args,
    env: [
      { name: 'FLUENTBIND_AGENT', value: fleet.name },
      { name: 'FLUENTBIND_NODE', valueFrom: field('spec.nodeName') },
      { name: 'FLUENTBIND_POD', valueFrom: field('metadata.name') },
      { name: 'FLUENTBIND_POD_UID', valueFrom: field('metadata.uid') },
      { name: 'FLUENTBIND_LEASE', value: `${fleet.name}.$(FLUENTBIND_NODE)` },
      { name: 'FLUENTBIND_BUFFER_TOTAL', value: fleet.bufferTotal },
      { name: 'FLUENTBIND_TRIAL_FOLDER', value: '/tmp' },
    ],
    resources: resources(fleet, 'reload'),
    securityContext,
    volumeMounts: [
      { name: 'fluentbind', mountPath: folder },
      { name: 'incoming', mountPath: `${folder}/incoming`, readOnly: true },
      { name: 'base', mountPath: `${folder}/base`, readOnly: true },
      { name: 'scratch', mountPath: '/tmp' },
      // Names of pods only: whose logs there are.
      { name: 'logs', mountPath: podLogs, readOnly: true },
      { name: 'state', mountPath: stateDirectory },
    ],
  };
}

function image({ image: name, pod }: Fleet) {
  return { image: name, imagePullPolicy: pod.imagePullPolicy ?? 'IfNotPresent' };
}

function probe(path: string, times: Record<string, number>) {
  return { httpGet: { path, port: metricsPort, scheme: 'HTTP' }, timeoutSeconds: 5, successThreshold: 1, ...times };
}

function resources({ pod }: Fleet, container: 'fluentBit' | 'reload') {
  const { requests, limits } = { ...defaults[container], ...pod.resources?.[container] };
  return { ...unlessEmpty('requests', amounts(requests)), ...unlessEmpty('limits', amounts(limits)) };
}

function amounts(given: Resources['limits']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given ?? {}).flatMap(([name, text]) =>
      text === undefined ? [] : [[name, canonicalQuantity(text)]],
    ),
  );
}

/** All that shards may ever fill, from the start: a new tenant restarts nothing. */
function sources({ name, parts }: Fleet, mounted: number) {
  return Array.from({ length: mounted * parts }, (_, number) => {
    const part = { name: partName(name, Math.floor(number / parts), number % parts), optional: true };
    return [{ configMap: part }, { secret: part }];
  }).flat();
}

function unlessEmpty<K extends string, V extends object>(field: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined || Object.keys(value).length === 0 ? {} : ({ [field]: value } as { [key in K]?: V });
}
