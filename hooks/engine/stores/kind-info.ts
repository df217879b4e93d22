import type { Schema } from './schema.ts';

/** What discovery says of a kind, and what of its CRD changes how the API server treats its objects. */
export interface KindInfo {
  apiVersion: string;
  kind: string;
  resource: string;
  namespaced: boolean;
  /** Defined by a CRD: no other kind can be the parent of a CompositeController. */
  custom: boolean;
  /** Kinds without a generation (ConfigMap, Secret) are cached by Metacontroller as generation 0. */
  hasGeneration: boolean;
  statusSubresource: boolean;
  /** Structural schema, where unknown fields are pruned by it. */
  schema?: Schema;
}

/** `Kind.version` for the core group, `Kind.group/version` else. */
export function groupKey(kind: { apiVersion: string; kind: string }): string {
  return `${kind.kind}.${kind.apiVersion}`;
}

const core = (kind: string, resource: string, namespaced = true): KindInfo => ({
  apiVersion: 'v1',
  kind,
  resource,
  namespaced,
  custom: false,
  hasGeneration: false,
  statusSubresource: false,
});

/** The built-in kinds that controllers here read or write. */
export const builtInKinds: readonly KindInfo[] = [
  { ...core('Namespace', 'namespaces', false), statusSubresource: true },
  core('ConfigMap', 'configmaps'),
  core('Secret', 'secrets'),
  { ...core('Service', 'services'), statusSubresource: true },
  core('ServiceAccount', 'serviceaccounts'),
  { ...core('Pod', 'pods'), statusSubresource: true },
  { ...core('Deployment', 'deployments'), apiVersion: 'apps/v1', hasGeneration: true, statusSubresource: true },
  { ...core('DaemonSet', 'daemonsets'), apiVersion: 'apps/v1', hasGeneration: true, statusSubresource: true },
  { ...core('NetworkPolicy', 'networkpolicies'), apiVersion: 'networking.k8s.io/v1', hasGeneration: true },
  { ...core('Lease', 'leases'), apiVersion: 'coordination.k8s.io/v1' },
];

interface Crd {
  spec: {
    group: string;
    scope: string;
    names: { kind: string; plural: string };
    versions: {
      name: string;
      served?: boolean;
      subresources?: { status?: unknown };
      schema?: { openAPIV3Schema?: Schema };
    }[];
  };
}

/** The kinds that a CustomResourceDefinition defines, one a served version. */
export function kindsOfCrd(crd: unknown): KindInfo[] {
  const { spec } = crd as Crd;
  return spec.versions
    .filter((version) => version.served !== false)
    .map((version) => ({
      apiVersion: `${spec.group}/${version.name}`,
      kind: spec.names.kind,
      resource: spec.names.plural,
      namespaced: spec.scope === 'Namespaced',
      custom: true,
      hasGeneration: true,
      statusSubresource: version.subresources?.status !== undefined,
      ...(version.schema?.openAPIV3Schema === undefined ? {} : { schema: version.schema.openAPIV3Schema }),
    }));
}

/** Group of an apiVersion; the core group is the empty one. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}
