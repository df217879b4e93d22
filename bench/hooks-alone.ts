import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { controllers } from '../hooks/controllers/index.ts';
import { type Context, defaultSettings } from '../hooks/kit/controller.ts';
import { routes } from '../hooks/kit/routes.ts';
import { switchMemoryOff } from '../hooks/memo/registry.ts';
import { parseJson } from '../hooks/server/wire/body.ts';
import { BufferPool, pooledBytes } from '../hooks/server/wire/buffer-pool.ts';
import { Codec } from '../hooks/server/wire/codec.ts';

/**
 * The hooks in a process of their own and without a server: bytes come from the bench and go back to it, and only what
 * is done from the ones to the others is counted, with what other threads of the process do meanwhile. The bytes are in
 * files, for buffers that come and go by the megabyte would have the heap collected more often than with a server.
 */
export interface Call {
  path: string;
  /** File with the request, and how many bytes of it. */
  request: string;
  length: number;
  /** File for the reply. */
  reply: string;
}

export interface Answer {
  /** Of all calls so far, in milliseconds. */
  cpu: number;
  memoryMiB: number;
}

switchMemoryOff((process.env['MEMORY_OFF'] ?? '').split(',').filter((name) => name !== ''));
setFlagsFromString('--heap-growing-percent=100');
const pool = new BufferPool(pooledBytes);
const served = new Map(
  routes(controllers).map((route) => [
    route.path,
    { hook: route.hook, memory: route.incremental ? new Codec(pool) : undefined },
  ]),
);
/** With a trial server that has tried everything, where it is asked for. */
const trials: Pick<Context, 'trial'> =
  process.env['TRIALS'] === undefined ? {} : { trial: () => ({ verdict: 'ok', version: '5.1.1' }) };
let cpu = 0;

process.on('message', async ({ path, request: from, length, reply: to }: Call) => {
  const route = served.get(path);
  if (route === undefined) throw new Error(`there is no hook at ${path}`);
  const { hook, memory } = route;
  const given = pool.take(length);
  const file = openSync(from, 'r');
  readSync(file, given, 0, length, 0);
  closeSync(file);
  const before = process.cpuUsage();
  const request = memory?.parse(given.subarray(0, length)) ?? parseJson(given.subarray(0, length));
  const reply = await hook(request, { now: new Date(), settings: defaultSettings, ...trials });
  const { bytes, release } = memory?.encode(reply as object) ?? { bytes: Buffer.from(JSON.stringify(reply)) };
  const used = process.cpuUsage(before);
  cpu += (used.user + used.system) / 1000;
  pool.give(given);
  writeFileSync(to, bytes);
  release?.();
  const answer: Answer = { cpu, memoryMiB: process.memoryUsage.rss() / 1024 / 1024 };
  process.send?.(answer);
});
