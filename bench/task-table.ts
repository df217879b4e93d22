import { setTimeout as wait } from 'node:timers/promises';
import { agentHost, buildOnce } from '../test/support/agent-host.ts';
import { shardFiles } from '../test/support/agent-node.ts';
import { countingSink } from '../test/support/counting-sink.ts';

/**
 * How long a healthy pipeline waits while a dead backend fills the task table of Fluent Bit, without the sidecar and
 * with it. The table has 16,384 ids for all pipelines; each flush of a tag takes one for as long as it is retried.
 */
export async function taskTable(): Promise<void> {
  const main = buildOnce();
  for (const watched of [false, true]) {
    const { taken, reloads, slowest, lost, seconds } = await run(main, watched);
    console.log(watched ? 'with the sidecar' : 'without', { taken, reloads, slowest, lost, seconds });
  }
}

const pipelines = Number(process.env['P'] ?? 100);
const period = 100;

async function run(main: string, watched: boolean) {
  const sink = await countingSink();
  const host = await agentHost(main, {}, { flush: Number(process.env['FLUSH'] ?? 0.1), 'scheduler.base': 5, 'scheduler.cap': 300, log_level: 'error' });
  const dead = Array.from({ length: pipelines }, (_, index) => `dead-${index}`);
  const { config, secret } = shardFiles(0, [
    ...dead.map((name) => host.pipeline(name, { port: 9, token: '1' })),
    host.pipeline('healthy', { port: sink.port, token: '1' }),
  ]);
  host.node.mount(config, secret);
  host.once();
  host.agent.start();
  if (watched) host.sidecar.start();
  const begun = Date.now();
  let written = 0;
  const times: number[] = [];
  let slowest = 0;
  let open = 0;
  const writing = setInterval(() => {
    for (const name of dead) host.log(name, `line ${written}`);
    host.log('healthy', `line ${written}`);
    times.push(Date.now());
    written += 1;
  }, period);
  let busy = 0;
  while (Date.now() - begun < Number(process.env['SECONDS_'] ?? 90) * 1000) {
    await wait(500);
    while (open < written && sink.lines('/healthy').has(`line ${open}`)) open += 1;
    const oldest = times[open];
    if (oldest !== undefined) slowest = Math.max(slowest, Date.now() - oldest);
    const t0 = Date.now();
    try {
      const storage = (await (await fetch(`${host.agentUrl}/api/v1/storage`, { signal: AbortSignal.timeout(3000) })).json()) as any;
      busy = Object.values(storage.input_chunks).reduce((s: number, x: any) => s + x.chunks.busy, 0) as number;
    } catch { busy = -1; }
    if (((Date.now() - begun) / 500 | 0) % 6 === 0) console.log(((Date.now() - begun) / 1000).toFixed(1), { busy, written, open, slowest, api: Date.now() - t0, reloads: host.sidecar.output.split('"outcome":"live"').length - 1 });
  }
  clearInterval(writing);
  await wait(5000);
  const lost = written - sink.lines('/healthy').size;
  const reloads = host.sidecar.output.split('"outcome":"live"').length - 1;
  if (process.env['SHOW']) console.log(host.sidecar.output, host.agent.output.slice(-2000));
  await host.stop();
  sink.close();
  return { taken: busy, reloads, slowest, lost, seconds: (Date.now() - begun) / 1000 };
}
