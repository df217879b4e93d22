import { describe, expect, it } from 'vitest';
import type { DeliveryCause } from '../../../../hooks/api/wire/delivery.ts';
import { judgeOutput, noVerdict, type OutputLook } from '../../../../hooks/sidecar/delivery/judgement.ts';
import { increase, outputCounters } from '../../../../hooks/sidecar/delivery/output-counters.ts';

const still = { processed: 0, errors: 0, retries: 0, givenUp: 0, dropped: 0, retried: 0 };
type Part = Partial<OutputLook> & { is?: Partial<typeof still> };

const taken: Part = { is: { processed: 10 } };
const retried: Part = { is: { retries: 2, retried: 10 } };
const dropped: Part = { is: { errors: 2, dropped: 10 } };
const idle: Part = {};
const says = (cause: DeliveryCause) => new Map([[cause, 2]]);
const heard = (part: Part, cause: DeliveryCause): Part => ({ ...part, plain: says(cause) });
const found = (cause: DeliveryCause | undefined, part: Part = retried): Part => ({ ...part, tried: { cause } });
const times = (count: number, part: Part) => Array<Part>(count).fill(part);

/** What is said after each look, ten seconds apart. */
function verdicts(looks: readonly Part[], plugin = 'http') {
  let state = noVerdict;
  return looks.map(({ is, ...look }, index) => {
    state = judgeOutput(state, {
      ...{ now: 10_000 * index, plugin, counted: { ...still, ...is }, first: index === 0, plain: undefined },
      ...{ doubtful: undefined, late: false, complete: true, tried: undefined, tries: true, ...look },
    });
    return state.verdict;
  });
}
const last = (looks: readonly Part[], plugin?: string) => verdicts(looks, plugin).at(-1);

describe('an output', () => {
  it.each<[string, Part[], string | undefined, string?]>([
    ['without records', times(9, idle), undefined],
    ['that delivers', [idle, taken, taken], 'delivered'],
    ['that delivered once', [idle, taken, ...times(4, idle)], 'delivered'],
    ['that delivered, and has nothing to do', [idle, taken, taken, ...times(50, idle)], 'delivered'],
    ['that fails once among others', [idle, taken, taken, heard(retried, 'BackendError'), taken, taken], 'delivered'],
    [
      'that sends one in a hundred again',
      [idle, ...times(9, { is: { processed: 990, retries: 1, retried: 10 } })],
      'delivered',
    ],
    [
      'that loses one in a hundred',
      [idle, ...times(9, heard({ is: { processed: 990, errors: 1 } }, 'TooLarge'))],
      'TooLarge',
    ],
    ['that is refused', [idle, ...times(2, heard(dropped, 'Unauthorized'))], 'Unauthorized'],
    [
      'that was refused, and has nothing to do',
      [idle, ...times(2, heard(dropped, 'Forbidden')), ...times(50, idle)],
      'Forbidden',
    ],
    ['that drops, and nobody says why', [idle, dropped, dropped], 'Dropped'],
    ['that gives up', [idle, ...times(2, { is: { givenUp: 1, dropped: 5 } })], 'Dropped'],
    ['that cannot connect', [idle, retried, found('ConnectionRefused')], 'ConnectionRefused'],
    ['that connects, and is sent back', [idle, retried, found(undefined)], 'Unreachable'],
    ['that nobody tries', [idle, ...times(2, { ...retried, tries: false })], 'Unreachable'],
    ['that is tried for ever', [idle, ...times(4, retried)], 'Unreachable'],
    ['that waits too long', [idle, ...times(2, { ...retried, late: true })], 'Timeout'],
    ['that waits too long to connect', [idle, ...times(2, { ...found(undefined), late: true })], 'Timeout'],
    ['whose 200 lies', [idle, retried, found(undefined)], 'RejectedByBackend', 'es'],
    ['whose 200 lies to another', [idle, retried, found(undefined)], 'RejectedByBackend', 'opensearch'],
    ['with lines of which nothing has moved', [idle, ...times(9, heard(idle, 'Unauthorized'))], undefined],
    ['with lines, though it delivers', [idle, ...times(9, heard(taken, 'Unauthorized'))], 'delivered'],
  ])('%s', (_, looks, verdict, plugin) => {
    expect(last(looks, plugin)).toBe(verdict);
  });

  it('fails from the second look on, and delivers again from the second', () => {
    const failing = heard(retried, 'BackendError');
    expect(verdicts([idle, taken, taken, failing, failing, taken, taken])).toEqual([
      ...[undefined, undefined, 'delivered', 'delivered', 'BackendError', 'BackendError', 'delivered'],
    ]);
  });

  it('has another cause from the second look on', () => {
    const [one, other] = [heard(retried, 'BackendError'), heard(retried, 'RateLimited')];
    expect(verdicts([idle, one, one, other, one, other, other])).toEqual([
      ...[undefined, undefined, 'BackendError', 'BackendError', 'BackendError', 'BackendError', 'RateLimited'],
    ]);
  });

  it('is told the cause of a line that came before its counter', () => {
    expect(last([idle, heard(idle, 'Unauthorized'), dropped, heard(dropped, 'Unauthorized')])).toBe('Unauthorized');
    expect(last([idle, heard(idle, 'Unauthorized'), ...times(9, idle), dropped, dropped])).toBe('Dropped');
  });

  it('keeps what was heard where not all lines are read', () => {
    const deaf: Part = { ...dropped, complete: false };
    expect(last([idle, heard(deaf, 'Unauthorized'), ...times(20, deaf)])).toBe('Unauthorized');
  });

  it('does not add up failures that are far apart', () => {
    const failing = heard(retried, 'BackendError');
    expect(last([idle, failing, ...times(70, idle), failing])).toBeUndefined();
  });
});

