import { isEqual } from 'lodash-es';
import type { KubernetesObject } from '../../api/object.ts';
import { controllerOf } from '../apply/claim.ts';
import { called } from '../apply/dynamic-apply.ts';
import type { DecoratorDefinition } from '../definition.ts';
import type { KindInfo } from '../stores/kind-info.ts';
import { ApiError } from '../stores/store.ts';
import { admitMetadata, admitStatus } from '../stores/validity.ts';
import { compile } from './compile-selector.ts';
import { DeclaredChildren } from './declared-children.ts';
import { hasFinalizer, managesChildren, syncFinalizer, withoutFinalizer } from './finalizer.ts';
import { groupKind, keyed, ownNamespace, type Reconciler, required, type Surroundings } from './reconciler.ts';
import type { Reply } from './reply.ts';
import { askDecorator, type Groups } from './sync-hook.ts';

const decoratorAnnotation = 'metacontroller.k8s.io/decorator-controller';

type Rule = DecoratorDefinition['spec']['resources'][number];

/** A DecoratorController (pkg/controller/decorator/controller.go): the target is written before its attachments. */
export class DecoratorReconciler implements Reconciler {
  readonly name: string;
  readonly parentKinds: readonly KindInfo[];
  readonly childKinds: readonly KindInfo[];
  readonly #definition: DecoratorDefinition;
  readonly #around: Surroundings;
  readonly #children: DeclaredChildren;
  readonly #finalizer: string;
  readonly #targets: readonly { rule: Rule; kind: KindInfo }[];
  /** Of two rules for a kind the later holds. */
  readonly #selectors: ReadonlyMap<string, (object: KubernetesObject) => boolean>;

  constructor(definition: DecoratorDefinition, around: Surroundings) {
    const { store } = around;
    const { resources, attachments } = definition.spec;
    this.name = definition.metadata.name;
    this.#definition = definition;
    this.#around = around;
    this.#finalizer = `metacontroller.io/decoratorcontroller-${this.name}`;
    this.#targets = resources.map((rule) => ({
      rule,
      kind: required(store.resource(rule.apiVersion, rule.resource), rule),
    }));
    this.#selectors = new Map(this.#targets.map(({ rule, kind }) => [groupKind(kind), selectorOf(rule)]));
    this.#children = new DeclaredChildren(attachments, store);
    this.childKinds = this.#children.kinds;
    this.parentKinds = [...new Set(this.#targets.map(({ kind }) => kind))];
  }

  ignoresStatus(kind: KindInfo): boolean {
    return this.#targets.some((target) => target.kind === kind && target.rule.ignoreStatusChanges);
  }

  cares(object: KubernetesObject): boolean {
    return hasFinalizer(object, this.#finalizer) || this.#selects(object);
  }

  couldAdopt(): boolean {
    return false;
  }

  async reconcile(kind: KindInfo, found: KubernetesObject): Promise<void> {
    const { store, customize, resyncAfter } = this.#around;
    const finalizes = this.#definition.spec.hooks.finalize !== undefined;
    if (!this.cares(found)) return;
    const parent = await syncFinalizer(store, kind, found, this.#finalizer, finalizes);
    if (!this.cares(parent)) return;
    const observed = this.#attached(kind, parent);
    const { rules, objects: related } = await customize.related(kind, parent);
    const whom = { kind, parent, called: called(parent), released: !this.#selects(parent) };
    const asked = { ...whom, declared: this.childKinds, observed, related, rules };
    const reply = await askDecorator(this.#definition, asked, this.#around);
    const returned = keyed((reply.attachments ?? []).map((child) => ownNamespace(child, parent)));
    const desired = returned.map((child) => this.#stamped(child));
    if ((reply.resyncAfterSeconds ?? 0) > 0) resyncAfter(kind, parent, reply.resyncAfterSeconds ?? 0);
    if (!(await this.#writeTarget(kind, parent, reply))) return;
    // By the object before it was written: unlike those of a CompositeController, attachments of the reply that
    // says finalized are still applied.
    if (!managesChildren(parent, this.#finalizer, finalizes)) return;
    await this.#children.write(parent, observed, desired, this.#around);
  }

  #selects(object: KubernetesObject): boolean {
    return this.#selectors.get(groupKind(object))?.(object) === true;
  }

  #attached(kind: KindInfo, parent: KubernetesObject): Groups {
    const { store } = this.#around;
    const namespace = kind.namespaced ? parent.metadata.namespace : undefined;
    const own = (object: KubernetesObject) =>
      controllerOf(object)?.uid === parent.metadata.uid &&
      object.metadata.annotations?.[decoratorAnnotation] === this.name;
    return new Map(this.childKinds.map((child) => [child, store.list(child, namespace).filter(own)]));
  }

  #stamped(child: KubernetesObject): KubernetesObject {
    const annotations = { ...child.metadata.annotations, [decoratorAnnotation]: this.name };
    return { ...child, metadata: { ...child.metadata, annotations } };
  }

  /** Status first, then the rest in one write. False where the target vanished or changed, which ends the pass. */
  async #writeTarget(kind: KindInfo, parent: KubernetesObject, reply: Reply<'decorator'>): Promise<boolean> {
    const { store } = this.#around;
    const { metadata } = parent;
    const labels = patched(metadata.labels, reply.labels);
    const annotations = patched(metadata.annotations, reply.annotations);
    const status = reply.status ?? parent['status'];
    const newStatus = !isEqual(status, parent['status']);
    const finalized = reply.finalized === true && hasFinalizer(parent, this.#finalizer);
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
      await store.update(finalized ? withoutFinalizer(next, this.#finalizer) : next);
      return true;
    } catch (error) {
      if (error instanceof ApiError && ['Conflict', 'NotFound'].includes(error.reason)) return false;
      throw error;
    }
  }
}

/** Annotation selectors are evaluated as label selectors over annotations. */
function selectorOf({ labelSelector, annotationSelector }: Rule): (object: KubernetesObject) => boolean {
  const { matchAnnotations, matchExpressions } = annotationSelector ?? {};
  const byLabels = compile(labelSelector);
  const byAnnotations = compile({ matchLabels: matchAnnotations, matchExpressions });
  return ({ metadata }) => byLabels(metadata.labels) && byAnnotations(metadata.annotations);
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
