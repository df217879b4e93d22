import { beforeAll, describe, expect, it } from 'vitest';
import { make, World } from '../support/world.ts';

const output = { plugin: 'http', properties: { host: 'a.example.com', port: 443 } };
const good = { variables: [], filters: [], outputs: [output] };
const filter = (plugin: string, item: object) => ({ ...good, filters: [{ plugin, ...item }] });

/** Every row passes `fluent-bit --dry-run`, or passed a check of ours once, and ends an agent that takes it up. */
const deadly: [name: string, spec: object, reason: string, path: string][] = [
  [
    'regular expression that does not compile',
    filter('grep', { properties: { regex: 'log (' } }),
    'InvalidRegex',
    'spec.filters[0].properties.regex',
  ],
  [
    'rule with a word too few',
    filter('modify', { rules: ['add a b', 'rename a'] }),
    'InvalidRule',
    'spec.filters[0].rules[1]',
  ],
  [
    'parser that is not there',
    filter('parser', { properties: { key_name: 'log', parser: 'nothing' } }),
    'UnknownParser',
    'spec.filters[0].properties.parser',
  ],
  [
    'state that is not there',
    {
      ...good,
      multilineParsers: [
        { name: 'm', properties: { type: 'regex' }, rules: [{ state: 'start_state', regex: '^a', next: 'b' }] },
      ],
    },
    'InvalidRule',
    'spec.multilineParsers[0].rules[0].next',
  ],
  [
    'authority that is not there',
    { ...good, outputs: [{ ...output, properties: { ...output.properties, tls: true, 'tls.ca_file': '/ca.crt' } }] },
    'UnknownFile',
    'spec.outputs[0].properties.tls.ca_file',
  ],
  [
    'script that is not there',
    filter('lua', { properties: { call: 'f', script: '/f.lua' } }),
    'UnknownFile',
    'spec.filters[0].properties.script',
  ],
  [
    'script that does not compile',
    filter('lua', { properties: { call: 'f', code: 'function f( end' } }),
    'InvalidCode',
    'spec.filters[0].properties.code',
  ],
  [
    'value of a ConfigMap that is no number',
    {
      ...good,
      variables: [{ name: 'port', valueFrom: { configMapKeyRef: { name: 'settings', key: 'port' } } }],
      outputs: [{ plugin: 'http', properties: { host: 'a.example.com', port: '$(port)' } }],
    },
    'InvalidValue',
    'spec.outputs[0].properties.port',
  ],
  [
    'secret that is no regular expression, where modify compiles it',
    {
      ...filter('modify', { rules: ['add token $(token)'] }),
      variables: [{ name: 'token', valueFrom: { secretKeyRef: { name: 'cls', key: 'token' } } }],
    },
    'InvalidRegex',
    'spec.filters[0].rules[0]',
  ],
];

describe('a pipeline that would end the agent', () => {
  let world: World;
  const planted = 'planted[token';

  beforeAll(async () => {
    world = await World.start();
    await world.apply(
      make.agent('open', { namespace: 'logging', shards: 2, policy: { code: 'Any' } }),
      make.configMap('settings', { port: 'https' }),
      make.secret('cls', { token: planted, port: '443' }),
      make.template('t', {
        placeholders: [{ name: 'port', secretKey: 'port' }],
        outputs: [{ plugin: 'http', properties: { host: 'a.example.com', port: '$(port)' } }],
      }),
      make.logging('mine', good),
      make.logging('neighbour', good),
    );
  });

  it.each(deadly)('%s: keeps what is in force, and names the field', async (name, spec, reason, path) => {
    const before = world.file('mine');
    await world.apply(
      make.logging('mine', spec),
      make.logging('neighbour', {
        ...good,
        outputs: [{ id: `n${deadly.findIndex((row) => row[0] === name)}`, ...output }],
      }),
    );
    expect(world.problems('LoggingConfiguration', 'mine')).toMatchObject([{ reason, path }]);
    expect(JSON.stringify(world.get('LoggingConfiguration', 'mine')?.['status'])).not.toContain('planted');
    expect(world.file('mine')).toBe(before);
    expect(world.condition('LoggingConfiguration', 'neighbour', 'Ready')).toMatchObject({ status: 'True' });
    expect(world.engine.errors).toEqual([]);
    await world.apply(make.logging('mine', good));
    expect(world.condition('LoggingConfiguration', 'mine', 'Ready')).toMatchObject({ status: 'True' });
  });

  it('names template, field and placeholder where a Secret brings the bad value, and follows it back', async () => {
    const binding = make.binding('bound', { templateRef: { name: 't' }, secretRef: { name: 'cls' } });
    await world.apply(binding);
    const before = world.file('bound');
    await world.apply(make.secret('cls', { token: planted, port: 'hidden' }));
    expect(world.problems('ServiceBindingConfig', 'bound')).toMatchObject([
      {
        reason: 'InvalidValue',
        path: 'spec.templateRef',
        message: 'ClusterTemplate t, spec.outputs[0].properties.port: The value is no integer. It holds $(port).',
      },
    ]);
    expect(world.problems('LoggingConfiguration', 'bound')).toMatchObject([
      { path: 'spec.outputs[0].properties.port', message: expect.stringContaining('(Made from ClusterTemplate t.)') },
    ]);
    expect(world.file('bound')).toBe(before);
    await world.apply(make.secret('cls', { token: planted, port: '8443' }));
    expect(world.condition('ServiceBindingConfig', 'bound', 'Ready')).toMatchObject({ status: 'True' });
  });
});
