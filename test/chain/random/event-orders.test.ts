import { cloneDeep } from 'lodash-es';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { fluentBitShard } from '../../../hooks/controllers/fluent-bit-shard/index.ts';
import { defaultSettings } from '../../../hooks/kit/controller.ts';
import { hooksOf } from '../../../hooks/kit/invoke.ts';
import { annotations } from '../../../hooks/kubernetes/names.ts';
import { Incoming } from '../../../hooks/sidecar/desired/incoming.ts';
import { desiredOf } from '../../../hooks/sidecar/desired/plan.ts';
import { Blobs } from '../../../hooks/sidecar/store/blob-store.ts';
import { disk } from '../../../hooks/sidecar/store/disk.ts';
import { type AgentNode, agentNode } from '../../support/node/agent-node.ts';
import { agents, packedIn, shipping } from '../../support/node/packed-pipelines.ts';
import { make, World } from '../../support/world.ts';

type Version = KubernetesObject | undefined;
interface Content {
  text: string;
  values: string[];
}

/** Rows of every choice of one item from each list. */
function choices<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>((rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])), [[]]);
}

/** Every order of the steps of two that each take theirs in turn. */
function interleavings(left: number, right: number): ('left' | 'right')[][] {
  if (left === 0 && right === 0) return [[]];
  return [
    ...(left > 0 ? interleavings(left - 1, right).map((rest) => ['left' as const, ...rest]) : []),
    ...(right > 0 ? interleavings(left, right - 1).map((rest) => ['right' as const, ...rest]) : []),
  ];
}

let world: World;
let shard: KubernetesObject;
/** What belongs together, by revision. */
const known = new Map<string, Content>();
const history: { configMap: Version; secret: Version }[] = [];
/** The parts of the shard after each step of the history. */
const packings: KubernetesObject[][] = [];
let neighbour: { configMap: Version; secret: Version };

const snapshot = (name: string) => ({
  configMap: cloneDeep(world.get('ConfigMap', `${name}-fluent-bit`)),
  secret: cloneDeep(world.get('Secret', `${name}-fluent-bit`)),
});
const partsNow = () => cloneDeep(world.store.all().filter(({ metadata }) => /^edge-shard-/.test(metadata.name)));
const revisionOf = (version: Version) => version?.metadata.annotations?.[annotations.revision];

/** What the hook of the shard makes of these objects where these parts stand. */
function pass(related: readonly Version[], standing: readonly KubernetesObject[]): KubernetesObject[] {
  const of = (objects: readonly Version[], kind: string) => {
    const chosen = objects.filter((one): one is KubernetesObject => one?.kind === kind);
    return Object.fromEntries(chosen.map((one) => [`${one.metadata.namespace}/${one.metadata.name}`, one]));
  };
  const map = (objects: readonly Version[]) => ({
    'ConfigMap.v1': of(objects, 'ConfigMap'),
    'Secret.v1': of(objects, 'Secret'),
  });
  const request = {
    controller: shard,
    parent: shard,
    children: map(standing),
    related: map(related),
    finalizing: false,
  };
  const reply = hooksOf(fluentBitShard).sync?.(request, { now: new Date(world.now), settings: defaultSettings });
  return (reply as { children: KubernetesObject[] }).children;
}

/** The revision of the pipeline that is in parts; each must be all of one revision, the neighbour's, too. */
function inForce(parts: readonly KubernetesObject[]): string | undefined {
  const found = packedIn(parts);
  for (const { entry, text, values } of found) expect({ text, values }).toEqual(known.get(entry.revision));
  const own = found.filter(({ entry }) => entry.name === 'logs');
  expect(own.length).toBeLessThanOrEqual(1);
  return own[0]?.entry.revision;
}

beforeAll(async () => {
  world = await World.start({ bundled: false });
  await world.apply(make.namespace('shop'), make.agent('edge', { namespace: agents, shards: 1, parts: 3 }));
  const secret = (token: string) => make.secret('cls', { token });
  await world.apply(make.secret('other', { token: 'of the neighbour' }), secret('first'));
  const other = shipping('neighbour.example.com');
  const variables = [{ name: 'token', valueFrom: { secretKeyRef: { name: 'other', key: 'token' } } }];
  await world.apply(make.logging('neighbour', { ...other, variables }));
  neighbour = snapshot('neighbour');
  const record = () => {
    for (const { entry, text, values } of packedIn(partsNow())) known.set(entry.revision, { text, values });
    history.push(snapshot('logs'));
    packings.push(partsNow());
  };
  record();
  await world.apply(make.logging('logs', shipping('one.example.com')));
  record();
  // The value alone, the file alone, both, and back to what was before.
  await world.apply(secret('second'));
  record();
  await world.apply(make.logging('logs', shipping('two.example.com')));
  record();
  await world.put(secret('first'));
  await world.apply(make.logging('logs', shipping('one.example.com')));
  record();
  await world.remove('LoggingConfiguration', 'logs');
  await world.apply(make.logging('logs', shipping('three.example.com')));
  record();
  const found = world.store.all().find(({ kind }) => kind === 'FluentBitShard');
  if (found === undefined) throw new Error('no shard');
  shard = found;
  expect(world.engine.errors).toEqual([]);
});

