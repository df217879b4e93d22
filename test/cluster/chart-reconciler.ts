import { expect } from 'vitest';
import { definitions } from '../../hooks/cli/offline.ts';
import { controllers } from '../../hooks/controllers/index.ts';
import type { ControlPlane } from '../support/cluster/control-plane.ts';
import { accountToken, proxyTo, runHooks, runMetacontroller } from '../support/cluster/installation.ts';
import { Reconciler } from '../support/cluster/metacontroller-process.ts';
import type { Rendered } from '../support/rendered-chart.ts';

/** Chart and binary as they are: URLs, certificate, token, arguments, rights. */
export async function startMetacontroller(
  cluster: ControlPlane,
  objects: readonly Rendered[],
  binary: string,
): Promise<() => Promise<void>> {
  const hooks = await runHooks(cluster, objects, 'fluentbind');
  const proxy = await proxyTo(hooks.port);
  const child = runMetacontroller(cluster, binary, objects, 'fluentbind-metacontroller', proxy.url);
  return async () => {
    const exit = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await exit;
    expect([...proxy.asked]).toEqual(['fluentbind.logging.svc:8443']);
    proxy.end();
    await hooks.end();
  };
}

/** The same with the engine of the tests in place of Metacontroller. */
export async function startEngine(cluster: ControlPlane): Promise<() => Promise<void>> {
  const name = 'fluentbind-metacontroller';
  const reconciler = new Reconciler(cluster, {
    strategy: 'server-side-apply',
    controllers,
    definitions: definitions(),
    kubeconfig: cluster.kubeconfigFor(name, accountToken(cluster, 'logging', name)),
  });
  await reconciler.start();
  return () => reconciler.stop();
}