describe('lines in doubt', () => {
  const doubted = (part: Part, cause: DeliveryCause, count = 2): Part => ({
    ...part,
    doubtful: new Map([[cause, count]]),
  });
  const two = new Map<DeliveryCause, number>([
    ['RateLimited', 1],
    ['Forbidden', 1],
  ]);

  it.each<[string, Part[], string | undefined, string?]>([
    [
      'count where there are as many as failures',
      [idle, ...times(2, found(undefined, doubted(retried, 'RateLimited')))],
      'RateLimited',
    ],
    [
      'do not where there are more',
      [idle, ...times(9, found(undefined, doubted(retried, 'Forbidden', 9)))],
      'Unreachable',
    ],
    [
      'do not where they contradict each other',
      [idle, ...times(9, { ...found(undefined), doubtful: two })],
      'RejectedByBackend',
      'es',
    ],
    ['change no cause', [idle, ...times(9, heard(doubted(retried, 'Forbidden'), 'RateLimited'))], 'RateLimited'],
    [
      'hide nothing that the node found',
      [idle, ...times(9, found('TlsFailed', doubted(retried, 'RateLimited')))],
      'TlsFailed',
    ],
    ['make nothing fail', [idle, taken, taken, ...times(9, doubted(taken, 'Forbidden'))], 'delivered'],
    [
      'keep a cause that was known without them',
      [
        idle,
        ...times(2, heard(retried, 'RateLimited')),
        ...times(9, found(undefined, doubted(retried, 'RateLimited', 9))),
      ],
      'RateLimited',
    ],
  ])('%s', (_, looks, verdict, plugin) => {
    expect(last(looks, plugin)).toBe(verdict);
  });

  it('are waited for to be repeated without doubt', () => {
    const look = { ...found(undefined), doubtful: two };
    expect(verdicts([idle, look, look, look, heard(look, 'RateLimited')]).slice(-2)).toEqual([
      undefined,
      'RateLimited',
    ]);
  });
});

describe('counters', () => {
  const all = { ...still, processed: 7, retries: 2 };

  it('are those of outputs, by alias', () => {
    const text =
      '{"input":{"p1":{"records":9}},"filter":{},"output":{"p1":{"proc_records":7,"proc_bytes":1,"errors":0,"retries":2,"retries_failed":0,"dropped_records":0,"retried_records":0}}}';
    expect(outputCounters(text)).toEqual(new Map([['p1', all]]));
    for (const bad of ['', '{}', text.slice(0, -3)]) expect(outputCounters(bad)).toBeUndefined();
  });

  it('begin anew with a reload', () => {
    expect(increase(undefined, all)).toEqual(all);
    expect(increase({ ...still, processed: 5 }, all)).toEqual({ ...all, processed: 2 });
    expect(increase({ ...still, processed: 5, errors: 1 }, all)).toEqual(all);
  });
});
