import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { crd } from '../api/crd.ts';
import { kinds } from '../api/kinds/index.ts';
import type { KubernetesObject } from '../api/object.ts';
import { controllers } from '../controllers/index.ts';
import { Engine } from '../engine/engine.ts';
import type { HookTransport } from '../engine/passes/hook-client.ts';
import { MemoryStore } from '../engine/stores/memory-store.ts';
import { type Context, type Controller, defaultSettings, type HookSettings } from '../kit/controller.ts';
import { routes } from '../kit/routes.ts';
import { packageFile } from '../runtime/package-file.ts';

/** The controllers as Metacontroller gets them, from metacontroller/. */
export function definitions(): unknown[] {
  const folder = packageFile('metacontroller');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => parse(readFileSync(`${folder}/${name}`, 'utf8')) as unknown);
}

/** ClusterTemplates that come with fluentbind, by name. */
export function bundledTemplates(): KubernetesObject[] {
  const folder = packageFile('templates');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('template.yaml'))
    .sort()
    .map((name) => parse(readFileSync(`${folder}/${name}`, 'utf8')) as KubernetesObject);
}

/** Calls hooks in this process, by the path of their URL; a throwing hook is a 500, as from the server. */
export function localTransport(list: readonly Controller[], context: () => Context): HookTransport {
  const table = new Map(routes(list).map((route) => [route.path, route.hook]));
  return async (url, body) => {
    const hook = table.get(new URL(url).pathname);
    if (hook === undefined) return { status: 404, body: '' };
    try {
      return { status: 200, body: JSON.stringify(await hook(JSON.parse(body), context())) };
    } catch (error) {
      return { status: 500, body: JSON.stringify({ error: error instanceof Error ? error.message : 'bug' }) };
    }
  };
}

export interface Offline {
  store: MemoryStore;
  engine: Engine;
}

/** fluentbind without a cluster: the very hooks, on the embedded engine, over objects in memory. */
export async function runOffline(
  objects: readonly KubernetesObject[],
  now: () => Date,
  settings: HookSettings = defaultSettings,
): Promise<Offline> {
  const store = new MemoryStore(now, kinds.map(crd));
  const given = new Set(objects.map((object) => `${object.kind}/${object.metadata.name}`));
  const bundled = bundledTemplates().filter((template) => !given.has(`ClusterTemplate/${template.metadata.name}`));
  for (const object of [...bundled, ...objects]) {
    const kind = store.kindOf(object.apiVersion, object.kind);
    if (kind === undefined) continue;
    const { namespace: _, ...clusterScoped } = object.metadata;
    await store.create(kind.namespaced ? object : { ...object, metadata: clusterScoped });
  }
  const engine = new Engine({
    store,
    definitions: definitions(),
    transport: localTransport(controllers, () => ({ now: now(), settings })),
    now: () => now().getTime(),
  });
  await engine.settle();
  return { store, engine };
}
