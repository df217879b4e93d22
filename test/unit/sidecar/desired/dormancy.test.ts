import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { nodeDataOf } from '../../../../hooks/shards/node-data.ts';
import { Dormancy } from '../../../../hooks/sidecar/desired/dormancy.ts';
import { NodeLogs } from '../../../../hooks/sidecar/desired/node-logs.ts';
import { disk } from '../../../../hooks/sidecar/store/disk.ts';
import type { Entry } from '../../../../hooks/sidecar/store/entry.ts';
import { type AgentNode, agentNode, shardFiles } from '../../../support/node/agent-node.ts';
import { chunkFile } from '../../../support/node/chunk-file.ts';
import { make, World } from '../../../support/world.ts';
import { pipeline, settle, Workbench } from '../workbench.ts';

const none: ReadonlySet<string> = new Set();
const id = (letter: string) => `p${letter.repeat(16)}`;
const podOf = (namespace: string) => `${namespace}_web-6d4cf56db6-x2x4x_0f0f0f0f-1111`;

describe('which pipelines a node has nothing to do for', () => {
  let node: AgentNode;
  afterEach(() => node.clean());

  /** Of each namespace by its letter, whose paths are these; undefined: it is sent records. */
  function entries(paths: Record<string, string[] | undefined>): Map<string, Entry> {
    const all = Object.entries(paths).map(([name, globs]): [string, Entry] => {
      const own = globs?.map((glob) => (glob.startsWith('/') ? glob : `${node.places.logs}/${glob}`));
      const entry = { namespace: 'shop', name, ids: [id(name)], content: name } as Entry;
      return [`shop/${name}`, own === undefined ? entry : { ...entry, paths: own }];
    });
    return new Map(all);
  }

  function begin(pods: readonly string[], anyway = 0): Dormancy {
    node = agentNode();
    mkdirSync(node.places.logs, { recursive: true });
    for (const pod of pods) mkdirSync(join(node.places.logs, pod));
    return new Dormancy(new NodeLogs(disk, node.places.logs), node.places.state, anyway);
  }

  it.each<[string, string[] | undefined, boolean]>([
    ['its namespace has a pod', ['a_*'], false],
    ['it has none', ['b_*'], true],
    ['its namespace begins like another', ['ab_*'], true],
    ['one of several has', ['b_*', 'a_*'], false],
    ['its workload has a pod', ['a_web-*_*'], false],
    ['its workload has none', ['a_we_*'], true],
    ['all namespaces', ['*_*'], false],
    ['a workload in all namespaces', ['*_web-*_*'], false],
    ['another in all namespaces', ['*_api-*_*'], true],
    ['it is sent records', undefined, false],
    ['it reads elsewhere', ['/var/log/other'], false],
  ])('%s', (_, paths, isAsleep) => {
    const idleness = begin([podOf('a')]);
    const all = entries({ c: paths });
    expect(idleness.of(all, none, 0).has('shop/c')).toBe(isAsleep);
    expect(begin([podOf('a')], 1).of(all, none, 0).size).toBe(0);
  });

  it('is none of those with something to deliver, and of none where nobody can tell', () => {
    const idleness = begin([]);
    const all = entries({
      a: ['a_*'],
      b: ['b_*'],
      c: ['c_*'],
      d: ['d_*'],
      e: ['e_*'],
    });
    const { state, logs } = node.places;
    chunkFile(join(state, 'chunks/tail.0/1.flb'), { tag: id('a'), bytes: 4096, age: 1 });
    chunkFile(join(state, `parked/${id('b')}/tail.1/1.flb`), { tag: `${id('b')}.var.log`, bytes: 4096, age: 1 });
    mkdirSync(join(state, `${id('c')}.files/bucket`), { recursive: true });
    writeFileSync(join(state, `${id('c')}.files/bucket/part`), 'not sent yet');
    mkdirSync(join(state, `${id('d')}.files/bucket`), { recursive: true });
    expect([...idleness.of(all, none, 0)]).toEqual(['shop/d', 'shop/e']);
    rmSync(logs, { recursive: true });
    expect(idleness.of(all, none, 0).size).toBe(0);
    expect(idleness.ends(all.values())).toBe(true);
  });

  it('is none that is live', () => {
    const idleness = begin([]);
    const all = entries({ a: ['a_*'], b: ['b_*'] });
    expect([...idleness.of(all, new Set(['shop/a']), 0)]).toEqual(['shop/b']);
  });

  it('is looked for again when folders come', () => {
    const idleness = begin([]);
    const all = entries({ a: ['a_*'], b: ['b_*'] });
    idleness.of(all, none, 0);
    expect(idleness.ends(all.values())).toBe(false);
    mkdirSync(join(node.places.logs, podOf('c')));
    expect(idleness.ends(all.values())).toBe(false);
    mkdirSync(join(node.places.logs, podOf('b')));
    expect(idleness.ends(all.values())).toBe(true);
    expect(idleness.ends(all.values())).toBe(true);
  });

  it('follows from what the hooks render', async () => {
    node = agentNode();
    const world = await World.start();
    const inbox = { id: 'inbox', plugin: 'forward', port: 24224, namespaces: ['shop'] };
    const output = (name: string) => ({
      id: name,
      plugin: 'http',
      properties: { host: 'logs.example.com', tls: true },
    });
    const inputs: [object, string[] | undefined][] = [
      [{}, ['/var/log/pods/shop_*']],
      [{ containers: { include: ['app'] } }, ['/var/log/pods/shop_*']],
      [{ workloads: ['Deployment/web', 'Pod/x'] }, ['/var/log/pods/shop_web-*_*', '/var/log/pods/shop_x_*']],
      [{ workloads: Array.from({ length: 40 }, (_, index) => `Pod/web-${index}`) }, ['/var/log/pods/shop_*']],
      [{ from: 'inbox' }, undefined],
    ];
    await world.apply(make.namespace('shop'), make.agent('here', { namespace: 'logging', shards: 1, inputs: [inbox] }));
    for (const [input, paths] of inputs) {
      await world.apply(make.logging('logs', { input, outputs: [output('a'), output('b')] }));
      expect(nodeDataOf(world.file('logs') ?? '').paths).toEqual(paths);
    }
  });
});

