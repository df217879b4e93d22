import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { AgentApi } from '../../../../hooks/sidecar/reload/agent-api.ts';
import { sidecarServer } from '../../../../hooks/sidecar/report/sidecar-server.ts';
import { shardFiles } from '../../../support/node/agent-node.ts';
import { pipeline, Workbench } from '../workbench.ts';

const ownAddresses = Object.values(networkInterfaces())
  .flatMap((addresses = []) => addresses)
  .filter(({ family, internal }) => family === 'IPv4' && !internal)
  .map(({ address }) => address);

let bench: Workbench;
afterEach(() => bench.end());

describe('what the sidecar serves', () => {
  it('is its metrics with those of Fluent Bit, and how it is', async () => {
    bench = new Workbench();
    const { config, secret } = shardFiles(0, [pipeline('a', 1)]);
    bench.node.mount(config, secret);
    const sidecar = await bench.start();
    bench.report(sidecar);
    const agent = new AgentApi([bench.agent.url]);
    const server = sidecarServer(agent, bench.metrics, { alive: () => true, ready: () => sidecar.ready });
    const { text } = await request(server).get('/metrics').expect(200);
    expect(text).toContain('fluentbind_agent_pipelines{state="live"} 1\n');
    expect(text).toContain('fluentbit_uptime 1\n');
    await request(server).get('/healthz').expect(200);
    await request(server).get('/readyz').expect(200);
    await request(server).get('/api/v2/reload').expect(404);
    await request(server).post('/metrics').expect(405);
    bench.agent.end();
    const own = await request(server).get('/metrics').expect(200);
    expect(own.text).toContain('fluentbind_agent_up 1');
    expect(own.text).not.toContain('fluentbit_uptime');
  });

  it.each<[host: string, localAddress: string | undefined]>([
    ['127.0.0.1', undefined],
    ['127.0.0.1', '127.9.9.9'],
    ['127.8.8.8', undefined],
    ...ownAddresses.map((address): [string, undefined] => [address, undefined]),
  ])('is nothing to who is in the same pod and asks %s from %s', async (host, localAddress) => {
    bench = new Workbench();
    const health = { alive: () => true, ready: () => true };
    const asked = async (strangersOnly: boolean) => {
      const server = sidecarServer(new AgentApi([]), bench.metrics, health, { strangersOnly });
      await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
      const { port } = server.address() as AddressInfo;
      const answer = await new Promise<number | undefined>((resolve) => {
        const call = get({ host, port, path: '/metrics', localAddress, agent: false }, ({ statusCode }) =>
          resolve(statusCode),
        );
        call.on('error', () => resolve(undefined));
      });
      server.closeAllConnections();
      server.close();
      return answer;
    };
    expect([await asked(false), await asked(true)]).toEqual([200, undefined]);
  });

  it('reloads at a quarter of the task table, and not again at once', async () => {
    bench = new Workbench({ reloadAgain: 60_000 });
    const { config, secret } = shardFiles(0, [pipeline('a', 1)]);
    bench.node.mount(config, secret);
    const sidecar = await bench.start();
    bench.agent.busy = 4094;
    await sidecar.watchTasks();
    expect(bench.agent.reloads).toBe(0);
    bench.agent.busy = 4095;
    await sidecar.watchTasks();
    await sidecar.watchTasks();
    expect(bench.agent.reloads).toBe(1);
    expect(bench.metrics.text()).toContain('fluentbind_agent_reloads_total{reason="tasks",outcome="live"} 1');
  });
});
