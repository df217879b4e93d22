import type { KubernetesObject } from '../../api/object.ts';
import type { KindInfo } from '../stores/kind-info.ts';
import type { Store } from '../stores/store.ts';
import { compile } from './compile-selector.ts';
import type { Rule } from './reply.ts';

export interface RuleScope {
  version: 'v1' | 'v2';
  parent: { namespaced: boolean; namespace: string | undefined };
  /** Labels of a namespace. */
  namespaceLabels: (name: string) => Record<string, string> | undefined;
}

class RuleError extends Error {}

/**
 * The objects of a kind that a rule takes: the table of Metacontroller's customize manager. Surprises included:
 * nothing but a kind takes everything, names without a namespace take those of every namespace. Throws for a rule
 * that Metacontroller refuses, whether or not there is an object.
 */
export function listed(rule: Rule, scope: RuleScope, kind: KindInfo): (object: KubernetesObject) => boolean {
  const { version, parent, namespaceLabels } = scope;
  const { namespace = '', names = [], labelSelector, namespaceSelector } = rule;
  const confined = version === 'v1' && parent.namespaced && kind.namespaced;
  refuse(names.length > 0 && Boolean(labelSelector ?? namespaceSelector), 'names and selectors exclude each other');
  refuse(namespace !== '' && namespaceSelector !== undefined, 'namespace and namespaceSelector exclude each other');
  const labelled = compile(labelSelector);
  if (namespaceSelector !== undefined) {
    refuse(confined, 'namespaceSelector needs version v2');
    refuse(!kind.namespaced, 'namespaceSelector for a cluster-scoped kind');
    const inNamespace = compile(namespaceSelector);
    return ({ metadata }) => inNamespace(namespaceLabels(metadata.namespace ?? '')) && labelled(metadata.labels);
  }
  refuse(confined && namespace !== '' && namespace !== parent.namespace, 'a foreign namespace needs version v2');
  const within = (object: KubernetesObject) =>
    !kind.namespaced || namespace === '' || object.metadata.namespace === namespace;
  if (labelSelector !== undefined && namespace !== '')
    return (object) => within(object) && labelled(object.metadata.labels);
  if (namespace !== '' || names.length > 0)
    return (object) => within(object) && (names.length === 0 || names.includes(object.metadata.name));
  return ({ metadata }) => (!confined || metadata.namespace === parent.namespace) && labelled(metadata.labels);
}

/**
 * The objects whose changes a rule reports. Nearly the same; but of a namespaced parent under v1 no other namespace
 * is watched, although one is listed, and a foreign namespace is refused for cluster-scoped kinds, too.
 */
export function reported(rule: Rule, scope: RuleScope, kind: KindInfo): (object: KubernetesObject) => boolean {
  const takes = listed(rule, scope, kind);
  const { version, parent } = scope;
  if (version === 'v2' || !parent.namespaced) return takes;
  const { namespace = '' } = rule;
  refuse(namespace !== '' && namespace !== parent.namespace, 'a foreign namespace needs version v2');
  return (object) => takes(object) && (!kind.namespaced || object.metadata.namespace === parent.namespace);
}

function refuse(wrong: boolean, message: string): void {
  if (wrong) throw new RuleError(`invalid related rule: ${message}`);
}

/** All objects that the rules take, each once, by kind; a kind without objects is there, too. */
export function select(
  rules: readonly Rule[],
  scope: RuleScope,
  store: Store,
  watch: (kind: KindInfo) => void,
): Map<KindInfo, KubernetesObject[]> {
  const found = new Map<KindInfo, Set<KubernetesObject>>();
  for (const rule of rules) {
    const kind = store.resource(rule.apiVersion, rule.resource);
    if (kind === undefined)
      throw new RuleError(`discovery: can't find resource ${rule.resource} in apiVersion ${rule.apiVersion}`);
    watch(kind);
    const takes = listed(rule, scope, kind);
    const objects = found.get(kind) ?? new Set();
    found.set(kind, objects);
    for (const object of store.list(kind)) if (takes(object)) objects.add(object);
  }
  return new Map([...found].map(([kind, objects]) => [kind, [...objects]]));
}

/** A namespace that nobody created is there nevertheless, for no object could be in it else. */
export function namespaceLabelsIn(store: Store): RuleScope['namespaceLabels'] {
  const kind = store.kindOf('v1', 'Namespace');
  return (name) => {
    const namespace = kind === undefined ? undefined : store.get(kind, undefined, name);
    return namespace === undefined ? { 'kubernetes.io/metadata.name': name } : namespace.metadata.labels;
  };
}
