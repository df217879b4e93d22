import { describe, expect, it } from 'vitest';
import type { Enrich } from '../../../../hooks/api/pipeline.ts';
import type { Selection } from '../../../../hooks/api/selection.ts';
import { complete, containerLogs } from '../../../../hooks/binding/complete.ts';
import { logPaths } from '../../../../hooks/fluentbit/input/log-paths.ts';
import { luaString } from '../../../../hooks/fluentbit/input/lua-text.ts';
import { metadataCode, metadataNeeds, podTagRegex } from '../../../../hooks/fluentbit/input/metadata.ts';
import { markNestedCode } from '../../../../hooks/fluentbit/input/nested-code.ts';
import { type Json, luaFilter } from '../../../support/fluent-bit/lua-runner.ts';

function codeFor(input: Selection, enrich: Enrich = {}): string {
  const spec = complete({ input, enrich, outputs: [{ plugin: 'null' }] });
  const selection = containerLogs(input);
  return metadataCode(selection, spec.enrich, metadataNeeds(selection, spec.enrich));
}

async function run(input: Selection, enrich: Enrich, record: Json) {
  return (await luaFilter(codeFor(input, enrich), 'fluentbind'))(record);
}

const pod = (extra: { [key: string]: Json }): Json => ({ log: 'x', kubernetes: { pod_name: 'p', ...extra } });
const owned = (kind: string, name: string) => pod({ ownerReferences: [{ kind, name, controller: true }] });

