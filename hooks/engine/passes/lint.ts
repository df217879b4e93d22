import { isEqual } from 'lodash-es';
import type { KubernetesObject } from '../../api/object.ts';
import { appliedJson } from '../apply/dynamic-apply.ts';
import { mergeId, mergeKeyOf } from '../apply/merge.ts';
import type { KindInfo } from '../stores/kind-info.ts';
import type { Store } from '../stores/store.ts';
import { ownNamespace } from './reconciler.ts';
import { type ReplyType, type Rule, unknownFields } from './reply.ts';

/** What Metacontroller accepts without a word and what then harms a cluster or never ends. */
export interface LintFinding {
  parent: string;
  fault: string;
}

/** A pass with everything that a fault could lie in. */
export interface Pass {
  type: Exclude<ReplyType, 'customize'>;
  reply: object & { finalized?: boolean | undefined };
  /** The reply to the same request once more. */
  again: object;
  children: readonly KubernetesObject[];
  parent: KubernetesObject;
  parentKind: KindInfo;
  rules: readonly Rule[];
  declared: readonly KindInfo[];
  finalizing: boolean;
}

export function lintPass(pass: Pass, store: Store): string[] {
  const { parentKind, rules } = pass;
  return [
    ...lintReply(pass),
    ...lintChildren(pass, (child) => store.kindOf(child.apiVersion, child.kind)),
    ...lintRules(rules, (rule) => store.resource(rule.apiVersion, rule.resource), parentKind),
  ];
}

function lintReply({ type, reply, again, finalizing }: Pass): string[] {
  const faults = unknownFields(type, reply).map((field) => `${field}: an unknown field is dropped`);
  const given = Object.values(reply).filter((value) => value !== undefined);
  if (given.length === 0) faults.push('an empty reply deletes every child');
  if (reply.finalized === true && !finalizing) faults.push('finalized while not finalizing loops');
  // Replies to equal requests must be equal, or every pass writes.
  if (!isEqual(reply, again)) faults.push('two calls with one request gave two replies');
  return faults;
}

/** Dynamic apply repeats a child in an annotation, and all annotations together have 256 KiB. */
const maxDesiredBytes = 200 * 1024;

function lintChildren(
  { children, parent, parentKind, declared }: Pass,
  kindOf: (child: KubernetesObject) => KindInfo | undefined,
): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const child of children) {
    const { name, namespace = '' } = ownNamespace(child, parent).metadata;
    const called = `${child.kind} ${namespace}/${name}`;
    const kind = kindOf(child);
    if (!declared.some((k) => k.kind === child.kind && k.apiVersion === child.apiVersion))
      faults.push(`${called}: an undeclared kind is never updated nor deleted`);
    if (parentKind.namespaced && namespace !== parent.metadata.namespace)
      faults.push(`${called}: a child in a foreign namespace is never cleaned up`);
    if (parentKind.namespaced && kind?.namespaced === false)
      faults.push(`${called}: a cluster-scoped child of a namespaced parent is never seen again`);
    if (!parentKind.namespaced && kind?.namespaced === true && namespace === '')
      faults.push(`${called}: a namespaced child of a cluster-scoped parent needs a namespace`);
    const id = `${child.apiVersion} ${called}`;
    if (seen.has(id)) faults.push(`${called} is there twice; the last one wins`);
    seen.add(id);
    if ('stringData' in child) faults.push(`${called}: stringData is written on every pass`);
    if ('status' in child) faults.push(`${called}: a status in a child is dropped or fought over`);
    if (Buffer.byteLength(appliedJson(child)) > maxDesiredBytes)
      faults.push(`${called}: too large for the annotation of dynamic apply`);
    faults.push(...lintContent(child, called, kind?.custom === true));
  }
  return faults;
}

function lintContent(value: unknown, path: string, custom: boolean, depth = 0): string[] {
  if (value === null) return [`${path}: null is written on every pass`];
  if (typeof value !== 'object') return [];
  // The API server drops an empty field of metadata, and one at the top of a built-in kind.
  const dropped = /\.metadata\.\w+$/.test(path) || (depth === 1 && !custom);
  const empty = dropped && Object.keys(value).length === 0 ? [`${path}: an empty field is written on every pass`] : [];
  if (Array.isArray(value)) {
    const key = mergeKeyOf(value);
    const ids = key === undefined ? [] : value.map((item) => mergeId(item, key));
    const own = new Set(ids).size < ids.length ? [`${path}: items with the same ${key} are merged into one`] : [];
    const inner = value.flatMap((item, index) => lintContent(item, `${path}[${index}]`, custom, depth + 1));
    return [...empty, ...own, ...inner];
  }
  const inner = Object.entries(value).flatMap(([key, item]) => lintContent(item, `${path}.${key}`, custom, depth + 1));
  return [...empty, ...inner];
}

function lintRules(
  rules: readonly Rule[],
  kindOf: (rule: Rule) => KindInfo | undefined,
  parentKind: KindInfo,
): string[] {
  return rules.flatMap((rule) => {
    const { names = [], namespace = '', labelSelector, namespaceSelector } = rule;
    const selective = (selector: Rule['labelSelector']) =>
      Object.keys(selector?.matchLabels ?? {}).length > 0 || (selector?.matchExpressions ?? []).length > 0;
    if (names.length === 0 && namespace === '' && !selective(labelSelector) && !selective(namespaceSelector))
      return [`rule for ${rule.resource}: without names, namespace or selector it takes everything`];
    if (parentKind.namespaced && kindOf(rule)?.namespaced === true && names.length > 0 && namespace === '')
      return [`rule for ${rule.resource}: names without a namespace take those of every namespace`];
    return [];
  });
}
