import { KubeConfig } from '@kubernetes/client-node';
import { isEqual, merge, mergeWith } from 'lodash-es';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../hooks/api/object.ts';
import { localTransport } from '../../hooks/cli/offline.ts';
import { lastAppliedAnnotation } from '../../hooks/engine/apply/dynamic-apply.ts';
import { Engine } from '../../hooks/engine/engine.ts';
import { ApiServer } from '../../hooks/engine/stores/api-client.ts';
import { MemoryStore } from '../../hooks/engine/stores/memory-store.ts';
import { defaultSettings } from '../../hooks/kit/controller.ts';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import { echo, echoCrds, echoDefinition } from '../support/cluster/echo.ts';
import { eventually, Reconciler, type Strategy, strategies } from '../support/cluster/metacontroller-process.ts';

type Children = readonly Partial<KubernetesObject>[];
type Patch = { kind: string; name: string; merge: object };
/** What a parent is to return from now on, what a user creates, or what a user changes by a merge patch. */
type Step = { children: Children } | { create: Partial<KubernetesObject> } | { patch: Patch } | { remove: true };

const configMap = (data: object | null, metadata: object = {}, name = 'c') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  ...(data === null ? {} : { data }),
});
const secret = (data: object, rest: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's' },
  data,
  ...rest,
});
const box = (spec: object, metadata: object = {}) => ({
  apiVersion: 'test.example/v1',
  kind: 'Box',
  metadata: { name: 'b', ...metadata },
  spec,
});
const returns = (...children: Children): Step => ({ children });
const patched = (kind: string, name: string, change: object): Step => ({ patch: { kind, name, merge: change } });

const ownerUid = 'UID-OF-THE-OWNER';
const foreignOwner = { apiVersion: 'test.example/v1', kind: 'Box', name: 'o', uid: ownerUid, controller: true };

