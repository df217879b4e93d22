import { afterEach, describe, expect, it } from 'vitest';
import { type Disk, disk } from '../../../hooks/sidecar/store/disk.ts';
import { shardFiles } from '../../support/node/agent-node.ts';
import { pipeline, Workbench } from './workbench.ts';

class Killed extends Error {}

/** A disk for a process that is killed at its nth operation, and does nothing any more from then on. */
function killedAt(nth: number): { files: Disk; count: () => number } {
  let count = 0;
  const files = new Proxy(disk, {
    get: (target, property) => {
      const operation = Reflect.get(target, property) as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        count += 1;
        if (count >= nth) throw new Killed();
        return operation(...args);
      };
    },
  });
  return { files, count: () => count };
}

const names = (revision: number) => ({ a: String(revision), b: '1' });
const wanted = (revision: number) => {
  const { config, secret } = shardFiles(0, [pipeline('a', revision), pipeline('b', 1)]);
  return [config, secret] as const;
};
const isUp = async (bench: Workbench) => {
  for (let tries = 0; tries < 200 && !bench.agent.isUp; tries++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(bench.agent.isUp).toBe(true);
};

describe('a kill at any step', () => {
  let bench: Workbench;
  afterEach(() => bench.end());

  it('of the sidecar, and of Fluent Bit with it, leaves a tree that starts, and the next one goes on', async () => {
    bench = new Workbench();
    bench.node.mount(...wanted(1));
    await bench.start();
    let killed = 0;
    for (let step = 1, revision = 2; ; step++, revision++) {
      bench.node.mount(...wanted(revision));
      const { files, count } = killedAt(step);
      const outcome = await (async () => bench.sidecar(files).pass())().catch((error: unknown) => error);
      // A process that is killed has no last words: what it would do in a catch is nothing, too.
      if (count() < step) break;
      expect(outcome).toBeInstanceOf(Killed);
      killed += 1;
      expect(bench.node.liveTree()).toBeTypeOf('object');
      const { deaths } = bench.agent;
      bench.agent.kill();
      await isUp(bench);
      expect(bench.agent.deaths).toBe(deaths + 1);
      expect([names(revision - 1), names(revision)]).toContainEqual(bench.running());
      const next = bench.sidecar();
      await next.pass();
      expect(bench.running(), `killed at operation ${step}`).toEqual(names(revision));
      expect(bench.report(next)).toMatchObject({ live: 2, refused: [], kept: [], healthy: true });
    }
    expect(killed).toBeGreaterThan(30);
    expect(bench.agent.mixed).toEqual([]);
  }, 120_000);

  it('of the init container leaves nothing, or a tree that starts', async () => {
    bench = new Workbench();
    await bench.agent.listen();
    let killed = 0;
    for (let step = 1, revision = 1; ; step++, revision++) {
      bench.node.mount(...wanted(revision));
      const { files, count } = killedAt(step);
      await (async () => bench.once(files))().catch(() => undefined);
      if (count() < step) break;
      killed += 1;
      const tree = bench.node.liveTree();
      if (revision > 1) expect(tree).toBeTypeOf('object');
      expect(await bench.once()).toEqual({ live: 2, left: 0 });
      expect(bench.node.liveTree()).toMatchObject({ 'shop.a.yaml': pipeline('a', revision).text });
    }
    expect(killed).toBeGreaterThan(20);
  });
});
