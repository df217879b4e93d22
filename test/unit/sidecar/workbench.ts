import { expect } from 'vitest';
import type { AgentReport } from '../../../hooks/api/wire/agent-report.ts';
import { NodeState } from '../../../hooks/sidecar/buffers/node-state.ts';
import { Parking } from '../../../hooks/sidecar/buffers/parking.ts';
import { type InitResult, initNode } from '../../../hooks/sidecar/init.ts';
import { AgentApi } from '../../../hooks/sidecar/reload/agent-api.ts';
import { Reloader } from '../../../hooks/sidecar/reload/reloader.ts';
import { type Timing, usual } from '../../../hooks/sidecar/reload/timing.ts';
import { SidecarMetrics } from '../../../hooks/sidecar/report/sidecar-metrics.ts';
import { Sidecar } from '../../../hooks/sidecar/sidecar.ts';
import { type Disk, disk } from '../../../hooks/sidecar/store/disk.ts';
import { assessor, type Try } from '../../../hooks/sidecar/verdict/assess.ts';
import { Workspace } from '../../../hooks/sidecar/workspace.ts';
import { type AgentNode, agentNode, type Pipeline, type shardFiles } from '../../support/node/agent-node.ts';
import { AgentStandIn } from '../../support/node/agent-stand-in.ts';

const fast: Timing = {
  ...usual,
  debounce: 5,
  poll: 20,
  ask: 4,
  again: 50,
  settle: 60,
  proof: 500,
  refused: 80,
  died: 500,
  hung: 600,
  perPipeline: 0,
  start: 3000,
  reloadAgain: 0,
  wakes: 0,
};

/** A pipeline whose file and secret are of one revision; `fate`: what the stand-in does with it. */
export function pipeline(name: string, revision: number | string, fate?: string): Pipeline {
  const key = `p${name.padStart(16, '0').replace(/[^0-9a-f]/g, '0')}_${name}`;
  return {
    name,
    text: `# rev ${revision}\n${fate === undefined ? '' : `# ${fate}\n`}env:\n  - name: ${key}\n    uri: file:///x/live/secrets/${key}\n`,
    secrets: { [key]: `rev ${revision}` },
  };
}

/** Passes until nothing is left to do. */
export async function settle(sidecar: Sidecar): Promise<void> {
  for (let passes = 0; passes < 100; passes++) {
    await sidecar.pass();
    if (!sidecar.isBusy) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it does not come to rest');
}

/** Passes until nothing is left to do, and all of it is proven. */
export async function prove(sidecar: Sidecar): Promise<void> {
  for (let passes = 0; passes < 1000; passes++) {
    await sidecar.pass();
    if (!sidecar.isBusy && !sidecar.isWatching) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it is never proven');
}

/** As long as it takes until Fluent Bit is up again, and then often enough that whatever it does next is done. */
export async function calm(sidecar: Sidecar): Promise<void> {
  for (let passes = 0; passes < 1000 && !sidecar.ready; passes++) {
    await sidecar.pass();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  for (let passes = 0; passes < 20; passes++) await sidecar.pass();
  expect(sidecar.ready).toBe(true);
}

/** A node with a stand-in for Fluent Bit; trials refuse what says `# bad`. */
export class Workbench {
  readonly node: AgentNode = agentNode();
  readonly agent = new AgentStandIn(this.node.places.live);
  readonly logged: object[] = [];
  tried = 0;
  metrics = new SidecarMetrics();
  workspace: Workspace | undefined;
  readonly timing: Timing;

  readonly anyway: number;

  /** @param anyway pipelines that are live whether the node has pods of theirs or not */
  constructor(timing: Partial<Timing> = {}, anyway = Number.POSITIVE_INFINITY) {
    this.anyway = anyway;
    this.timing = { ...fast, ...timing };
  }

  readonly attempt: Try = async ({ configuration, secrets }) => {
    this.tried += 1;
    const refused = configuration.includes('is_bad') || JSON.stringify(secrets).includes('is_bad');
    return refused
      ? { verdict: 'refused', version: '5.1.1', message: 'unknown plugin' }
      : { verdict: 'ok', version: '5.1.1' };
  };

  mount(...shards: ReturnType<typeof shardFiles>[]): void {
    this.node.mount(...shards.flatMap(({ config, secret }) => [config, secret]));
  }

  /** A process of the sidecar. */
  sidecar(files: Disk = disk): Sidecar {
    const agent = new AgentApi([this.agent.url], { timeout: 500, uptimeUnit: 1 });
    this.metrics = new SidecarMetrics();
    this.workspace = this.#workspace(files);
    return new Sidecar({
      workspace: this.workspace,
      agent,
      reloader: new Reloader(agent, this.timing),
      state: new NodeState(this.node.places.state, this.timing.gone, 1_000_000),
      parking: new Parking(this.node.places.state),
      timing: this.timing,
      metrics: this.metrics,
      log: (line, message) => this.logged.push({ ...line, message }),
    });
  }

  async once(files: Disk = disk): Promise<InitResult> {
    return await initNode(this.#workspace(files), 10);
  }

  #workspace(files: Disk): Workspace {
    const { places } = this.node;
    return new Workspace(files, places, assessor(places, this.attempt), this.anyway);
  }

  /** As a new pod comes up: the init container, then Fluent Bit and the sidecar. */
  async start(): Promise<Sidecar> {
    await this.agent.listen();
    await this.once();
    this.agent.boot();
    const sidecar = this.sidecar();
    await sidecar.pass();
    return sidecar;
  }

  /** Names and revisions that the stand-in runs. */
  running(): Record<string, string> {
    const files = [...(this.agent.loaded?.pipelines ?? [])];
    return Object.fromEntries(
      files.map(([file, text]) => [file.split('.')[1] ?? '', /^# rev (\S+)$/m.exec(text)?.[1] ?? '']).sort(),
    );
  }

  report(sidecar: Sidecar): AgentReport {
    const report = sidecar.report({ node: 'node-1', agent: 'default' }, '5.1.1');
    if (report === undefined) throw new Error('no report yet');
    return report;
  }

  refusals(sidecar: Sidecar): string[] {
    return this.report(sidecar).refused.map(({ name, reason }) => `${name}: ${reason}`);
  }

  end(): void {
    this.agent.end();
    this.node.clean();
  }
}
