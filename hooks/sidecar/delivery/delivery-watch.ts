import { type Delivery, type DeliveryCause, deliveryCauses } from '../../api/wire/delivery.ts';
import { handle } from '../../kubernetes/handles.ts';
import { targetsIn } from '../../shards/node-data.ts';
import type { OutputTarget } from '../../shards/output-targets.ts';
import type { Entry } from '../store/entry.ts';
import type { AgentLog } from './agent-log.ts';
import type { Attempts } from './attempts.ts';
import { type Evidence, EvidenceReader } from './evidence.ts';
import { fails, judgeOutput, noVerdict, type OutputState } from './judgement.ts';
import { increase, type OutputCounters, outputCounters } from './output-counters.ts';
import { type Destination, destinationOf } from './resolved-target.ts';

/** A Fluent Bit process: some of the pipelines are its own. */
export interface DeliverySource {
  /** Text of `/api/v1/metrics`; undefined where it does not answer. */
  metrics: () => Promise<string | undefined>;
  log: AgentLog;
}

export interface DeliveryParts {
  sources: readonly DeliverySource[];
  /** Number of the generation that is live, and what it holds. */
  live: { generation: () => number | undefined; pipelines: () => readonly Entry[] };
  read: (blob: string) => Buffer;
  /** None where the agent ships by way of a proxy. */
  attempts: Attempts | undefined;
  /** Is told after each look. */
  count: (counts: DeliveryCounts) => void;
}

/** How many pipelines there are of each, at a look. */
export interface DeliveryCounts {
  states: Record<'delivered' | 'failing' | 'idle', number>;
  /** A pipeline counts once for each cause that its outputs have. */
  failing: ReadonlyMap<DeliveryCause, number>;
}

interface Output {
  alias: string;
  plugin: string;
  destination: Destination | undefined;
  /** `host:port` as Fluent Bit writes it. */
  address: string | undefined;
  counted: OutputCounters | undefined;
  state: OutputState;
}

interface Pipeline {
  content: string;
  handle: string;
  outputs: Output[];
}

/** Finds out which pipelines deliver, and why the others do not. Nothing of what it reads leaves it, but the cause. */
export class DeliveryWatch {
  readonly #parts: DeliveryParts;
  #generation: number | undefined;
  #pipelines = new Map<string, Pipeline>();

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  async look(now: number): Promise<void> {
    this.#follow();
    const outputs = [...this.#outputs()];
    const known = new Map(outputs.map(({ alias, plugin, address }) => [alias, { plugin, address }]));
    for (const { metrics, log } of this.#parts.sources) {
      // First the lines: a counter that has moved has its line by then, or at the next look.
      const reader = new EvidenceReader(known);
      const complete = log.read((line) => reader.take(line));
      const counters = outputCounters((await metrics()) ?? '');
      if (counters !== undefined) this.#judge(counters, reader.evidence, complete, now);
    }
    this.#count();
  }

  /** In an order that does not change by itself. */
  report(): Delivery {
    const delivered: string[] = [];
    const failing: Record<string, string[]> = {};
    for (const pipeline of this.#pipelines.values()) {
      const causes = causesOf(pipeline);
      for (const [index, cause] of causes) failing[cause] = [...(failing[cause] ?? []), `${pipeline.handle}.${index}`];
      if (causes.length === 0 && delivers(pipeline)) delivered.push(pipeline.handle);
    }
    return { delivered, failing };
  }

  /** Pipelines as they are live now. What has changed begins anew, for its counters do. */
  #follow(): void {
    const { live, attempts } = this.#parts;
    const generation = live.generation();
    if (generation === this.#generation) return;
    const before = this.#pipelines;
    this.#pipelines = new Map(
      live.pipelines().map((entry) => {
        const name = handle(entry.namespace, entry.name);
        const known = before.get(name);
        return [name, known?.content === entry.content ? known : this.#pipeline(name, entry)];
      }),
    );
    this.#generation = generation;
    attempts?.keep([...this.#outputs()].flatMap(({ destination }) => destination ?? []));
  }

  #pipeline(name: string, entry: Entry): Pipeline {
    const { ids, secrets, content } = entry;
    const targets = entry.targets ?? this.#targetsOf(entry);
    const read = (blob: string) => this.#parts.read(blob).toString('utf8');
    const outputs = ids.map((alias, index) => {
      const target: OutputTarget = targets[index] ?? { plugin: '' };
      const destination = destinationOf(target, secrets, read);
      const address = destination === undefined ? undefined : `${destination.host}:${destination.port}`;
      return { alias, plugin: target.plugin, destination, address, counted: undefined, state: noVerdict };
    });
    return { content, handle: name, outputs };
  }

  /** A manifest of an earlier version does not say. */
  #targetsOf({ file }: Entry): OutputTarget[] {
    return targetsIn(this.#parts.read(file).toString('utf8'));
  }

  *#outputs(): Generator<Output> {
    for (const { outputs } of this.#pipelines.values()) yield* outputs;
  }

  #judge(counters: ReadonlyMap<string, OutputCounters>, evidence: Evidence, complete: boolean, now: number): void {
    const { attempts } = this.#parts;
    for (const output of this.#outputs()) {
      const { alias, plugin, destination, address, state } = output;
      const counter = counters.get(alias);
      if (counter === undefined) continue;
      const counted = increase(output.counted, counter);
      const plain = evidence.plain.get(alias);
      if (destination !== undefined && fails(counted) && plain === undefined) attempts?.ask(destination, now);
      output.state = judgeOutput(state, {
        now,
        plugin,
        counted,
        first: output.counted === undefined,
        plain,
        doubtful: evidence.doubtful.get(alias),
        late: address !== undefined && evidence.late.has(address),
        complete,
        tried: destination === undefined ? undefined : attempts?.last(destination, now),
        tries: destination !== undefined && attempts !== undefined,
      });
      output.counted = counter;
    }
  }

  #count(): void {
    const states = { delivered: 0, failing: 0, idle: 0 };
    const failing = new Map<DeliveryCause, number>(deliveryCauses.map((cause) => [cause, 0]));
    for (const pipeline of this.#pipelines.values()) {
      const causes = new Set(causesOf(pipeline).map(([, cause]) => cause));
      for (const cause of causes) failing.set(cause, (failing.get(cause) ?? 0) + 1);
      states[causes.size > 0 ? 'failing' : delivers(pipeline) ? 'delivered' : 'idle'] += 1;
    }
    this.#parts.count({ states, failing });
  }
}

const delivers = ({ outputs }: Pipeline) => outputs.some(({ state }) => state.verdict === 'delivered');

/** Failing outputs, by their index. */
function causesOf({ outputs }: Pipeline): [index: number, cause: DeliveryCause][] {
  return outputs.flatMap(({ state: { verdict } }, index): [number, DeliveryCause][] =>
    verdict === undefined || verdict === 'delivered' ? [] : [[index, verdict]],
  );
}
