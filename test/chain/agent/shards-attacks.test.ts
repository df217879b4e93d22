import { cloneDeep } from 'lodash-es';
import { beforeEach, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { annotations, labels } from '../../../hooks/kubernetes/names.ts';
import { agents, packed, remarks, shipping } from '../../support/node/packed-pipelines.ts';
import { make, World } from '../../support/world.ts';

type Editable = KubernetesObject & { data: Record<string, string> };
type Children = { configMap: Editable; secret: Editable };

const evil = 'pipeline: {outputs: [{name: exit}]}';

/** Each is done by somebody with every right in the namespace mallory, while nobody repairs anything. */
const edits: [name: string, edit: (children: Children) => void, reason: string | undefined][] = [
  ['edits the file', ({ configMap }) => Object.assign(configMap.data, { 'mallory.logs.yaml': evil }), 'Forged'],
  [
    'edits a value',
    ({ secret }) => Object.assign(secret.data, { [Object.keys(secret.data)[0] ?? '']: btoa('other') }),
    'Forged',
  ],
  [
    'lists another key',
    ({ configMap }) => {
      configMap.data['evil.yaml'] = evil;
      Object.assign(configMap.metadata.annotations ?? {}, { [annotations.keys]: 'evil.yaml' });
    },
    'Forged',
  ],
  ['adds a key', ({ configMap }) => Object.assign(configMap.data, { 'evil.yaml': evil }), undefined],
  [
    'lists a key more',
    ({ configMap }) => {
      configMap.data['evil.yaml'] = evil;
      Object.assign(configMap.metadata.annotations ?? {}, { [annotations.keys]: 'mallory.logs.yaml,evil.yaml' });
    },
    'Forged',
  ],
  [
    'claims another revision for both',
    ({ configMap, secret }) => {
      for (const { metadata } of [configMap, secret])
        Object.assign(metadata.annotations ?? {}, { [annotations.revision]: 'r' });
    },
    'Forged',
  ],
  [
    'claims another policy for both',
    ({ configMap, secret }) => {
      for (const { metadata } of [configMap, secret])
        Object.assign(metadata.annotations ?? {}, { [annotations.policy]: 'lax' });
    },
    'Forged',
  ],
  [
    'takes the signature away',
    ({ configMap }) => {
      delete configMap.metadata.annotations?.[annotations.signature];
    },
    'Forged',
  ],
  [
    'signs with what is no hexadecimal number',
    ({ secret }) => Object.assign(secret.metadata.annotations ?? {}, { [annotations.signature]: 'zz' }),
    'Forged',
  ],
];

/** What is gone from where it belongs is gone, and comes up nowhere else. */
const removals: [name: string, edit: (children: Children) => void][] = [
  [
    'relabels both to another shard',
    ({ configMap, secret }) => {
      for (const { metadata } of [configMap, secret])
        Object.assign(metadata.labels ?? {}, {
          [labels.shard]: String((Number(metadata.labels?.[labels.shard]) + 1) % 16),
        });
    },
  ],
  [
    'relabels both to an agent with a laxer policy',
    ({ configMap, secret }) => {
      for (const { metadata } of [configMap, secret])
        for (const shard of [metadata.labels?.[labels.shard]])
          Object.assign(metadata.labels ?? {}, { [labels.agent]: 'lax', [labels.shard]: shard });
    },
  ],
  [
    'relabels both to another LoggingConfiguration',
    ({ configMap, secret }) => {
      for (const { metadata } of [configMap, secret])
        Object.assign(metadata.labels ?? {}, { [labels.loggingConfiguration]: 'other' });
    },
  ],
  [
    // With the label they would be adopted again.
    'orphans both',
    ({ configMap, secret }) => {
      for (const { metadata } of [configMap, secret]) {
        metadata.ownerReferences = [];
        delete metadata.labels?.['controller-uid'];
      }
    },
  ],
  [
    'gives both another owner',
    ({ configMap, secret }) => {
      for (const { metadata } of [configMap, secret])
        metadata.ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'logs', uid: 'u', controller: true }];
    },
  ],
  [
    'gives both an owner that is called alike',
    ({ configMap, secret }) => {
      for (const { metadata } of [configMap, secret])
        for (const reference of metadata.ownerReferences ?? []) reference.uid = 'another-uid';
    },
  ],
];

