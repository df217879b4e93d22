import { describe, expect, it } from 'vitest';
import { targetsIn } from '../../../../hooks/shards/node-data.ts';
import { destinationOf } from '../../../../hooks/sidecar/delivery/resolved-target.ts';

const [id, other] = ['p00000000000000aa', 'p00000000000000bb'];
const file = (...outputs: [match: string, plugin: string, properties: Record<string, string | number | boolean>][]) =>
  `pipeline:\n  outputs:\n${outputs
    .map(
      ([match, plugin, properties]) =>
        `    # Output\n    - name: ${plugin}\n      alias: ${match}\n      match: ${match}\n${Object.entries(properties)
          .map(([name, value]) => `      ${name}: ${value}\n`)
          .join('')}`,
    )
    .join('')}`;

const secrets = { p1_host: 's-1', p2_ca: 's-2', p3_key: 's-3' };
const read = (blob: string) => (blob === 's-1' ? 'secret.example.com' : 'x');
const destination = (plugin: string, properties: Record<string, string | number | boolean>) => {
  const [target = { plugin: '' }] = targetsIn(file([id, plugin, properties]));
  return destinationOf(target, secrets, read);
};

it('there is one target for each id of a file', () => {
  const text = file([id, 'http', { host: 'a', port: 1 }], [other, 'udp', { host: 'b', port: 2 }]);
  expect(targetsIn(text)).toEqual([{ plugin: 'http', host: 'a', port: '1' }, { plugin: 'udp' }]);
});

describe('a destination', () => {
  it.each<[string, string, Record<string, string | number | boolean>, object]>([
    ['with the port of the plugin', 'es', { host: 'logs' }, { host: 'logs', port: 9200 }],
    [
      'with a name out of a Secret',
      'http',
      { host: `\${p1_host}`, port: 80 },
      { host: 'secret.example.com', port: 80 },
    ],
    ['in quotes', 'http', { host: '"10.0.0.1"', port: '"8080"' }, { host: '10.0.0.1', port: 8080 }],
    ['without TLS', 'http', { host: 'a', tls: false, 'tls.verify': true }, { host: 'a', port: 80 }],
    ['with TLS', 'loki', { host: 'a', tls: true }, { host: 'a', port: 3100, tls: { unverified: false, named: false } }],
    [
      'with files of its own',
      'splunk',
      {
        ...{ host: 'a', TLS: 'On', 'tls.verify': 'off', 'tls.verify_hostname': 'yes', 'tls.vhost': 'b' },
        ...{ 'tls.ca_file': '/fluentbind/live/secrets/p2_ca', 'tls.key_file': '/fluentbind/live/secrets/p3_key' },
      },
      { host: 'a', port: 8088, tls: { unverified: true, named: true, serverName: 'b', ca: 's-2', key: 's-3' } },
    ],
  ])('%s', (_, plugin, properties, expected) => {
    expect(destination(plugin, properties)).toEqual(expected);
  });

  it.each<[string, string, Record<string, string | number | boolean>]>([
    ['of a plugin that connects by itself', 's3', { host: 'a', port: 1 }],
    ['by UDP', 'udp', { host: 'a', port: 1 }],
    ['without a host', 'http', { port: 1 }],
    ['by way of a proxy', 'http', { host: 'a', port: 1, proxy: 'http://b:3128' }],
    ['by way of a proxy with TLS', 'http', { host: 'a', port: 1, 'tls.proxy.verify': 'on' }],
    ['of a cloud', 'es', { host: 'a', cloud_id: 'x:y' }],
    ['with a file of the node', 'http', { host: 'a', tls: true, 'tls.ca_file': '/etc/ssl/ca.pem' }],
    ['with a variable of the agent', 'http', { host: `\${NODE_NAME}` }],
    ['with a secret of another pipeline', 'http', { host: `\${p9_host}` }],
    ['with a port that is none', 'http', { host: 'a', port: 70_000 }],
    ['with a host that is none', 'http', { host: 'a b' }],
  ])('%s is not tried', (_, plugin, properties) => {
    expect(destination(plugin, properties)).toBeUndefined();
  });
});
