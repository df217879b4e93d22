import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AgentHost, agentHost, buildOnce } from '../../support/fluent-bit/agent-host.ts';
import { type CountingSink, countingSink } from '../../support/fluent-bit/counting-sink.ts';
import { eventually, fluentBit } from '../../support/fluent-bit/fluent-bit.ts';
import { type LeaseSink, leaseSink } from '../../support/fluent-bit/lease-sink.ts';
import { authority } from '../../support/input/issued-certificates.ts';
import { type Pipeline, shardFiles } from '../../support/node/agent-node.ts';

/**
 * What stands in a Secret although the hooks let it through, as a hook of another version might: Fluent Bit ends with
 * it at its start, and OpenSSL says why. `key`: the property that refers to the file.
 */
type Contents = (made: { certificate: string; key: string; other: string }) => Record<string, string>;

const glued = (text: string) => text.trimEnd() + text;
const contents: [what: string, properties: Contents][] = [
  [
    'a chain without a line break',
    ({ certificate, key }) => ({ 'tls.crt_file': glued(certificate), 'tls.key_file': key }),
  ],
  [
    'a key of another certificate',
    ({ certificate, other }) => ({ 'tls.crt_file': certificate, 'tls.key_file': other }),
  ],
  [
    'a key that is cut off',
    ({ certificate, key }) => ({ 'tls.crt_file': certificate, 'tls.key_file': key.slice(0, key.length / 2) }),
  ],
  [
    'a certificate of garbage',
    ({ certificate, key }) => ({ 'tls.crt_file': certificate.replace(/^MI.*$/m, 'planted'), 'tls.key_file': key }),
  ],
  ['a CA that is none', () => ({ 'tls.ca_file': '-----BEGIN CERTIFICATE-----\nplanted\n-----END CERTIFICATE-----\n' })],
  ['a key as a CA', ({ key }) => ({ 'tls.ca_file': key })],
];

describe.skipIf(fluentBit === undefined)('what a Secret holds, on a node', { timeout: 240_000 }, () => {
  let main: string;
  let made: Parameters<Contents>[0];
  let host: AgentHost;
  let sink: CountingSink;
  let leases: LeaseSink;
  beforeAll(async () => {
    main = buildOnce();
    const ca = await authority('A CA', new Date());
    const [one, two] = [await ca.issue({ name: 'one' }), await ca.issue({ name: 'two' })];
    made = { certificate: one.certificate, key: one.key, other: two.key };
  });
  afterEach(async () => {
    await host.stop();
    sink.close();
    leases.close();
  });

  function pipelines(): Pipeline[] {
    return contents.map(([, properties], index) => {
      const { text, secrets, ...rest } = host.pipeline(`bad-${index}`, { port: sink.port, token: '1' });
      const id = /alias: (p\w+)/.exec(text)?.[1] ?? '';
      const files = Object.entries(properties(made)).map(([property, content], file) => ({
        property,
        content,
        key: `${id}_file${file}`,
      }));
      const lines = files.map(({ property, key }) => `      ${property}: ${host.node.places.live}/secrets/${key}\n`);
      return {
        ...rest,
        text: `${text}      tls: true\n      tls.verify: false\n${lines.join('')}`,
        secrets: { ...secrets, ...Object.fromEntries(files.map(({ key, content }) => [key, content])) },
      };
    });
  }

  const refused = () => leases.report()?.refused ?? [];

  it.each(['a running one', 'a new one'])('that ends Fluent Bit does not reach it: on %s', async (when) => {
    sink = await countingSink();
    leases = await leaseSink();
    host = await agentHost(main, leases.environment);
    const good = host.pipeline('good', { port: sink.port, token: '1' });
    const all = () => host.node.mount(...Object.values(shardFiles(0, [good, ...pipelines()])));
    host.node.mount(...Object.values(shardFiles(0, [good])));
    if (when === 'a new one') all();
    host.start();
    host.log('good', '{"log":"first"}');
    await eventually(() => leases.report()?.healthy === true, 60);
    all();
    await eventually(() => refused().length === contents.length && leases.report()?.pending === 0, 60);
    expect(refused().map(({ reason }) => reason)).toEqual(contents.map(() => 'TrialRefused'));
    expect(host.agent.starts).toBe(1);
    for (const { line } of refused()) expect(line).toMatch(/what its Secrets hold|may quote a secret|no certificate/);
    expect(JSON.stringify(refused()) + host.sidecar.output).not.toMatch(/planted|MII/);
    expect(leases.report()).toMatchObject({ live: 1, healthy: true });
  });
});
