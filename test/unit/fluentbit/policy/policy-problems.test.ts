import { describe, expect, it } from 'vitest';
import type { Policy } from '../../../../hooks/api/policy.ts';
import { complete } from '../../../../hooks/binding/complete.ts';
import { policyHash } from '../../../../hooks/compile/policy-in-force.ts';
import { completePolicy } from '../../../../hooks/fluentbit/policy/complete-policy.ts';
import { restrictedPlugins } from '../../../../hooks/fluentbit/policy/plugins.ts';
import { policyFaults } from '../../../../hooks/fluentbit/policy/policy-faults.ts';
import { openPolicy } from '../../../../hooks/fluentbit/policy/policy-problems.ts';
import { render } from '../../../support/rendered-spec.ts';
import { cloudwatch, filter, http, lua, output, problems, type Spec, under } from './judged-spec.ts';

describe('a policy', () => {
  it.each<[string, Spec, Policy, string | undefined]>([
    ['denies what is allowed by default', http({}), { outputs: { deny: ['http'] } }, 'PluginNotAllowed'],
    ['allows only what it lists', http({}), { outputs: { allow: ['loki'] } }, 'PluginNotAllowed'],
    ['denies what it allows', http({}), { outputs: { allow: ['http'], deny: ['HTTP'] } }, 'PluginNotAllowed'],
    ['allows only these destinations', http({}), { destinations: { allow: ['*.corp'] } }, 'DestinationNotAllowed'],
    ['of these destinations', http({ host: 'a.corp' }), { destinations: { allow: ['*.corp'] } }, undefined],
    ['denies a destination', http({}), { destinations: { deny: ['*.example.com'] } }, 'DestinationNotAllowed'],
    [
      'holds proxies to its destinations',
      http({ proxy: 'http://127.0.0.1:1' }),
      { proxies: true },
      'DestinationNotAllowed',
    ],
    ['that opens one identity opens no other', cloudwatch, { ambientIdentity: ['s3'] }, 'IdentityNotAllowed'],
    ['that allows no code', lua, { code: 'None' }, 'CodeNotAllowed'],
  ])('%s', (_, spec, policy, reason) => {
    const [found] = problems(spec, under(policy));
    expect(found?.reason).toBe(reason);
    if (found !== undefined) expect(found.message).toContain('the policy of FluentBitAgent edge');
  });

  it.each(restrictedPlugins().filter(({ never }) => never))('however open, never allows the $plugin', ({ plugin }) => {
    const [kind, name = ''] = plugin.split(' ');
    const spec = kind === 'output' ? output(name) : filter(name);
    expect(problems(spec, openPolicy)[0]?.reason).toMatch(/^(PluginNotAllowed|UnfitPlugin)$/);
  });

  it.each<[string, Spec]>([
    ['a configuration inside a file', output('forward', { upstream: '$(file)' })],
    ['the same of es', output('es', { host: 'a.example.com', Upstream: '$(file)' })],
    ['libraries', output('kafka', { brokers: 'a', 'rdkafka.plugin.library.paths': 'x.so' })],
    ['an engine', output('kafka', { brokers: 'a', 'RDKAFKA.ssl.engine.location': 'x.so' })],
    ['a command', output('kafka', { brokers: 'a', 'rdkafka.sasl.kerberos.kinit.cmd': 'id' })],
    ['a part of a command', output('kafka', { brokers: 'a', 'rdkafka.sasl.kerberos.principal': '$(id)' })],
    ['a folder that others ship from', output('s3', { bucket: 'a', store_dir: '/tmp/fluent-bit/s3' })],
    ['another one', output('azure_blob', { account_name: 'a', container_name: 'b', buffer_dir: '/tmp' })],
  ])('however open, never allows %s', (_, spec) => {
    expect(problems(spec, openPolicy).map(({ reason }) => reason)).toContain('ReservedProperty');
  });

  it('gives outputs with files of their own a folder for each pipeline', () => {
    const folder = (name: string) => {
      const spec = complete(output('s3', { bucket: 'a', region: 'b' }) as Parameters<typeof complete>[0]);
      const { file } = render({ namespace: 'shop', name, generation: 1, spec, values: new Map() });
      expect(file.text).toContain('store_dir_limit_size: 1G');
      return /store_dir: (.*)/.exec(file.text)?.[1];
    };
    expect(folder('a')).toMatch(/^\/var\/lib\/fluentbind\/p[0-9a-f]{16}\.files$/);
    expect(folder('a')).not.toBe(folder('b'));
  });

  it('however open, lets no file name variables of the agent', () => {
    const spec = output('loki', { host: 'a.example.com', label_map_path: '$(mappings)' });
    expect(problems(spec, openPolicy)).toMatchObject([{ reason: 'InvalidValue' }]);
  });

  it.each<[Policy, string, RegExp]>([
    [{ outputs: { allow: ['htpp'] } }, 'spec.policy.outputs.allow[0]', /no output htpp\. Did you mean http\?/],
    [{ filters: { deny: ['greb'] } }, 'spec.policy.filters.deny[0]', /Did you mean grep\?/],
    [{ outputs: { allow: ['http', 'file'] } }, 'spec.policy.outputs.allow[1]', /cannot be allowed\. It writes files/],
    [{ filters: { allow: ['Rewrite_Tag'] } }, 'spec.policy.filters.allow[0]', /cannot be allowed/],
    [{ destinations: { deny: ['10.0.0.0/33'] } }, 'spec.policy.destinations.deny[0]', /is no address/],
    [{ destinations: { allow: ['a.example.com:443'] } }, 'spec.policy.destinations.allow[0]', /is no address/],
    [{ ambientIdentity: ['s3', 'loki'] }, 'spec.policy.ambientIdentity[1]', /no output that can use such an identity/],
  ])('%j is invalid', (policy, path, message) => {
    const found = policyFaults({ namespace: 'logging', policy });
    expect(found).toMatchObject([{ reason: 'InvalidPolicy', path }]);
    expect(found[0]?.message).toMatch(message);
  });

  it('has one hash, however it is written, and another for each change', () => {
    const hash = (policy?: Policy) => policyHash(completePolicy(policy));
    const written = completePolicy();
    expect(completePolicy(written)).toEqual(written);
    expect(hash({ outputs: { deny: ['HTTP', 'loki'] } })).toBe(hash({ outputs: { deny: ['loki', 'http', 'http'] } }));
    expect(hash({})).toBe(hash());
    const changes: Policy[] = [
      { controlNamespaces: ['a'] },
      { outputs: { deny: ['http'] } },
      { filters: { allow: [] } },
      { code: 'None' },
      { destinations: { deny: ['10.0.0.0/8'] } },
      { ambientIdentity: ['s3'] },
      { proxies: true },
      { nodePaths: true },
    ];
    expect(new Set([{}, ...changes].map(hash)).size).toBe(changes.length + 1);
  });
});
