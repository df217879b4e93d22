import type { KubernetesObject } from '../../api/object.ts';
import type { Definition } from '../definition.ts';
import type { KindInfo } from '../stores/kind-info.ts';
import type { Store, StoreEvent } from '../stores/store.ts';
import { callHook, type HookTransport } from './hook-client.ts';
import { namespaceLabelsIn, type RuleScope, reported, select } from './related-objects.ts';
import type { Rule } from './reply.ts';

/** Metacontroller keeps an answer for this long; it is not prolonged by use. */
const lifetime = 20 * 60 * 1000;

interface Around {
  store: Store;
  transport: HookTransport;
  now: () => number;
}

/**
 * The customize hook of a controller. Its answers are kept by uid and generation: a hook that derives its rules from
 * labels, annotations or status is not asked again when those change. Answers that are wrong are kept, too; failed
 * calls are not.
 */
export class Customize {
  readonly #answers = new Map<string, { rules: Rule[]; until: number }>();
  /** Kinds of which a rule was met: only their events are seen. */
  readonly #watched = new Set<KindInfo>();
  readonly #definition: Definition;
  readonly #around: Around;
  calls = 0;

  constructor(definition: Definition, around: Around) {
    this.#definition = definition;
    this.#around = around;
  }

  get #hook() {
    return this.#definition.spec.hooks.customize;
  }

  async rules(parent: KubernetesObject): Promise<Rule[]> {
    const hook = this.#hook;
    if (hook?.webhook === undefined) return [];
    const { now, transport } = this.#around;
    const key = `${parent.metadata.uid}/${parent.metadata.generation ?? 0}`;
    const known = this.#answers.get(key);
    if (known !== undefined && known.until >= now()) return known.rules;
    this.calls += 1;
    const reply = await callHook(transport, hook, 'customize', { controller: this.#definition, parent });
    const rules = reply.relatedResources ?? [];
    for (const [old, { until }] of this.#answers) if (until < now()) this.#answers.delete(old);
    this.#answers.set(key, { rules, until: now() + lifetime });
    return rules;
  }

  async related(
    kind: KindInfo,
    parent: KubernetesObject,
  ): Promise<{ rules: Rule[]; objects: Map<KindInfo, KubernetesObject[]> }> {
    const rules = await this.rules(parent);
    const watch = (related: KindInfo) => this.#watched.add(related);
    return { rules, objects: select(rules, this.#scope(kind, parent), this.#around.store, watch) };
  }

  /** The parents that an event concerns. Every parent is asked, matching or not, as Metacontroller does it. */
  async concerned(kind: KindInfo, event: StoreEvent): Promise<KubernetesObject[]> {
    if (!this.#watched.has(event.kind)) return [];
    const found: KubernetesObject[] = [];
    for (const parent of this.#around.store.list(kind)) {
      // A failing hook loses the trigger until the next resync; so it is with Metacontroller.
      const rules = await this.rules(parent).catch(() => []);
      if (rules.some((rule) => this.#touched(rule, this.#scope(kind, parent), event))) found.push(parent);
    }
    return found;
  }

  /** Old and new state are matched, so that an object that leaves a selection is noticed, too. */
  #touched(rule: Rule, scope: RuleScope, { kind, object, old }: StoreEvent): boolean {
    if (rule.apiVersion !== kind.apiVersion || rule.resource !== kind.resource) return false;
    try {
      const takes = reported(rule, scope, kind);
      return takes(object) || (old !== undefined && takes(old));
    } catch {
      // Only logged by Metacontroller; the pass is what reports a rule that is wrong.
      return false;
    }
  }

  #scope(kind: KindInfo, parent: KubernetesObject): RuleScope {
    return {
      version: this.#hook?.version ?? 'v1',
      parent: { namespaced: kind.namespaced, namespace: parent.metadata.namespace },
      namespaceLabels: namespaceLabelsIn(this.#around.store),
    };
  }
}
