import { afterAll, beforeAll, expect, it } from 'vitest';
import { definitions } from '../../hooks/cli/offline.ts';
import { controllers } from '../../hooks/controllers/index.ts';
import { packageFile } from '../../hooks/runtime/package-file.ts';
import { ClusterWorld } from '../support/cluster/cluster-world.ts';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import { accountToken, manifest } from '../support/cluster/installation.ts';
import { eventually, Reconciler } from '../support/cluster/metacontroller-process.ts';
import { render } from '../support/rendered-chart.ts';
import { make } from '../support/world.ts';

let cluster: ControlPlane;
let reconciler: Reconciler;
const account = 'fluentbind-metacontroller';
const template = make.template('plain', {
  placeholders: [{ name: 'host', secretKey: 'host', type: 'host' }],
  outputs: [{ plugin: 'http', properties: { host: '$(host)' } }],
});
const secret = make.secret('credentials', { host: 'a.example.com' });
const binding = make.binding('logs', { templateRef: { name: 'plain' }, secretRef: { name: 'credentials' } });

beforeAll(async () => {
  cluster = await startControlPlane();
  for (const name of ['logging', 'shop', 'bank']) cluster.kubectl(['create', 'namespace', name]);
  for (const crds of ['crds', 'metacontroller/crds']) {
    cluster.kubectl(['apply', '--server-side', '-f', packageFile(crds)]);
    cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', '-f', packageFile(crds)]);
  }
  const rights = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'];
  const objects = render({ namespaces: ['shop'] }).filter(({ kind }) => rights.includes(kind));
  cluster.kubectl(['apply', '-f', '-'], { input: manifest(objects) });
  reconciler = new Reconciler(cluster, {
    strategy: 'server-side-apply',
    controllers,
    definitions: definitions(),
    kubeconfig: cluster.kubeconfigFor(account, accountToken(cluster, 'logging', account)),
  });
  await reconciler.start();
}, 900_000);
afterAll(async () => {
  await reconciler?.stop();
  await cluster?.stop();
});

it('an install limited to some namespaces writes there, and nowhere else', async () => {
  const [shop, bank] = ['shop', 'bank'].map((name) => new ClusterWorld(cluster, name)) as [ClusterWorld, ClusterWorld];
  await eventually(
    'the kinds are served',
    () => shop.create(template),
    () => true,
  );
  await bank.create(secret, binding);
  await shop.create(secret, binding);
  await shop.until('ServiceBindingConfig', 'logs', 'Ready', 'True');
  expect(await shop.standing('ConfigMap', 'logs-fluent-bit')).toBeDefined();
  await eventually(
    'a refusal',
    () => reconciler.log.join('\n'),
    (log) => /forbidden/.test(log) && /bank/.test(log),
  );
  expect(await bank.standing('LoggingConfiguration', 'logs')).toBeUndefined();
  expect((await bank.get('ServiceBindingConfig', 'logs'))['status']).toBeUndefined();
  for (const world of [shop, bank]) world.api.close();
}, 120_000);