describe('a ConfigMap and a Secret of whatever age', () => {
  it('become a pipeline of one revision, or what stands stays, whatever stands', () => {
    const versions = [...history.keys()];
    for (const [configMap = 0, secret = 0, standing = 0] of choices([versions, versions, versions])) {
      const [config, values] = [history[configMap]?.configMap, history[secret]?.secret];
      const parts = packings[standing] ?? [];
      const after = pass([config, values, neighbour.configMap, neighbour.secret], parts);
      const [before, now] = [inForce(parts), inForce(after)];
      const uids = [config, values].flatMap((one) => one?.metadata.ownerReferences?.map(({ uid }) => uid) ?? []);
      const kept = packedIn(parts).find(({ entry }) => entry.name === 'logs' && uids.includes(entry.uid));
      const pair = revisionOf(config) === revisionOf(values) && new Set(uids).size === 1;
      if (pair) expect(now).toBe(revisionOf(config));
      else expect([undefined, kept?.entry.revision]).toContain(now);
      // One of the pair is there, of the one that stands: it is on its way.
      if (!pair && new Set(uids).size === 1) expect(now).toBe(kept === undefined ? undefined : before);
      expect(packedIn(after).some(({ entry }) => entry.name === 'neighbour')).toBe(true);
    }
  });

  it('go on to the newest in every order, and never back', () => {
    // The fifth is the first once more, so that going back could not be told from going on.
    const steps = history.slice(1, 4);
    for (const walk of interleavings(2, 2)) {
      const at = { left: 0, right: 0 };
      let parts = packings[1] ?? [];
      const seen = [inForce(parts)];
      for (const side of walk) {
        at[side] += 1;
        const pair = [steps[at.left]?.configMap, steps[at.right]?.secret];
        parts = pass([...pair, neighbour.configMap, neighbour.secret], parts);
        seen.push(inForce(parts));
      }
      const order = steps.map(({ configMap }) => revisionOf(configMap));
      const places = seen.map((revision) => order.indexOf(revision));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      expect(places.at(-1)).toBe(2);
    }
  });
});

describe('parts of a shard of whatever age', () => {
  let node: AgentNode | undefined;
  afterEach(() => node?.clean());

  const names = () => [...new Set(packings.flat().map(({ kind, metadata }) => `${kind} ${metadata.name}`))].sort();
  /** Each object of the shard in each of its states, every combination once. */
  const torn = () => {
    const each = names().map((name) => [
      ...new Map(
        packings.map((parts) => {
          const object = parts.find(({ kind, metadata }) => `${kind} ${metadata.name}` === name);
          return [JSON.stringify(object?.['data']), object] as const;
        }),
      ).values(),
    ]);
    return choices(each).map((row) => row.filter((one) => one !== undefined));
  };

  it('never give the next pass a mixed pipeline to keep', () => {
    const states = torn();
    // Where content goes follows from its digest; some of it is torn in any case.
    expect(states.length).toBeGreaterThan(packings.length);
    const unpaired = [history[2]?.configMap, history[3]?.secret, neighbour.configMap, neighbour.secret];
    for (const standing of states) {
      const after = pass(unpaired, standing);
      inForce(after);
      expect(packedIn(after).some(({ entry }) => entry.name === 'neighbour')).toBe(true);
      expect(inForce(pass([history[3]?.configMap, history[3]?.secret], standing))).toBe(
        revisionOf(history[3]?.configMap),
      );
    }
  });

  it('never give a node a mixed pipeline, nor one without its neighbour', () => {
    const here = agentNode();
    node = here;
    const dataOf = (object: KubernetesObject) => (object['data'] ?? {}) as Record<string, string>;
    const decoded = (object: KubernetesObject) =>
      Object.fromEntries(
        Object.entries(dataOf(object)).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
      );
    let complete = 0;
    for (const parts of torn()) {
      here.mount(...parts.map((object) => (object.kind === 'Secret' ? decoded(object) : dataOf(object))));
      const blobs = new Blobs(disk, here.places.generations);
      // A node that has just started: no earlier state stands in for what has not arrived.
      const { shards } = new Incoming(disk, here.places.incoming, blobs).assemble();
      const entries = [...desiredOf(shards, '', undefined).entries.values()];
      for (const { revision, file, secrets } of entries) {
        const values = Object.values(secrets).map((blob) => blobs.read(blob).toString());
        expect({ text: blobs.read(file).toString(), values }).toEqual(known.get(revision));
      }
      if (entries.length > 0) expect(entries.map(({ name }) => name)).toContain('neighbour');
      complete += Math.min(1, entries.length);
    }
    expect(complete).toBeGreaterThanOrEqual(packings.length - 1);
    expect(complete).toBeLessThan(torn().length);
  });
});
