import type { KubernetesObject } from '../../api/object.ts';
import type { CompositeDefinition, DecoratorDefinition, HookDefinition } from '../definition.ts';
import type { KindInfo } from '../stores/kind-info.ts';
import { callHook } from './hook-client.ts';
import { lintPass } from './lint.ts';
import { objectMap } from './object-map.ts';
import type { Surroundings } from './reconciler.ts';
import type { Reply, Rule } from './reply.ts';

export type Groups = Map<KindInfo, KubernetesObject[]>;

/** What the two types of controllers call their parent, their children, and a hook that is not there. */
interface Wire<T extends 'composite' | 'decorator'> {
  type: T;
  parent: 'parent' | 'object';
  children: 'children' | 'attachments';
  /** How an error of a pass begins. */
  failed: (parent: string) => string;
  missing: (parent: string) => string;
}

const composite: Wire<'composite'> = {
  type: 'composite',
  parent: 'parent',
  children: 'children',
  failed: (parent) => `sync hook failed for ${parent}: `,
  missing: (parent) => `sync hook failed for ${parent}: there is none`,
};
const decorator: Wire<'decorator'> = {
  type: 'decorator',
  parent: 'object',
  children: 'attachments',
  failed: () => '',
  missing: () => 'no enabled hooks found',
};

/** What a pass tells a hook. */
export interface Asked {
  kind: KindInfo;
  parent: KubernetesObject;
  /** How errors call it. */
  called: string;
  /** Whether the parent is selected no more. */
  released: boolean;
  declared: readonly KindInfo[];
  observed: Groups;
  related: Groups;
  rules: readonly Rule[];
}

interface Hooks {
  sync?: HookDefinition | undefined;
  finalize?: HookDefinition | undefined;
}

export function askComposite(definition: CompositeDefinition, asked: Asked, around: Surroundings) {
  return ask(composite, definition, definition.spec.hooks, asked, around, (reply) => reply.children ?? []);
}

export function askDecorator(definition: DecoratorDefinition, asked: Asked, around: Surroundings) {
  return ask(decorator, definition, definition.spec.hooks, asked, around, (reply) => reply.attachments ?? []);
}

/** Calls sync or finalize, as it is with the parent; and once more where somebody lints. */
async function ask<T extends 'composite' | 'decorator'>(
  wire: Wire<T>,
  controller: object,
  hooks: Hooks,
  { kind, parent, called, released, declared, observed, related, rules }: Asked,
  { transport, store, lint }: Surroundings,
  childrenOf: (reply: Reply<T>) => readonly KubernetesObject[],
): Promise<Reply<T>> {
  const gone = Boolean(parent.metadata.deletionTimestamp) || released;
  const finalizing = hooks.finalize?.webhook !== undefined && gone;
  const hook = finalizing ? hooks.finalize : hooks.sync;
  if (hook?.webhook === undefined) throw new Error(wire.missing(called));
  const { version } = hook;
  const scope = { version, parent, parentNamespaced: kind.namespaced };
  const request = {
    controller,
    [wire.parent]: parent,
    [wire.children]: objectMap(observed, scope),
    related: objectMap(related, scope),
    finalizing,
  };
  const prefix = `${wire.failed(called)}${finalizing ? 'finalize' : 'sync'} hook failed (version=${version}): `;
  const call = () => callHook(transport, hook, wire.type, request, prefix);
  const reply = await call();
  if (lint === undefined) return reply;
  const replies = { type: wire.type, reply, again: await call(), children: childrenOf(reply) };
  lint(parent, lintPass({ ...replies, parent, parentKind: kind, rules, declared, finalizing }, store));
  return reply;
}
