import type { Kind } from '../api/kinds/kind.ts';
import { clusterTemplate } from '../api/kinds/template.ts';
import { group } from '../api/object.ts';
import type { Controller } from '../kit/controller.ts';

/** A rule of an RBAC role. */
export interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

export interface Permissions {
  metacontroller: {
    /** What Metacontroller watches for itself, whatever its controllers are. */
    own: Rule[];
    /** What its informers read; always cluster-wide, for they know no namespaces. */
    read: Rule[];
    /** The same of BTP's kinds, where they are switched on. */
    readBtp: Rule[];
    /** What it changes; by namespace in a limited install. */
    write: Rule[];
    /** What it changes for parents that are in no namespace: these, and children in none either. */
    writeCluster: Rule[];
    /** Their children in namespaces: only those of agents, also where it may write in all of them. */
    writeAgents: Rule[];
    events: Rule[];
  };
  tenants: { edit: Rule[]; view: Rule[] };
  /** ClusterTemplates are for everybody who writes a ServiceBindingConfig. */
  templates: Rule[];
}

interface Grant {
  apiVersion: string;
  resource: string;
  verbs: readonly string[];
}

const watch = ['list', 'watch'];

/**
 * Rights that follow from the controllers: the only source of the chart's roles. Verbs are those that Metacontroller
 * 4.17 uses: informers list and watch; a pass gets its parent anew before it writes the status; a child is applied
 * (patch, and create where it is missing), adopted and released (get, update), and deleted. The other apply strategy
 * creates and updates. `update` of finalizers is asked by OwnerReferencesPermissionEnforcement, for an owner reference
 * that blocks the deletion of its owner.
 */
export function permissions(controllers: readonly Controller[], kinds: readonly Kind[]): Permissions {
  const related = controllers.flatMap((controller) => controller.related ?? []);
  const tenants = kinds.filter((kind) => kind.namespaced && kind.internal !== true).map((kind) => kind.plural);
  const all = kinds.map((kind) => kind.plural);
  const ours = (resources: string[], verbs: readonly string[]) =>
    rules(resources.map((resource) => ({ apiVersion: `${group}/`, resource, verbs })));
  const ofCluster = controllers.filter(({ parent }) => !parent.namespaced);
  const inTenants = ({ apiVersion, resource }: Grant) =>
    apiGroup(apiVersion) === group && kinds.some((kind) => kind.namespaced && kind.plural === resource);
  const isLocal = ({ apiVersion }: Grant) => apiGroup(apiVersion) !== group;
  const read = ['get', 'list', 'watch'];
  const edit = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
  return {
    metacontroller: {
      own: rules([
        ...['compositecontrollers', 'controllerrevisions', 'decoratorcontrollers'].map((resource) => ({
          apiVersion: 'metacontroller.k8s.io/v1alpha1',
          resource,
          verbs: watch,
        })),
        { apiVersion: 'apiextensions.k8s.io/v1', resource: 'customresourcedefinitions', verbs: watch },
        { apiVersion: 'v1', resource: 'namespaces', verbs: watch },
      ]),
      read: rules([
        ...controllers.map(({ parent }) => ({ ...parent, verbs: ['get', ...watch] })),
        ...controllers.flatMap(({ children }) => children.map((kind) => ({ ...kind, verbs: ['get', ...watch] }))),
        ...related.filter((kind) => kind.btp !== true).map((kind) => ({ ...kind, verbs: watch })),
      ]),
      readBtp: rules(related.filter((kind) => kind.btp === true).map((kind) => ({ ...kind, verbs: watch }))),
      write: rules([
        ...controllers.filter(({ parent }) => parent.namespaced).flatMap(writes),
        ...ofCluster.flatMap(writes).filter(inTenants),
      ]),
      writeCluster: rules(ofCluster.flatMap(writes).filter((grant) => !isLocal(grant) && !inTenants(grant))),
      writeAgents: rules(ofCluster.flatMap(writes).filter(isLocal)),
      events: rules([{ apiVersion: 'v1', resource: 'events', verbs: ['create', 'patch'] }]),
    },
    tenants: {
      edit: ours(tenants, edit),
      view: ours(all, read),
    },
    templates: ours([clusterTemplate.plural], read),
  };
}

function writes({ type, parent, children, finalize }: Controller): Grant[] {
  const status = { ...parent, resource: `${parent.resource}/status`, verbs: ['update'] };
  const finalizers = { ...parent, resource: `${parent.resource}/finalizers`, verbs: ['update'] };
  // A decorator writes labels and annotations of its parent, and whoever finalizes its finalizer.
  const itself = type === 'decorator' || finalize !== undefined ? [{ ...parent, verbs: ['update'] }] : [];
  return [
    status,
    finalizers,
    ...itself,
    ...children.map((kind) => ({ ...kind, verbs: ['create', 'delete', 'patch', 'update'] })),
  ];
}

/** Grants as the fewest rules: one for all resources of a group that have the same verbs. */
function rules(grants: readonly Grant[]): Rule[] {
  const verbs = new Map<string, Set<string>>();
  for (const { apiVersion, resource, verbs: granted } of grants) {
    const key = `${apiGroup(apiVersion)} ${resource}`;
    verbs.set(key, new Set([...(verbs.get(key) ?? []), ...granted]));
  }
  const merged = new Map<string, Rule>();
  for (const [key, granted] of [...verbs].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [name = '', resource = ''] = key.split(' ');
    const sorted = [...granted].sort();
    const same = merged.get(`${name} ${sorted.join()}`);
    if (same === undefined)
      merged.set(`${name} ${sorted.join()}`, { apiGroups: [name], resources: [resource], verbs: sorted });
    else same.resources.push(resource);
  }
  return [...merged.values()];
}

function apiGroup(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}
