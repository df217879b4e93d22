import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { DeliveryCause } from '../../../../hooks/api/wire/delivery.ts';
import { Attempts } from '../../../../hooks/sidecar/delivery/attempts.ts';
import type { Destination } from '../../../../hooks/sidecar/delivery/resolved-target.ts';

const to = (port: number): Destination => ({ host: 'logs', port });
const limits = { most: 2, every: 1000, valid: 3000 };

/** Attempts that end when they are told to. */
function controlled() {
  const asked: number[] = [];
  const ends = new Map<number, (cause: DeliveryCause | undefined | Error) => void>();
  const attempts = new Attempts(
    ({ port }) =>
      new Promise((resolve, reject) => {
        asked.push(port);
        ends.set(port, (cause) => (cause instanceof Error ? reject(cause) : resolve(cause)));
      }),
    limits,
  );
  const end = async (port: number, cause: DeliveryCause | undefined | Error) => {
    ends.get(port)?.(cause);
    await wait(1);
  };
  return { attempts, asked, end };
}

it('are made a few at a time, and one in a while for each destination', async () => {
  const { attempts, asked, end } = controlled();
  for (const port of [1, 2, 3, 1, 2, 3]) attempts.ask(to(port), 0);
  expect(asked).toEqual([1, 2]);
  await end(2, 'TlsFailed');
  expect(asked).toEqual([1, 2, 3]);
  expect(attempts.last(to(2), 100)).toMatchObject({ cause: 'TlsFailed' });
  expect(attempts.last(to(1), 100)).toBeUndefined();
  await end(1, undefined);
  await end(3, new Error('out of order'));
  expect(attempts.last(to(1), 100)).toMatchObject({ cause: undefined });
  expect(attempts.last(to(3), 100)).toMatchObject({ cause: undefined });
  attempts.ask(to(2), 900);
  expect(asked).toHaveLength(3);
  expect(attempts.last(to(2), 2900)).toBeDefined();
  expect(attempts.last(to(2), 3100)).toBeUndefined();
  attempts.ask(to(2), 1100);
  expect(asked).toEqual([1, 2, 3, 2]);
});

it('of destinations that are gone are neither made nor remembered', async () => {
  const { attempts, asked, end } = controlled();
  for (const port of [1, 2, 3, 4]) attempts.ask(to(port), 0);
  attempts.keep([to(1), to(4)]);
  await end(1, 'Timeout');
  await end(2, 'Timeout');
  expect(asked).toEqual([1, 2, 4]);
  attempts.keep([to(4)]);
  expect(attempts.last(to(1), 1)).toBeUndefined();
});
