import { cloneDeep } from 'lodash-es';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { annotations, labels } from '../../../hooks/kubernetes/names.ts';
import { collect, standingIn, type Trust } from '../../../hooks/shards/collect.ts';
import { type Part, pack } from '../../../hooks/shards/pack.ts';
import { sign } from '../../../hooks/shards/signature.ts';

const key = 'signing key';
const address = { agent: 'edge', shard: 0 };
const trust: Trust = { ...address, keys: [key], digestKey: 'digest', policyHash: 'policy', mayWait: true };

const none = () => new Map();
const standing = (parts: readonly Part[]) => () => standingIn(0, parts);

interface Options {
  namespace?: string;
  name?: string;
  uid?: string;
  revision?: string;
  policy?: string;
  text?: string;
  value?: string;
  signingKey?: string;
}

/** The two children of a LoggingConfiguration, as the hooks sign them. */
function pair(options: Options = {}): [KubernetesObject, KubernetesObject] {
  const { namespace = 'shop', name = 'logs', uid = 'uid-1', revision = 'r1', policy = 'policy' } = options;
  const { text = 'pipeline: {}', value = 'djE=', signingKey = key } = options;
  const child = (kind: 'ConfigMap' | 'Secret', data: Record<string, string>): KubernetesObject => {
    const signed = { kind, namespace, name, ownerUid: uid, revision, policyHash: policy, ...address, data };
    return {
      apiVersion: 'v1',
      kind,
      metadata: {
        name: `${name}-fluent-bit`,
        namespace,
        labels: { [labels.loggingConfiguration]: name, 'controller-uid': uid },
        annotations: {
          [annotations.revision]: revision,
          [annotations.policy]: policy,
          [annotations.keys]: Object.keys(data).join(','),
          [annotations.signature]: sign(signingKey, signed),
        },
        ownerReferences: [
          {
            apiVersion: 'fluentbit.kyma-project.io/v1alpha1',
            kind: 'LoggingConfiguration',
            name,
            uid,
            controller: true,
          },
        ],
      },
      data,
    };
  };
  return [child('ConfigMap', { [`${namespace}.${name}.yaml`]: text }), child('Secret', { p0_token: value })];
}

function run(
  [configMap, secret]: readonly [KubernetesObject | undefined, KubernetesObject | undefined],
  good = pair(),
) {
  const before = collect([good[0]], [good[1]], none, trust);
  const { parts } = pack(0, before.pipelines, 4);
  const given = (object: KubernetesObject | undefined) => (object === undefined ? [] : [object]);
  return collect(given(configMap), given(secret), standing(parts), trust);
}

function changed(change: (configMap: KubernetesObject, secret: KubernetesObject) => void, options: Options = {}) {
  const [configMap, secret] = cloneDeep(pair({ revision: 'r2', text: 'new', value: 'djI=', ...options }));
  change(configMap, secret);
  return [configMap, secret] as const;
}

const note = (object: KubernetesObject) => object.metadata.annotations ?? {};
const data = (object: KubernetesObject) => object['data'] as Record<string, string>;

