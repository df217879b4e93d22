import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { list } from '../../hooks/sidecar/buffers/chunk.ts';
import { type AgentHost, agentHost, buildOnce } from '../support/fluent-bit/agent-host.ts';
import { type CountingSink, countingSink } from '../support/fluent-bit/counting-sink.ts';
import { eventually, fluentBit } from '../support/fluent-bit/fluent-bit.ts';
import { freePort } from '../support/free-port.ts';
import { shardFiles } from '../support/node/agent-node.ts';

/** Task ids of Fluent Bit, for all pipelines together. */
const table = 16_384;

describe.skipIf(fluentBit === undefined)('backends that are dead for long', { timeout: 240_000 }, () => {
  let main: string;
  let host: AgentHost;
  const sinks: CountingSink[] = [];

  beforeAll(() => {
    main = buildOnce();
  });
  afterEach(async () => {
    await host.stop();
    for (const sink of sinks.splice(0)) sink.close();
  });

  const backend = async (port?: number) => {
    const sink = await countingSink({}, port);
    sinks.push(sink);
    return sink;
  };
  const filesIn = (folder: string): number =>
    list(folder).reduce((sum, name) => sum + (name.endsWith('.flb') ? 1 : filesIn(join(folder, name))), 0);

  it('fill the task table twice; the healthy wait for seconds at most, and nobody loses a line', async () => {
    const healthy = await backend();
    const deadPort = await freePort();
    // A task for each pipeline and flush, so that hours become minutes.
    host = await agentHost(main, {}, { flush: 0.25, 'scheduler.base': 5, 'scheduler.cap': 60, log_level: 'error' });
    const dead = Array.from({ length: 100 }, (_, index) => `dead-${index}`);
    const { config, secret } = shardFiles(0, [
      ...dead.map((name) => host.pipeline(name, { port: deadPort, token: '1' })),
      host.pipeline('healthy', { port: healthy.port, token: '1' }),
    ]);
    host.node.mount(config, secret);
    host.start();
    const written: number[] = [];
    const writing = setInterval(() => {
      for (const name of [...dead, 'healthy']) host.log(name, `line ${written.length}`);
      written.push(Date.now());
    }, 100);
    await eventually(() => healthy.lines('/healthy').size > 0, 60);
    let longest = 0;
    let arrived = 0;
    const { state } = host.node.places;
    for (const until = Date.now() + 150_000; Date.now() < until && filesIn(state) < 2 * table; ) {
      await wait(500);
      while (healthy.lines('/healthy').has(`line ${arrived}`)) arrived += 1;
      longest = Math.max(longest, Date.now() - (written[arrived] ?? Date.now()));
    }
    clearInterval(writing);
    const chunks = filesIn(state);
    await eventually(() => healthy.lines('/healthy').size === written.length, 30);
    const reloads = host.sidecar.output.split('"reason":"tasks","outcome":"live"').length - 1;
    console.info('dead backends', { chunks, reloads, seconds: longest / 1000, lines: written.length });
    expect(chunks).toBeGreaterThanOrEqual(2 * table);
    expect(reloads).toBeGreaterThan(0);
    expect([...healthy.lines('/healthy').values()].every((count) => count === 1)).toBe(true);
    expect(longest).toBeLessThan(15_000);
    // What was put aside longest comes back, too.
    const aside = filesIn(join(state, 'parked'));
    const revived = await backend(deadPort);
    await eventually(() => dead.every((name) => revived.lines(`/${name}`).has('line 0')), 90);
    console.info('put aside', { aside, left: filesIn(join(state, 'parked')) });
    expect(host.agent.starts).toBe(1);
  });
});
