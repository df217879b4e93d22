import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AgentHost, agentHost, buildOnce } from '../support/fluent-bit/agent-host.ts';
import { type CountingSink, countingSink } from '../support/fluent-bit/counting-sink.ts';
import { eventually, fluentBit, takes } from '../support/fluent-bit/fluent-bit.ts';
import { type Pipeline, sha256, shardFiles } from '../support/node/agent-node.ts';

describe.skipIf(fluentBit === undefined)('the sidecar beside a real Fluent Bit', { timeout: 180_000 }, () => {
  let main: string;
  let host: AgentHost;
  let sink: CountingSink;

  beforeAll(() => {
    main = buildOnce();
  });
  afterEach(async () => {
    await host.stop();
    sink.close();
  });

  const mount = (pipelines: Pipeline[]) => {
    const { config, secret } = shardFiles(0, pipelines);
    host.node.mount(config, secret);
  };
  const metric = async (name: string) =>
    Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(await host.metrics())?.[1] ?? Number.NaN);

  async function up(pipelines: (port: number) => Pipeline[]): Promise<void> {
    sink = await countingSink();
    host = await agentHost(main);
    mount(pipelines(sink.port));
    host.start();
    await eventually(() => host.sidecar.output.includes('listening'));
    for (let tries = 0; (await metric('fluentbind_agent_up')) !== 1 && tries < 100; tries++) await wait(100);
  }

  it('brings a new tenant, a rotated secret and an updated template live in 5 s, without a restart', async () => {
    const a = (token: string, filter = '') => host.pipeline('a', { port: sink.port, token, filter });
    const b = () => host.pipeline('b', { port: sink.port, token: 'b1' });
    await up(() => [a('a1')]);
    host.log('a', 'first');
    await eventually(() => sink.lines('/a').has('first'));
    host.log('b', 'early');
    mount([a('a1'), b()]);
    const tenant = await takes(() => sink.lines('/b').has('early'));
    const writing = setInterval(() => host.log('a', `${Date.now()}`), 50);
    mount([a('a2'), b()]);
    const secret = await takes(() => sink.tokens('/a').includes('a2'));
    mount([a('a2', 'set: log updated'), b()]);
    const template = await takes(() => sink.lines('/a').has('updated'));
    clearInterval(writing);
    expect({ starts: host.agent.starts, tokens: sink.tokens('/a') }).toEqual({ starts: 1, tokens: ['a1', 'a2'] });
    console.info('seconds until live', { tenant, secret, template });
    expect(Math.max(tenant, secret, template)).toBeLessThanOrEqual(5);
    expect(host.sidecar.output).not.toMatch(/a1|a2|b1/);
    const [, resident] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${host.sidecar.pid}/status`, 'utf8')) ?? [];
    expect(Number(resident) / 1024).toBeLessThan(64);
  });

  it('turns down what passes its trial and then ends Fluent Bit; the others stay live and lose nothing', async () => {
    const good = (name: string, token: string) => host.pipeline(name, { port: sink.port, token });
    await up(() => [good('a', '1'), good('b', '1')]);
    let written = 0;
    const writing = setInterval(() => host.log('a', `line ${written++}`), 20);
    const killer = host.pipeline('b', { port: sink.port, token: '2', database: '/nowhere/b.db' });
    const stranger = host.pipeline('x', { port: sink.port, token: '2', database: '/nowhere/x.db' });
    const refused = host.pipeline('r', { port: sink.port, token: '1', filter: 'no_such_property: x' });
    mount([good('a', '1'), killer, stranger, refused, good('c', '1')]);
    host.log('c', 'third');
    await eventually(() => sink.lines('/c').has('third'), 90);
    await eventually(() => host.sidecar.output.split('turned down').length > 2, 90);
    clearInterval(writing);
    host.log('b', 'still');
    await eventually(() => sink.lines('/b').has('still') && sink.lines('/a').size >= written, 60);
    expect(host.sidecar.output).toContain('shop/b');
    expect(host.sidecar.output).toContain('shop/x');
    expect(sink.tokens('/b')).toEqual(['1']);
    await wait(6000);
    expect(await metric('fluentbind_agent_pipelines{state="refused"}')).toBe(3);
    expect(host.node.liveTree()).toMatchObject({ 'shop.b.yaml': good('b', '1').text });
  });

  it('takes back what ends Fluent Bit seconds after it has become live', async () => {
    const good = (name: string, token: string) => host.pipeline(name, { port: sink.port, token });
    await up(() => [good('a', '1'), good('b', '1')]);
    let written = 0;
    const writing = setInterval(() => {
      for (const name of ['a', 'b']) host.log(name, `line ${written++}`);
    }, 20);
    await eventually(() => !existsSync(join(host.node.places.generations, 'probation.json')), 90);
    const late = good('b', '2');
    const code = 'start = os.time() function f(t, s, r) if os.time() - start > 2 then os.exit(1) end return 0 end';
    const filter = `  filters:\n    - name: lua\n      match: p${sha256('b').slice(0, 16)}\n      call: f\n      code: ${code}\n  outputs:`;
    mount([good('a', '1'), { ...late, text: late.text.replace('  outputs:', filter) }, good('c', '1')]);
    host.log('c', 'third');
    await eventually(() => host.sidecar.output.includes('turned down'), 60);
    const { starts } = host.agent;
    host.log('b', 'still');
    const all = () => sink.lines('/b').has('still') && sink.lines('/c').has('third');
    await eventually(() => all(), 60);
    clearInterval(writing);
    expect(host.sidecar.output).toMatch(/"what":"shop\/b".*"reason":"ReloadDied"/);
    expect(host.agent.starts).toBe(starts);
    expect(host.node.liveTree()).toMatchObject({ 'shop.b.yaml': good('b', '1').text });
  });

  it('stays within buffer.total beside a dead backend, and the others lose nothing by it', async () => {
    sink = await countingSink();
    host = await agentHost(main, { FLUENTBIND_BUFFER_TOTAL: '3Mi' });
    mount([host.pipeline('a', { port: sink.port, token: '1' }), host.pipeline('dead', { port: 9, token: '1' })]);
    for (let line = 0; line < 4000; line++) host.log('dead', `${line} ${'x'.repeat(2000)}`);
    for (let line = 0; line < 1000; line++) host.log('a', `before ${line}`);
    host.once();
    host.agent.start();
    await eventually(() => sink.lines('/a').size >= 1000);
    await wait(4000);
    host.sidecar.start();
    await eventually(() => host.sidecar.output.includes('buffer.total'), 60);
    for (let line = 0; line < 1000; line++) host.log('a', `after ${line}`);
    await eventually(() => sink.lines('/a').size >= 2000, 30);
    expect(host.agent.starts).toBe(1);
    expect([...sink.lines('/a').values()].every((count) => count === 1)).toBe(true);
    expect(await metric('fluentbind_agent_removed_bytes_total{reason="total"}')).toBeGreaterThan(1e6);
  });

  it('loses no line when both are killed at many moments, and comes back with the last good', async () => {
    const pipelines = (token: string) => ['a', 'b'].map((name) => host.pipeline(name, { port: sink.port, token }));
    await up(() => pipelines('0'));
    let written = 0;
    const writing = setInterval(() => {
      for (const name of ['a', 'b']) host.log(name, `line ${written}`);
      written += 1;
    }, 10);
    const moments = [0, 300, 600, 900, 1200, 1600, 2000, 2600];
    for (const [index, moment] of moments.entries()) {
      mount(pipelines(String(index + 1)));
      await wait(moment);
      if (index % 3 !== 1) host.agent.kill();
      if (index % 3 !== 0) host.sidecar.kill();
      await wait(2500);
    }
    clearInterval(writing);
    await eventually(() => sink.lines('/a').size >= written && sink.lines('/b').size >= written, 60);
    // Something must come with the last token.
    const ending = setInterval(() => host.log('a', 'end'), 200);
    await eventually(() => sink.tokens('/a').includes(String(moments.length)) && sink.lines('/a').has('end'), 60);
    clearInterval(ending);
    const repeated = [...sink.lines('/a')].filter(([line, count]) => line !== 'end' && count > 1).length;
    console.info('lines', { written, repeated, starts: [host.agent.starts, host.sidecar.starts] });
    expect(sink.lines('/a').size).toBe(written + 1);
    for (let tries = 0; (await metric('fluentbind_agent_up')) !== 1 && tries < 300; tries++) await wait(100);
    expect(await metric('fluentbind_agent_pipelines{state="refused"}')).toBe(0);
  });
});
