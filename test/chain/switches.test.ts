import { describe, expect, it } from 'vitest';
import { World } from '../support/world.ts';
import { binding, children, good, secret, settings, template } from './working-binding.ts';

describe('switches', () => {
  it('suspend freezes what is live, whatever rotates, and says so', async () => {
    const world = await good();
    const before = children(world);
    await world.apply(binding({ suspend: true }));
    await world.apply(secret({ token: 'rotated' }), settings('green'));
    expect(children(world).map((c) => c?.['data'])).toEqual(before.map((c) => c?.['data']));
    expect(world.condition('ServiceBindingConfig', 'logs', 'Rendered')).toMatchObject({
      status: 'True',
      reason: 'Suspended',
    });
    expect(world.condition('LoggingConfiguration', 'logs', 'Rendered')).toMatchObject({ reason: 'Suspended' });
    await world.remove('Secret', 'cls');
    expect(children(world).map((c) => c?.['data'])).toEqual(before.map((c) => c?.['data']));
    await world.apply(binding(), secret({ token: 'rotated' }));
    expect(Object.values(world.secrets('logs'))).toContain('rotated');
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True', reason: 'Ready' });
  });

  it('suspend before anything was written makes nothing', async () => {
    const world = await World.start();
    await world.apply(template, secret(), settings('blue'), binding({ suspend: true }));
    expect(world.get('LoggingConfiguration', 'logs')).toBeUndefined();
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({
      status: 'False',
      reason: 'Suspended',
    });
  });

  it('enabled: false stops shipping even while something is wrong, and keeps the resources', async () => {
    const world = await good();
    await world.remove('Secret', 'cls');
    await world.apply(binding({ enabled: false }));
    expect(children(world)).toEqual([undefined, undefined]);
    expect(world.get('LoggingConfiguration', 'logs')).toBeDefined();
    expect(world.condition('ServiceBindingConfig', 'logs', 'Rendered')).toMatchObject({
      status: 'False',
      reason: 'Disabled',
    });
    await world.apply(binding(), secret());
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True' });
    expect(world.file('logs')).toContain('X-Tenant blue');
  });
});
