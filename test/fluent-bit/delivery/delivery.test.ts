import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handle } from '../../../hooks/kubernetes/handles.ts';
import { type AgentHost, agentHost, buildOnce } from '../../support/fluent-bit/agent-host.ts';
import { FailingBackend, outerAddress } from '../../support/fluent-bit/failing-backend.ts';
import { eventually, fluentBit } from '../../support/fluent-bit/fluent-bit.ts';
import { type LeaseSink, leaseSink } from '../../support/fluent-bit/lease-sink.ts';
import { authority } from '../../support/input/issued-certificates.ts';
import { make, World } from '../../support/world.ts';
import { type DeliveryCase, deliveryCases } from './delivery-cases.ts';

const address = outerAddress();
/** As the base configuration of an agent has them. */
const usualService = { flush: 5, 'scheduler.base': 5, 'scheduler.cap': 300 };

describe.skipIf(fluentBit === undefined || address === undefined)(
  'what a node says of deliveries',
  {
    timeout: 200_000,
  },
  () => {
    let host: AgentHost;
    let leases: LeaseSink;
    let world: World;
    let cases: DeliveryCase[];
    let writing: NodeJS.Timeout;
    let ca = '';
    const backends = new Map<string, FailingBackend>();
    const backendOf = ({ name }: DeliveryCase) => backends.get(name) as FailingBackend;

    /** Causes by the name of the case; `delivered` where it is. */
    function said(): Record<string, string> {
      const { delivered = [], failing = {} } = leases.report()?.delivery ?? {};
      const names = new Map(cases.map(({ name }) => [handle('shop', name), name]));
      const all = [
        ...delivered.map((one) => [names.get(one) ?? one, 'delivered']),
        ...Object.entries(failing).flatMap(([cause, list]) =>
          list.map((one) => [names.get(one.slice(0, 11)) ?? one, one.endsWith('.0') ? cause : one]),
        ),
      ];
      return Object.fromEntries(all) as Record<string, string>;
    }

    const configuration = (one: DeliveryCase, at = one.host ?? address) =>
      make.logging(one.name, {
        ...(one.tls ? { files: [{ name: 'ca', valueFrom: { secretKeyRef: { name: 'tls', key: 'ca' } } }] } : {}),
        outputs: [
          {
            plugin: one.plugin,
            properties: {
              ...{ host: at, port: backendOf(one).port, ...one.properties },
              ...(one.tls ? { tls: true, 'tls.ca_file': '$(ca)' } : {}),
            },
          },
        ],
      });

    beforeAll(async () => {
      const good = await authority('Good CA', new Date());
      ca = good.certificate;
      const server = await good.issue({ name: 'backend' });
      const foreign = await (await authority('Foreign CA', new Date())).issue({ name: 'backend' });
      cases = deliveryCases({ good, server, foreign });
      for (const one of cases) {
        const backend = new FailingBackend(one.plugin, address ?? '');
        await backend.behave(one.manner);
        backends.set(one.name, backend);
      }
      world = await World.start({ now: new Date().toISOString() });
      await world.apply(make.agent('here', { namespace: 'logging', shards: 1, parts: 4 }), make.secret('tls', { ca }));
      for (const one of cases) await world.apply(configuration(one));
      leases = await leaseSink();
      host = await agentHost(buildOnce(), leases.environment, usualService, { log: true });
      host.carry(world);
      host.start();
      host.write('shop', 'first');
      writing = setInterval(() => host.write('shop', `line ${Date.now()}`), 1000);
      await eventually(() => leases.report()?.live === cases.length, 60);
      setInterval(
        () => require('node:fs').writeFileSync('/work/tmp/h/delivery-work/agent.log', host.agent.output),
        5000,
      ).unref();
    }, 120_000);
    afterAll(async () => {
      clearInterval(writing);
      await host.stop();
      leases.close();
      for (const backend of backends.values()) await backend.stop();
    });

    /** Seconds until each case was as expected, and has stayed so; until all are, or the time is over. */
    async function settled(expected: Record<string, string>, seconds: number): Promise<Map<string, number>> {
      const begun = Date.now();
      const seen = new Map<string, number>();
      const all = () => {
        const now = said();
        for (const [name, what] of Object.entries(expected)) {
          if (now[name] !== what) seen.delete(name);
          else if (!seen.has(name)) seen.set(name, (Date.now() - begun) / 1000);
        }
        return seen.size === cases.length;
      };
      await eventually(all, seconds).catch(() => {});
      return seen;
    }

    it('names the cause of each failure within a minute, and is quiet of it two minutes after it is mended', async () => {
      const expected = Object.fromEntries(cases.map(({ name, cause }) => [name, cause ?? 'delivered']));
      const found = await settled(expected, 60);
      expect(said()).toEqual(expected);
      for (const one of cases) await backendOf(one).behave(one.mended);
      for (const one of cases) if (one.host !== undefined) await world.apply(configuration(one, address));
      host.carry(world);
      const good = Object.fromEntries(cases.map(({ name }) => [name, 'delivered']));
      const gone = await settled(good, 120);
      expect(said()).toEqual(good);
      const slowest = [found, gone].map((times) => Math.max(...times.values()));
      console.log(`${cases.length} outputs: causes within ${slowest[0]} s, gone within ${slowest[1]} s`);
    });
  },
);
