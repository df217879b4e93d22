import { pick } from 'lodash-es';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../hooks/api/object.ts';
import { definitions } from '../../hooks/cli/offline.ts';
import { controllers } from '../../hooks/controllers/index.ts';
import { defaultSettings } from '../../hooks/kit/controller.ts';
import { packageFile } from '../../hooks/runtime/package-file.ts';
import { ClusterWorld } from '../support/cluster/cluster-world.ts';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import { eventually, Reconciler, strategies } from '../support/cluster/metacontroller-process.ts';
import { make } from '../support/world.ts';
import {
  base64,
  binding,
  children,
  clusterTemplate,
  dataOf,
  fileOf,
  inMemory,
  paths,
  secret,
  serviceBinding,
  serviceBindingCrd,
  values,
} from './chain-objects.ts';

describe.each(strategies)('the chain on an API server, %s', (strategy) => {
  let cluster: ControlPlane;
  let reconciler: Reconciler;
  let admin: ClusterWorld;
  const worlds: ClusterWorld[] = [];

  beforeAll(async () => {
    cluster = await startControlPlane();
    cluster.kubectl(['apply', '--server-side', '-f', packageFile('crds')]);
    cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', '-f', packageFile('crds')]);
    admin = new ClusterWorld(cluster, 'default');
    await eventually(
      'the kinds are served',
      () => admin.create(clusterTemplate),
      () => true,
    );
    reconciler = new Reconciler(cluster, { strategy, controllers, definitions: definitions() });
    await reconciler.start();
  }, 900_000);

  afterAll(async () => {
    await reconciler?.stop();
    for (const world of worlds) world.api.close();
    await cluster?.stop();
  });

  async function namespace(name: string): Promise<ClusterWorld> {
    const world = new ClusterWorld(cluster, name);
    worlds.push(world);
    await world.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    return world;
  }

  /** A namespace in which the binding is ready. */
  async function ready(name: string): Promise<ClusterWorld> {
    const world = await namespace(name);
    await world.create(secret, paths, binding);
    await world.until('ServiceBindingConfig', 'logs', 'Ready', 'True');
    return world;
  }

  const uids = async (world: ClusterWorld) =>
    Promise.all(children.map(async ([kind, name]) => (await world.get(kind, name)).metadata.uid));

  it('makes of Secret, template and binding what it makes in memory', async () => {
    const world = await namespace('shop');
    await world.create(secret, paths, binding);
    const waited = await cluster.kubectlAsync([
      ...['-n', 'shop', 'wait', '--for=condition=Ready', '--timeout=30s', 'servicebindingconfig/logs'],
    ]);
    expect(waited).toContain('condition met');
    const expected = await inMemory('shop');
    for (const [kind, name] of children) {
      const parts = ['spec', 'data', 'type'];
      expect(pick(await world.get(kind, name), parts)).toEqual(pick(expected.get(kind, name, 'shop'), parts));
    }
    expect(cluster.kubectl(['-n', 'shop', 'get', 'sbc,lc'])).toMatch(/True\s+Ready/);
  });

  it('follows a Secret that is changed in place, and nothing else changes', async () => {
    const world = await ready('rotated');
    const before = await world.get('ConfigMap', 'logs-fluent-bit');
    const lc = await world.get('LoggingConfiguration', 'logs');
    await world.patch('Secret', 'credentials', { data: { password: base64('second') } });
    await world.see('Secret', 'logs-fluent-bit', (object) => values(object).includes('second'));
    await world.until('ServiceBindingConfig', 'logs', 'Ready', 'True');
    expect(fileOf(await world.get('ConfigMap', 'logs-fluent-bit'))).toBe(fileOf(before));
    expect((await world.get('LoggingConfiguration', 'logs'))['spec']).toEqual(lc['spec']);
  });

  it('follows a ConfigMap and a template', async () => {
    const world = await ready('followed');
    await world.patch('ConfigMap', 'paths', { data: { path: 'elsewhere' } });
    await world.see('ConfigMap', 'logs-fluent-bit', (object) => fileOf(object).includes('uri: /elsewhere'));
    await world.create(make.ownTemplate('own', { outputs: [{ plugin: 'stdout' }, { plugin: 'null' }] }));
    const spec = { outputs: [{ plugin: 'http', properties: { host: 'b.example.com' } }] };
    await world.create(make.ownTemplate('own-template', spec));
    await world.create(make.binding('own', { templateRef: { kind: 'Template', name: 'own-template' } }));
    await world.until('ServiceBindingConfig', 'own', 'Ready', 'True');
    await world.patch('Template', 'own-template', {
      spec: { outputs: [{ plugin: 'http', properties: { host: 'c.example.com' } }] },
    });
    await world.see('ConfigMap', 'own-fluent-bit', (object) => fileOf(object).includes('c.example.com'));
  });

  it('follows the policy of an agent, and the labels of its namespace', async () => {
    const world = await ready('governed');
    const spec = { namespace: 'logging', namespaceSelector: { matchLabels: { governed: 'yes' } } };
    await world.create(make.agent(`edge-${strategy}`, { ...spec, policy: { outputs: { deny: ['http'] } } }));
    await world.until('FluentBitAgent', `edge-${strategy}`, 'Accepted', 'True');
    await world.until('LoggingConfiguration', 'logs', 'Ready', 'True');
    const before = await world.get('ConfigMap', 'logs-fluent-bit');
    await world.patch('Namespace', world.namespace, { metadata: { labels: { governed: 'yes' } } });
    for (const kind of ['ServiceBindingConfig', 'LoggingConfiguration'])
      await world.until(kind, 'logs', 'Accepted', 'False', 'PluginNotAllowed');
    expect(fileOf(await world.get('ConfigMap', 'logs-fluent-bit'))).toBe(fileOf(before));
    await world.patch('FluentBitAgent', `edge-${strategy}`, { spec: { policy: { outputs: { deny: ['nothing'] } } } });
    await world.until('FluentBitAgent', `edge-${strategy}`, 'Accepted', 'False', 'InvalidPolicy');
    await world.patch('FluentBitAgent', `edge-${strategy}`, { spec: { policy: null } });
    for (const kind of ['ServiceBindingConfig', 'LoggingConfiguration'])
      await world.until(kind, 'logs', 'Ready', 'True');
    expect((await world.get('FluentBitRoute', `edge-${strategy}`))['spec']).toMatchObject({
      policy: { proxies: false },
    });
    await world.remove('FluentBitAgent', `edge-${strategy}`);
  });

  it('keeps the last good while a Secret is wrong, and moves on when it is mended', async () => {
    const world = await ready('last-good');
    const before = await Promise.all(children.map(([kind, name]) => world.get(kind, name)));
    await world.patch('Secret', 'credentials', { data: { host: null, hostname: base64('x.example.com') } });
    const condition = await world.until('ServiceBindingConfig', 'logs', 'Accepted', 'False', 'PlaceholderUnresolved');
    expect(condition?.message).toContain('hostname');
    await world.until('ServiceBindingConfig', 'logs', 'LastGood', 'True');
    for (const [index, [kind, name]] of children.entries()) {
      const parts = ['spec', 'data', 'metadata.uid', 'metadata.annotations', 'metadata.labels'];
      if (kind !== 'LoggingConfiguration')
        expect(pick(await world.get(kind, name), parts)).toEqual(pick(before[index], parts));
    }
    await world.patch('Secret', 'credentials', { data: { host: base64('y.example.com') } });
    await world.see('Secret', 'logs-fluent-bit', (object) => values(object).includes('y.example.com'));
    await world.until('ServiceBindingConfig', 'logs', 'Ready', 'True');
    expect(await uids(world)).toEqual(before.map((object) => object.metadata.uid));
  });

  it('reverts what somebody changes in children by hand', async () => {
    const world = await ready('edited');
    const before = await Promise.all(children.map(([kind, name]) => world.get(kind, name)));
    const [lc, configMap, credentials] = before as [KubernetesObject, KubernetesObject, KubernetesObject];
    const [file = ''] = Object.keys(dataOf(configMap));
    const [key = ''] = Object.keys(dataOf(credentials));
    // The first line bears the generation, which an edit and its end raise.
    const content = (object: KubernetesObject) => fileOf(object).replace(/^#.*\n/, '');
    await world.patch('ConfigMap', 'logs-fluent-bit', { data: { [file]: 'mine' } });
    await world.patch('Secret', 'logs-fluent-bit', { data: { [key]: base64('mine') } });
    await world.patch('LoggingConfiguration', 'logs', { spec: { enabled: false, buffer: { limit: '9G' } } });
    await world.see('ConfigMap', 'logs-fluent-bit', (object) => content(object) === content(configMap));
    await world.see('Secret', 'logs-fluent-bit', (object) => dataOf(object)[key] === dataOf(credentials)[key]);
    const reverted = await world.see('LoggingConfiguration', 'logs', (object) => {
      return JSON.stringify(object['spec']) === JSON.stringify(lc['spec']);
    });
    expect(reverted.metadata.uid).toBe(lc.metadata.uid);
  });

  it.each([
    ['ConfigMap', make.configMap('logs-fluent-bit', { precious: 'yes' })],
    ['Secret', make.secret('logs-fluent-bit', { precious: 'yes' })],
    ['LoggingConfiguration', make.logging('logs', { outputs: [{ plugin: 'null' }] })],
  ])(
    'leaves a %s of the child’s name alone that is somebody’s own, and says so',
    async (kind, stranger) => {
      const world = await namespace(`stranger-${kind.toLowerCase()}`);
      await world.create(stranger);
      const before = await world.get(kind, stranger.metadata.name);
      await world.create(secret, paths, binding);
      await world.until('ServiceBindingConfig', 'logs', 'Ready', 'False', 'NameConflict');
      const after = await world.get(kind, stranger.metadata.name);
      expect([after.metadata.uid, after['data'], after['spec'], after.metadata.ownerReferences]).toEqual([
        ...[before.metadata.uid, before['data'], before['spec'], undefined],
      ]);
      await world.remove(kind, stranger.metadata.name);
      // What a LoggingConfiguration leaves behind is collected before ours takes its place.
      await eventually(
        'Ready',
        () => world.condition('ServiceBindingConfig', 'logs', 'Ready'),
        (condition) => condition?.status === 'True',
        90_000,
      );
    },
    120_000,
  );

  it('removes the children with their parent', async () => {
    const world = await ready('removed');
    await world.remove('ServiceBindingConfig', 'logs');
    for (const [kind, name] of children)
      await eventually(
        `${kind} ${name} goes`,
        () => world.standing(kind, name),
        (object) => object === undefined,
        90_000,
      );
  }, 300_000);

  it('stops none and loses none when hooks, reconciler or API server restart in the middle of a change', async () => {
    const world = await ready('restarted');
    const before = await uids(world);
    const change = async (password: string) =>
      world.patch('Secret', 'credentials', { data: { password: base64(password) } });
    const arrived = (password: string) =>
      world.see('Secret', 'logs-fluent-bit', (object) => values(object).includes(password));

    await reconciler.stopHooks();
    await change('while the hooks were down');
    await reconciler.startHooks();
    await arrived('while the hooks were down');

    await reconciler.stopController();
    await change('while nobody reconciled');
    await reconciler.startController();
    await arrived('while nobody reconciled');

    const restart = cluster.restartApiServer();
    await eventually(
      'the API server is back',
      () => change('while the API server restarted'),
      () => true,
    );
    await restart;
    await eventually(
      'the change',
      () => arrived('while the API server restarted'),
      () => true,
      90_000,
    );
    expect(await uids(world)).toEqual(before);
  }, 300_000);

  it('converges after an upgrade from a version with other customize rules', async () => {
    await reconciler.stop();
    const blind = controllers.map((controller) => ({ ...controller, customize: () => ({ relatedResources: [] }) }));
    const upgrading = new Reconciler(cluster, { strategy, controllers: blind, definitions: definitions() });
    await upgrading.start();
    const world = await namespace('upgraded');
    await world.create(secret, paths, binding);
    await world.until('ServiceBindingConfig', 'logs', 'Ready', 'False');
    await upgrading.upgrade(controllers, '2');
    await world.until('ServiceBindingConfig', 'logs', 'Ready', 'True');
    await upgrading.stop();
    await reconciler.start();
  }, 300_000);

  it('works where BTP’s kinds are missing, and where they come later', async () => {
    const world = await namespace('btp');
    const bound = { ...binding, spec: { ...(binding['spec'] as object), serviceBindingRef: { name: 'cls' } } };
    await world.create(secret, paths, bound);
    await world.until('ServiceBindingConfig', 'logs', 'Ready', 'True');
    await reconciler.stop();
    cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: JSON.stringify(serviceBindingCrd) });
    const settings = { ...defaultSettings, btpEnabled: true };
    const later = new Reconciler(cluster, { strategy, controllers, definitions: definitions(), settings });
    await later.start();
    const condition = { type: 'Ready', status: 'False', reason: 'Rotating', message: 'new credentials are on the way' };
    await eventually(
      'a ServiceBinding',
      () => world.create(serviceBinding),
      () => true,
    );
    await world.patch('ServiceBinding', 'cls', { status: { conditions: [condition] } });
    await world.see('ServiceBindingConfig', 'logs', (object) => JSON.stringify(object['status']).includes('Rotating'));
    await world.until('ServiceBindingConfig', 'logs', 'Ready', 'True');
    await later.stop();
    await reconciler.start();
  }, 300_000);
});