describe('a tenant with every right in the own namespace', () => {
  let world: World;
  let repairing = true;

  beforeEach(async () => {
    repairing = true;
    world = await World.start({
      wrap: (transport) => (url, body, timeout) => {
        if (!repairing && url.includes('/loggingconfigurations/')) throw new Error('nobody repairs anything');
        return transport(url, body, timeout);
      },
    });
    await world.apply(
      make.namespace('shop'),
      make.namespace('mallory', { trusted: 'no' }),
      make.agent('edge', { namespace: agents, namespaceSelector: { matchLabels: {} } }),
      make.agent('lax', {
        namespace: 'lax',
        namespaceSelector: { matchLabels: { trusted: 'yes' } },
        policy: { code: 'Any' },
      }),
      make.secret('cls', { token: 'of-shop' }),
      make.secret('cls', { token: 'of-mallory' }, 'mallory'),
      make.logging('logs', shipping('shop.example.com')),
      make.logging('logs', shipping('mallory.example.com'), 'mallory'),
    );
    expect(Object.keys(packed(world)).sort()).toEqual(['mallory/logs', 'shop/logs']);
  });

  async function tamper(edit: (children: Children) => void): Promise<void> {
    const children = {
      configMap: cloneDeep(world.get('ConfigMap', 'logs-fluent-bit', 'mallory')) as Editable,
      secret: cloneDeep(world.get('Secret', 'logs-fluent-bit', 'mallory')) as Editable,
    };
    edit(children);
    repairing = false;
    for (const object of Object.values(children)) await world.store.update(object);
    await world.settle();
  }

  it.each(edits)('who %s keeps what was good', async (_name, edit, reason) => {
    const before = packed(world);
    await tamper(edit);
    expect(packed(world)).toEqual(before);
    expect(remarks(world)).toMatchObject(
      reason === undefined ? [] : [{ namespace: 'mallory', name: 'logs', reason, kept: true }],
    );
    repairing = true;
    world.turn(3600_000);
    await world.settle();
    expect(packed(world)).toEqual(before);
    expect(remarks(world)).toEqual([]);
  });

  it.each(removals)('who %s takes the own pipeline out, and gets nothing in', async (_name, edit) => {
    const before = packed(world);
    await tamper(edit);
    expect(packed(world)).toEqual({ 'shop/logs': before['shop/logs'] });
    const written = world.store.all().filter(({ metadata }) => ['lax', agents].includes(metadata.namespace ?? ''));
    expect(JSON.stringify(written)).not.toContain('mallory.example.com');
  });

  it('who holds both with a finalizer keeps nothing alive', async () => {
    await tamper(({ configMap, secret }) => {
      for (const { metadata } of [configMap, secret]) metadata.finalizers = ['mallory.example.com/hold'];
    });
    await world.remove('LoggingConfiguration', 'logs', 'mallory');
    expect(world.get('ConfigMap', 'logs-fluent-bit', 'mallory')).toBeDefined();
    expect(Object.keys(packed(world))).toEqual(['shop/logs']);
  });

  it("who copies somebody else's into the own namespace, under the own owner, gets none of it in", async () => {
    const theirs = world.get('ConfigMap', 'logs-fluent-bit') as Editable;
    const before = packed(world);
    await tamper(({ configMap }) => {
      configMap.data = cloneDeep(theirs.data);
      configMap.metadata.annotations = cloneDeep(theirs.metadata.annotations ?? {});
    });
    expect(packed(world)).toEqual(before);
    expect(remarks(world)).toMatchObject([{ namespace: 'mallory', reason: 'Forged', kept: true }]);
  });

  it('who copies the own pair under another name gets no second pipeline', async () => {
    const before = packed(world);
    repairing = false;
    for (const kind of ['ConfigMap', 'Secret']) {
      const { metadata, ...rest } = cloneDeep(world.get(kind, 'logs-fluent-bit', 'mallory')) as Editable;
      const { uid: _, resourceVersion: __, ...kept } = metadata;
      await world.store.create({ ...rest, metadata: { ...kept, name: 'second-fluent-bit' } });
    }
    await world.settle();
    expect(packed(world)).toEqual(before);
  });

  it('who replays an older pair gets the own older pipeline at most, and no mixed one', async () => {
    const older = {
      configMap: cloneDeep(world.get('ConfigMap', 'logs-fluent-bit', 'mallory')) as Editable,
      secret: cloneDeep(world.get('Secret', 'logs-fluent-bit', 'mallory')) as Editable,
    };
    const first = packed(world)['mallory/logs'];
    await world.apply(make.logging('logs', shipping('newer.example.com'), 'mallory'));
    const second = packed(world)['mallory/logs'];
    expect(second?.text).toContain('newer.example.com');
    await tamper(({ configMap }) => {
      configMap.data = older.configMap.data;
      configMap.metadata.annotations = { ...older.configMap.metadata.annotations };
    });
    expect(packed(world)['mallory/logs']).toEqual(second);
    expect(remarks(world)).toMatchObject([{ reason: 'Unpaired', kept: true }]);
    await tamper(({ secret }) => {
      secret.data = older.secret.data;
      secret.metadata.annotations = { ...older.secret.metadata.annotations };
    });
    expect(packed(world)['mallory/logs']).toEqual(first);
  });

  it('who spoils the signature does not outlive a new policy', async () => {
    await tamper(({ configMap }) => Object.assign(configMap.data, { 'mallory.logs.yaml': evil }));
    await world.edit('FluentBitAgent', 'edge', (object) => {
      object.spec = { ...object.spec, policy: { outputs: { deny: ['loki'] } } };
    });
    expect(remarks(world)).toHaveLength(2);
    world.turn(1300_000);
    await world.settle();
    expect(packed(world)).toEqual({});
    repairing = true;
    world.turn(3600_000);
    await world.settle();
    expect(Object.keys(packed(world)).sort()).toEqual(['mallory/logs', 'shop/logs']);
    expect(remarks(world)).toEqual([]);
  });
});
