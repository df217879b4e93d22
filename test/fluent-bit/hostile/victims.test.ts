import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { baseConfiguration } from '../../../hooks/fluentbit/agent/base-configuration.ts';
import { type AgentHost, agentHost, buildOnce } from '../../support/fluent-bit/agent-host.ts';
import { type CountingSink, countingSink } from '../../support/fluent-bit/counting-sink.ts';
import { eventually, fluentBit, relocated } from '../../support/fluent-bit/fluent-bit.ts';
import { behaviours, type HostileBackend, hostileBackend } from '../../support/fluent-bit/hostile-backend.ts';
import { tenant } from '../../support/fluent-bit/tenants-on-a-node.ts';
import { make, World } from '../../support/world.ts';
import { attacker, hostileLines } from '../tables/hostile-tenants.ts';

/** Seconds for which the victims are watched beside an attacker, and for which nothing of theirs may stay away. */
const watched = Number(process.env['FLUENTBIND_WATCH_SECONDS'] ?? 15);
const longestGap = 10;

const victims = ['bank', 'shop'];

describe.skipIf(fluentBit === undefined)('a tenant beside a hostile one', { timeout: 300_000 }, () => {
  let main: string;
  let host: AgentHost | undefined;
  let sink: CountingSink;
  let backend: HostileBackend;
  const figures: Record<string, unknown>[] = [];

  beforeAll(() => {
    main = buildOnce();
    return () => console.table(figures);
  });
  afterEach(async () => {
    await host?.stop();
    sink.close();
    backend.close();
  });

  it.each(Object.keys(behaviours) as (keyof typeof behaviours)[])(
    'goes on where backends do this: %s',
    async (name) => {
      backend = await hostileBackend(behaviours[name]);
      sink = await countingSink();
      const world = await World.start({ now: new Date().toISOString() });
      const destinations = { allow: ['*', '127.0.0.1'] };
      const attack = attacker('mallory', backend.port);
      await world.apply(
        make.agent('here', { namespace: 'logging', policy: { destinations } }),
        ...victims.flatMap((victim) => tenant(victim, { port: sink.port, token: `planted ${victim}` })),
        ...attack,
      );
      for (const { metadata } of attack)
        expect(world.problems('LoggingConfiguration', metadata.name, 'mallory'), metadata.name).toEqual([]);
      const running = await agentHost(main);
      host = running;
      running.node.setBase(base(running.node.folder));
      running.carry(world);
      running.start();
      let written = 0;
      const writing = setInterval(() => {
        for (const victim of victims) running.write(victim, `of ${victim} ${written}`);
        running.write('mallory', hostileLines[written % hostileLines.length] ?? '');
        written += 1;
      }, 100);
      const arrived = () => victims.map((victim) => sink.lines(`/${victim}`).size);
      await eventually(() => arrived().every((count) => count > 0), 60);
      // Somebody comes while it goes on: all outputs end and start anew.
      const guest = setTimeout(
        async () => {
          await world.apply(...tenant('guest', { port: sink.port }));
          running.write('guest', 'hello');
          running.carry(world);
        },
        (watched * 1000) / 3,
      );
      let [last, seen, gap] = [Date.now(), Math.min(...arrived()), 0];
      for (const until = Date.now() + watched * 1000; Date.now() < until; ) {
        await wait(100);
        const now = Math.min(...arrived());
        gap = Math.max(gap, Date.now() - last);
        if (now > seen) [last, seen] = [Date.now(), now];
      }
      clearInterval(writing);
      clearTimeout(guest);
      await eventually(() => sink.lines('/guest').has('hello'), 60);
      await eventually(() => arrived().every((count) => count >= written), 60);
      figures.push({
        backend: name,
        gap: gap / 1000,
        written,
        arrived: arrived().join(),
        connections: backend.connections(),
        starts: running.agent.starts,
      });
      expect(gap / 1000).toBeLessThan(longestGap);
      expect(running.agent.starts).toBe(1);
      expect(backend.connections()).toBeGreaterThan(0);
      for (const victim of victims) {
        expect(backend.got(`of ${victim}`)).toBe(false);
        expect(backend.got(`planted ${victim}`)).toBe(false);
        expect(running.agent.output).not.toContain(`of ${victim}`);
      }
      expect(running.agent.output).not.toContain('planted');
    },
  );
});

/** As on a node, with a shorter flush than usual: the gap is what an attacker makes. */
function base(folder: string): string {
  const settings = {
    clusterName: undefined,
    flushSeconds: 1,
    maxRetrySeconds: 10,
    backlogMemory: '32M',
    logLevel: 'info',
  };
  return relocated(baseConfiguration(settings, []), folder);
}
