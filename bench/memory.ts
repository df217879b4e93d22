import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { everyMemory } from '../hooks/memo/registry.ts';
import { alone, changes, type Hooks, measure, type Size } from './hooks.ts';
import { bound, handwritten, type Workload } from './workloads.ts';

/** As full as the shards of 1000 pipelines in 16, and a quarter as many. */
const size: Size = { pipelines: 250, shards: 4, parts: 5, filled: 4, atMost: Infinity };

/** Calls of hooks, and moments at which their CPU was asked for, as they were recorded. */
type Event = 'mark' | { path: string; at: number; length: number };

/**
 * What each memory of the hooks is worth: their CPU for one change and for onboarding without it, divided by that with
 * all of them. The calls are recorded once and sent again to a new process each time. `MEMORIES` names some memories,
 * separated by commas, `WORKLOADS` one of `hand` and `bound`; `ROUNDS` says how often each is measured, in turn with all of them: the median counts.
 */
export async function memory(): Promise<void> {
  const rounds = Number(process.env['ROUNDS'] ?? 3);
  const asked = process.env['MEMORIES']?.split(',');
  const every = everyMemory().map(({ name }) => name);
  const names = every.filter((name) => asked === undefined || asked.includes(name));
  const folder = mkdtempSync(join(tmpdir(), 'fluentbind-calls-'));
  const file = openSync(join(folder, 'calls'), 'w+');
  try {
    const workloads: Record<string, [called: string, workload: () => Promise<Workload>]> = {
      hand: ['written by hand', async () => handwritten],
      bound: ['bound to the bundled template', () => bound(size.pipelines)],
    };
    const chosen = (process.env['WORKLOADS'] ?? 'hand,bound').split(',').flatMap((name) => [workloads[name] ?? []]);
    for (const [called = '', workload] of chosen) {
      if (workload === undefined) continue;
      const events = await recorded(file, await workload());
      console.log(`${`${called}, without`.padEnd(44)}  one change    onboarding`);
      for (const [label, off] of [...names.map((name) => [name, [name]] as const), ['all of them', every] as const]) {
        const { change, onboarding } = await compared(events, file, off, rounds);
        console.log(
          `  ${label.padEnd(40)} ${change.toFixed(3).padStart(10)} x ${onboarding.toFixed(3).padStart(10)} x`,
        );
      }
    }
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}

/** CPU of the hooks: milliseconds of one change, and of all onboarding. */
interface Figures {
  change: number;
  onboarding: number;
}

/** Without some memories, divided by that with all of them. */
async function compared(events: readonly Event[], file: number, off: readonly string[], rounds: number) {
  const ratios: Figures[] = [];
  for (let round = 0; round < rounds; round++) {
    const [all, some] = [await sent(events, file, []), await sent(events, file, off)];
    ratios.push({ change: some.change / all.change, onboarding: some.onboarding / all.onboarding });
  }
  return { change: median(ratios.map((one) => one.change)), onboarding: median(ratios.map((one) => one.onboarding)) };
}

async function recorded(file: number, workload: Workload): Promise<Event[]> {
  const events: Event[] = [];
  let at = 0;
  const recording = async (): Promise<Hooks> => {
    const hooks = await alone({ TRIALS: 'yes' });
    return {
      ...hooks,
      transport: (path, body, timeout) => {
        const bytes = Buffer.from(body);
        writeSync(file, bytes, 0, bytes.length, at);
        events.push({ path, at, length: bytes.length });
        at += bytes.length;
        return hooks.transport(path, body, timeout);
      },
      cpu: () => {
        events.push('mark');
        return hooks.cpu();
      },
    };
  };
  await measure(size, recording, workload);
  return events;
}

async function sent(events: readonly Event[], file: number, off: readonly string[]): Promise<Figures> {
  const hooks = await alone({ MEMORY_OFF: off.join(), TRIALS: 'yes' });
  const marks: number[] = [];
  try {
    for (const event of events) {
      if (event === 'mark') {
        marks.push(1000 * (await hooks.cpu()));
        continue;
      }
      const bytes = Buffer.allocUnsafe(event.length);
      readSync(file, bytes, 0, event.length, event.at);
      await hooks.transport(event.path, bytes.toString(), 0);
    }
  } finally {
    await hooks.stop();
  }
  const [start = 0, onboarded = 0, first = 0, end = 0] = marks;
  return { change: (end - first) / changes, onboarding: onboarded - start };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
