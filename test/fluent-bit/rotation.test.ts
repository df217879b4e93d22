import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { nodeDataOf } from '../../hooks/shards/node-data.ts';
import { CatchUp } from '../../hooks/sidecar/positions/catch-up.ts';
import { disk } from '../../hooks/sidecar/store/disk.ts';
import { type CountingSink, countingSink } from '../support/fluent-bit/counting-sink.ts';
import {
  criLine,
  eventually,
  fluentBit,
  type PodsApi,
  podsApi,
  type Running,
  relocated,
  run,
  withApi,
} from '../support/fluent-bit/fluent-bit.ts';
import { freePort } from '../support/free-port.ts';
import { make, World } from '../support/world.ts';

/** Seconds after which tail forgets a rotated file; 60 in a real node. */
const rotateWait = Number(process.env['FLUENTBIND_ROTATE_WAIT'] ?? 1);

/** A log as the kubelet keeps it, and a pipeline that reads it in a real Fluent Bit. */
class RotatedNode {
  readonly folder = mkdtempSync(join(tmpdir(), 'rotated-'));
  readonly #sink: CountingSink;
  readonly #text: string;
  readonly #port: number;
  readonly #written: string[] = [];
  readonly #api: PodsApi;
  #rotations = 0;
  #agent: Running | undefined;

  private constructor(sink: CountingSink, api: PodsApi, text: string, port: number) {
    this.#api = api;
    this.#sink = sink;
    this.#text = text;
    this.#port = port;
  }

  static async make(spec: object = {}): Promise<RotatedNode> {
    const sink = await countingSink();
    const world = await World.start({ now: new Date().toISOString() });
    const policy = { destinations: { allow: ['127.0.0.1'] } };
    await world.apply(make.agent('here', { namespace: 'logging', shards: 2, policy }));
    const properties = { host: '127.0.0.1', port: sink.port, uri: '/', format: 'json' };
    await world.apply(make.logging('logs', { ...spec, outputs: [{ plugin: 'http', properties }] }));
    expect(world.problems('LoggingConfiguration', 'logs')).toEqual([]);
    const metadata = { name: 'web', namespace: 'shop', uid: '0f0f', labels: { app: 'web' } };
    return new RotatedNode(
      sink,
      await podsApi({ 'shop/web': { metadata } }),
      world.file('logs') ?? '',
      await freePort(),
    );
  }

