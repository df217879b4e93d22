import { describe, expect, it } from 'vitest';
import { make, World } from '../../support/world.ts';
import { binding, http, lua, secret, template } from './policy-objects.ts';

describe('a FluentBitAgent', () => {
  const agent = (policy: object, spec: object = {}) =>
    make.agent('edge', { namespace: 'logging', shards: 2, policy, ...spec });
  const own = make.logging('own', { filters: [lua()], outputs: [http()] });
  const route = (world: World, name = 'edge') => world.get('FluentBitRoute', name)?.['spec'] as Record<string, unknown>;
  const reasons = (world: World, namespace?: string) =>
    world.problems('LoggingConfiguration', 'own', namespace).map(({ reason }) => reason);

  it('publishes its policy with every default, and keeps the last one while it is wrong', async () => {
    const world = await World.start();
    await world.apply(make.namespace('logging'), agent({ proxies: true }));
    expect(route(world)).toMatchObject({
      agent: 'edge',
      namespaceSelector: { matchLabels: {}, matchExpressions: [] },
      excludeNamespaces: ['istio-system', 'kube-system', 'kyma-system', 'logging'],
      policy: { proxies: true, nodePaths: false, code: 'Template', destinations: { allow: ['*'] } },
    });
    expect(world.condition('FluentBitAgent', 'edge', 'Accepted')).toMatchObject({ status: 'True' });
    const before = route(world);
    await world.apply(agent({ outputs: { allow: ['htpp'] }, destinations: { deny: ['10.0.0/8'] } }));
    expect(world.problems('FluentBitAgent', 'edge')).toMatchObject([
      { reason: 'InvalidPolicy', path: 'spec.policy.outputs.allow[0]' },
      { reason: 'InvalidPolicy', path: 'spec.policy.destinations.deny[0]' },
    ]);
    expect(world.condition('FluentBitAgent', 'edge', 'Stalled')).toMatchObject({ status: 'True' });
    expect(route(world)).toEqual(before);
    await world.apply(agent({ outputs: { allow: ['http'] } }));
    expect(route(world)['policyHash']).not.toBe(before['policyHash']);
    expect(world.condition('FluentBitAgent', 'edge', 'Accepted')).toMatchObject({ status: 'True' });
    await world.remove('FluentBitAgent', 'edge');
    expect(world.get('FluentBitRoute', 'edge')).toBeUndefined();
    expect(world.engine.errors).toEqual([]);
  });

  it('is followed at once, by those whose configuration it concerns', async () => {
    const world = await World.start();
    await world.apply(own, make.logging('plain', { outputs: [http()] }));
    expect(reasons(world)).toEqual(['CodeNotAllowed']);
    await world.apply(agent({ code: 'Any' }));
    expect(reasons(world)).toEqual([]);
    const good = world.file('own');
    await world.apply(agent({ code: 'None' }));
    expect(world.problems('LoggingConfiguration', 'own')).toMatchObject([
      { reason: 'CodeNotAllowed', message: expect.stringContaining('the policy of FluentBitAgent edge') },
    ]);
    expect(world.condition('LoggingConfiguration', 'own', 'LastGood')).toMatchObject({ reason: 'KeptLastGood' });
    expect(world.file('own')).toBe(good);
    await world.apply(make.logging('plain', { outputs: [http({ uri: '/new' })] }));
    expect(world.file('plain')).toContain('/new');
    await world.remove('FluentBitAgent', 'edge');
    expect(world.problems('LoggingConfiguration', 'own')).toMatchObject([
      { reason: 'CodeNotAllowed', message: expect.stringContaining('the default policy') },
    ]);
    expect(world.engine.errors).toEqual([]);
  });

  it('governs the namespaces that it carries, by their labels as they are now', async () => {
    const world = await World.start();
    const gold = { namespaceSelector: { matchLabels: { tier: 'gold' } } };
    await world.apply(make.namespace('shop'), own, agent({ code: 'Any' }, gold));
    expect(reasons(world)).toEqual(['CodeNotAllowed']);
    await world.apply(make.namespace('shop', { tier: 'gold' }));
    expect(reasons(world)).toEqual([]);
    await world.apply(agent({ code: 'Any' }, { ...gold, excludeNamespaces: ['shop'] }));
    expect(reasons(world)).toEqual(['CodeNotAllowed']);
    await world.apply(
      agent({ code: 'Any' }, gold),
      make.agent('cloud', { namespace: 'logging', shards: 2, policy: { code: 'None' } }),
    );
    expect(world.problems('LoggingConfiguration', 'own')[0]?.message).toContain('FluentBitAgent cloud');
  });

  it('does not carry the namespaces of the system, nor its own', async () => {
    const world = await World.start();
    const namespaces = ['kube-system', 'logging', 'shop'];
    await world.apply(
      agent({ code: 'Any' }),
      ...namespaces.map((namespace) => make.logging('own', { filters: [lua()], outputs: [http()] }, namespace)),
    );
    expect(namespaces.map((namespace) => reasons(world, namespace).length)).toEqual([1, 1, 0]);
  });

  it('names the control namespaces, in place of those of the environment', async () => {
    const all = { input: { namespaces: { exclude: ['kube-system'] } }, outputs: [http()] };
    const world = await World.start({ settings: { controlNamespaces: ['ops'] } });
    await world.apply(make.logging('own', all, 'ops'), make.logging('own', all, 'shop'));
    expect([reasons(world, 'ops'), reasons(world, 'shop')]).toEqual([[], ['NamespaceNotAllowed']]);
    await world.apply(agent({ controlNamespaces: ['shop'] }));
    expect([reasons(world, 'ops'), reasons(world, 'shop')]).toEqual([['NamespaceNotAllowed'], []]);
  });

  it('is a stranger to LoggingConfigurations: what happens to its status wakes none of them', async () => {
    let passes = 0;
    const world = await World.start({
      wrap: (transport) => (url, body, timeout) => {
        if (/(loggingconfigurations|servicebindingconfigs)\/sync/.test(url)) passes += 1;
        return transport(url, body, timeout);
      },
    });
    await world.apply(agent({}), template(), secret('a'), binding('logs'));
    passes = 0;
    await world.edit('FluentBitAgent', 'edge', (o) =>
      Object.assign(o, { metadata: { ...o.metadata, labels: { a: 'b' } } }),
    );
    await world.apply(agent({}, { namespace: 'logging' }));
    expect(passes).toBe(0);
    await world.apply(agent({ proxies: true }));
    expect(passes).toBeGreaterThan(0);
  });
});