describe('text that is nested too deeply', () => {
  const path = '/var/log/pods/shop_web_u/app/0.log';

  it('is marked where the API server says nothing of the pod', async () => {
    const text = '['.repeat(40_000);
    const enrich = complete({ enrich: { labels: { include: ['app'] } }, outputs: [{ plugin: 'null' }] }).enrich;
    const code = metadataCode(containerLogs({}), enrich, metadataNeeds(containerLogs({}), enrich, true));
    expect(await (await luaFilter(code, 'fluentbind'))({ log: text })).toMatchObject({
      code: 2,
      record: { log: `nested too deeply: ${'('.repeat(40_000)}` },
    });
  });

  const marked = async (log: Json) => {
    const selection = containerLogs({});
    const spec = complete({ outputs: [{ plugin: 'null' }] });
    const code = metadataCode(selection, spec.enrich, metadataNeeds(selection, spec.enrich, true));
    const { record } = await (await luaFilter(code, 'fluentbind'))({ log, _fluentbind_path: path });
    expect(record).toMatchObject({ kubernetes: { pod_name: 'web' } });
    return (record as { log: Json }).log;
  };

  it.each([
    ['lists', '['.repeat(20_000) + ']'.repeat(20_000)],
    ['maps', `${'{"a":'.repeat(8000)}1${'}'.repeat(8000)}`],
    ['without an end', `x${'[{'.repeat(20_000)}`],
    ['behind what closes nothing', `${']'.repeat(60_000)}${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['hidden by escapes', `{"a":"${'\\u005b'.repeat(50_000)}${']'.repeat(50_000)}"}`],
  ])('%s: is marked, and nothing opens in it, so that no pattern gets it back', async (_what, text) => {
    expect(await marked(text)).toBe(`nested too deeply: ${text.replaceAll(/[[{\\]/g, '(')}`);
  });

  it('deep in a record that was received: is marked as well, and so is a record that is too deep itself', async () => {
    const { record } = await (await luaFilter(markNestedCode, 'fluentbind'))({ a: [{ b: '['.repeat(40_000) }] });
    expect(record).toEqual({ a: [{ b: `nested too deeply: ${'('.repeat(40_000)}` }] });
    let deep: Json = '['.repeat(40_000);
    for (let level = 0; level < 150; level += 1) deep = { a: deep };
    expect(JSON.stringify((await (await luaFilter(markNestedCode, 'fluentbind'))(deep)).record)).not.toContain('[');
  });

  it('of a pod without metadata: is kept marked', async () => {
    const selection = containerLogs({});
    const { enrich } = complete({ enrich: { labels: { include: ['a'] } }, outputs: [{ plugin: 'null' }] });
    const code = metadataCode(selection, enrich, metadataNeeds(selection, enrich, true));
    expect((await (await luaFilter(code ?? '', 'fluentbind'))({ log: '['.repeat(40_000) })).code).toBe(2);
  });

  it.each([
    ['long and flat', `[${'{"a":[1]},'.repeat(8000)}1]`],
    ['of few escapes', `[${JSON.stringify(JSON.stringify('a'.repeat(40_000)))}]`],
    ['deep and short', '['.repeat(16_000) + ']'.repeat(16_000)],
    ['no text', 5],
  ])('%s: stays as it is', async (_what, text) => {
    expect(await marked(text)).toEqual(text);
  });
});

describe('metadata from the path', () => {
  it.each([
    [
      '/var/log/pods/shop_web-6d4cf56db6-x2x4x_0f0f-11/app/0.log',
      { namespace_name: 'shop', pod_name: 'web-6d4cf56db6-x2x4x', pod_id: '0f0f-11', container_name: 'app' },
    ],
    [
      '/tmp/test/var/log/pods/a_pod.with.dots_u/c-1/12.log',
      { namespace_name: 'a', pod_name: 'pod.with.dots', pod_id: 'u', container_name: 'c-1' },
    ],
  ])('%s', async (path, expected) => {
    const { code, record } = await run({}, {}, { log: 'x', _p: 'F', _fluentbind_path: path });
    expect(code).toBe(2);
    expect(record).toEqual({ log: 'x', kubernetes: expected });
  });

  it('leaves a record without a path alone', async () => {
    expect((await run({}, {}, { log: 'x' })).record).toEqual({ log: 'x' });
    expect((await run({}, {}, { log: 'x', _fluentbind_path: 'nonsense' })).record).toEqual({ log: 'x' });
  });

  it('adds the name of the cluster, expanded by Fluent Bit in the first line', async () => {
    const code = codeFor({}, { clusterName: true });
    expect(code.split('\n')[0]).toBe('local cluster_name = [[${FLUENTBIND_CLUSTER_NAME}]]');
    expect(code.split('${')).toHaveLength(2);
    const filter = await luaFilter(code.replace('${FLUENTBIND_CLUSTER_NAME}', 'blue'), 'fluentbind');
    expect((await filter({ _fluentbind_path: '/x/a_b_c/d/0.log' })).record).toMatchObject({
      kubernetes: { cluster_name: 'blue' },
    });
  });
});

describe('selection by the pod', () => {
  it.each<[string, Selection, Json, boolean]>([
    ['Deployment', { workloads: ['Deployment/shop'] }, owned('ReplicaSet', 'shop-6d4cf56db6'), true],
    [
      'another whose name begins so',
      { workloads: ['Deployment/shop'] },
      owned('ReplicaSet', 'shop-cart-6d4cf56db6'),
      false,
    ],
    ['Deployment with dots', { workloads: ['Deployment/shop.v1'] }, owned('ReplicaSet', 'shop.v1-6d4cf56db6'), true],
    ['a dot is no wildcard', { workloads: ['Deployment/shop.v1'] }, owned('ReplicaSet', 'shopxv1-6d4cf56db6'), false],
    ['StatefulSet', { workloads: ['StatefulSet/db'] }, owned('StatefulSet', 'db'), true],
    ['StatefulSet of another name', { workloads: ['StatefulSet/db'] }, owned('StatefulSet', 'db-2'), false],
    ['DaemonSet', { workloads: ['DaemonSet/agent'] }, owned('DaemonSet', 'agent'), true],
    ['a kind of another name', { workloads: ['DaemonSet/agent'] }, owned('StatefulSet', 'agent'), false],
    ['Job', { workloads: ['Job/once'] }, owned('Job', 'once'), true],
    ['CronJob', { workloads: ['CronJob/report'] }, owned('Job', 'report-29012345'), true],
    ['Job that is of no CronJob', { workloads: ['CronJob/report'] }, owned('Job', 'report-daily'), false],
    ['bare pod beside a workload', { workloads: ['Pod/p', 'Job/x'] }, pod({}), true],
    ['pod without owner', { workloads: ['Deployment/shop'] }, pod({}), false],
    ['one of several', { workloads: ['Deployment/shop', 'StatefulSet/db'] }, owned('StatefulSet', 'db'), true],
    ['label', { podSelector: { matchLabels: { app: 'shop' } } }, pod({ labels: { app: 'shop', x: 'y' } }), true],
    [
      'label of another value',
      { podSelector: { matchLabels: { app: 'shop' } } },
      pod({ labels: { app: 'shop2' } }),
      false,
    ],
    ['no labels', { podSelector: { matchLabels: { app: 'shop' } } }, pod({}), false],
    [
      'In',
      { podSelector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['a', 'b'] }] } },
      pod({ labels: { tier: 'b' } }),
      true,
    ],
    [
      'NotIn without the label',
      { podSelector: { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['a'] }] } },
      pod({ labels: {} }),
      true,
    ],
    [
      'NotIn',
      { podSelector: { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['a'] }] } },
      pod({ labels: { tier: 'a' } }),
      false,
    ],
    [
      'Exists',
      { podSelector: { matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'Exists' }] } },
      pod({ labels: { 'app.kubernetes.io/name': 'x' } }),
      true,
    ],
    [
      'DoesNotExist',
      { podSelector: { matchExpressions: [{ key: 'x', operator: 'DoesNotExist' }] } },
      pod({ labels: { x: '' } }),
      false,
    ],
    [
      'both must hold',
      { workloads: ['StatefulSet/db'], podSelector: { matchLabels: { a: 'b' } } },
      owned('StatefulSet', 'db'),
      false,
    ],
  ])('%s', async (_name, input, record, taken) => {
    expect((await run(input, {}, record)).code).toBe(taken ? 2 : -1);
  });
});

describe('labels and annotations', () => {
  const labels = { app: 'shop', 'app.kubernetes.io/name': 'shop', 'app.kubernetes.io/part-of': 'x', team: 'y' };
  it.each<[string, Enrich, Json]>([
    ['by name', { labels: { include: ['team'] } }, { team: 'y' }],
    [
      'by prefix',
      { labels: { include: ['app.kubernetes.io/*'] } },
      { 'app.kubernetes.io/name': 'shop', 'app.kubernetes.io/part-of': 'x' },
    ],
    [
      'all but one',
      { labels: { include: ['*'], exclude: ['team'] } },
      { app: 'shop', 'app.kubernetes.io/name': 'shop', 'app.kubernetes.io/part-of': 'x' },
    ],
    ['all but a prefix', { labels: { include: ['*'], exclude: ['app*'] } }, { team: 'y' }],
  ])('%s', async (_name, enrich, expected) => {
    expect((await run({}, enrich, pod({ labels }))).record).toMatchObject({ kubernetes: { labels: expected } });
    const result = (await run({}, enrich, pod({ labels }))).record as { kubernetes: { labels: object } };
    expect(result.kubernetes.labels).toEqual(expected);
  });

  it('go again where only the selection needed them', async () => {
    const { record } = await run(
      { podSelector: { matchLabels: { app: 'shop' } }, workloads: ['StatefulSet/db'] },
      {},
      pod({ labels, ownerReferences: [{ kind: 'StatefulSet', name: 'db' }] }),
    );
    expect(record).toEqual({ log: 'x', kubernetes: { pod_name: 'p' } });
  });

  it('stay as they are where all are taken', async () => {
    const { record } = await run({}, { labels: { include: ['*'] } }, pod({ labels }));
    expect(record).toEqual({ log: 'x', kubernetes: { pod_name: 'p', labels } });
  });
});

describe('paths', () => {
  const paths = (input: Selection) => logPaths(containerLogs(input), 'shop');
  it.each<[string, Selection, string[], string[]]>([
    ['the own namespace', {}, ['/var/log/pods/shop_*/*/*.log'], []],
    [
      'containers',
      { containers: { include: ['b', 'a'] } },
      ['/var/log/pods/shop_*/a/*.log', '/var/log/pods/shop_*/b/*.log'],
      [],
    ],
    [
      'all containers but one',
      { containers: { exclude: ['istio-proxy'] } },
      ['/var/log/pods/shop_*/*/*.log'],
      ['/var/log/pods/*/istio-proxy/*'],
    ],
    [
      'workloads',
      { workloads: ['Deployment/web', 'Pod/one'] },
      ['/var/log/pods/shop_one_*/*/*.log', '/var/log/pods/shop_web-*_*/*/*.log'],
      [],
    ],
    [
      'other namespaces',
      { namespaces: { include: ['a', 'b'] } },
      ['/var/log/pods/a_*/*/*.log', '/var/log/pods/b_*/*/*.log'],
      [],
    ],
    [
      'all namespaces but one',
      { namespaces: { exclude: ['kube-system'] } },
      ['/var/log/pods/*_*/*/*.log'],
      ['/var/log/pods/kube-system_*'],
    ],
    [
      'all namespaces',
      { namespaces: { include: ['*'], exclude: ['kube-system'] } },
      ['/var/log/pods/*_*/*/*.log'],
      ['/var/log/pods/kube-system_*'],
    ],
    [
      'some namespaces less one',
      { namespaces: { include: ['a', 'b'], exclude: ['b'] } },
      ['/var/log/pods/a_*/*/*.log'],
      [],
    ],
  ])('%s', (_name, input, include, exclude) => {
    expect(paths(input)).toEqual({ include, exclude });
  });

  it.each([
    ['of stdout', 'shop_web.v1-0_0f0f-11.app-1.3.log'],
    ['of stderr', '.p0123456789abcdef.var.log.pods.shop_web.v1-0_0f0f-11.app-1.3.log'],
    ['of stderr, cut within the id', '9abcdef.var.log.pods.shop_web.v1-0_0f0f-11.app-1.3.log'],
    ['of a rotated file', 'p01234.rotated.shop_web.v1-0_0f0f-11.app-1.0-20260101-000009.log'],
  ])('come apart again from a tag %s', (_what, tag) => {
    const match = new RegExp(podTagRegex).exec(tag);
    expect(match?.groups).toMatchObject({
      namespace_name: 'shop',
      pod_name: 'web.v1-0',
      pod_id: '0f0f-11',
      container_name: 'app-1',
    });
  });
});

it('quotes every text for Lua', () => {
  expect(luaString('a"b\\c\n${x}')).toBe('"a\\034b\\092c\\010\\036\\123x\\125"');
});
