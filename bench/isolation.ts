import { agentHost, buildOnce } from '../test/support/fluent-bit/agent-host.ts';
import { countingSink } from '../test/support/fluent-bit/counting-sink.ts';
import { eventually } from '../test/support/fluent-bit/fluent-bit.ts';
import { localCluster, tenant, throwing } from '../test/support/fluent-bit/tenants-on-a-node.ts';
import { median } from './resident-memory.ts';
import { target } from './target.ts';

const lines = 200_000;
const rounds = 3;
const neighbours = ['dead', 'slow', 'unauthorized', 'throws'];

type Layout = 'alone' | 'beside healthy ones' | 'beside failing ones';

/**
 * How fast a healthy pipeline delivers what lies in its log: alone, and beside four others that read 50 lines a second
 * each, whose backends work or whose backends are dead, slow or refuse, and whose filter throws. By turns, in one run.
 */
export async function isolation(): Promise<void> {
  const main = buildOnce();
  const speeds: Record<Layout, number[]> = { alone: [], 'beside healthy ones': [], 'beside failing ones': [] };
  for (let round = 0; round < rounds; round++) {
    for (const layout of Object.keys(speeds) as Layout[]) {
      const speed = await measured(main, layout);
      speeds[layout].push(speed);
      console.log(`round ${round + 1}, ${layout}: ${Math.round(speed)} lines/s`);
    }
  }
  const [alone, healthy, failing] = Object.values(speeds).map(median) as [number, number, number];
  target('speed beside failing neighbours : alone', failing / alone, { atLeast: 0.95 });
  target('speed beside failing neighbours : beside healthy ones', failing / healthy, { atLeast: 0.95 });
}

async function measured(main: string, layout: Layout): Promise<number> {
  const fails = layout === 'beside failing ones';
  const sink = await countingSink(fails ? { '/slow': { seconds: 3 }, '/unauthorized': { status: 401 } } : {});
  const host = await agentHost(main);
  try {
    const { port } = sink;
    const world = await localCluster();
    await world.apply(...tenant('healthy', { port }));
    for (const name of layout === 'alone' ? [] : neighbours)
      await world.apply(
        ...tenant(name, {
          port: fails && name === 'dead' ? 9 : port,
          filters: fails && name === 'throws' ? [throwing] : [],
        }),
      );
    for (let start = 0; start < lines; start += 1000)
      host.write(
        'healthy',
        ...Array.from({ length: 1000 }, (_, index) => `line ${start + index} of a log that goes on`),
      );
    host.carry(world);
    host.once();
    const writing = setInterval(() => {
      for (const name of neighbours) host.write(name, `line ${Date.now()}`);
    }, 20);
    host.agent.start();
    await eventually(() => sink.lines('/healthy').size > 0);
    const [begun, there] = [Date.now(), sink.lines('/healthy').size];
    await eventually(() => sink.lines('/healthy').size >= lines, 120);
    clearInterval(writing);
    return ((lines - there) / (Date.now() - begun)) * 1000;
  } finally {
    await host.stop();
    sink.close();
  }
}
