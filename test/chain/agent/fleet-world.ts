import { expect } from 'vitest';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { definitions } from '../../../hooks/cli/offline.ts';
import { controllers } from '../../../hooks/controllers/index.ts';
import { make, World, type WorldOptions } from '../../support/world.ts';

export const group = 'fluentbit.kyma-project.io/v1alpha1';
const spec = { namespace: 'logging', shards: 4, parts: 2 };
export const agent = (change: object = {}, name = 'edge') => make.agent(name, { ...spec, ...change });

interface Workload extends KubernetesObject {
  spec: {
    template: {
      metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
      spec: Pod;
    };
  };
}
interface Pod {
  serviceAccountName: string;
  containers: { name: string; image: string; resources: object; env?: { name: string; value?: string }[] }[];
  volumes: { name: string; projected?: { sources: Record<string, { name: string; optional: boolean }>[] } }[];
  [field: string]: unknown;
}

const worlds: World[] = [];

/** Asserts after each test that the worlds which it started had no error and no finding. */
export function expectNoFaults(): void {
  for (const { engine } of worlds.splice(0)) expect([engine.errors, engine.findings]).toEqual([[], []]);
}

/** Shards say what a test makes them say. */
const silent = 'fluentbitshards';
const alone: WorldOptions = {
  controllers: controllers.filter(({ name }) => name !== silent),
  definitions: definitions().filter((one) => !(one as KubernetesObject).metadata.name.endsWith(silent)),
};

export async function start(options: WorldOptions = alone): Promise<World> {
  const world = await World.start(options);
  worlds.push(world);
  await world.apply(make.namespace('logging'), make.namespace('shop'));
  return world;
}

export function get(world: World, kind: string, name = 'edge-agent', apiVersion = 'v1'): KubernetesObject | undefined {
  const info = world.store.kindOf(apiVersion, kind);
  return info === undefined ? undefined : world.store.get(info, 'logging', name);
}
export const workload = (world: World) => get(world, 'DaemonSet', 'edge-agent', 'apps/v1') as Workload;
export const template = (world: World) => workload(world).spec.template;
export const shards = (world: World) =>
  world.store
    .all()
    .filter((object) => object.kind === 'FluentBitShard')
    .map((object) => object.metadata.name)
    .sort();
export const condition = (world: World, type: string) => world.condition('FluentBitAgent', 'edge', type);
export const status = (world: World) => world.get('FluentBitAgent', 'edge')?.['status'] as Record<string, unknown>;
export const route = (world: World) => (world.get('FluentBitRoute', 'edge')?.['spec'] ?? {}) as Record<string, unknown>;
export const routed = (world: World) => route(world)['shards'];

/** What the DaemonSet's controller would say once `updated` of `desired` nodes run the newest pods. */
export async function roll(world: World, updated: number, desired = updated): Promise<void> {
  const object = workload(world);
  await world.store.updateStatus({
    ...object,
    status: {
      observedGeneration: object.metadata.generation,
      desiredNumberScheduled: desired,
      updatedNumberScheduled: updated,
      numberReady: updated,
    },
  });
  await world.settle();
}

/** What the hook of a shard would say. */
export async function report(world: World, name: string, said: object): Promise<void> {
  const object = world.get('FluentBitShard', name);
  if (object === undefined) throw new Error(`no shard ${name}`);
  await world.store.updateStatus({ ...object, status: said });
  await world.settle();
}
