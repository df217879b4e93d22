import { describe, expect, it } from 'vitest';
import { make, World } from '../../support/world.ts';
import { binding, code, http, lua, secret, template } from './policy-objects.ts';

describe('code of a template that changes', () => {
  it('stays where the new one cannot be bound, while Secrets rotate, and with everybody else it does not', async () => {
    const world = await World.start();
    await world.apply(template(), secret('one'), binding('logs'));
    const old = world.file('logs');
    const needy = {
      placeholders: [
        { name: 'token', secretKey: 'token' },
        { name: 'more', secretKey: 'more' },
      ],
    };
    await world.apply(template({ ...needy, filters: [lua({ code: code('{}') })] }));
    expect(world.condition('ServiceBindingConfig', 'logs', 'Accepted')).toMatchObject({
      reason: 'PlaceholderUnresolved',
    });
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready')).toMatchObject({ status: 'True' });
    await world.apply(secret('two'));
    expect(Object.values(world.secrets('logs'))).toContain('two');
    await world.remove('ClusterTemplate', 'coded');
    await world.apply(secret('three'));
    expect(Object.values(world.secrets('logs'))).toContain('three');
    expect(world.file('logs')).toBe(old);

    const spec = world.get('LoggingConfiguration', 'logs')?.['spec'] ?? {};
    await world.apply(make.logging('copy', spec));
    expect(world.problems('LoggingConfiguration', 'copy')).toMatchObject([
      { reason: 'CodeNotAllowed', path: 'spec.filters[0].properties.code' },
      { reason: 'CodeNotAllowed', path: 'spec.filters[1].properties.script' },
    ]);

    await world.apply(template({ filters: [lua({ code: code('{}') })] }));
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True' });
    expect(world.file('logs')).toContain(code('{}'));
    expect(world.get('LoggingConfiguration', 'logs')?.['status']).toMatchObject({ trustedCode: [expect.any(String)] });
    expect(world.engine.errors).toEqual([]);
  });

  it('is not vouched for by a policy that let everything pass', async () => {
    const world = await World.start();
    const own = make.logging('own', { filters: [lua()], outputs: [http()] });
    await world.apply(make.agent('a', { namespace: 'logging', shards: 2, policy: { code: 'Any' } }), own);
    expect(world.condition('LoggingConfiguration', 'own', 'Ready')).toMatchObject({ status: 'True' });
    const before = world.file('own');
    await world.apply(make.agent('a', { namespace: 'logging', shards: 2 }));
    expect(world.problems('LoggingConfiguration', 'own')).toMatchObject([{ reason: 'CodeNotAllowed' }]);
    expect(world.file('own')).toBe(before);
  });
});
