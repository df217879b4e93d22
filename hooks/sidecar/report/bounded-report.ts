import type { AgentReport, Brief } from '../../api/wire/agent-report.ts';
import type { Delivery } from '../../api/wire/delivery.ts';

type Refused = AgentReport['refused'][number];

/** The hook reads the reports of all nodes at once, and an annotation has bounds of its own. */
const maxBytes = 64_000;
/** Of what Fluent Bit says of each; the first at which all fit. */
const lineLengths = [300, 120, 40, 0];

/**
 * The report, at most 64 KB. That something is refused is worth more than why, and that more than what is kept: what is
 * not named at all leaves a tenant in doubt.
 */
export function bounded(report: AgentReport): AgentReport {
  const incomplete = Object.fromEntries(Object.entries(report.incomplete).slice(0, 64));
  const delivery = report.delivery === undefined ? {} : { delivery: deliveryIn(report.delivery) };
  const bare = { ...report, incomplete, ...delivery, refused: [], kept: [] };
  const room = maxBytes - size(bare) - 64;
  const told = tell(report.refused, room);
  let left = room - size(told);
  const end = report.kept.findIndex((item) => {
    left -= size(item);
    return left < 0;
  });
  const kept = end < 0 ? report.kept : report.kept.slice(0, end);
  const more = {
    refused: report.refused.length - told.refused.length - countIn(told.briefly ?? []),
    kept: report.kept.length - kept.length,
  };
  return { ...bare, ...told, kept, more };
}

/** Of deliveries: they leave what is refused its room. */
const deliveryBytes = 24_000;

/** As much as there is room for; what fails comes before what does not. */
function deliveryIn({ delivered, failing }: Delivery): Delivery {
  let left = deliveryBytes;
  const fitting = (items: readonly string[]) =>
    items.filter((item) => {
      left -= size(item);
      return left >= 0;
    });
  const told = Object.entries(failing).map(([cause, items]) => [cause, fitting(items)] as const);
  return { failing: Object.fromEntries(told.filter(([, items]) => items.length > 0)), delivered: fitting(delivered) };
}

type Told = Pick<AgentReport, 'refused' | 'briefly'>;

function tell(refused: readonly Refused[], room: number): Told {
  for (const length of lineLengths) {
    const told = { refused: refused.map((one) => ({ ...one, line: one.line.slice(0, length) })) };
    if (size(told) <= room) return told;
  }
  const fair = inTurns(refused);
  const split = (named: number, detailed: number): Told => ({
    refused: fair.slice(0, detailed).map((one) => ({ ...one, line: one.line.slice(0, lineLengths[1]) })),
    briefly: brief(fair.slice(detailed, named)),
  });
  const named = largest(fair.length, (count) => size(split(count, 0)) <= room);
  return split(
    named,
    largest(named, (count) => size(split(named, count)) <= room),
  );
}

/** One of each namespace, then the second of each, and so on: nobody drowns the news of another. */
function inTurns(refused: readonly Refused[]): Refused[] {
  const seen = new Map<string, number>();
  return refused
    .map((one) => {
      const turn = seen.get(one.namespace) ?? 0;
      seen.set(one.namespace, turn + 1);
      return { one, turn };
    })
    .sort((a, b) => a.turn - b.turn)
    .map(({ one }) => one);
}

function brief(refused: readonly Refused[]): Brief[] {
  const groups = new Map<string, Brief>();
  for (const { namespace, name, reason, kept = false } of refused) {
    const key = `${reason} ${kept}`;
    const group: Brief = groups.get(key) ?? { reason, kept, pipelines: {} };
    groups.set(key, group);
    const names = group.pipelines[namespace];
    if (names === undefined) group.pipelines[namespace] = [name];
    else names.push(name);
  }
  return [...groups.values()];
}

function countIn(groups: readonly Brief[]): number {
  return groups.flatMap(({ pipelines }) => Object.values(pipelines).map(({ length }) => length)).reduce(add, 0);
}

/** The most that fits, up to a limit. */
function largest(limit: number, fits: (count: number) => boolean): number {
  let [low, high] = [0, limit];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

const add = (a: number, b: number) => a + b;
const size = (value: unknown) => Buffer.byteLength(JSON.stringify(value)) + 1;
