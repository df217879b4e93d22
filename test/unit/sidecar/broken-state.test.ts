import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { shardFiles } from '../../support/node/agent-node.ts';
import { pipeline, settle, Workbench } from './workbench.ts';

let bench: Workbench;
afterEach(() => bench.end());

const states: [what: string, broken: (content: string) => string | undefined][] = [
  ['absent', () => undefined],
  ['empty', () => ''],
  ['cut off', (content) => content.slice(0, Math.floor(content.length / 2))],
  ['garbage', () => '\0\u0001not JSON'],
  ['null', () => 'null'],
  ['a list of something', () => '[5, null, {}]'],
  ['a map of something', () => '{"a": null, "b": {"c": 1}}'],
  ['a number', () => '5'],
];

/** Files in which the program of a node keeps what it knows, below the folder of generations and that of the state. */
const files = ['refused.json', 'probation.json', 'asleep.json', 'index.json', 'base.yaml'];

/** Below a folder; nothing where there is none. */
function below(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => !path.includes('/good/') && statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

/** All at once: what one of them hides, the next would show. */
describe('state of a node', () => {
  it.each(states)('%s: the sidecar goes on, and comes to what is wanted', async (_what, broken) => {
    bench = new Workbench({}, 1);
    bench.mount(shardFiles(0, [pipeline('a', 1), pipeline('b', 1), pipeline('c', 1, 'die')]));
    await bench.start();
    const { generations, state } = bench.node.places;
    const there = [...below(generations), ...below(state)];
    for (const file of files) {
      const places = there.filter((path) => path.endsWith(`/${file}`));
      for (const path of places.length > 0 ? places : [join(file === 'base.yaml' ? state : generations, file)]) {
        const next = broken(places.length > 0 ? readFileSync(path, 'utf8') : '{}');
        mkdirSync(dirname(path), { recursive: true });
        rmSync(path, { force: true });
        if (next !== undefined) writeFileSync(path, next);
      }
    }
    bench.mount(shardFiles(0, [pipeline('a', 2), pipeline('b', 1), pipeline('c', 1, 'die')]));
    const sidecar = bench.sidecar();
    await settle(sidecar);
    expect(bench.running()).toMatchObject({ a: '2' });
    expect(bench.running()).not.toHaveProperty('c');
    expect((await bench.once()).live).toBeGreaterThan(0);
  });
});
