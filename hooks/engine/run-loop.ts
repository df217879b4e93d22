import { setTimeout as wait } from 'node:timers/promises';
import type { Engine } from './engine.ts';

/** Lets controllers work until they are stopped: on events, when something waiting is due, and on every resync. */
export async function runUntil(stopped: Promise<unknown>, engine: Engine, resyncMilliseconds: number): Promise<void> {
  let running = true;
  let wake = (): void => undefined;
  void stopped.then(() => {
    running = false;
    wake();
  });
  let pending = false;
  engine.onWork(() => {
    pending = true;
    wake();
  });
  const resync = setInterval(() => engine.resync(), resyncMilliseconds);
  while (running) {
    pending = false;
    await engine.settle();
    if (pending) continue;
    const pause = Math.max(0, (engine.nextDue ?? Number.POSITIVE_INFINITY) - Date.now());
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const ended = new AbortController();
    const due = wait(Math.min(pause, resyncMilliseconds), undefined, { signal: ended.signal }).catch(() => undefined);
    if (running) await Promise.race([woken, due]);
    ended.abort();
  }
  clearInterval(resync);
}
