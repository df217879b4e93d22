import { cloneDeep } from 'lodash-es';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../hooks/api/object.ts';
import { forgedCode, pipeline } from '../corpus/intruding.ts';
import { logs, secrets } from '../corpus/spying.ts';
import {
  type Attack,
  bound,
  code,
  filter,
  fromSecret,
  http,
  type Known,
  lua,
  mallorys,
  secret,
} from '../corpus/tenants.ts';
import { make, World } from '../support/world.ts';

describe('a tenant who attacks another', () => {
  let world: World;
  let known: Known;
  const alices = () => world.store.all().filter(({ metadata }) => metadata.namespace === 'alice');
  const theirs = () => world.store.all().filter(({ metadata }) => metadata.namespace === 'mallory');
  let before: KubernetesObject[];

  beforeAll(async () => {
    world = await World.start({ bundled: false });
    await world.apply(
      make.template('shared', {
        placeholders: [{ name: 'token', secretKey: 'token', sensitive: true }],
        outputs: [{ plugin: 'http', properties: { host: 'a.example.com', header: 'X $(token)' } }],
      }),
      make.template('coded', {
        files: [{ name: 'script', content: code }],
        filters: [lua({}), { plugin: 'lua', properties: { call: 'f', script: '$(script)' } }],
        outputs: [http],
      }),
      make.secret('cls', { token: secret }, 'alice'),
      make.secret('only-alice', { token: secret }, 'alice'),
      make.ownTemplate('hers', { outputs: [http] }, 'alice'),
      make.binding('bound', bound(), 'alice'),
      make.logging(
        'logs',
        {
          variables: [{ name: 'token', ...fromSecret('cls', 'token') }],
          files: [{ name: 'list', ...fromSecret('cls', 'token') }],
          parsers: [{ name: 'mine', properties: { format: 'json' } }],
          filters: [
            { plugin: 'parser', properties: { key_name: 'log', parser: 'mine' } },
            { plugin: 'checklist', properties: { file: '$(list)', lookup_key: 'log', record: 'a b' } },
          ],
          outputs: [{ plugin: 'http', properties: { host: 'a.example.com', header: 'X $(token)' } }],
        },
        'alice',
      ),
      make.secret('cls', { token: 'own' }, 'mallory'),
    );
    const text = world.file('logs', 'alice') ?? '';
    const found = (pattern: RegExp) => pattern.exec(text)?.[1] ?? 'missing';
    known = {
      id: found(/ alias: (p[0-9a-f]{16})$/m),
      variable: found(/\$\{(\w+)\}/),
      file: found(/file: \/fluentbind\/live\/secrets\/(\w+)/),
      parser: found(/ parser: (\w+)/),
    };
    expect(Object.values(known)).not.toContain('missing');
    before = cloneDeep(alices());
  });

  /** Whatever was tried: Alice's objects are as they were, and nothing of hers is anywhere else. */
  afterEach(async () => {
    const objects = theirs();
    const data = JSON.stringify([objects, world.engine.errors, world.engine.findings]);
    for (const form of [secret, Buffer.from(secret).toString('base64')]) expect(data).not.toContain(form);
    expect(alices()).toEqual(before);
    expect([world.engine.errors, world.engine.findings]).toEqual([[], []]);
    for (const kind of ['ServiceBindingConfig', 'LoggingConfiguration', 'Template', 'ConfigMap'])
      for (const { metadata } of theirs().filter((object) => object.kind === kind))
        if (world.get(kind, metadata.name, 'mallory') !== undefined) await world.remove(kind, metadata.name, 'mallory');
    expect(
      theirs()
        .map(({ kind }) => kind)
        .filter((kind) => kind !== 'Secret'),
    ).toEqual([]);
  });

  const nothing = async ([, objects, reason]: Attack) => {
    await world.apply(...[objects(known)].flat());
    const kind =
      world.get('ServiceBindingConfig', 'logs', 'mallory') === undefined
        ? 'LoggingConfiguration'
        : 'ServiceBindingConfig';
    expect(world.problems(kind, 'logs', 'mallory').map((problem) => problem.reason as string)).toContain(reason);
    expect(world.file('logs', 'mallory')).toBeUndefined();
    expect(world.get('Secret', 'logs-fluent-bit', 'mallory')).toBeUndefined();
  };
  it.each(logs)('cannot read her logs %s', (...attack) => nothing(attack));
  it.each(secrets)('cannot read her secrets %s', (...attack) => nothing(attack));
  it.each(pipeline)('cannot get into her pipeline, nor end it, %s', (...attack) => nothing(attack));
  it.each(forgedCode)('cannot run code: %s', (...attack) => nothing(attack));

  it('may run the code of a ClusterTemplate word for word', async () => {
    await world.apply(mallorys({ templateRef: { name: 'coded' }, filters: [lua({})] }));
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready', 'mallory')).toMatchObject({ status: 'True' });
  });

  it('reads the own Secret of the same name, under names that are not hers', async () => {
    await world.apply(
      mallorys({
        variables: [{ name: 'token', ...fromSecret('cls', 'token') }],
        parsers: [{ name: known.parser, properties: { format: 'json' } }],
        filters: [{ plugin: 'parser', properties: { key_name: 'log', parser: known.parser } }],
        outputs: [{ id: known.id, plugin: 'http', properties: { host: 'a.example.com', header: 'X $(token)' } }],
      }),
    );
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready', 'mallory')).toMatchObject({ status: 'True' });
    const text = world.file('logs', 'mallory') ?? '';
    expect(text).toMatch(new RegExp(`name: p[0-9a-f]{16}_${known.parser}`));
    expect(text.match(/alias: (\S+)/g)).not.toContain(`alias: ${known.id}`);
    expect(Object.values(world.secrets('logs', 'mallory'))).toEqual(['own']);
  });

  const evil = 'pipeline:\n  outputs:\n    - name: exit\n      match: "*"\n';
  const edited = (change: (object: KubernetesObject & { data?: Record<string, string> }) => void) =>
    world.edit('ConfigMap', 'logs-fluent-bit', change, 'mallory');

  it.each<[string, (object: KubernetesObject & { data?: Record<string, string> }) => void]>([
    [
      'content',
      (child) => {
        child.data = { 'mallory.logs.yaml': evil };
      },
    ],
    [
      'content, and the annotation of its revision',
      (child) => {
        child.data = { 'mallory.logs.yaml': evil };
        child.metadata.annotations = { ...child.metadata.annotations, 'fluentbit.kyma-project.io/revision': 'forged' };
      },
    ],
    [
      'content, and what was last applied',
      (child) => {
        child.data = { 'mallory.logs.yaml': evil };
        child.metadata.annotations = {
          ...child.metadata.annotations,
          'metacontroller.k8s.io/last-applied-configuration': JSON.stringify({
            ...child,
            metadata: { name: 'logs-fluent-bit', namespace: 'mallory' },
          }),
        };
      },
    ],
    [
      "a file of Alice's name",
      (child) => {
        child.data = { ...child.data, 'alice.logs.yaml': evil };
      },
    ],
    [
      'the label of another configuration',
      (child) => {
        child.metadata.labels = {
          ...child.metadata.labels,
          'fluentbit.kyma-project.io/logging-configuration': 'bound',
        };
      },
    ],
  ])('changes an own child in vain: %s', async (name, change) => {
    await world.apply(mallorys({}));
    const written = world.file('logs', 'mallory');
    const labels = world.get('ConfigMap', 'logs-fluent-bit', 'mallory')?.metadata.labels;
    await edited(change);
    expect(world.file('logs', 'mallory')).toBe(written);
    expect(world.get('ConfigMap', 'logs-fluent-bit', 'mallory')?.metadata.labels).toMatchObject(labels ?? {});
    if (name.includes('Alice'))
      expect(world.get('ConfigMap', 'logs-fluent-bit', 'mallory')?.metadata.ownerReferences).toHaveLength(1);
  });

  it('does not get a changed child accepted while the configuration is bad', async () => {
    await world.apply(mallorys({}));
    const written = world.file('logs', 'mallory');
    await world.apply(filter('grep', { regex: 'log (' }));
    await edited((child) => {
      child.data = { 'mallory.logs.yaml': evil };
    });
    expect(world.file('logs', 'mallory')).toBe(written);
    expect(world.condition('LoggingConfiguration', 'logs', 'LastGood', 'mallory')).toMatchObject({ status: 'True' });
    // With what was last applied forged as well, nobody knows what was good: it is said, and nothing of it is ours.
    await edited((child) => {
      child.data = { 'mallory.logs.yaml': evil };
      child.metadata.annotations = {
        ...child.metadata.annotations,
        'metacontroller.k8s.io/last-applied-configuration': '{}',
      };
    });
    expect(world.condition('LoggingConfiguration', 'logs', 'LastGood', 'mallory')).toMatchObject({
      reason: 'LastGoodLost',
    });
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready', 'mallory')).toMatchObject({ status: 'False' });
    await world.apply(mallorys({}));
    expect(world.file('logs', 'mallory')).not.toContain('exit');
  });

  it.each([
    ['with labels and annotations like ours', {}],
    [
      'with an owner that is not there',
      {
        ownerReferences: [
          {
            apiVersion: 'fluentbit.kyma-project.io/v1alpha1',
            kind: 'LoggingConfiguration',
            name: 'other',
            uid: 'forged',
            controller: true,
          },
        ],
      },
    ],
  ])('gets no child of its own making taken for one of ours, %s', async (_, metadata) => {
    await world.apply({
      ...make.configMap('logs-fluent-bit', { 'mallory.logs.yaml': evil }, 'mallory'),
      metadata: {
        name: 'logs-fluent-bit',
        namespace: 'mallory',
        labels: {
          'app.kubernetes.io/managed-by': 'fluentbind',
          'fluentbit.kyma-project.io/logging-configuration': 'logs',
        },
        annotations: { 'fluentbit.kyma-project.io/revision': 'forged' },
        ...metadata,
      },
    });
    await world.apply(mallorys({}));
    const file = world.file('logs', 'mallory');
    if (file === evil)
      expect(world.condition('LoggingConfiguration', 'logs', 'Ready', 'mallory')).toMatchObject({
        status: 'False',
        reason: 'NameConflict',
      });
    else expect(file).not.toContain('exit');
  });

  it('gets no status of its own believed', async () => {
    const forged = {
      applied: [{ kind: 'ConfigMap', name: 'logs-fluent-bit', revision: 'forged', keys: ['alice.logs.yaml'] }],
      problems: [],
      conditions: [],
    };
    await world.apply({ ...mallorys({}), status: forged } as KubernetesObject);
    expect(JSON.stringify(world.get('LoggingConfiguration', 'logs', 'mallory')?.['status'])).not.toContain('forged');
  });

  it('keeps no code that its template had when it was written by hand elsewhere', async () => {
    const old = lua({ code: 'function f() return 1 end' });
    await world.apply(make.template('versioned', { outputs: [http], filters: [old] }));
    await world.apply(mallorys({ templateRef: { name: 'versioned' }, filters: [old] }));
    await world.apply(
      make.template('versioned', { outputs: [http], filters: [lua({ code: 'function f() return 2 end' })] }),
    );
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready', 'mallory')).toMatchObject({ status: 'True' });
    await world.apply(mallorys({ templateRef: { name: 'versioned' }, filters: [old] }, 'late'));
    expect(world.problems('LoggingConfiguration', 'late', 'mallory')).toMatchObject([{ reason: 'CodeNotAllowed' }]);
    await world.apply(
      mallorys({ templateRef: { name: 'versioned' }, filters: [old, lua({ code: 'function f() return 3 end' })] }),
    );
    expect(world.problems('LoggingConfiguration', 'logs', 'mallory')).toMatchObject([{ reason: 'CodeNotAllowed' }]);
  });
});
