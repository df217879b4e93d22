import { KubeConfig } from '@kubernetes/client-node';
import { readServerConfig } from '../../config/server-config.ts';
import { controllers } from '../../controllers/index.ts';
import { Engine } from '../../engine/engine.ts';
import { runUntil } from '../../engine/run-loop.ts';
import { ApiStore } from '../../engine/stores/api-store.ts';
import type { KindInfo } from '../../engine/stores/kind-info.ts';
import { ApiError } from '../../engine/stores/store.ts';
import { trialClient } from '../../server/trial-client.ts';
import { readArguments } from '../arguments.ts';
import { type Io, UsageError } from '../io.ts';
import { definitions, localTransport } from '../offline.ts';

export const usage = `fluentbind run [--kubeconfig FILE] [--context NAME] [--apply-strategy dynamic-apply|server-side-apply]

Reconciles the resources of a cluster from this process, as Metacontroller would do with the hooks: for development
and CI, not for production. The CRDs must be there: kubectl apply --server-side -f crds/. Ends with Ctrl-C.`;

const resyncMilliseconds = 600_000;
const strategies = ['dynamic-apply', 'server-side-apply'] as const;

export async function run(args: string[], io: Io): Promise<number> {
  const { values } = readArguments(args, {
    kubeconfig: { type: 'string' },
    context: { type: 'string' },
    'apply-strategy': { type: 'string', default: 'server-side-apply' },
  });
  const applyStrategy = strategies.find((strategy) => strategy === values['apply-strategy']);
  if (applyStrategy === undefined) throw new UsageError(`--apply-strategy is ${strategies.join(' or ')}`);
  const { settings, trial: address } = readServerConfig();
  const warn = () => io.err('the trial server does not answer\n');
  const trial = address === undefined ? {} : { trial: trialClient(address, { warn }) };
  const store = await connected(kubeConfig(values.kubeconfig, values.context));
  try {
    await Promise.all(watchedKinds(store).map((kind) => store.watch(kind)));
    const engine = new Engine({
      store,
      definitions: definitions(),
      transport: localTransport(controllers, () => ({ now: io.now(), settings, ...trial })),
      now: Date.now,
      applyStrategy,
      onError: ({ parent, message }) => io.err(`${parent}: ${message}\n`),
    });
    io.out('fluentbind is running; Ctrl-C ends it.\n');
    await runUntil(io.stopped, engine, resyncMilliseconds);
    return 0;
  } finally {
    await store.stop();
  }
}

function kubeConfig(file: string | undefined, context: string | undefined): KubeConfig {
  const config = new KubeConfig();
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
  } catch (error) {
    throw new UsageError(`the kubeconfig cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (context === undefined) return config;
  if (config.getContextObject(context) === null) throw new UsageError(`the kubeconfig has no context ${context}`);
  config.setCurrentContext(context);
  return config;
}

async function connected(config: KubeConfig): Promise<ApiStore> {
  try {
    return await ApiStore.connect(config);
  } catch (error) {
    if (error instanceof ApiError) throw new UsageError(`the cluster does not answer: ${error.message}`);
    throw error;
  }
}

/** Parents and children of all controllers; what is related to them is watched when a rule first names it. */
function watchedKinds(store: ApiStore): KindInfo[] {
  const resources = [
    { apiVersion: 'v1', resource: 'namespaces' },
    ...controllers.flatMap(({ parent, children }) => [parent, ...children]),
  ];
  return resources.map(({ apiVersion, resource }) => {
    const kind = store.resource(apiVersion, resource);
    if (kind === undefined)
      throw new UsageError(
        `the cluster has no ${resource} of ${apiVersion}: apply the CRDs first, kubectl apply --server-side -f crds/`,
      );
    return kind;
  });
}
