import { afterEach, describe, expect, it } from 'vitest';
import { baseText, shardFiles } from '../../support/node/agent-node.ts';
import { pipeline, prove, settle, Workbench } from './workbench.ts';

let bench: Workbench;
afterEach(() => bench.end());

describe('the sidecar', () => {
  it('keeps a base configuration back that ends Fluent Bit after a while', async () => {
    bench = new Workbench();
    bench.mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = await bench.start();
    await prove(sidecar);
    bench.node.setBase(`${baseText('flush: 2')}# late\n`);
    bench.mount(shardFiles(0, [pipeline('a', 2)]));
    await prove(sidecar);
    expect(bench.running()).toEqual({ a: '2' });
    expect(bench.report(sidecar)).toMatchObject({ refused: [], base: { reason: 'ReloadDied' } });
  }, 30_000);

  it('keeps the base configuration as it was where the new one is refused', async () => {
    bench = new Workbench();
    bench.mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = await bench.start();
    bench.node.setBase(`${baseText('flush: 2')}# refuse\n`);
    bench.mount(shardFiles(0, [pipeline('a', 2)]));
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '2' });
    expect(bench.report(sidecar)).toMatchObject({ refused: [], base: { reason: 'ReloadRefused' } });
    bench.node.setBase(baseText('flush: 3'));
    await settle(sidecar);
    expect(bench.report(sidecar)).not.toHaveProperty('base');
  });

  const bad = `${baseText('flush: 2')}pipeline:\n  outputs:\n    - name: is_bad\n`;
  it.each([
    ['bad', 'unknown plugin'],
    ['without a server', 'The service section of the base configuration does not set http_server: on.'],
    ['misspelt', 'The service section of the base configuration does not set http_server, hot_reload: on.'],
    ['no YAML', 'The base configuration is no YAML.'],
  ])('lets no base configuration near Fluent Bit that is %s', async (what, line) => {
    const texts: Record<string, string> = {
      bad,
      'without a server': 'service:\n  hot_reload: on\n',
      misspelt: baseText().replace('service', 'servce'),
      'no YAML': 'service: [\n',
    };
    bench = new Workbench();
    bench.mount(shardFiles(0, [pipeline('a', 1)]));
    const sidecar = await bench.start();
    await prove(sidecar);
    bench.node.setBase(texts[what] ?? '');
    bench.mount(shardFiles(0, [pipeline('a', 2)]));
    await settle(sidecar);
    expect(bench.running()).toEqual({ a: '2' });
    expect(bench.report(sidecar)).toMatchObject({ base: { reason: 'TrialRefused', line }, pending: 0 });
    expect(bench.agent).toMatchObject({ starts: 1, deaths: 0 });
    // A new pod on this node starts with the last that was proven here.
    bench.agent.kill();
    bench.node.forget();
    expect(await bench.once()).toEqual({ live: 1, left: 0, base: line });
    expect(bench.node.liveBase()).toContain('flush: 1');
    const next = bench.sidecar();
    await settle(next);
    expect(bench.report(next)).toMatchObject({ base: { reason: 'TrialRefused', line }, healthy: true });
  });

  it('says what is wrong with the only base configuration that there is', async () => {
    bench = new Workbench();
    bench.node.setBase(bad);
    bench.mount(shardFiles(0, []));
    await expect(bench.once()).rejects.toThrow(/no former one: unknown plugin$/);
  });
});
