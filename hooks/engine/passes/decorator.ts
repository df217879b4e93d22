import { isEqual } from 'lodash-es';
import type { KubernetesObject } from '../../api/object.ts';
import { controllerOf } from '../apply/claim.ts';
import { manageChildren } from '../apply/manage-children.ts';
import type { DecoratorDefinition } from '../definition.ts';
import type { KindInfo } from '../stores/kind-info.ts';
import { ApiError } from '../stores/store.ts';
import { admitMetadata, admitStatus } from '../stores/validity.ts';
import { compile } from './compile-selector.ts';
import { hasFinalizer, managesChildren, syncFinalizer, withoutFinalizer } from './finalizer.ts';
import { callHook } from './hook-client.ts';
import { lintPass } from './lint.ts';
import { objectMap } from './object-map.ts';
import { groupKind, keyed, ownNamespace, type Reconciler, required, type Surroundings } from './reconciler.ts';
import type { Reply, Rule } from './reply.ts';

const decoratorAnnotation = 'metacontroller.k8s.io/decorator-controller';

interface Call {
  kind: KindInfo;
  parent: KubernetesObject;
  observed: Map<KindInfo, KubernetesObject[]>;
  related: Map<KindInfo, KubernetesObject[]>;
  rules: readonly Rule[];
}

