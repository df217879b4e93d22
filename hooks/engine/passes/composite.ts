import { isEqual } from 'lodash-es';
import type { KubernetesObject } from '../../api/object.ts';
import { atomicUpdate } from '../apply/atomic-update.ts';
import { claim } from '../apply/claim.ts';
import { manageChildren } from '../apply/manage-children.ts';
import type { CompositeDefinition } from '../definition.ts';
import type { KindInfo } from '../stores/kind-info.ts';
import { ApiError, objectKey } from '../stores/store.ts';
import { admitStatus } from '../stores/validity.ts';
import { compile } from './compile-selector.ts';
import { hasFinalizer, managesChildren, removeFinalizer, syncFinalizer } from './finalizer.ts';
import { callHook } from './hook-client.ts';
import { lintPass } from './lint.ts';
import { objectMap } from './object-map.ts';
import { groupKind, keyed, ownNamespace, type Reconciler, required, type Surroundings } from './reconciler.ts';
import type { Reply, Rule } from './reply.ts';

type Selects = (labels: Record<string, string> | undefined) => boolean;

interface Call {
  kind: KindInfo;
  parent: KubernetesObject;
  observed: Map<KindInfo, KubernetesObject[]>;
  related: Map<KindInfo, KubernetesObject[]>;
  rules: readonly Rule[];
}

