import type { DeliveryCause } from '../../api/wire/delivery.ts';
import {
  isLateAnswer,
  isUnanswered,
  longestMessage,
  messageOf,
  type OutputLine,
  outputLine,
  timedOut,
} from '../../fluentbit/version/error-lines.ts';

/** How often lines name a cause for an output. */
export type Counts = ReadonlyMap<DeliveryCause, number>;

/** What the log says since the last look, by alias: at most why something fails, never whether. */
export interface Evidence {
  /** By lines that nobody else could have written. */
  plain: ReadonlyMap<string, Counts>;
  /** By lines that stand where the backend of another output may have written. */
  doubtful: ReadonlyMap<string, Counts>;
  /** `host:port` of connections that were given up for their time. */
  late: ReadonlySet<string>;
}

/** Lines of one message are written at once: what comes later is another one. */
const pauseMs = 5;

/** A line of a container's log: time, stream, whether it is whole, text. */
const containerLine = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d) stderr F (.*)$/;

/** What an output is, for lines about it to be compared with. */
export interface KnownOutput {
  plugin: string;
  /** `host:port` of its backend. */
  address: string | undefined;
}

/**
 * Reads what lines say of outputs. A backend's answer may be printed behind the line with its status, and so look like
 * lines of its own: within the longest message, and until a pause, nothing is believed of any other output, unless the
 * line names its backend, which other tenants do not know.
 */
export class EvidenceReader {
  readonly #plain = new Tally();
  readonly #doubtful = new Tally();
  readonly #late = new Set<string>();
  readonly #printed = new PrintedAnswer();
  readonly #outputs: ReadonlyMap<string, KnownOutput>;
  /** Lines in which the output is to be named whose answer came too late. */
  #awaited = 0;

  /** @param outputs by alias; of no other one anything is believed */
  constructor(outputs: ReadonlyMap<string, KnownOutput>) {
    this.#outputs = outputs;
  }

  get evidence(): Evidence {
    return { plain: this.#plain.counts, doubtful: this.#doubtful.counts, late: this.#late };
  }

  /** Lines of the container's log, in their order. */
  take(line: string): void {
    const [, time = '', fraction = '', zone = '', text = ''] = containerLine.exec(line) ?? [];
    if (time === '') return;
    const doubted = this.#printed.mayHold(Date.parse(`${time}${fraction.slice(0, 4)}${zone}`), text);
    const message = messageOf(text);
    if (message === undefined) return;
    const said = outputLine(message);
    if (said !== undefined) this.#ofOutput(said, doubted, message, text);
    else if (!doubted) this.#ofNobody(message);
  }

  #ofOutput(said: OutputLine, doubted: boolean, message: string, text: string): void {
    const known = this.#outputs.get(said.alias);
    const fits = known?.plugin === said.plugin && (said.address ?? known.address) === known.address;
    const named = said.address !== undefined && fits;
    const foreign = doubted && said.alias !== this.#printed.owner && !named;
    const cause = causeOf(said, this.#awaited > 0 && !foreign && isUnanswered(message));
    if (cause !== undefined && fits) (foreign ? this.#doubtful : this.#plain).add(said.alias, cause);
    // It may be of an answer itself: then whatever follows is in doubt, and nobody's.
    if (said.body) this.#printed.begin(doubted && said.alias !== this.#printed.owner ? '' : said.alias, text);
    this.#awaited = 0;
  }

  #ofNobody(message: string): void {
    const destination = timedOut(message);
    if (destination !== undefined) this.#late.add(destination);
    this.#awaited = isLateAnswer(message) ? 3 : this.#awaited - 1;
  }
}

function causeOf({ status }: OutputLine, late: boolean): DeliveryCause | undefined {
  if (status !== undefined) return causeOfStatus(status);
  return late ? 'Timeout' : undefined;
}

const causes: Readonly<Record<number, DeliveryCause>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  408: 'Timeout',
  413: 'TooLarge',
  429: 'RateLimited',
};

/** Undefined for an answer that refuses nothing. */
export function causeOfStatus(status: number): DeliveryCause | undefined {
  if (status >= 200 && status < 300) return undefined;
  return causes[status] ?? (status >= 500 ? 'BackendError' : 'RejectedByBackend');
}

/** Where the text of a backend may stand in the log. */
class PrintedAnswer {
  owner = '';
  #left = 0;
  #last = 0;

  begin(owner: string, text: string): void {
    this.owner = owner;
    this.#left = longestMessage - Buffer.byteLength(text);
  }

  /** Whether a line may be of an answer; lines are told in their order. */
  mayHold(time: number, text: string): boolean {
    const pause = time - this.#last > pauseMs;
    this.#last = time;
    const holds = this.#left > 0 && !pause;
    this.#left = holds ? this.#left - Buffer.byteLength(text) - 1 : 0;
    return holds;
  }
}

class Tally {
  readonly counts = new Map<string, Map<DeliveryCause, number>>();

  add(alias: string, cause: DeliveryCause): void {
    const known = this.counts.get(alias) ?? new Map<DeliveryCause, number>();
    this.counts.set(alias, known);
    known.set(cause, (known.get(cause) ?? 0) + 1);
  }
}
