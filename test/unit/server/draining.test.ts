import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { readServerConfig } from '../../../hooks/config/server-config.ts';
import { controllers } from '../../../hooks/controllers/index.ts';
import { listen } from '../../../hooks/server/listen.ts';
import { make } from '../../support/world.ts';

/**
 * Callers in a process of their own, so that connections wait to be accepted while the server is busy. Some keep their
 * connection, busy or now and then, as Metacontroller and the API server do. Others take a new one each time, and are
 * led elsewhere once /readyz says so, as by a Service. Each ends with the first call that is not answered; one that
 * finds nobody listening was never accepted.
 */
const callers = `
const http = require('node:http');
const [port, body] = [Number(process.argv[1]), process.argv[2]];
let ready = true;
const led = process.argv[3] === 'true';
const call = (agent) => new Promise((resolve) => {
  if (led && !ready && Object.keys(agent.freeSockets ?? {}).length === 0) return resolve('led elsewhere');
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  const path = '/hooks/servicebindingconfigs/customize';
  const request = http.request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent }, (response) => {
    response.resume();
    response.on('end', () => resolve(response.statusCode));
    response.on('error', ({ code }) => resolve(code));
  });
  request.on('error', ({ code }) => resolve(code));
  request.end(body);
});
const wait = (time) => new Promise((resolve) => setTimeout(resolve, time));
async function caller(agent, pause) {
  for (let calls = 0; ; calls++) {
    const result = await call(agent);
    if (result !== 200) return [result, calls];
    if (pause > 0) await wait(Math.random() * pause);
  }
}
const poll = setInterval(() => {
  const probe = http.get({ host: '127.0.0.1', port, path: '/readyz', agent: false }, (response) => {
    response.resume();
    if (response.statusCode !== 200) ready = false;
  });
  probe.on('error', () => (ready = false));
}, 50);
const kept = () => new http.Agent({ keepAlive: true, maxSockets: 1 });
const all = [
  ...Array.from({ length: 20 }, () => caller(kept(), 0)),
  ...Array.from({ length: 40 }, () => caller(kept(), 40)),
  ...Array.from({ length: led ? 20 : 0 }, () => caller(false, 0)),
];
Promise.all(all).then((ends) => {
  clearInterval(poll);
  console.log(JSON.stringify(ends));
});
`;

async function start(drainSeconds: number) {
  const config = readServerConfig({
    FLUENTBIND_HOST: '127.0.0.1',
    FLUENTBIND_PORT: '0',
    FLUENTBIND_DRAIN_SECONDS: String(drainSeconds),
    FLUENTBIND_MAX_IN_FLIGHT: '1000',
  });
  return await listen(config, controllers, pino({ level: 'silent' }));
}

const body = JSON.stringify({ parent: make.binding('logs', {}) });
const call = `POST /hooks/servicebindingconfigs/customize HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

/** What a connection gets, and how it ends. */
function connected(port: number) {
  const socket = connect(port, '127.0.0.1');
  const seen = { text: '', error: undefined as string | undefined };
  socket.on('data', (chunk) => (seen.text += String(chunk)));
  socket.on('error', ({ code }: NodeJS.ErrnoException) => (seen.error = code));
  const opened = new Promise<void>((resolve) => socket.once('connect', resolve));
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return { socket, seen, opened, ended };
}

it('answers who was accepted and has not sent anything yet', async () => {
  const { port, drain } = await start(0);
  const { socket, seen, opened, ended } = connected(port);
  await opened;
  await wait(50);
  const drained = drain();
  await wait(100);
  socket.write(call);
  await Promise.all([ended, drained]);
  expect(seen.text).toMatch(/^HTTP\/1.1 200/);
  expect(seen.error).toBeUndefined();
});

it('ends a connection that is idle without a reset, and waits for nobody who has been answered', async () => {
  const { port, drain } = await start(0);
  const { socket, seen, opened, ended } = connected(port);
  await opened;
  socket.write(call);
  while (!seen.text.endsWith('}')) await wait(10);
  const begun = Date.now();
  await Promise.all([drain(), ended]);
  expect(seen.error).toBeUndefined();
  // Not as long as a call may take.
  expect(Date.now() - begun).toBeLessThan(12_000);
});

/** How the calls of all callers ended, from a second of load on until the server is gone. */
async function underLoad(led: boolean): Promise<unknown[]> {
  const { port, drain } = await start(0.5);
  const program = [process.execPath, '-e', callers, String(port), body, String(led)] as const;
  const child = spawn(program[0], program.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  const ended = new Promise((resolve) => child.once('close', resolve));
  await wait(1000);
  await drain();
  await ended;
  const ends = JSON.parse(output) as [result: unknown, calls: number][];
  expect(ends.reduce((sum, [, calls]) => sum + calls, 0)).toBeGreaterThan(200);
  return ends.map(([result]) => result);
}

it('resets no call when it drains under load', async () => {
  expect(new Set(await underLoad(true))).toEqual(new Set(['led elsewhere']));
}, 60_000);

it('resets no call of who keeps a connection and does not look at /readyz', async () => {
  expect(new Set(await underLoad(false))).toEqual(new Set(['ECONNREFUSED']));
}, 60_000);