/** A DecoratorController (pkg/controller/decorator/controller.go): the target is written before its attachments. */
export function decoratorReconciler(definition: DecoratorDefinition, around: Surroundings): Reconciler {
  const { store } = around;
  const { resources, attachments, hooks } = definition.spec;
  const { name } = definition.metadata;
  const finalizer = `metacontroller.io/decoratorcontroller-${name}`;
  const targets = resources.map((rule) => ({
    rule,
    kind: required(store.resource(rule.apiVersion, rule.resource), rule),
  }));
  /** Annotation selectors are evaluated as label selectors over annotations. Of two rules for a kind the later holds. */
  const selectors = new Map(
    targets.map(({ rule, kind }) => {
      const { matchAnnotations, matchExpressions } = rule.annotationSelector ?? {};
      const byLabels = compile(rule.labelSelector);
      const byAnnotations = compile({ matchLabels: matchAnnotations, matchExpressions });
      const selects = ({ metadata }: KubernetesObject) =>
        byLabels(metadata.labels) && byAnnotations(metadata.annotations);
      return [groupKind(kind), selects];
    }),
  );
  const declared = attachments.map((child) => required(store.resource(child.apiVersion, child.resource), child));
  const methods = new Map(
    attachments.map(({ updateStrategy }, index) => [groupKind(declared[index] as KindInfo), updateStrategy.method]),
  );

  const selects = (object: KubernetesObject) => selectors.get(groupKind(object))?.(object) === true;
  const cares = (object: KubernetesObject) => hasFinalizer(object, finalizer) || selects(object);

  function attached(kind: KindInfo, parent: KubernetesObject): Map<KindInfo, KubernetesObject[]> {
    const namespace = kind.namespaced ? parent.metadata.namespace : undefined;
    const own = (object: KubernetesObject) =>
      controllerOf(object)?.uid === parent.metadata.uid && object.metadata.annotations?.[decoratorAnnotation] === name;
    return new Map(declared.map((child) => [child, store.list(child, namespace).filter(own)]));
  }

  async function call({ kind, parent, observed, related, rules }: Call): Promise<Reply<'decorator'>> {
    const gone = Boolean(parent.metadata.deletionTimestamp) || !selects(parent);
    const finalizing = hooks.finalize?.webhook !== undefined && gone;
    const hook = finalizing ? hooks.finalize : hooks.sync;
    if (hook?.webhook === undefined) throw new Error('no enabled hooks found');
    const wire = { version: hook.version, parent, parentNamespaced: kind.namespaced };
    const maps = { attachments: objectMap(observed, wire), related: objectMap(related, wire) };
    const request = { controller: definition, object: parent, ...maps, finalizing };
    const prefix = `${finalizing ? 'finalize' : 'sync'} hook failed (version=${hook.version}): `;
    const ask = () => callHook(around.transport, hook, 'decorator', request, prefix);
    const reply = await ask();
    if (around.lint !== undefined) {
      const replies = { type: 'decorator' as const, reply, again: await ask(), children: reply.attachments ?? [] };
      around.lint(parent, lintPass({ ...replies, parent, parentKind: kind, rules, declared, finalizing }, store));
    }
    return reply;
  }

  async function reconcile(kind: KindInfo, found: KubernetesObject): Promise<void> {
    if (!cares(found)) return;
    const parent = await syncFinalizer(store, kind, found, finalizer, hooks.finalize !== undefined);
    if (!cares(parent)) return;
    const observed = attached(kind, parent);
    const { rules, objects: related } = await around.customize.related(kind, parent);
    const reply = await call({ kind, parent, observed, related, rules });
    const desired = keyed((reply.attachments ?? []).map((child) => ownNamespace(child, parent))).map(stamped);
    if ((reply.resyncAfterSeconds ?? 0) > 0) around.resyncAfter(kind, parent, reply.resyncAfterSeconds ?? 0);
    if (!(await writeTarget(kind, parent, reply))) return;
    // By the object before it was written: unlike those of a CompositeController, attachments of the reply that
    // says finalized are still applied.
    if (!managesChildren(parent, finalizer, hooks.finalize !== undefined)) return;
    const method = (child: KindInfo) => methods.get(groupKind(child)) ?? 'OnDelete';
    const { lint } = around;
    const report = lint === undefined ? undefined : (fault: string) => lint(parent, [fault]);
    await manageChildren({ parent, observed, desired, method, serverSide: around.serverSide, report }, store);
  }

  function stamped(child: KubernetesObject): KubernetesObject {
    const annotations = { ...child.metadata.annotations, [decoratorAnnotation]: name };
    return { ...child, metadata: { ...child.metadata, annotations } };
  }

  /** Status first, then the rest in one write. False where the target vanished or changed, which ends the pass. */
  async function writeTarget(kind: KindInfo, parent: KubernetesObject, reply: Reply<'decorator'>): Promise<boolean> {
    const { metadata } = parent;
    const labels = patched(metadata.labels, reply.labels);
    const annotations = patched(metadata.annotations, reply.annotations);
    const status = reply.status ?? parent['status'];
    const newStatus = !isEqual(status, parent['status']);
    const finalized = reply.finalized === true && hasFinalizer(parent, finalizer);
    const newMetadata =
      !isEqual(labels, metadata.labels ?? {}) || !isEqual(annotations, metadata.annotations ?? {}) || finalized;
    if (!newStatus && !newMetadata) return true;
    let next: KubernetesObject = {
      ...parent,
      metadata: { ...metadata, labels, annotations },
      ...(status === undefined ? {} : { status }),
    };
    try {
      if (newStatus && kind.statusSubresource) {
        admitStatus(kind, next);
        const { resourceVersion } = (await store.updateStatus(next)).metadata;
        next = {
          ...next,
          metadata: { ...next.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
        };
      }
      admitMetadata(next);
      await store.update(finalized ? withoutFinalizer(next, finalizer) : next);
      return true;
    } catch (error) {
      if (error instanceof ApiError && ['Conflict', 'NotFound'].includes(error.reason)) return false;
      throw error;
    }
  }

  return {
    name,
    parentKinds: [...new Set(targets.map((target) => target.kind))],
    childKinds: declared,
    ignoresStatus: (kind) => targets.some((target) => target.kind === kind && target.rule.ignoreStatusChanges),
    cares,
    couldAdopt: () => false,
    reconcile,
  };
}

function patched(
  before: Record<string, string> | undefined,
  patch: Record<string, string | null> | undefined,
): Record<string, string> {
  const result = { ...before };
  for (const [key, value] of Object.entries(patch ?? {})) {
    if (value === null) delete result[key];
    else result[key] = value;
  }
  return result;
}
