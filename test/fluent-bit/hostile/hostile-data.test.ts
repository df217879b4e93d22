import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { baseConfiguration } from '../../../hooks/fluentbit/agent/base-configuration.ts';
import { countingSink } from '../../support/fluent-bit/counting-sink.ts';
import { eventually, fluentBit, node } from '../../support/fluent-bit/fluent-bit.ts';
import { make, World } from '../../support/world.ts';

/** The thread of the engine has 8 MiB of stack: JSON of so many levels ended it, and again after each restart. */
const levels = 150_000;

/** Of the base configuration: what a level of a text may cost in answers of backends. */
const stack = /^ {2}coro_stack_size: \d+\n/m.exec(
  baseConfiguration(
    { clusterName: undefined, flushSeconds: 1, maxRetrySeconds: 60, backlogMemory: '32M', logLevel: 'info' },
    [],
  ),
)?.[0];

async function onThisHost(): Promise<World> {
  const world = await World.start({ now: new Date().toISOString() });
  const destinations = { allow: ['*', '127.0.0.1'] };
  await world.apply(make.agent('here', { namespace: 'logging', shards: 2, policy: { destinations } }));
  return world;
}

describe.skipIf(fluentBit === undefined)('data that would end the agent', () => {
  const json = { name: 'json', properties: { format: 'json' } };
  const parse = (parser: string) => ({
    plugin: 'parser',
    properties: { key_name: 'log', parser, reserve_data: true },
  });
  const cut = { name: 'cut', properties: { format: 'regex', regex: String.raw`^[^\[]*(?<log>\[.*)$` } };
  const object = {
    name: 'object',
    properties: { type: 'regex', key_content: 'log', parser: 'json' },
    rules: [{ state: 'start_state', regex: '^x', next: 'start_state' }],
  };

  it.each([
    ['', 'a parser', { parsers: [json], filters: [parse('json')] }],
    ['x', 'a pattern and a parser', { parsers: [json, cut], filters: [parse('cut'), parse('json')] }],
    ['', 'a multiline parser', { parsers: [json], multilineParsers: [object], input: { multiline: ['object'] } }],
  ])('in a log line, %j before it, that passes %s: is shipped, and the others as well', async (before, _what, spec) => {
    const sink = await countingSink();
    const world = await onThisHost();
    await world.apply(
      make.logging('json', {
        ...spec,
        outputs: [{ plugin: 'http', properties: { host: '127.0.0.1', port: sink.port, uri: '/json', format: 'json' } }],
      }),
    );
    expect(world.problems('LoggingConfiguration', 'json')).toEqual([]);
    const here = node();
    here.place(world, 'json');
    const pod = { namespace: 'shop', name: 'web' };
    const text = before + '['.repeat(levels) + ']'.repeat(levels);
    const part = 16 * 1024;
    for (let at = 0; at < text.length; at += part)
      here.log(pod, 'app', text.slice(at, at + part), { partial: at + part < text.length });
    here.log(pod, 'app', 'another line');
    const agent = await here.start();
    try {
      await eventually(() => sink.lines('/json').size >= 2);
      const lines = [...sink.lines('/json').keys()];
      expect(lines).toContain('another line');
      expect(lines.find((line) => line !== 'another line')).toMatch(/^nested too deeply: x?\({100000}/);
    } finally {
      expect(await agent.stop(), agent.output()).toBe(0);
      here.clean();
      sink.close();
    }
  });

  it.each(['es', 'opensearch'])('in an answer of a backend: %s goes on', async (plugin) => {
    let asked = 0;
    const nested = `{"errors":false,"x":${'['.repeat(250_000)}${']'.repeat(250_000)}}`;
    const backend = createServer((request, response) => {
      request.resume();
      request.on('end', () => {
        asked += 1;
        response.setHeader('content-type', 'application/json').end(nested);
      });
    }).listen(0, '127.0.0.1');
    await once(backend, 'listening');
    const { port } = backend.address() as AddressInfo;
    const world = await onThisHost();
    await world.apply(
      make.logging('search', {
        outputs: [{ plugin, properties: { host: '127.0.0.1', port, suppress_type_name: true } }],
      }),
    );
    expect(world.problems('LoggingConfiguration', 'search')).toEqual([]);
    const here = node();
    here.place(world, 'search');
    here.log({ namespace: 'shop', name: 'web' }, 'app', 'a line');
    expect(stack).toBeDefined();
    const agent = await here.start({ service: `  scheduler.base: 1\n  scheduler.cap: 2\n${stack}` });
    try {
      // Once more, after the first answer was read.
      await eventually(() => asked >= 2);
    } finally {
      expect(await agent.stop(), agent.output()).toBe(0);
      here.clean();
      backend.closeAllConnections();
      backend.close();
    }
  });

  it.each(['es', 'websocket'])('as an answer that never comes: the agent still stops, with %s', async (plugin) => {
    let asked = 0;
    const backend = createTcpServer((socket) => {
      socket.on('error', () => {}).once('data', () => (asked += 1));
    }).listen(0, '127.0.0.1');
    await once(backend, 'listening');
    const { port } = backend.address() as AddressInfo;
    const world = await onThisHost();
    const properties = { host: '127.0.0.1', port, workers: 1, 'net.io_timeout': '2s' };
    await world.apply(make.logging('silent', { outputs: [{ plugin, properties }] }));
    expect(world.problems('LoggingConfiguration', 'silent')).toEqual([]);
    const here = node();
    here.place(world, 'silent');
    here.log({ namespace: 'shop', name: 'web' }, 'app', 'a line');
    const agent = await here.start();
    try {
      await eventually(() => asked >= 1);
    } finally {
      // A worker waits for its flushes without a limit of its own, and the engine for the worker.
      expect(await agent.stop(), agent.output()).toBe(0);
      here.clean();
      backend.close();
    }
  });
});
