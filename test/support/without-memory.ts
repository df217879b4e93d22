import type { HookTransport } from '../../hooks/engine/passes/hook-client.ts';
import { switchMemoryOff, switchMemoryOn } from '../../hooks/memo/registry.ts';

/** What comes of it when nothing is remembered. */
export function withoutMemory<T>(work: () => T): T;
export function withoutMemory<T>(work: () => Promise<T>): Promise<T>;
export function withoutMemory<T>(work: () => T | Promise<T>): T | Promise<T> {
  switchMemoryOff();
  let result: T | Promise<T> | undefined;
  try {
    result = work();
    return result instanceof Promise ? result.finally(switchMemoryOn) : result;
  } finally {
    if (!(result instanceof Promise)) switchMemoryOn();
  }
}

/** Hooks that remember nothing of it when they are asked the same once more, as the engine's lint does. */
export function secondWithoutMemory(transport: HookTransport): HookTransport {
  let last = '';
  return (url, body, timeout) => {
    const asked = `${url} ${body}`;
    const again = asked === last;
    last = again ? '' : asked;
    return again ? withoutMemory(() => transport(url, body, timeout)) : transport(url, body, timeout);
  };
}
