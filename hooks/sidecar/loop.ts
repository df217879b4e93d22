import { dirname } from 'node:path';
import type { AgentReport } from '../api/wire/agent-report.ts';
import { ChangesWatch } from './changes-watch.ts';
import type { DeliveryWatch } from './delivery/delivery-watch.ts';
import type { AgentApi } from './reload/agent-api.ts';
import type { Timing } from './reload/timing.ts';
import type { Reports } from './report/node-report.ts';
import type { SidecarMetrics } from './report/sidecar-metrics.ts';
import type { Sidecar } from './sidecar.ts';
import type { Places } from './workspace.ts';

export interface LoopParts {
  sidecar: Sidecar;
  delivery: DeliveryWatch;
  agent: AgentApi;
  places: Places;
  timing: Timing;
  metrics: SidecarMetrics;
  reports: Reports;
  who: Pick<AgentReport, 'node' | 'agent'>;
  log: (line: object, message: string) => void;
}

export interface Loop {
  /** When it last went round. */
  lastRound: () => number;
  ended: Promise<void>;
}

/** Goes round until it is stopped: at changes, and now and then without. One thing at a time. */
export function startLoop(parts: LoopParts, stopped: Promise<void>): Loop {
  const { sidecar, delivery, timing } = parts;
  const watch = new ChangesWatch([parts.places.incoming, dirname(parts.places.base), parts.places.logs]);
  let last = Date.now();
  let stop = false;
  void stopped.then(() => {
    stop = true;
    watch.close();
  });
  const due = { tasks: 0, state: 0, delivery: 0 };
  const guarded = async (what: string, step: () => Promise<void>) => {
    try {
      await step();
    } catch (error) {
      // It is tried again in the next round; of the message nobody knows what it quotes.
      parts.metrics.add('fluentbind_agent_failures_total', 1, { what });
      const { name, code, stack } = error as NodeJS.ErrnoException;
      parts.log({ what, error: name, code, at: /^\s+at .*$/m.exec(stack ?? '')?.[0].trim() }, 'failed');
    }
  };
  const round = async () => {
    await guarded('pass', () => sidecar.pass());
    const now = Date.now();
    if (now >= due.tasks) {
      due.tasks = now + timing.taskTable;
      await guarded('tasks', () => sidecar.watchTasks());
    }
    if (now >= due.state) {
      due.state = now + timing.state;
      await guarded('state', () => sidecar.watchState());
    }
    if (now >= due.delivery) {
      due.delivery = now + timing.delivery;
      await guarded('delivery', () => delivery.look(Date.now()));
    }
    await guarded('report', async () => {
      const report = sidecar.report(parts.who, (await parts.agent.version()) ?? '');
      if (report !== undefined) await parts.reports.offer({ ...report, delivery: delivery.report() });
    });
    last = Date.now();
  };
  const ended = (async () => {
    while (!stop) {
      await round();
      // What waits for Fluent Bit or for its turn, or is not proven, is looked at sooner than what waits for a change.
      if (!stop)
        await watch.next(
          sidecar.isBusy || sidecar.isWatching ? Math.min(timing.poll, 1000) : timing.poll,
          timing.debounce,
        );
    }
  })();
  return { lastRound: () => last, ended };
}
