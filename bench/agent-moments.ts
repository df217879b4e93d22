import { setTimeout as wait } from 'node:timers/promises';
import type { AgentHost } from '../test/support/fluent-bit/agent-host.ts';

/** Moments of an agent that a bench waits for. */

export async function answers(host: AgentHost): Promise<void> {
  while (
    !(await fetch(`${host.agentUrl}/api/v1/uptime`).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await wait(50);
}

/** Seconds until what brings a reload about has done so. */
export async function untilReloaded(host: AgentHost, cause: () => unknown): Promise<number> {
  const before = await reloadCount(host);
  const begun = performance.now();
  await cause();
  for (let tries = 0; tries < 1200; tries++) {
    if ((await reloadCount(host)) > before) return (performance.now() - begun) / 1000;
    await wait(50);
  }
  throw new Error('it was not reloaded');
}

async function reloadCount(host: AgentHost): Promise<number> {
  const answer = await fetch(`${host.agentUrl}/api/v2/reload`).then(
    async (response) => (await response.json()) as { hot_reload_count?: number },
    () => undefined,
  );
  return answer?.hot_reload_count ?? 0;
}

/** Until the sidecar has seen that all of them run, and has nothing more to do. */
export async function live(host: AgentHost, count: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const text = await host.metrics().catch(() => '');
    const value = (state: string) =>
      new RegExp(`^fluentbind_agent_pipelines\\{state="${state}"\\} (\\d+)$`, 'm').exec(text)?.[1];
    if (value('live') === String(count) && value('pending') === '0') return;
    await wait(200);
  }
  throw new Error('not all pipelines came up');
}
