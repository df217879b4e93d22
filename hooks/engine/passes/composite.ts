import { isEqual } from 'lodash-es';
import type { KubernetesObject } from '../../api/object.ts';
import { atomicUpdate } from '../apply/atomic-update.ts';
import { claim } from '../apply/claim.ts';
import { called } from '../apply/dynamic-apply.ts';
import type { CompositeDefinition } from '../definition.ts';
import type { KindInfo } from '../stores/kind-info.ts';
import { ApiError } from '../stores/store.ts';
import { admitStatus } from '../stores/validity.ts';
import { compile } from './compile-selector.ts';
import { DeclaredChildren } from './declared-children.ts';
import { hasFinalizer, managesChildren, removeFinalizer, syncFinalizer } from './finalizer.ts';
import { keyed, ownNamespace, type Reconciler, required, type Surroundings } from './reconciler.ts';
import { askComposite, type Groups } from './sync-hook.ts';

type Selects = (labels: Record<string, string> | undefined) => boolean;

/** A CompositeController, pass by pass as Metacontroller 4.17 does it (pkg/controller/composite/controller.go). */
export class CompositeReconciler implements Reconciler {
  readonly name: string;
  readonly parentKinds: readonly [KindInfo];
  readonly childKinds: readonly KindInfo[];
  readonly #definition: CompositeDefinition;
  readonly #around: Surroundings;
  readonly #children: DeclaredChildren;
  readonly #finalizer: string;
  readonly #selected: Selects;

  constructor(definition: CompositeDefinition, around: Surroundings) {
    const { store } = around;
    const { parentResource, childResources } = definition.spec;
    const parentKind = required(store.resource(parentResource.apiVersion, parentResource.resource), parentResource);
    if (!parentKind.custom)
      throw new Error(`${parentKind.kind}: the parent of a CompositeController has to have a CRD`);
    if (!parentKind.statusSubresource) throw new Error(`${parentKind.kind}: the parent needs the status subresource`);
    this.name = definition.metadata.name;
    this.parentKinds = [parentKind];
    this.#children = new DeclaredChildren(childResources, store);
    this.childKinds = this.#children.kinds;
    const rolling = this.#children.methods.find((method) => method.startsWith('Rolling'));
    if (rolling !== undefined) throw new Error(`${this.name}: ${rolling} does not work in Metacontroller 4.17`);
    this.#definition = definition;
    this.#around = around;
    this.#finalizer = `metacontroller.io/compositecontroller-${this.name}`;
    this.#selected = compile(parentResource.labelSelector);
  }

  ignoresStatus(): boolean {
    return this.#definition.spec.parentResource.ignoreStatusChanges;
  }

  cares(parent: KubernetesObject): boolean {
    return hasFinalizer(parent, this.#finalizer) || this.#selects(parent);
  }

  couldAdopt(parent: KubernetesObject, object: KubernetesObject): boolean {
    const [{ namespaced }] = this.parentKinds;
    if (namespaced && parent.metadata.namespace !== object.metadata.namespace) return false;
    try {
      return this.#childSelector(parent)(object.metadata.labels);
    } catch {
      return false;
    }
  }

  async reconcile(kind: KindInfo, found: KubernetesObject): Promise<void> {
    const { store, customize, resyncAfter } = this.#around;
    const finalizes = this.#definition.spec.hooks.finalize !== undefined;
    if (!this.cares(found)) return;
    let parent = await syncFinalizer(store, kind, found, this.#finalizer, finalizes);
    if (!this.cares(parent)) return;
    const observed = await this.#claimed(parent);
    const { rules, objects: related } = await customize.related(kind, parent);
    const whom = { kind, parent, called: called(parent), released: !this.#selects(parent) };
    const asked = { ...whom, declared: this.childKinds, observed, related, rules };
    const reply = await askComposite(this.#definition, asked, this.#around);
    const returned = keyed((reply.children ?? []).map((child) => ownNamespace(child, parent)));
    if ((reply.resyncAfterSeconds ?? 0) > 0) resyncAfter(kind, parent, reply.resyncAfterSeconds ?? 0);
    if (reply.finalized === true) parent = await removeFinalizer(store, kind, parent, this.#finalizer);
    const selector = this.#childSelector(parent);
    const desired = returned.map((child) => this.#labelled(child, selector, parent));

    let failure: unknown;
    if (managesChildren(parent, this.#finalizer, finalizes)) {
      await this.#children.write(parent, observed, desired, this.#around).catch((error: unknown) => {
        failure = error;
      });
    }
    const status = { ...reply.status, observedGeneration: parent.metadata.generation ?? 0 };
    // Of a parent that is gone, or that changes all the time, nothing is an error any more: the next event tells.
    if ((await this.#writeStatus(kind, parent, status)) && failure !== undefined) throw failure;
  }

  #selects({ metadata }: KubernetesObject): boolean {
    return this.#selected(metadata.labels);
  }

  #childSelector(parent: KubernetesObject): Selects {
    if (this.#definition.spec.generateSelector)
      return compile({ matchLabels: { 'controller-uid': parent.metadata.uid ?? '' } });
    const { selector } = (parent['spec'] ?? {}) as { selector?: Parameters<typeof compile>[0] };
    if (Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0)
      throw new Error(`${called(parent)}: .spec.selector must have either matchLabels, matchExpressions, or both`);
    return compile(selector);
  }

  async #claimed(parent: KubernetesObject): Promise<Groups> {
    const [parentKind] = this.parentKinds;
    const selector = this.#childSelector(parent);
    const claimant = {
      kind: parentKind,
      parent,
      matches: ({ metadata }: KubernetesObject) => selector(metadata.labels),
    };
    const children: Groups = new Map();
    for (const kind of this.childKinds) children.set(kind, await claim(kind, claimant, this.#around.store));
    return children;
  }

  /** Under generateSelector a child gets the label by which it will be claimed; one that would not be is refused. */
  #labelled(child: KubernetesObject, selector: Selects, parent: KubernetesObject): KubernetesObject {
    const { labels: own } = child.metadata;
    if (Object.values(own ?? {}).some((value) => typeof value !== 'string'))
      throw new Error(`invalid labels on desired child ${called(child)}`);
    const labels =
      this.#definition.spec.generateSelector && own?.['controller-uid'] === undefined
        ? { ...own, 'controller-uid': parent.metadata.uid ?? '' }
        : own;
    if (!selector(labels)) throw new Error(`labels on desired child ${called(child)} don't match parent selector`);
    return { ...child, metadata: { ...child.metadata, ...(labels === undefined ? {} : { labels }) } };
  }

  /** On the live object, so that a spec that changed meanwhile does not stand in the way. False where there is none. */
  async #writeStatus(kind: KindInfo, parent: KubernetesObject, status: object): Promise<boolean> {
    const { store } = this.#around;
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
}
