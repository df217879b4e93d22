import { beforeEach, expect, it } from 'vitest';
import type { DeliveryCause } from '../../../../hooks/api/wire/delivery.ts';
import { handle } from '../../../../hooks/kubernetes/handles.ts';
import { AgentLog } from '../../../../hooks/sidecar/delivery/agent-log.ts';
import { Attempts } from '../../../../hooks/sidecar/delivery/attempts.ts';
import { type DeliveryCounts, DeliveryWatch } from '../../../../hooks/sidecar/delivery/delivery-watch.ts';
import { logFiles } from '../../../../hooks/sidecar/delivery/log-files.ts';
import { countDeliveries, SidecarMetrics } from '../../../../hooks/sidecar/report/sidecar-metrics.ts';
import type { Entry } from '../../../../hooks/sidecar/store/entry.ts';

const [a, b, c] = ['p00000000000000a1', 'p00000000000000b2', 'p00000000000000c3'];
const [web, shop] = [handle('team', 'web'), handle('team', 'shop')];

function entry(name: string, ids: string[], rest: Partial<Entry> = {}): Entry {
  const own = { namespace: 'team', name, uid: 'u', revision: 'r', shard: 0, file: `f-${name}`, secrets: {} };
  return {
    ...own,
    ids,
    content: name,
    targets: ids.map((_, index) => ({ plugin: 'http', host: `to-${index}`, port: '80' })),
    ...rest,
  };
}

let pipelines: Entry[];
let generation: number;
/** Counters of each process, by alias. */
let processes: Record<string, { proc_records?: number; retries?: number }>[];
let counts: DeliveryCounts | undefined;
let tried: string[];
let files: string[];
let now: number;
let watch: DeliveryWatch;

beforeEach(() => {
  [pipelines, generation, counts, tried, files, now] = [[entry('web', [a, b])], 1, undefined, [], [], 0];
  processes = [{}, {}];
  const connect = async ({ host }: { host: string }): Promise<DeliveryCause> => {
    tried.push(host);
    return 'ConnectionRefused';
  };
  watch = new DeliveryWatch({
    sources: [0, 1].map((index) => ({
      metrics: async () => (processes[index] === undefined ? undefined : JSON.stringify({ output: processes[index] })),
      log: new AgentLog(logFiles, () => undefined),
    })),
    live: { generation: () => generation, pipelines: () => pipelines },
    read: (blob) => {
      files.push(blob);
      return Buffer.from(
        `pipeline:\n  outputs:\n    - name: http\n      alias: ${c}\n      match: ${c}\n      host: found\n      port: 1\n`,
      );
    },
    attempts: new Attempts(connect),
    count: (found) => {
      counts = found;
    },
  });
});

async function look(...added: [process: number, alias: string, counter: 'proc_records' | 'retries'][]) {
  for (const [index, alias, counter] of added) {
    const of = processes[index] ?? {};
    of[alias] = { ...of[alias], [counter]: (of[alias]?.[counter] ?? 0) + 10 };
  }
  await watch.look(now);
  await new Promise((resolve) => setImmediate(resolve));
  now += 10_000;
  return watch.report();
}

it('collects outputs of several processes, and says which output fails', async () => {
  expect(await look([0, a, 'proc_records'], [1, b, 'retries'])).toEqual({ delivered: [], failing: {} });
  await look([0, a, 'proc_records'], [1, b, 'retries']);
  const found = await look([0, a, 'proc_records'], [1, b, 'retries']);
  expect(found).toEqual({ delivered: [], failing: { ConnectionRefused: [`${web}.1`] } });
  expect(tried).toEqual(['to-1']);
  await look([1, b, 'proc_records']);
  expect(await look([1, b, 'proc_records'])).toEqual({ delivered: [web], failing: {} });
});

it('begins anew with what has changed, and not with what others have', async () => {
  for (let looks = 0; looks < 3; looks++) await look([0, a, 'proc_records']);
  pipelines = [...pipelines, entry('shop', [c])];
  generation = 2;
  processes[0] = { [a]: { proc_records: 0 } };
  expect(await look()).toEqual({ delivered: [web], failing: {} });
  pipelines = [entry('web', [a, b], { content: 'another' }), entry('shop', [c])];
  generation = 3;
  expect(await look()).toEqual({ delivered: [], failing: {} });
  pipelines = [];
  generation = 4;
  expect(await look()).toEqual({ delivered: [], failing: {} });
});

it('keeps what it knows while Fluent Bit does not answer', async () => {
  for (let looks = 0; looks < 3; looks++) await look([0, a, 'proc_records']);
  processes = [];
  for (let looks = 0; looks < 9; looks++) expect(await look()).toEqual({ delivered: [web], failing: {} });
});

it('reads the file of a pipeline whose manifest does not say where it ships to', async () => {
  pipelines = [entry('shop', [c], { targets: undefined })];
  for (let looks = 0; looks < 3; looks++) await look([0, c, 'retries']);
  expect(files).toEqual(['f-shop']);
  expect(tried).toEqual(['found']);
  expect(watch.report()).toEqual({ delivered: [], failing: { ConnectionRefused: [`${shop}.0`] } });
});

it('is counted by state and by cause', async () => {
  pipelines = [entry('web', [a, b]), entry('shop', [c]), entry('idle', [])];
  for (let looks = 0; looks < 3; looks++) await look([0, a, 'retries'], [0, b, 'retries'], [0, c, 'proc_records']);
  const metrics = new SidecarMetrics();
  if (counts !== undefined) countDeliveries(metrics, counts);
  const text = metrics.text();
  for (const line of [
    'fluentbind_agent_delivery{state="delivered"} 1',
    'fluentbind_agent_delivery{state="failing"} 1',
    'fluentbind_agent_delivery{state="idle"} 1',
    'fluentbind_agent_pipelines_failing{cause="ConnectionRefused"} 1',
    'fluentbind_agent_pipelines_failing{cause="Timeout"} 0',
  ])
    expect(text).toContain(`${line}\n`);
});

it('says nothing of a pipeline but its handle, the index of an output, and a cause', async () => {
  for (let looks = 0; looks < 3; looks++) await look([0, a, 'retries']);
  expect(JSON.stringify(watch.report())).toMatch(
    /^\{"delivered":\[\],"failing":\{"ConnectionRefused":\["[\w-]{11}\.0"\]\}\}$/,
  );
});
