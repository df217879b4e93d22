import { afterEach, describe, expect, it } from 'vitest';
import { Incoming } from '../../../hooks/sidecar/desired/incoming.ts';
import { desiredOf } from '../../../hooks/sidecar/desired/plan.ts';
import { Blobs } from '../../../hooks/sidecar/store/blob-store.ts';
import { disk } from '../../../hooks/sidecar/store/disk.ts';
import { type AgentNode, agentNode, shardFiles } from '../../support/node/agent-node.ts';
import { pipeline, Workbench } from './workbench.ts';

type Part = [before: Record<string, string>, after: Record<string, string>];

function orders<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) => orders(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

/** Every order in which the objects can reach a node, and what is mounted after each step. */
function walks(parts: readonly Part[]): Record<string, string>[][] {
  return orders([...parts.keys()]).map((order) =>
    order.map((_, step) => {
      const arrived = new Set(order.slice(0, step + 1));
      return Object.assign({}, ...parts.map(([before, after], index) => (arrived.has(index) ? after : before)));
    }),
  );
}

/** The ConfigMap of a shard as two objects: what goes on in another part, and the rest. */
function split(config: Record<string, string>): [Record<string, string>, Record<string, string>] {
  const isSecond = ([name]: [string, string], index: number) => /\.1(\.json)?$/.test(name) || index % 3 === 1;
  const all = Object.entries(config);
  return [Object.fromEntries(all.filter((e, i) => !isSecond(e, i))), Object.fromEntries(all.filter(isSecond))];
}

describe('every order in which the parts of two shards can arrive', () => {
  let node: AgentNode | undefined;
  let bench: Workbench | undefined;
  afterEach(() => {
    node?.clean();
    bench?.end();
  });

  it('never mixes revisions of a pipeline, nor of a shard', () => {
    const options = { pieces: 2, cut: 40 };
    const before = shardFiles(0, [pipeline('a', 1), pipeline('b', 1)], options);
    // b moves to the other shard, a changes, d is new.
    const after = shardFiles(0, [pipeline('a', 2), pipeline('d', 2)], options);
    const other = [shardFiles(1, [pipeline('c', 1)]), shardFiles(1, [pipeline('c', 2), pipeline('b', 2)])] as const;
    const [beforeOne, beforeTwo] = split(before.config);
    const [afterOne, afterTwo] = split(after.config);
    const parts: Part[] = [
      [beforeOne, afterOne],
      [beforeTwo, afterTwo],
      [before.secret, after.secret],
      [other[0].config, other[1].config],
      [other[0].secret, other[1].secret],
    ];
    const seen = new Set<string>();
    for (const walk of walks(parts)) {
      const here = agentNode();
      node = here;
      const blobs = new Blobs(disk, here.places.generations);
      const incoming = new Incoming(disk, here.places.incoming, blobs);
      const revisions = () => {
        const entries = [...desiredOf(incoming.assemble().shards, '', undefined).entries.values()];
        return entries.map((entry) => {
          const text = blobs.read(entry.file).toString('utf8');
          const revision = /^# rev (\S+)$/m.exec(text)?.[1];
          for (const blob of Object.values(entry.secrets)) expect(`rev ${revision}`).toBe(blobs.read(blob).toString());
          return `${entry.shard}${entry.name}${revision}`;
        });
      };
      here.mount(...parts.map(([first]) => first));
      expect(revisions().sort()).toEqual(['0a1', '0b1', '1c1']);
      for (const files of walk) {
        here.mount(files);
        seen.add(revisions().sort().join(' '));
      }
      expect(revisions().sort()).toEqual(['0a2', '0d2', '1b2', '1c2']);
      here.clean();
      node = undefined;
    }
    // Each shard is of one revision at any time; while it moves, b is of either.
    expect([...seen].sort()).toEqual(['0a1 0b1 1c1', '0a1 0b1 1c2', '0a2 0d2 1b2 1c2', '0a2 0d2 1c1']);
  });

  it('is loaded by Fluent Bit as one revision or the other', async () => {
    const before = [shardFiles(0, [pipeline('a', 1)]), shardFiles(1, [pipeline('c', 1)])] as const;
    const after = [shardFiles(0, [pipeline('a', 2)]), shardFiles(1, [pipeline('c', 2)])] as const;
    const parts: Part[] = [0, 1].flatMap((shard): Part[] => [
      [before[shard]?.config ?? {}, after[shard]?.config ?? {}],
      [before[shard]?.secret ?? {}, after[shard]?.secret ?? {}],
    ]);
    bench = new Workbench();
    bench.node.mount(...parts.map(([first]) => first));
    const sidecar = await bench.start();
    for (const walk of walks(parts)) {
      for (const files of walk) {
        bench.node.mount(files);
        await sidecar.pass();
      }
      expect(bench.running()).toEqual({ a: '2', c: '2' });
      bench.node.mount(...parts.map(([first]) => first));
      await sidecar.pass();
    }
    expect(bench.agent).toMatchObject({ mixed: [], deaths: 0, starts: 1 });
  });
});
