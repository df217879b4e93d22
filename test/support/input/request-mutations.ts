import { expect } from 'vitest';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { controllers } from '../../../hooks/controllers/index.ts';
import { defaultSettings } from '../../../hooks/kit/controller.ts';
import { routes } from '../../../hooks/kit/routes.ts';
import { withoutMemory } from '../without-memory.ts';

const hooks = new Map(routes(controllers).map((route) => [route.path, route.hook]));
const context = { now: new Date('2026-06-01'), settings: defaultSettings };

/** What Metacontroller would send. */
export function request(parent: KubernetesObject, related: KubernetesObject[], children: KubernetesObject[]) {
  const groups = { related: grouped(related), children: grouped(children) };
  return JSON.parse(JSON.stringify({ parent, ...groups, finalizing: false })) as object;
}

/** Objects as a request of version v2 has them: by kind, then by namespace and name. */
export function grouped(objects: readonly KubernetesObject[]) {
  const groups: Record<string, Record<string, KubernetesObject>> = {};
  for (const object of objects) {
    const { namespace, name } = object.metadata;
    const group = `${object.kind}.${object.apiVersion}`;
    groups[group] = { ...groups[group], [namespace === undefined ? name : `${namespace}/${name}`]: object };
  }
  return groups;
}

/** Calls a hook twice, with and without what it remembers: it throws neither time, and says the same. */
export function answersTwice(path: string, body: object): void {
  const hook = hooks.get(path);
  const first = JSON.stringify(hook?.(structuredClone(body), context));
  expect(first).toBeDefined();
  const again = withoutMemory(() => hook?.(structuredClone(body), context));
  expect(JSON.stringify(again)).toBe(first);
}