describe('a control namespace', () => {
  const excluded = (world: World) => /exclude_path: (.*)$/m.exec(world.file('all', 'ops') ?? '')?.[1] ?? '';
  const all = (namespaces: object) =>
    make.logging('all', { input: { namespaces }, outputs: [{ plugin: 'null' }] }, 'ops');

  it('reads all namespaces but those that the agent leaves out, unless it asks for one by name', async () => {
    const world = await World.start();
    await world.apply(
      make.namespace('logging'),
      make.agent('edge', { namespace: 'logging', shards: 1, parts: 1, policy: { controlNamespaces: ['ops'] } }),
      all({ include: ['*'] }),
    );
    expect(world.problems('LoggingConfiguration', 'all', 'ops')).toEqual([]);
    for (const namespace of ['kube-system', 'istio-system', 'kyma-system', 'logging'])
      expect(excluded(world)).toContain(`/var/log/pods/${namespace}_*`);
    await world.apply(all({ exclude: ['noisy'] }));
    for (const namespace of ['kube-system', 'logging', 'noisy'])
      expect(excluded(world)).toContain(`/var/log/pods/${namespace}_*`);
    await world.apply(all({ include: ['*', 'kube-system'] }));
    expect(excluded(world)).not.toContain('kube-system');
    expect(excluded(world)).toContain('istio-system');
    await world.apply(all({ include: ['kube-system'] }));
    expect(world.file('all', 'ops')).toContain('/var/log/pods/kube-system_*/*/*.log');
    expect(excluded(world)).toBe('');
    await world.apply(
      make.agent('edge', {
        ...{ namespace: 'logging', shards: 1, parts: 1, excludeNamespaces: ['mine'] },
        policy: { controlNamespaces: ['ops'] },
      }),
      all({ include: ['*'] }),
    );
    expect(
      excluded(world)
        .replace(/p[0-9a-f]{16}/, 'id')
        .split(','),
    ).toEqual(['/var/log/pods/mine_*', '/var/lib/fluentbind/id.rotated/mine_*']);
    expect([world.engine.errors, world.engine.findings]).toEqual([[], []]);
  });
});