  /** @param former whether it reads as before there were links to rotated files */
  async start({ former = false } = {}): Promise<void> {
    const text = relocated(this.#text, this.folder).replace('rotate_wait: 60', `rotate_wait: ${rotateWait}`);
    const own = former ? text.replace(/^( +path: [^,\n]*),.*$/m, '$1').replace(/^ +rotate_wait.*\n/m, '') : text;
    for (const name of ['state', 'live']) mkdirSync(join(this.folder, name), { recursive: true });
    const server = `  http_server: on\n  http_listen: 127.0.0.1\n  http_port: ${this.#port}\n  hot_reload: on\n`;
    const service = `service:\n  flush: 1\n  grace: 1\n  storage.path: ${this.folder}/state/chunks\n${server}`;
    writeFileSync(join(this.folder, 'token'), 'token');
    writeFileSync(join(this.folder, 'agent.yaml'), service + withApi(own, this.folder, this.#api.url));
    if (!former) this.#catchUp();
    this.#agent = await run(['-c', join(this.folder, 'agent.yaml')], this.folder);
  }

  #catchUp(): void {
    const { ids, paths } = nodeDataOf(this.#text);
    const here = paths?.map((path) => path.replace('/var/log/pods', join(this.folder, 'var/log/pods')));
    const catchUp = new CatchUp(disk, join(this.folder, 'state'), join(this.folder, 'var/log/pods'));
    expect(catchUp.prepare([{ ids, paths: here }]).faults).toEqual([]);
  }

  async reload(): Promise<void> {
    const url = `http://127.0.0.1:${this.#port}/api/v2/reload`;
    const count = async () => ((await (await fetch(url)).json()) as { hot_reload_count: number }).hot_reload_count;
    const before = await count();
    await fetch(url, { method: 'POST', body: '' });
    for (let tries = 0; (await count().catch(() => before)) === before && tries < 100; tries++) await wait(100);
  }

  async stop(): Promise<void> {
    expect(await this.#agent?.stop(), this.#agent?.output()).toBe(0);
  }

  async kill(): Promise<void> {
    process.kill(this.#agent?.pid ?? 0, 'SIGKILL');
    await this.#agent?.ended;
  }

  path(name: string, container = 'app'): string {
    return join(this.folder, 'var/log/pods/shop_web_0f0f', container, name);
  }

  write(count: number, container = 'app', restart = 0): string[] {
    const lines = Array.from({ length: count }, (_, index) => `D${this.#written.length + index}`);
    const file = this.path(`${restart}.log`, container);
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, lines.map((line) => criLine(line)).join(''));
    this.#written.push(...lines);
    return lines;
  }

  /** As the kubelet does: all rotated files but the newest are compressed, and removed when that is done. */
  rotate(compress: readonly string[] = [], container = 'app'): string {
    for (const name of compress) {
      writeFileSync(this.path(`${name}.tmp`, container), 'half of it');
      renameSync(this.path(`${name}.tmp`, container), this.path(`${name}.gz`, container));
      writeFileSync(this.path(`${name}.gz`, container), gzipSync(criLine(`out of ${name}.gz`)));
      unlinkSync(this.path(name, container));
    }
    this.#rotations += 1;
    const name = `0.log.20260101-0000${String(this.#rotations).padStart(2, '0')}`;
    renameSync(this.path('0.log', container), this.path(name, container));
    writeFileSync(this.path('0.log', container), '');
    return name;
  }

  get #shipped(): Map<string, number> {
    return this.#sink.lines('/');
  }

  /** Until all that was written, but for these, has come; and then whether each came once. */
  async expectOnce(without: readonly string[] = [], seconds = 0): Promise<void> {
    const expected = this.#written.filter((line) => !without.includes(line));
    await eventually(() => expected.every((line) => this.#shipped.has(line)), 20).catch(() => {});
    await wait(1500 + seconds * 1000);
    expect(Object.fromEntries(this.#shipped)).toEqual(Object.fromEntries(expected.map((line) => [line, 1])));
  }

  async close(): Promise<void> {
    if (this.#agent !== undefined) await this.#agent.stop();
    this.#sink.close();
    await this.#api.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Long enough for tail to see a rotation, to forget the file, and to look for files again. */
const forgotten = 3 + 2 * rotateWait + 1;

async function on(what: (node: RotatedNode) => Promise<void>, spec: object = {}): Promise<void> {
  const node = await RotatedNode.make(spec);
  try {
    await what(node);
  } finally {
    await node.close();
  }
}

/** Lines whose metadata are missing or wrong do not come. */
const only = (accessor: string, value: string) => ({
  filters: [{ plugin: 'grep', properties: { regex: `$kubernetes${accessor} ^${value}$` } }],
});
const labels = { enrich: { labels: { include: ['app'] } } };

describe.skipIf(fluentBit === undefined).concurrent('files that the kubelet rotates', { timeout: 1_500_000 }, () => {
  it.each([
    ['metadata from the path', { input: { containers: { include: ['app'] } }, ...only("['container_name']", 'app') }],
    ['metadata from the API server', { ...labels, ...only("['labels']['app']", 'web') }],
    [
      'stack traces',
      { input: { multiline: ['java'], containers: { exclude: ['other'] } }, ...only("['pod_name']", 'web') },
    ],
  ])('while Fluent Bit is away: each line comes once, with %s', (_what, spec) =>
    on(async (node) => {
      node.write(10);
      await node.start();
      await node.expectOnce();
      await node.stop();
      node.write(10);
      node.rotate();
      node.write(10);
      // Not selected, or not by what follows.
      const others = 'input' in spec && 'containers' in spec.input ? node.write(10, 'other') : [];
      if (others.length > 0) node.rotate([], 'other');
      await node.start();
      await node.expectOnce(others, forgotten);
      await node.stop();
      node.write(10);
      await node.start();
      await node.expectOnce(others);
    }, spec),
  );

  it('while it runs, and then stops, is reloaded, is killed, or looks for files again', () =>
    on(async (node) => {
      await node.start();
      node.write(10);
      await node.expectOnce();
      node.rotate();
      node.write(10);
      await node.expectOnce([], forgotten);
      const former = node.rotate(['0.log.20260101-000001']);
      node.write(10);
      await wait(3000);
      await node.reload();
      node.write(10);
      await node.expectOnce([], forgotten);
      node.rotate([former]);
      node.write(10);
      await wait(3000);
      await node.kill();
      node.write(10);
      await node.start();
      await node.expectOnce([], forgotten);
    }));

  it('several times while it is away: what is compressed is not read, all else once', () =>
    on(async (node) => {
      node.write(10);
      await node.start();
      await node.expectOnce();
      await node.kill();
      const lost = node.write(10);
      const first = node.rotate();
      lost.push(...node.write(10));
      const second = node.rotate([first]);
      node.write(10);
      const third = node.rotate([second]);
      node.write(10);
      await node.start();
      await node.expectOnce(lost, forgotten);
      node.rotate([third]);
      node.write(10);
      await node.expectOnce(lost, forgotten);
      await node.reload();
      await node.expectOnce(lost);
    }));

  it('of a container that came meanwhile, and of one that was restarted', () =>
    on(async (node) => {
      node.write(10);
      await node.start();
      await node.expectOnce();
      await node.stop();
      node.write(10, 'sidecar');
      node.rotate([], 'sidecar');
      node.write(10, 'sidecar');
      node.write(10, 'app', 1);
      node.write(10, 'other');
      node.rotate([], 'other');
      await node.start();
      await node.expectOnce([], forgotten);
    }));

  it('by a former version, which shipped them already or not', () =>
    on(async (node) => {
      await node.start({ former: true });
      node.write(10);
      await node.expectOnce();
      node.rotate();
      node.write(10);
      await node.expectOnce([], 12);
      await node.stop();
      expect(existsSync(node.path('0.log.20260101-000001'))).toBe(true);
      node.write(10);
      node.rotate();
      node.write(10);
      await node.start();
      await node.expectOnce([], forgotten);
    }));

  it('long before a pipeline comes: it begins with what is written now', () =>
    on(async (node) => {
      const former = node.write(10);
      node.rotate();
      node.write(10);
      await node.start();
      await node.expectOnce(former, forgotten);
      await node.stop();
      node.write(10);
      await node.start();
      await node.expectOnce(former);
    }));
});