const cases: [name: string, ...steps: Step[]][] = [
  ['a child is created', returns(configMap({ a: '1' }))],
  ['a value changes', returns(configMap({ a: '1' })), returns(configMap({ a: '2' }))],
  ['a key goes', returns(configMap({ a: '1', b: '2' })), returns(configMap({ a: '1' }))],
  ['all keys go', returns(configMap({ a: '1' })), returns(configMap(null))],
  ['a child goes', returns(configMap({ a: '1' }), configMap({ z: '1' }, {}, 'd')), returns(configMap({ a: '1' }))],
  ['all children go', returns(configMap({ a: '1' }), box({ text: 'x' })), returns()],
  ['the parent goes', returns(configMap({ a: '1' }), box({ text: 'x' })), { remove: true }],
  [
    'labels and annotations come',
    returns(box({ text: 'x' })),
    returns(box({ text: 'x' }, { labels: { l: '1' }, annotations: { n: '1' } })),
  ],
  [
    'labels and annotations go',
    returns(configMap({ z: '1' }, { labels: { l: '1' }, annotations: { n: '1' } })),
    returns(configMap({ z: '1' })),
  ],
  ['a Secret is written', returns(secret({ k: 'djE=' })), returns(secret({ k: 'djI=', l: 'bA==' }))],
  ['a Secret has a type', returns(secret({ k: 'djE=' }, { type: 'example/kind' }))],
  [
    'a user changes a value of ours',
    returns(configMap({ a: '1' })),
    patched('ConfigMap', 'c', { data: { a: 'mine' } }),
  ],
  [
    'a user adds a key of their own',
    returns(configMap({ a: '1' })),
    patched('ConfigMap', 'c', { data: { mine: '1' }, metadata: { labels: { mine: '1' } } }),
    returns(configMap({ a: '2' })),
  ],
  [
    'a user changes a field of a custom resource',
    returns(box({ text: 'x', count: 1 })),
    patched('Box', 'b', { spec: { count: 2 } }),
  ],
  [
    'a user adds a field to a custom resource',
    returns(box({ text: 'x' })),
    patched('Box', 'b', { spec: { count: 2 } }),
    returns(box({ text: 'y' })),
  ],
  ['a field goes', returns(box({ text: 'x', count: 1 })), returns(box({ text: 'x' }))],
  ['a list changes', returns(box({ plain: ['a', 'b'] })), returns(box({ plain: ['b', 'c', 'a'] }))],
  [
    'a list of objects changes its order',
    returns(box({ plugins: [{ plugin: 'x' }, { plugin: 'y' }] })),
    returns(box({ plugins: [{ plugin: 'y' }, { plugin: 'x' }] })),
  ],
  ['a list of objects repeats an item', returns(box({ plugins: [{ plugin: 'x' }, { plugin: 'x', value: '1' }] }))],
  [
    'a list of named objects changes its order',
    returns(box({ plugins: [{ name: 'x' }, { name: 'y' }] })),
    returns(box({ plugins: [{ name: 'y' }, { name: 'x' }] })),
  ],
  [
    'a list map changes',
    returns(box({ byName: [{ name: 'x', value: '1' }, { name: 'y' }] })),
    returns(box({ byName: [{ name: 'x', value: '2' }] })),
  ],
  ['a set changes', returns(box({ set: ['a', 'b'] })), returns(box({ set: ['b', 'c'] }))],
  [
    'a user adds to a set and to a list map',
    returns(box({ set: ['a'], byName: [{ name: 'x' }] })),
    patched('Box', 'b', { spec: { set: ['a', 'mine'], byName: [{ name: 'x' }, { name: 'mine' }] } }),
    returns(box({ set: ['a', 'c'], byName: [{ name: 'x', value: '1' }] })),
  ],
  ['an atomic map changes', returns(box({ atomic: { a: '1', b: '2' } })), returns(box({ atomic: { b: '3' } }))],
  ['a map of strings changes', returns(box({ labels: { a: '1', b: '2' } })), returns(box({ labels: { b: '3' } }))],
  [
    'an open object changes',
    returns(box({ open: { a: { b: 1, c: [1] } } })),
    returns(box({ open: { a: { c: [2] } } })),
  ],
  ['nothing is left of a map', returns(box({ text: 'x', labels: { a: '1' } })), returns(box({ text: 'x' }))],
  [
    'an own owner reference is kept',
    returns(configMap({ a: '1' })),
    patched('ConfigMap', 'c', { metadata: { finalizers: ['example.com/hold'] } }),
    returns(configMap({ a: '2' })),
  ],
  [
    'an object of the name stands already and has another controller',
    { create: box({ text: 'owner' }, { name: 'o', namespace: undefined }) },
    { create: configMap({ theirs: '1' }, { ownerReferences: [foreignOwner] }, 'theirs') },
    returns(configMap({ a: '1' }, {}, 'theirs'), box({ text: 'beside' })),
  ],
  ['an object of the name stands already', { create: configMap({ theirs: '1' }) }, returns(configMap({ a: '1' }))],
];

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** What is compared: everything but what no two API servers have in common. */
function normalised(object: KubernetesObject): object {
  const { metadata, ...content } = JSON.parse(JSON.stringify(object).replaceAll(uuid, '<uid>')) as KubernetesObject;
  const { name, labels, annotations, finalizers, ownerReferences } = metadata;
  const note = annotations?.[lastAppliedAnnotation];
  return {
    ...content,
    metadata: {
      name,
      labels,
      finalizers,
      ownerReferences,
      annotations: { ...annotations, ...(note ? { [lastAppliedAnnotation]: JSON.parse(note) } : {}) },
    },
  };
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
const kindsShown = ['ConfigMap', 'Secret', 'Box'];
const order = (object: KubernetesObject) => `${kindsShown.indexOf(object.kind)}${object.metadata.name}`;

function shown(objects: readonly KubernetesObject[]): unknown {
  const own = objects.filter(({ kind, metadata }) => kindsShown.includes(kind) && metadata.name !== 'kube-root-ca.crt');
  return plain(own.sort((a, b) => (order(a) < order(b) ? -1 : 1)).map((object) => normalised(object)));
}

const parentOf = (children: Children, namespace: string): KubernetesObject => ({
  apiVersion: 'test.example/v1',
  kind: 'Echo',
  metadata: { name: 'e', namespace },
  spec: { children: JSON.stringify(children) },
});

/** JSON merge patch (RFC 7386), lists replaced. */
function mergePatch(object: KubernetesObject, change: object): KubernetesObject {
  return mergeWith(structuredClone(object), change, (_, given: unknown) => (Array.isArray(given) ? given : undefined));
}

async function inMemory(steps: readonly Step[], strategy: Strategy, namespace: string): Promise<unknown> {
  const store = new MemoryStore(() => new Date(0), echoCrds);
  const engine = new Engine({
    store,
    definitions: [echoDefinition],
    transport: localTransport([echo], () => ({ now: new Date(0), settings: defaultSettings })),
    now: () => 0,
    applyStrategy: strategy,
  });
  const kindOf = (kind: string) => {
    const found = store.kindOf('test.example/v1', kind) ?? store.kindOf('v1', kind);
    if (found === undefined) throw new Error(kind);
    return found;
  };
  const echoes = kindOf('Echo');
  for (const step of steps) {
    const parent = store.get(echoes, namespace, 'e');
    if ('remove' in step && parent !== undefined) await store.delete(parent);
    if ('create' in step) {
      const owner = store.get(kindOf('Box'), namespace, 'o')?.metadata.uid ?? '';
      const created = merge({ metadata: { namespace } }, step.create);
      await store.create(JSON.parse(JSON.stringify(created).replaceAll(ownerUid, owner)) as KubernetesObject);
    }
    if ('patch' in step) {
      const standing = store.get(kindOf(step.patch.kind), namespace, step.patch.name);
      if (standing !== undefined) await store.update(mergePatch(standing, step.patch.merge));
    }
    if ('children' in step) {
      const next = parentOf(step.children, namespace);
      if (parent === undefined) await store.create(next);
      else await store.update({ ...parent, spec: next['spec'] });
    }
    await engine.settle();
  }
  return shown(store.all());
}

const paths: Record<string, string> = {
  ConfigMap: '/api/v1/namespaces/NAMESPACE/configmaps',
  Secret: '/api/v1/namespaces/NAMESPACE/secrets',
  Box: '/apis/test.example/v1/namespaces/NAMESPACE/boxes',
  Echo: '/apis/test.example/v1/namespaces/NAMESPACE/echoes',
};

for (const strategy of strategies) {
  describe(`on the API server, ${strategy}`, () => {
    let cluster: ControlPlane;
    let reconciler: Reconciler;
    let api: ApiServer;
    beforeAll(async () => {
      cluster = await startControlPlane();
      const list = (items: object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
      cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: list(echoCrds) });
      cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all']);
      const namespaces = cases.map((_, index) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: `n${index}` },
      }));
      cluster.kubectl(['apply', '-f', '-'], { input: list(namespaces) });
      const config = new KubeConfig();
      config.loadFromFile(cluster.kubeconfig());
      api = new ApiServer(config);
      for (const kind of ['Echo', 'Box']) {
        const path = paths[kind]?.replace('NAMESPACE', 'n0') ?? '';
        const probe = { apiVersion: 'test.example/v1', kind, metadata: { name: 'probe' } };
        const dryRun = () => api.call({ method: 'POST', path: `${path}?dryRun=All`, body: probe });
        await eventually(`${kind} is served`, dryRun, () => true);
      }
      reconciler = new Reconciler(cluster, { strategy, controllers: [echo], definitions: [echoDefinition] });
      await reconciler.start();
    }, 900_000);
    afterAll(async () => {
      await reconciler?.stop();
      api?.close();
      await cluster?.stop();
    });

    it.each(cases.map(([name, ...steps], index) => [name, steps, `n${index}`] as const))(
      '%s',
      async (_, steps, namespace) => {
        const path = (kind: string, name?: string) =>
          `${paths[kind]?.replace('NAMESPACE', namespace)}${name === undefined ? '' : `/${name}`}`;
        const items = async (kind: string) => {
          const list = await api.call<{ items: KubernetesObject[] }>({ method: 'GET', path: path(kind) });
          return list.items.map((item): KubernetesObject => ({ ...item, kind, apiVersion: apiVersionOf(kind) }));
        };
        for (const [index, step] of steps.entries()) {
          if ('remove' in step) await api.call({ method: 'DELETE', path: path('Echo', 'e') });
          if ('create' in step) {
            const [owner] = (await items('Box')).filter(({ metadata }) => metadata.name === 'o');
            const body = JSON.parse(JSON.stringify(step.create).replaceAll(ownerUid, owner?.metadata.uid ?? ''));
            await api.call({ method: 'POST', path: path(step.create.kind ?? ''), body });
          }
          if ('patch' in step) {
            const { kind, name, merge: body } = step.patch;
            const contentType = 'application/merge-patch+json';
            await api.call({ method: 'PATCH', path: path(kind, name), body, contentType });
          }
          if ('children' in step) {
            const [standing] = await items('Echo');
            const body = parentOf(step.children, namespace);
            const contentType = 'application/merge-patch+json';
            if (standing === undefined) await api.call({ method: 'POST', path: path('Echo'), body });
            else
              await api.call({ method: 'PATCH', path: path('Echo', 'e'), body: { spec: body['spec'] }, contentType });
          }
          const expected = await inMemory(steps.slice(0, index + 1), strategy, namespace);
          await eventually(
            () =>
              `step ${index + 1} as in memory: ${JSON.stringify(expected)} (${reconciler.log.slice(-2).join('; ')})`,
            async () => shown((await Promise.all(kindsShown.map(items))).flat()),
            (state) => isEqual(state, expected),
            // The garbage collector takes up to half a minute to learn of a new kind.
            'remove' in step ? 90_000 : 15_000,
          );
        }
        expect(steps.length).toBeGreaterThan(0);
      },
      120_000,
    );
  });
}

const apiVersionOf = (kind: string) => (['ConfigMap', 'Secret'].includes(kind) ? 'v1' : 'test.example/v1');
