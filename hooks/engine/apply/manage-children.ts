import type { KubernetesObject } from '../../api/object.ts';
import type { UpdateMethod } from '../definition.ts';
import { groupKey, groupOf, type KindInfo } from '../stores/kind-info.ts';
import { ApiError, objectKey, type Store } from '../stores/store.ts';
import { called, create, update } from './dynamic-apply.ts';
import type { ServerSideApply } from './server-side-apply.ts';

export interface ChildPlan {
  parent: KubernetesObject;
  observed: ReadonlyMap<KindInfo, readonly KubernetesObject[]>;
  desired: readonly KubernetesObject[];
  method: (kind: KindInfo) => UpdateMethod;
  /** Absent where children are written by dynamic apply, Metacontroller's default. */
  serverSide?: ServerSideApply | undefined;
  /** Receives what never comes to rest; absent where nobody lints. */
  report?: ((fault: string) => void) | undefined;
}

/**
 * Brings the children to what is desired: all deletions first, then kind by kind; errors are
 * collected and the others still proceed. Conflicts and vanished objects are left to the next event.
 */
export async function manageChildren(plan: ChildPlan, store: Store): Promise<void> {
  const { parent, observed, desired, serverSide } = plan;
  const errors: string[] = [];
  const attempt = async (action: () => Promise<unknown>, swallow: readonly ApiError['reason'][], prefix = '') => {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!swallow.includes(error.reason)) errors.push(`${prefix}${error.message}`);
    }
  };
  const wanted = new Set(desired.map(identity));
  for (const kind of [...observed.keys()].sort(byGroupVersionKind)) {
    for (const object of observed.get(kind) ?? []) {
      if (wanted.has(identity(object)) || object.metadata.deletionTimestamp) continue;
      await attempt(() => store.delete(object), ['NotFound'], `can't delete ${called(object)}: `);
    }
  }
  for (const object of [...desired].sort(byGroupVersionKind)) {
    const kind = store.kindOf(object.apiVersion, object.kind);
    if (kind === undefined) {
      errors.push(`discovery: can't find kind ${object.kind} in apiVersion ${object.apiVersion}`);
      continue;
    }
    const standing = observed.get(kind)?.find((other) => identity(other) === identity(object));
    if (serverSide !== undefined) {
      const how = { parent, method: plan.method(kind), store };
      await attempt(() => serverSide.apply(kind, standing, object, how), []);
      continue;
    }
    // A name that is taken is swallowed on creation: it covers a stale cache, and hides an owner for ever.
    if (standing === undefined) await attempt(() => create(kind, object, parent, store), ['AlreadyExists']);
    else await attempt(() => update(kind, standing, object, plan, store), []);
  }
  if (errors.length > 0)
    throw new Error(
      `can't reconcile children for ${parent.kind} ${objectKey(parent.metadata.namespace, parent.metadata.name)}: ${errors.join('; ')}`,
    );
}

function identity(object: KubernetesObject): string {
  return `${groupKey(object)} ${objectKey(object.metadata.namespace, object.metadata.name)}`;
}

/** Metacontroller goes by group, then version, then kind. */
function byGroupVersionKind(a: Gvk, b: Gvk): number {
  const [left, right] = [sortKey(a), sortKey(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

interface Gvk {
  apiVersion: string;
  kind: string;
}

function sortKey({ apiVersion, kind }: Gvk): string {
  const group = groupOf(apiVersion);
  // U+0000 sorts before whatever a name may hold.
  return [group, group === '' ? apiVersion : apiVersion.slice(group.length + 1), kind].join('\u0000');
}