describe('a sidecar with more pipelines than are of use on its node', () => {
  let bench: Workbench;
  afterEach(() => bench.end());

  const reading = (name: string, revision = 1) => {
    const own = pipeline(name, revision);
    const input = `pipeline:\n  inputs:\n    - name: tail\n      path: ${bench.node.places.logs}/${name}_*/*/*.log\n`;
    const output = `  outputs:\n    - name: http\n      match: ${id(name)}\n`;
    return { ...own, text: `${own.text}${input}${output}` };
  };
  const mount = (...pipelines: ReturnType<typeof pipeline>[]) => {
    const { config, secret } = shardFiles(0, pipelines);
    bench.node.mount(config, secret);
  };
  const schedule = (namespace: string) =>
    mkdirSync(join(bench.node.places.logs, podOf(namespace)), { recursive: true });

  it('lets Fluent Bit have those of its pods, and more as pods come', async () => {
    bench = new Workbench({}, 0);
    schedule('a');
    mount(reading('a'), reading('b'), reading('c'), pipeline('d', 1));
    const sidecar = await bench.start();
    expect(bench.running()).toEqual({ a: '1', d: '1' });
    expect(bench.report(sidecar)).toMatchObject({ live: 2, refused: [], kept: [], pending: 0, healthy: true });
    await settle(sidecar);
    expect(bench.agent.reloads).toBe(0);
    schedule('b');
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '1', b: '1', d: '1' });
    expect(bench.agent).toMatchObject({ starts: 1, reloads: 1 });
    // Another of the same is nothing new.
    mkdirSync(join(bench.node.places.logs, 'b_other_1'));
    await settle(sidecar);
    expect(bench.agent.reloads).toBe(1);
  });

  it('links what was rotated while a pipeline was not live, and only then', async () => {
    bench = new Workbench({}, 0);
    const { logs, state } = bench.node.places;
    for (const name of ['a', 'b'])
      writeFileSync(join(state, `${id(name)}.db`), readFileSync('test/unit/sidecar/positions/opened.db'));
    schedule('a');
    mount(reading('a'), reading('b'));
    const sidecar = await bench.start();
    for (const name of ['a', 'b']) {
      mkdirSync(join(logs, podOf(name), 'app'), { recursive: true });
      for (const file of ['0.log', '0.log.20260101-000001']) writeFileSync(join(logs, podOf(name), 'app', file), '');
    }
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '1', b: '1' });
    expect(disk.readdirSync(join(state, `${id('a')}.rotated`))).toEqual([]);
    expect(disk.readdirSync(join(state, `${id('b')}.rotated`, podOf('b'), 'app'))).toEqual(['0-20260101-000001.log']);
  });

  it('loads nothing anew for a pipeline without a pod, and has its newest when one comes', async () => {
    bench = new Workbench({}, 0);
    schedule('a');
    mount(reading('a'), reading('b'));
    const sidecar = await bench.start();
    mount(reading('a'), reading('b', 2));
    await settle(sidecar);
    expect([bench.agent.reloads, bench.running()]).toEqual([0, { a: '1' }]);
    schedule('b');
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '1', b: '2' });
  });

  it('keeps what is live when a pod goes, and its position while it is asleep', async () => {
    bench = new Workbench({ gone: 5 }, 0);
    schedule('a');
    schedule('b');
    mount(reading('a'), reading('b'), reading('c'));
    const sidecar = await bench.start();
    for (const name of ['b', 'c', 'e']) writeFileSync(join(bench.node.places.state, `${id(name)}.db`), '');
    rmSync(join(bench.node.places.logs, podOf('b')), { recursive: true });
    mount(reading('a', 2), reading('b'), reading('c'));
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '2', b: '1' });
    await sidecar.watchState();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await sidecar.watchState();
    expect(
      disk
        .readdirSync(bench.node.places.state)
        .filter((name) => name.endsWith('.db'))
        .sort(),
    ).toEqual(['b', 'c'].map((name) => `${id(name)}.db`));
  });

  it('keeps what is live while its newest is refused, wherever that one would read', async () => {
    bench = new Workbench({}, 0);
    schedule('b');
    mount(reading('a'), reading('b'));
    const sidecar = await bench.start();
    const bad = { ...reading('e'), name: 'b' };
    mount(reading('a'), { ...bad, text: bad.text.replace('name: tail', 'name: is_bad') });
    await settle(sidecar);
    expect(bench.running()).toEqual({ b: '1' });
    expect(bench.report(sidecar).refused).toMatchObject([{ name: 'b', kept: true }]);
  });

  it('knows those that are asleep after a restart, though their shard is not complete then', async () => {
    bench = new Workbench({}, 0);
    schedule('a');
    mount(reading('a'), reading('b'));
    await bench.start();
    const { config, secret } = shardFiles(0, [reading('a'), reading('b'), reading('c')]);
    const without = Object.entries(config).filter(([, text]) => !text.includes('/c_*'));
    bench.node.mount(Object.fromEntries(without), secret);
    const again = bench.sidecar();
    await settle(again);
    expect(Object.keys(bench.report(again).incomplete)).toEqual(['0']);
    schedule('b');
    await settle(again);
    expect(bench.running()).toEqual({ a: '1', b: '1' });
    // What is removed meanwhile does not come back.
    mount(reading('a'), reading('b'), reading('d'));
    await settle(again);
    mount(reading('a'), reading('b'));
    await settle(again);
    const last = bench.sidecar();
    schedule('d');
    await settle(last);
    expect(bench.running()).toEqual({ a: '1', b: '1' });
  });
});
