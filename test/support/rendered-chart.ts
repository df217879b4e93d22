import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import type { Rule } from '../../hooks/generate/permissions.ts';
import { packageFile } from '../../hooks/runtime/package-file.ts';
import { binaries } from './cluster/control-plane.ts';

export const chartFolder = packageFile('helm/fluentbind');

interface Container {
  name: string;
  image: string;
  args: string[];
  env?: { name: string; value: string }[];
  resources: { limits: Record<string, string> };
  securityContext: Record<string, unknown>;
}

export interface PodTemplate {
  metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
  spec: {
    serviceAccountName: string;
    automountServiceAccountToken: boolean;
    securityContext: Record<string, unknown>;
    containers: Container[];
    terminationGracePeriodSeconds?: number;
    volumes?: {
      name: string;
      emptyDir?: { medium: string; sizeLimit: string };
      projected: { sources: { secret: { name: string; items: { key: string; path: string }[] } }[] };
    }[];
    [field: string]: unknown;
  };
}

export interface Rendered {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels: Record<string, string>;
    annotations?: Record<string, string>;
  };
  rules?: (Rule & { resourceNames?: string[] })[];
  subjects?: { kind: string; name: string; namespace?: string }[];
  spec?: Record<string, unknown> & { template?: PodTemplate };
}

export type Values = Record<string, unknown>;

/** Every way to install that the chart has, each with its values. */
export const variants: Record<string, Values> = {
  default: {},
  everything: {
    commonLabels: { team: 'logs' },
    image: { digest: `sha256:${'0123456789abcdef'.repeat(4)}` },
    imagePullSecrets: [{ name: 'registry' }],
    controlNamespaces: ['ops', 'audit'],
    btp: { enabled: true },
    hooks: {
      replicas: 3,
      nodeSelector: { pool: 'system' },
      tolerations: [{ operator: 'Exists' }],
      affinity: { podAntiAffinity: {} },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'topology.kubernetes.io/zone',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { team: 'logs' } },
        },
      ],
      priorityClassName: 'system-cluster-critical',
      podLabels: { tier: 'system' },
      podAnnotations: { note: 'here' },
    },
    trial: {
      image: { digest: `sha256:${'0123456789abcdef'.repeat(4)}` },
      replicas: 2,
      concurrency: 4,
      resources: { limits: { memory: '2Gi', cpu: 2 } },
      nodeSelector: { pool: 'trial' },
      tolerations: [{ operator: 'Exists' }],
      affinity: { podAntiAffinity: {} },
      priorityClassName: 'system-cluster-critical',
    },
    metacontroller: { replicas: 2, priorityClassName: 'system-cluster-critical' },
    agent: {
      namespaces: ['edge'],
      spec: { clusterName: 'prod', pod: { priorityClassName: 'system-node-critical' } },
      podMonitor: { enabled: true, labels: { release: 'prometheus' } },
      prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
    },
    credentials: { rotate: '2026-11-21' },
    admission: { failurePolicy: 'Fail', timeoutSeconds: 3, namespaceSelector: { matchLabels: { team: 'logs' } } },
    networkPolicy: { apiServerCidrs: ['10.0.0.1/32'], webhookCidrs: ['10.0.0.1/32', '10.1.0.0/16'] },
    metrics: {
      podSelector: { matchLabels: { app: 'prometheus' } },
      serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
      dashboard: { enabled: true, namespace: 'edge', labels: { grafana_dashboard: '1', team: 'logs' } },
    },
  },
  existing: {
    metacontroller: {
      mode: 'existing',
      existing: {
        serviceAccount: { name: 'metacontroller', namespace: 'platform' },
        podSelector: { matchLabels: { app: 'metacontroller' } },
        labels: { run: 'by-platform' },
      },
    },
  },
  'cert-manager': { credentials: { mode: 'cert-manager' } },
  provided: {
    credentials: {
      mode: 'provided',
      provided: {
        tlsSecret: 'my-tls',
        tokenSecret: 'my-token',
        digestSecret: 'my-digest',
        trialTlsSecret: 'my-trial-tls',
        trialTokenSecret: 'my-trial-token',
      },
    },
  },
  limited: { namespaces: ['shop', 'bank'] },
  'without a trial server': { trial: { enabled: false } },
};

/** A file with values, for -f. */
export function valuesFile(values: Values): string {
  const file = join(mkdtempSync(join(tmpdir(), 'values-')), 'values.yaml');
  writeFileSync(file, stringify(values));
  return file;
}

/** What Helm prints; its error messages are in the error thrown. */
export function helm(...args: string[]): string {
  return execFileSync(binaries().helm, args, { encoding: 'utf8', stdio: 'pipe', maxBuffer: 64 * 1024 * 1024 });
}

export function template(values: Values = {}, release = 'fluentbind', ...args: string[]): string {
  return helm('template', release, chartFolder, '--namespace', 'logging', '-f', valuesFile(values), ...args);
}

export function objectsIn(text: string): Rendered[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object): object is Rendered => object !== null);
}

/** All objects of a rendering. */
export function render(values: Values = {}, release = 'fluentbind'): Rendered[] {
  return objectsIn(template(values, release));
}

/** Pod templates with the object that they belong to. */
export function podsIn(objects: readonly Rendered[]): [string, PodTemplate][] {
  return objects.flatMap(({ kind, metadata, spec }) =>
    spec?.template === undefined ? [] : [[`${kind} ${metadata.name}`, spec.template] as [string, PodTemplate]],
  );
}

export function find(objects: readonly Rendered[], kind: string, name: string): Rendered {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
}

/** The pod template of a Deployment or Job. */
export function podOf(objects: readonly Rendered[], kind: string, name: string): PodTemplate {
  const { template: pod } = find(objects, kind, name).spec ?? {};
  if (pod === undefined) throw new Error(`${kind} ${name} has no pods`);
  return pod;
}
