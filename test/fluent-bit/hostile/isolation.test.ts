import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AgentHost, agentHost, buildOnce } from '../../support/fluent-bit/agent-host.ts';
import { type CountingSink, countingSink } from '../../support/fluent-bit/counting-sink.ts';
import { eventually, fluentBit } from '../../support/fluent-bit/fluent-bit.ts';
import { localCluster, tenant, throwing } from '../../support/fluent-bit/tenants-on-a-node.ts';
import type { World } from '../../support/world.ts';

/** Nothing listens there. */
const dead = 9;

describe.skipIf(fluentBit === undefined)('pipelines of one agent', { timeout: 240_000 }, () => {
  let main: string;
  let host: AgentHost;
  let sink: CountingSink;
  let world: World;

  beforeAll(() => {
    main = buildOnce();
  });
  afterEach(async () => {
    await host.stop();
    sink.close();
  });

  const reloads = () => host.sidecar.output.split('"outcome":"live"').length - 1;
  /** Lines of a tenant that came as often as they should not have. */
  const miscounted = (name: string, written: number) =>
    Array.from({ length: written }, (_, line) => `line ${line}`).filter(
      (line) => sink.lines(`/${name}`).get(line) !== 1,
    );

  it('deliver every line once beside dead, slow, refusing and throwing ones, across ten reloads', async () => {
    sink = await countingSink({ '/slow': { seconds: 3 }, '/unauthorized': { status: 401 } });
    world = await localCluster();
    host = await agentHost(main);
    const { port } = sink;
    const names = ['healthy', 'busy', 'dead', 'slow', 'unauthorized', 'throws'];
    await world.apply(
      ...tenant('healthy', { port }),
      ...tenant('busy', { port }),
      ...tenant('dead', { port: dead }),
      ...tenant('slow', { port }),
      ...tenant('unauthorized', { port }),
      ...tenant('throws', { port, filters: [throwing] }),
    );
    host.carry(world);
    host.start();
    let written = 0;
    const writing = setInterval(() => {
      for (const name of names) host.write(name, `line ${written}`);
      host.write('busy', ...Array.from({ length: 20 }, (_, extra) => `extra ${written} ${extra}`));
      written += 1;
    }, 10);
    await eventually(() => sink.lines('/healthy').size > 0 && host.sidecar.output.includes('listening'));
    // By turns: what is healthy changes, what is not, and one comes and goes.
    const steps = [
      (round: number) => world.apply(...tenant('healthy', { port, token: `token ${round}` })),
      (round: number) => world.apply(...tenant('dead', { port: dead, token: `token ${round}` })),
      () => world.apply(...tenant('guest', { port })),
      (round: number) => world.apply(...tenant('slow', { port, token: `token ${round}` })),
      () => world.remove('LoggingConfiguration', 'logs', 'guest'),
    ];
    for (let round = 0; round < 10; round++) {
      await steps[round % steps.length]?.(round);
      host.carry(world);
      await eventually(() => reloads() > round, 60);
    }
    clearInterval(writing);
    await eventually(() => sink.lines('/healthy').size >= written && sink.lines('/busy').size >= 21 * written, 60);
    await wait(3000);
    const twice = (name: string) => [...sink.lines(`/${name}`).values()].filter((count) => count !== 1).length;
    console.info('lines', {
      written,
      reloads: reloads(),
      slow: sink.lines('/slow').size,
      throws: sink.lines('/throws').size,
      unauthorized: sink.lines('/unauthorized').size,
    });
    expect({
      healthy: miscounted('healthy', written),
      busy: miscounted('busy', written),
      twice: twice('busy'),
      starts: host.agent.starts,
    }).toEqual({
      healthy: [],
      busy: [],
      twice: 0,
      starts: 1,
    });
    expect(sink.lines('/busy').size).toBe(21 * written);
    expect(sink.tokens('/healthy')).toEqual(['1', 'token 0', 'token 5']);
  });
});
