import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ownThreads, workersFor } from '../../../../hooks/fluentbit/render/workers.ts';
import type { Sidecar } from '../../../../hooks/sidecar/sidecar.ts';
import type { Pipeline } from '../../../support/node/agent-node.ts';
import { shardFiles } from '../../../support/node/agent-node.ts';
import { settle, Workbench } from '../workbench.ts';

let bench: Workbench;
afterEach(() => bench.end());

/** Outputs with so many workers each; without a number the node says how many. */
function pipeline(namespace: string, name: string, ...workers: (number | undefined)[]): Pipeline {
  const outputs = workers.map((count, index) => {
    const id = `p${Buffer.from(`${namespace}${name}${index}`).toString('hex').slice(-16).padStart(16, '0')}`;
    return `    - name: http\n      alias: ${id}\n      match: ${id}\n      workers: ${count ?? '${FLUENTBIND_WORKERS}'}\n`;
  });
  return { namespace, name, text: `pipeline:\n  outputs:\n${outputs.join('')}` };
}

const many = (namespace: string, count: number, ...workers: (number | undefined)[]) =>
  Array.from({ length: count }, (_, index) => pipeline(namespace, `n${index}`, ...workers));

/** Threads that the outputs of the live generation start: what is written, and what the node's variable says. */
function threads(): number {
  const { live } = bench.node.places;
  const variable = Number(/FLUENTBIND_WORKERS: "(\d)"/.exec(readFileSync(join(live, 'agent.yaml'), 'utf8'))?.[1]);
  const files = Object.values(bench.node.liveTree() as Record<string, string>);
  return files
    .flatMap((text) => [...text.matchAll(/workers: (\S+)$/gm)])
    .reduce((sum, [, count]) => sum + (Number(count) || (count === '0' ? 0 : variable)), 0);
}

const live = () => Object.keys(bench.node.liveTree()).sort();
const refused = (sidecar: Sidecar) =>
  bench.report(sidecar).refused.map(({ namespace, reason }) => `${namespace} ${reason}`);

describe('threads of the outputs of a node', () => {
  it('are never more than 256, whatever tenants ask for', async () => {
    bench = new Workbench();
    const shard = (...pipelines: Pipeline[]) => bench.mount(shardFiles(0, pipelines));
    shard(...many('hog', 80, 4), ...many('shop', 3, 1), ...many('bank', 60, undefined));
    const sidecar = await bench.start();
    await settle(sidecar);
    expect(threads()).toBeLessThanOrEqual(256);
    // Nobody takes what others need by being many.
    expect(live().filter((file) => file.startsWith('shop.'))).toHaveLength(3);
    expect(live().filter((file) => file.startsWith('bank.'))).toHaveLength(60);
    expect(new Set(refused(sidecar))).toEqual(new Set(['hog TooManyThreads']));
  });

  it('stay with who has them, and go to others once they are free', async () => {
    bench = new Workbench();
    bench.mount(shardFiles(0, many('hog', ownThreads / 4, 4)));
    const sidecar = await bench.start();
    await settle(sidecar);
    const before = live();
    expect(before).toHaveLength(ownThreads / 4);
    bench.mount(shardFiles(0, [...many('hog', ownThreads / 4, 4), pipeline('shop', 'late', 1)]));
    await settle(sidecar);
    expect(live()).toEqual(before);
    expect(refused(sidecar)).toEqual(['shop TooManyThreads']);
    bench.mount(shardFiles(0, [...many('hog', ownThreads / 4 - 1, 4), pipeline('shop', 'late', 1)]));
    await settle(sidecar);
    expect(live()).toContain('shop.late.yaml');
    expect(refused(sidecar)).toEqual([]);
  });

  it('of a pipeline that asks for more than there are stay what they were', async () => {
    bench = new Workbench();
    bench.mount(shardFiles(0, [...many('hog', ownThreads / 4 - 1, 4), pipeline('shop', 'web', 1)]));
    const sidecar = await bench.start();
    await settle(sidecar);
    bench.mount(shardFiles(0, [...many('hog', ownThreads / 4 - 1, 4), pipeline('shop', 'web', 4, 4)]));
    await settle(sidecar);
    expect((bench.node.liveTree() as Record<string, string>)['shop.web.yaml']).toContain('workers: 1');
  });

  it('that the node gives are never so many that all together are more', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2000 }), fc.nat({ max: ownThreads }), (outputs, taken) => {
        const { FLUENTBIND_WORKERS: two = 0, FLUENTBIND_WORKER: one = 0 } = workersFor(outputs, taken);
        expect(taken + outputs * Math.max(one, two)).toBeLessThanOrEqual(256);
        expect(one).toBeLessThanOrEqual(1);
      }),
    );
  });
});
