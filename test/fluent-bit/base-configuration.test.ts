import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AgentHost, agentHost, buildOnce } from '../support/fluent-bit/agent-host.ts';
import { eventually, fluentBit } from '../support/fluent-bit/fluent-bit.ts';
import { shardFiles } from '../support/node/agent-node.ts';

describe.skipIf(fluentBit === undefined)('a base configuration on a node', { timeout: 120_000 }, () => {
  let main: string;
  let host: AgentHost;
  beforeAll(() => {
    main = buildOnce();
  });
  afterEach(() => host.stop());

  const prepare = () => {
    host.node.mount(shardFiles(0, []).config);
    try {
      host.once();
      return '';
    } catch (error) {
      return String((error as { stdout: Buffer }).stdout);
    }
  };

  it.each<[string, (own: string) => string, RegExp]>([
    ['misspelt', (own) => own.replace('service:', 'servce:'), /does not set http_server, hot_reload: on/],
    ['of no YAML', (own) => `${own} - [`, /no YAML/],
    ['with a setting that it does not take', (own) => `${own}  parsers_file: /nowhere\n`, /parser/],
    [
      'with a regex that does not compile',
      (own) => `${own}parsers:\n  - name: p\n    format: regex\n    regex: "^(?<a>"\n`,
      /pattern/,
    ],
    [
      'with Lua that is none',
      (own) => `${own}pipeline:\n  filters:\n    - {name: lua, match: x, call: f, code: "function f("}\n`,
      /'<eof>'/,
    ],
    ['with an input that does not start', (own) => own + servers(5140, 'syslog'), /parser not set/],
  ])('is refused where it is %s, in time and with the reason', async (_, change, reason) => {
    host = await agentHost(main);
    host.node.setBase(change(host.node.mountedBase()));
    expect(prepare()).toMatch(/Fluent Bit does not start with the base configuration, and there is no former one/);
    expect(prepare()).toMatch(reason);
  });

  it('passes with inputs whose ports somebody has', async () => {
    host = await agentHost(main);
    const other = createServer().listen(0, '0.0.0.0');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const names = ['opentelemetry', 'elasticsearch', 'splunk', 'forward', 'tcp', 'udp'];
    host.node.setBase(host.node.mountedBase() + servers(port, ...names));
    expect(prepare()).toBe('');
    other.close();
  });

  it('does not go live in place of one that does', async () => {
    host = await agentHost(main);
    expect(prepare()).toBe('');
    host.agent.start();
    host.sidecar.start();
    const good = host.node.mountedBase();
    await eventually(() => host.sidecar.output.includes('listening'));
    host.node.setBase(good + servers(5140, 'syslog'));
    await eventually(() => host.sidecar.output.includes('TrialRefused'));
    expect(host.node.liveBase()).toContain(good);
    expect(host.agent.starts).toBe(1);
  });
});

function servers(port: number, ...names: string[]): string {
  const inputs = names.map(
    (name) =>
      `    - name: ${name}\n      alias: operator.${name}\n      tag: operator.${name}\n      listen: 0.0.0.0\n      port: ${port}\n`,
  );
  return `pipeline:\n  inputs:\n${inputs.join('')}`;
}