describe('what a shard takes', () => {
  it('is a pair that the hooks signed', () => {
    const { pipelines, remarks } = run(pair({ revision: 'r2', text: 'new' }));
    expect(remarks).toEqual([]);
    expect(pipelines.map(({ entry }) => entry.revision)).toEqual(['r2']);
    expect(pipelines[0]?.blobs.map((blob) => blob.content)).toEqual(['new', 'djE=']);
  });

  it('does not mind what others add to the objects', () => {
    const { remarks, pipelines } = run(
      changed((configMap, secret) => {
        data(configMap)['mine'] = 'x';
        data(secret)['mine'] = 'eA==';
        Object.assign(note(configMap), { 'example.com/mine': 'x' });
      }),
    );
    expect(remarks).toEqual([]);
    expect(pipelines[0]?.blobs.map((blob) => blob.content)).toEqual(['new', 'djI=']);
  });

  it.each<[string, ReturnType<typeof changed>]>([
    [
      'text that a tenant changed',
      changed((configMap) => Object.assign(data(configMap), { 'shop.logs.yaml': 'mine' })),
    ],
    ['a value that a tenant changed', changed((_, secret) => Object.assign(data(secret), { p0_token: 'bWluZQ==' }))],
    ['a key that a tenant took away', changed((_, secret) => delete data(secret)['p0_token'])],
    [
      'a key that a tenant signed in',
      changed((configMap) => {
        data(configMap)['more'] = 'mine';
        note(configMap)[annotations.keys] += ',more';
      }),
    ],
    ['another revision', changed((configMap) => Object.assign(note(configMap), { [annotations.revision]: 'r3' }))],
    ['another policy', changed((configMap) => Object.assign(note(configMap), { [annotations.policy]: 'lax' }))],
    ['no signature', changed((configMap) => delete note(configMap)[annotations.signature])],
    ['a signature by another key', changed(() => undefined, { signingKey: 'tenant' })],
    [
      'the signature of the Secret on the ConfigMap',
      changed((configMap, secret) =>
        Object.assign(note(configMap), { [annotations.signature]: note(secret)[annotations.signature] }),
      ),
    ],
    [
      'a pair that was signed for another LoggingConfiguration',
      changed(
        (...objects) => {
          for (const object of objects) {
            object.metadata.name = 'logs-fluent-bit';
            object.metadata.labels = { ...object.metadata.labels, [labels.loggingConfiguration]: 'logs' };
            object.metadata.ownerReferences = object.metadata.ownerReferences?.map((ref) => ({ ...ref, name: 'logs' }));
          }
        },
        { name: 'other' },
      ),
    ],
    [
      'a pair that was signed for another namespace',
      changed(
        (...objects) => {
          for (const object of objects) object.metadata.namespace = 'shop';
        },
        { namespace: 'bank' },
      ),
    ],
  ])('is never %s: what was good stays, and it is said', (_, objects) => {
    const { pipelines, remarks } = run(objects);
    expect(remarks).toEqual([{ namespace: 'shop', name: 'logs', reason: 'Forged', kept: true }]);
    expect(pipelines.map(({ entry }) => entry.revision)).toEqual(['r1']);
    expect(pipelines[0]?.blobs.map((blob) => blob.content)).toEqual(['pipeline: {}', 'djE=']);
  });

  it.each<[string, readonly [KubernetesObject | undefined, KubernetesObject | undefined]]>([
    ['of two revisions', [pair({ revision: 'r2' })[0], pair({ revision: 'r3' })[1]]],
    ['without its Secret', [pair()[0], undefined]],
    ['without its ConfigMap', [undefined, pair()[1]]],
  ])('is never a pair %s', (_, objects) => {
    const { pipelines, remarks } = run(objects);
    expect(remarks).toMatchObject([{ reason: 'Unpaired', kept: true }]);
    expect(pipelines.map(({ entry }) => entry.revision)).toEqual(['r1']);
  });

  it.each<[string, ReturnType<typeof changed>]>([
    [
      'is being deleted, and held by a finalizer',
      changed((...objects) => {
        for (const { metadata } of objects) metadata.deletionTimestamp = '2026-06-01T00:00:00Z';
      }),
    ],
    [
      'lost its owner',
      changed((...objects) => {
        for (const { metadata } of objects) delete metadata.ownerReferences;
      }),
    ],
    [
      'bears another controller-uid',
      changed((...objects) => {
        for (const { metadata } of objects) metadata.labels = { ...metadata.labels, 'controller-uid': 'uid-2' };
      }),
    ],
  ])('is gone when a pair %s', (_, objects) => {
    expect(run(objects)).toEqual({ pipelines: [], remarks: [] });
  });

  it('is not what an earlier LoggingConfiguration of the name had', () => {
    const [configMap] = pair({ uid: 'uid-2' });
    expect(run([configMap, undefined])).toMatchObject({ pipelines: [], remarks: [{ kept: false }] });
  });

  it.each([
    [true, 'PolicyPending', ['r1']],
    [false, 'PolicyOutdated', []],
  ])('waits under an older policy, for a while: %s', (mayWait, reason, revisions) => {
    const good = pair();
    const { parts } = pack(0, collect([good[0]], [good[1]], none, trust).pipelines, 4);
    const [configMap, secret] = pair();
    const tightened = { ...trust, policyHash: 'tighter', mayWait };
    const { pipelines, remarks } = collect([configMap], [secret], standing(parts), tightened);
    expect(remarks).toMatchObject([{ reason }]);
    expect(pipelines.map(({ entry }) => entry.revision)).toEqual(revisions);
  });

  it.each([
    [true, true],
    [false, false],
  ])(
    'is not kept under an older policy by whoever spoils the signature, only while all may wait: %s',
    (mayWait, kept) => {
      const good = pair();
      const { parts } = pack(0, collect([good[0]], [good[1]], none, trust).pipelines, 4);
      const [configMap, secret] = pair({ signingKey: 'of somebody else' });
      const { pipelines, remarks } = collect([configMap], [secret], standing(parts), {
        ...trust,
        policyHash: 'tighter',
        mayWait,
      });
      expect(remarks).toMatchObject([{ reason: 'Forged', kept }]);
      expect(pipelines).toHaveLength(kept ? 1 : 0);
    },
  );

  it.each([{ agent: 'other' }, { shard: 1 }])('is of its own agent and shard: %j', (other) => {
    const [configMap, secret] = pair();
    expect(collect([configMap], [secret], none, { ...trust, ...other })).toMatchObject({
      pipelines: [],
      remarks: [{ reason: 'Forged' }],
    });
  });

  it('stays where the pair was judged by a policy that the shard does not know yet', () => {
    const good = pair();
    const { parts } = pack(0, collect([good[0]], [good[1]], none, trust).pipelines, 4);
    const [configMap, secret] = pair({ policy: 'newer', revision: 'r2' });
    const { pipelines, remarks } = collect([configMap], [secret], standing(parts), { ...trust, mayWait: false });
    expect(pipelines.map(({ entry }) => entry.revision)).toEqual(['r1']);
    expect(remarks).toMatchObject([{ reason: 'PolicyPending', kept: true }]);
  });

  it('is not there under an owner of another group, of whom the garbage collector may know nothing', () => {
    const [configMap, secret] = cloneDeep(pair());
    for (const { metadata } of [configMap, secret])
      for (const reference of metadata.ownerReferences ?? []) reference.apiVersion = 'no.such.group/v1';
    expect(run([configMap, secret])).toEqual({ pipelines: [], remarks: [] });
  });

  it('is signed by any key that is still believed', () => {
    const [configMap, secret] = pair({ signingKey: 'former' });
    const rotated = { ...trust, keys: [key, 'former'] };
    expect(collect([configMap], [secret], none, rotated)).toMatchObject({ remarks: [], pipelines: [{}] });
  });

  it.each<[string, Partial<Trust>]>([
    ['another policy', { policyHash: 'tighter' }],
    ['another agent', { agent: 'other' }],
    ['other keys', { keys: ['of others'] }],
  ])('is judged anew by %s, though it is remembered', (_name, other) => {
    const [configMap, secret] = pair().map((object) => Object.freeze(object)) as [KubernetesObject, KubernetesObject];
    const judged = (given: Trust) => collect([configMap], [secret], none, given).pipelines.length;
    expect([judged(trust), judged({ ...trust, ...other }), judged(trust)]).toEqual([1, 0, 1]);
  });

  it('is remembered with the secret that it was judged with only', () => {
    const [configMap, secret] = pair().map((object) => Object.freeze(object)) as [KubernetesObject, KubernetesObject];
    const forged = Object.freeze({ ...secret, data: { p0_token: 'ZXZpbA==' } });
    expect([secret, forged, secret].map((one) => collect([configMap], [one], none, trust).remarks.length)).toEqual([
      0, 1, 0,
    ]);
  });

  it('is held to a size', () => {
    const { remarks } = run(pair({ revision: 'r2', text: 'x'.repeat(1024 * 1024) }));
    expect(remarks).toMatchObject([{ reason: 'TooLarge', kept: true }]);
  });
});
