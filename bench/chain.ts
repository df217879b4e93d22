import { setTimeout as wait } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubernetesObject } from '../hooks/api/object.ts';
import { definitions } from '../hooks/cli/offline.ts';
import { controllers } from '../hooks/controllers/index.ts';
import { loggingConfiguration } from '../hooks/controllers/logging-configuration/index.ts';
import { serviceBindingConfig } from '../hooks/controllers/service-binding-config/index.ts';
import { ApiStore } from '../hooks/engine/stores/api-store.ts';
import type { CompositeController } from '../hooks/kit/controller.ts';
import { configMaps } from '../hooks/kubernetes/resources.ts';
import { packageFile } from '../hooks/runtime/package-file.ts';
import { type ControlPlane, startControlPlane } from '../test/support/cluster/control-plane.ts';
import { metacontroller, Reconciler, type ReconcilerOptions } from '../test/support/cluster/metacontroller-process.ts';
import { make } from '../test/support/world.ts';
import { median, parameter } from './resident-memory.ts';
import { target } from './target.ts';

const burst = parameter('CHAIN_BURST', 1000);
const single = parameter('CHAIN_SINGLE', 30);
const called = (object: KubernetesObject) => `${object.metadata.namespace}/${object.metadata.name}`;

/** The same kinds and the same two steps with hooks that do next to nothing: what no hooks can be faster than. */
const trivial: CompositeController[] = [
  {
    ...stripped(serviceBindingConfig),
    sync: ({ parent: { apiVersion, metadata, spec } }) => {
      const { name } = metadata;
      const { templateRef } = spec as { templateRef: object };
      const filled = { templateRef, outputs: [{ plugin: 'null' }] };
      return { status: {}, children: [{ apiVersion, kind: 'LoggingConfiguration', metadata: { name }, spec: filled }] };
    },
  },
  {
    ...stripped(loggingConfiguration),
    sync: ({ parent: { metadata, spec } }) => {
      const data = { spec: JSON.stringify(spec) };
      const child = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `${metadata.name}-fluent-bit` }, data };
      return { status: {}, children: [child] };
    },
  },
];

function stripped({ customize: _customize, related: _related, ...rest }: CompositeController): CompositeController {
  return rest;
}

interface Definition {
  metadata: { name: string };
  spec: { hooks: { sync: object } };
}

const chainDefinitions = (definitions() as Definition[]).filter(({ metadata }) =>
  [serviceBindingConfig, loggingConfiguration].some(({ name }) => metadata.name.endsWith(`-${name}`)),
);
const trivialDefinitions = chainDefinitions.map((definition) => ({
  ...definition,
  spec: { ...definition.spec, hooks: { sync: definition.spec.hooks.sync } },
}));

const template = make.template('webhook', {
  placeholders: [{ name: 'host', secretKey: 'host' }],
  outputs: [{ plugin: 'http', properties: { host: '$(host)', port: 443, tls: true } }],
});
const binding = (name: string, namespace: string) =>
  make.binding(name, { templateRef: { name: 'webhook' }, secretRef: { name: 'credentials' } }, namespace);

interface Times {
  singleMilliseconds: number;
  burstSeconds: number;
}

async function measure(cluster: ControlPlane, namespace: string, options: ReconcilerOptions): Promise<Times> {
  const config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfig());
  const store = await ApiStore.connect(config);
  const kind = store.resource(configMaps.apiVersion, configMaps.resource);
  if (kind === undefined) throw new Error('the cluster has no ConfigMaps');
  await store.watch(kind);
  const seen = new Set<string>();
  let look = (): void => undefined;
  store.subscribe(({ object }) => {
    if (object.kind === 'ConfigMap') seen.add(called(object));
    look();
  });
  const all = (names: readonly string[]) =>
    new Promise<void>((resolve) => {
      look = () => names.every((name) => seen.has(`${namespace}/${name}-fluent-bit`)) && resolve();
      look();
    });
  const reconciler = new Reconciler(cluster, options);
  await reconciler.start();
  try {
    await store.create(make.namespace(namespace));
    await store.create(make.secret('credentials', { host: 'logs.example.com' }, namespace));
    const apply = async (names: readonly string[]) => {
      const start = performance.now();
      for (let index = 0; index < names.length; index += 50)
        await Promise.all(names.slice(index, index + 50).map((name) => store.create(binding(name, namespace))));
      await all(names);
      return performance.now() - start;
    };
    const times: number[] = [];
    for (let index = -5; index < single; index++) {
      times.push(await apply([`one-${index + 5}`]));
      // What is written back of one, until its status is true, is no part of the next.
      await wait(500);
    }
    // The first few find nothing compiled.
    const singleMilliseconds = median(times.slice(5));
    const burstSeconds = (await apply(Array.from({ length: burst }, (_, index) => `of-many-${index}`))) / 1000;
    return { singleMilliseconds, burstSeconds };
  } finally {
    await reconciler.stop();
    await store.stop();
  }
}

/** From a ServiceBindingConfig to its ConfigMap, and a burst of them, beside two steps of hooks that do nothing. */
export async function chain(): Promise<void> {
  const cluster = await startControlPlane();
  try {
    cluster.kubectl(['apply', '--server-side', '-f', packageFile('crds')]);
    cluster.kubectl(['wait', '--for=condition=Established', '--timeout=60s', '-f', packageFile('crds')]);
    cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(template) });
    const strategy = 'server-side-apply';
    const none = await measure(cluster, 'trivial', { strategy, controllers: trivial, definitions: trivialDefinitions });
    // What is there already would be taken over, and take time.
    cluster.kubectl(['delete', 'servicebindingconfigs,loggingconfigurations', '--all', '-n', 'trivial']);
    const ours = await measure(cluster, 'ours', { strategy, controllers, definitions: definitions() });
    const by = metacontroller ? 'Metacontroller' : 'the embedded engine';
    console.log(`one ServiceBindingConfig to its ConfigMap, by ${by}:`);
    report('ms', none.singleMilliseconds, ours.singleMilliseconds, 1.25);
    console.log(`a burst of ${burst}, without trials:`);
    report('s', none.burstSeconds, ours.burstSeconds, 1.3);
  } finally {
    await cluster.stop();
  }
}

function report(unit: string, none: number, ours: number, atMost: number): void {
  console.log(`  ${ours.toFixed(1)} ${unit}, a trivial chain ${none.toFixed(1)} ${unit}`);
  target('ours : trivial', ours / none, { atMost });
}