/** A CompositeController, pass by pass as Metacontroller 4.17 does it (pkg/controller/composite/controller.go). */
export function compositeReconciler(definition: CompositeDefinition, around: Surroundings): Reconciler {
  const { store } = around;
  const { name } = definition.metadata;
  const { parentResource, childResources, hooks, generateSelector } = definition.spec;
  const parentKind = required(store.resource(parentResource.apiVersion, parentResource.resource), parentResource);
  if (!parentKind.custom) throw new Error(`${parentKind.kind}: the parent of a CompositeController has to have a CRD`);
  if (!parentKind.statusSubresource) throw new Error(`${parentKind.kind}: the parent needs the status subresource`);
  const declared = childResources.map((child) => required(store.resource(child.apiVersion, child.resource), child));
  const methods = new Map(
    childResources.map(({ updateStrategy }, index) => [groupKind(declared[index] as KindInfo), updateStrategy.method]),
  );
  const rolling = [...methods.values()].find((method) => method.startsWith('Rolling'));
  if (rolling !== undefined) throw new Error(`${name}: ${rolling} does not work in Metacontroller 4.17`);
  const finalizer = `metacontroller.io/compositecontroller-${name}`;
  const selected = compile(parentResource.labelSelector);
  const selects = (parent: KubernetesObject) => selected(parent.metadata.labels);
  const cares = (parent: KubernetesObject) => hasFinalizer(parent, finalizer) || selects(parent);

  function childSelector(parent: KubernetesObject): Selects {
    if (generateSelector) return compile({ matchLabels: { 'controller-uid': parent.metadata.uid ?? '' } });
    const { selector } = (parent['spec'] ?? {}) as { selector?: Parameters<typeof compile>[0] };
    if (Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0)
      throw new Error(`${called(parent)}: .spec.selector must have either matchLabels, matchExpressions, or both`);
    return compile(selector);
  }

  async function claimed(parent: KubernetesObject): Promise<Map<KindInfo, KubernetesObject[]>> {
    const selector = childSelector(parent);
    const matches = (object: KubernetesObject) => selector(object.metadata.labels);
    const children = new Map<KindInfo, KubernetesObject[]>();
    for (const kind of declared) children.set(kind, await claim(kind, { kind: parentKind, parent, matches }, store));
    return children;
  }

  /** Under generateSelector a child gets the label by which it will be claimed; one that would not be is refused. */
  function labelled(child: KubernetesObject, selector: Selects, parent: KubernetesObject): KubernetesObject {
    const { labels: own } = child.metadata;
    if (Object.values(own ?? {}).some((value) => typeof value !== 'string'))
      throw new Error(`invalid labels on desired child ${called(child)}`);
    const labels =
      generateSelector && own?.['controller-uid'] === undefined
        ? { ...own, 'controller-uid': parent.metadata.uid ?? '' }
        : own;
    if (!selector(labels)) throw new Error(`labels on desired child ${called(child)} don't match parent selector`);
    return { ...child, metadata: { ...child.metadata, ...(labels === undefined ? {} : { labels }) } };
  }

  async function call({ kind, parent, observed, related, rules }: Call): Promise<Reply<'composite'>> {
    const gone = Boolean(parent.metadata.deletionTimestamp) || !selects(parent);
    const finalizing = hooks.finalize?.webhook !== undefined && gone;
    const hook = finalizing ? hooks.finalize : hooks.sync;
    const failed = `sync hook failed for ${called(parent)}: `;
    if (hook?.webhook === undefined) throw new Error(`${failed}there is none`);
    const wire = { version: hook.version, parent, parentNamespaced: kind.namespaced };
    const maps = { children: objectMap(observed, wire), related: objectMap(related, wire) };
    const request = { controller: definition, parent, ...maps, finalizing };
    const prefix = `${failed}${finalizing ? 'finalize' : 'sync'} hook failed (version=${hook.version}): `;
    const ask = () => callHook(around.transport, hook, 'composite', request, prefix);
    const reply = await ask();
    if (around.lint !== undefined) {
      const replies = { type: 'composite' as const, reply, again: await ask(), children: reply.children ?? [] };
      around.lint(parent, lintPass({ ...replies, parent, parentKind: kind, rules, declared, finalizing }, store));
    }
    return reply;
  }

  async function reconcile(kind: KindInfo, found: KubernetesObject): Promise<void> {
    if (!cares(found)) return;
    let parent = await syncFinalizer(store, kind, found, finalizer, hooks.finalize !== undefined);
    if (!cares(parent)) return;
    const observed = await claimed(parent);
    const { rules, objects: related } = await around.customize.related(kind, parent);
    const reply = await call({ kind, parent, observed, related, rules });
    const returned = keyed((reply.children ?? []).map((child) => ownNamespace(child, parent)));
    if ((reply.resyncAfterSeconds ?? 0) > 0) around.resyncAfter(kind, parent, reply.resyncAfterSeconds ?? 0);
    if (reply.finalized === true) parent = await removeFinalizer(store, kind, parent, finalizer);
    const selector = childSelector(parent);
    const desired = returned.map((child) => labelled(child, selector, parent));

    let failure: unknown;
    if (managesChildren(parent, finalizer, hooks.finalize !== undefined)) {
      const method = (child: KindInfo) => methods.get(groupKind(child)) ?? 'OnDelete';
      const { lint } = around;
      const report = lint === undefined ? undefined : (fault: string) => lint(parent, [fault]);
      await manageChildren({ parent, observed, desired, method, serverSide: around.serverSide, report }, store).catch(
        (error: unknown) => {
          failure = error;
        },
      );
    }
    const status = { ...reply.status, observedGeneration: parent.metadata.generation ?? 0 };
    // Of a parent that is gone, or that changes all the time, nothing is an error any more: the next event tells.
    if ((await writeStatus(kind, parent, status)) && failure !== undefined) throw failure;
  }

  /** On the live object, so that a spec that changed meanwhile does not stand in the way. False where there is none. */
  async function writeStatus(kind: KindInfo, parent: KubernetesObject, status: object): Promise<boolean> {
    try {
      await atomicUpdate(
        store,
        kind,
        parent,
        (live) => (isEqual(live['status'], status) ? undefined : { ...live, status }),
        async (next) => {
          admitStatus(kind, next);
          return store.updateStatus(next);
        },
      );
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (['Conflict', 'NotFound'].includes(error.reason)) return false;
      throw new Error(`can't update status for ${called(parent)}: ${error.message}`);
    }
  }

  return {
    name,
    parentKinds: [parentKind],
    childKinds: declared,
    ignoresStatus: () => parentResource.ignoreStatusChanges,
    cares,
    couldAdopt: (parent, object) => {
      if (parentKind.namespaced && parent.metadata.namespace !== object.metadata.namespace) return false;
      try {
        return childSelector(parent)(object.metadata.labels);
      } catch {
        return false;
      }
    },
    reconcile,
  };
}

function called(object: KubernetesObject): string {
  return `${object.kind} ${objectKey(object.metadata.namespace, object.metadata.name)}`;
}
