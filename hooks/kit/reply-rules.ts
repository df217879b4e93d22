import type { KubernetesObject } from '../api/object.ts';
import type { Child, CompositeReply, CustomizeReply, DecoratorReply } from '../api/wire/metacontroller.ts';
import { byIdentity } from '../memo/by-identity.ts';
import type { Controller } from './controller.ts';

/**
 * Refuses a reply that Metacontroller would accept and that would harm a cluster (each of these was seen to: a null
 * child ends its process, an undeclared kind is never updated nor deleted, a foreign namespace is never cleaned up, a
 * null or an empty map is written on every pass, `finalized` outside finalize loops).
 */
export function checkReply<T extends CompositeReply | DecoratorReply>(
  controller: Controller,
  parent: KubernetesObject,
  reply: T,
  finalizing: boolean,
): T {
  const children: Child[] = 'children' in reply ? reply.children : reply.attachments;
  const seen = new Set<string>();
  for (const child of children) {
    const { name, namespace = parent.metadata.namespace } = child.metadata;
    const called = `${child.kind} ${namespace ?? ''}/${name}`;
    if (!controller.children.some((kind) => kind.kind === child.kind && kind.apiVersion === child.apiVersion))
      throw new Error(`${called}: its kind is not declared`);
    if (controller.parent.namespaced && namespace !== parent.metadata.namespace)
      throw new Error(`${called}: it is not in the namespace of its parent`);
    if (seen.has(called)) throw new Error(`${called} is there twice`);
    seen.add(called);
    const { metadata, ...content } = child;
    for (const [field, value] of Object.entries({
      ...content,
      labels: metadata.labels,
      annotations: metadata.annotations,
    })) {
      if (hasNull(value)) throw new Error(`${called}: ${field} holds a null`);
      if (isEmptyMap(value)) throw new Error(`${called}: ${field} is empty, which the API server drops`);
    }
  }
  if (reply.finalized === true && !finalizing) throw new Error('finalized outside of finalizing');
  return reply;
}

/** Refuses a rule for a kind that is not declared: Metacontroller has no right to watch it, and would wait for ever. */
export function checkRules(controller: Controller, reply: CustomizeReply): CustomizeReply {
  for (const { apiVersion, resource } of reply.relatedResources)
    if (controller.related?.some((kind) => kind.apiVersion === apiVersion && kind.resource === resource) !== true)
      throw new Error(`${apiVersion} ${resource}: related, but not declared`);
  return reply;
}

/**
 * Without it one change takes 1.02 and onboarding 1.03 times the CPU (`npm run bench -- memory`).
 */
const nulls = byIdentity<object, boolean>('nulls in replies');

function hasNull(value: unknown): boolean {
  if (value === null) return true;
  return typeof value === 'object' && nulls(value, () => Object.values(value).some(hasNull));
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
