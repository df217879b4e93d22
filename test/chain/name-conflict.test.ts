import { describe, expect, it } from 'vitest';
import { make, World } from '../support/world.ts';

const template = make.template('t', {
  placeholders: [{ name: 'host', secretKey: 'host', type: 'host' }],
  outputs: [{ plugin: 'http', properties: { host: '$(host)' } }],
});
const secret = make.secret('cls', { host: 'a.example.com' });
const binding = make.binding('logs', { templateRef: { name: 't' }, secretRef: { name: 'cls' } });

const strangers = [
  {
    kind: 'ConfigMap',
    name: 'logs-fluent-bit',
    object: make.configMap('logs-fluent-bit', { precious: 'yes' }),
    reporter: 'LoggingConfiguration',
  },
  {
    kind: 'Secret',
    name: 'logs-fluent-bit',
    object: make.secret('logs-fluent-bit', { precious: 'yes' }),
    reporter: 'LoggingConfiguration',
  },
  {
    kind: 'LoggingConfiguration',
    name: 'logs',
    object: make.logging('logs', { outputs: [{ plugin: 'null' }] }),
    reporter: 'ServiceBindingConfig',
  },
] as const;

describe('an object of a child’s name that is not ours', () => {
  it.each(strangers)(
    '$kind: is left alone and reported; when it goes, ours takes its place',
    async ({ kind, name, object, reporter }) => {
      const world = await World.start();
      await world.apply(object);
      const before = world.get(kind, name);
      await world.apply(template, secret, binding);
      expect(world.get(kind, name)?.['data']).toEqual(before?.['data']);
      expect(world.get(kind, name)?.['spec']).toEqual(before?.['spec']);
      expect(world.get(kind, name)?.metadata.ownerReferences).toBeUndefined();
      expect(world.condition(reporter, 'logs', 'Rendered')).toMatchObject({ status: 'False', reason: 'NameConflict' });
      expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({
        status: 'False',
        reason: 'NameConflict',
      });
      expect(world.condition(reporter, 'logs', 'Accepted')).toMatchObject({ status: 'True' });
      expect(world.condition('ServiceBindingConfig', 'logs', 'Stalled')).toMatchObject({ status: 'True' });
      await world.remove(kind, name);
      expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True' });
      expect(world.get(kind, name)?.metadata.ownerReferences).toHaveLength(1);
      expect(world.engine.findings).toEqual([]);
    },
  );

  it('may be a child of ours whose label somebody took away: it is released and reported, never lost silently', async () => {
    const world = await World.start();
    await world.apply(template, secret, binding);
    await world.edit('ConfigMap', 'logs-fluent-bit', (object) => delete object.metadata.labels?.['controller-uid']);
    expect(world.condition('LoggingConfiguration', 'logs', 'Rendered')).toMatchObject({
      status: 'False',
      reason: 'NameConflict',
    });
    await world.remove('ConfigMap', 'logs-fluent-bit');
    expect(world.condition('LoggingConfiguration', 'logs', 'Ready')).toMatchObject({ status: 'True' });
  });

  it('may come while last good is kept', async () => {
    const world = await World.start();
    await world.apply(template, secret, binding);
    await world.remove('Secret', 'cls');
    await world.store.delete(world.get('Secret', 'logs-fluent-bit') as never);
    await world.apply(make.secret('logs-fluent-bit', { mine: 'now' }));
    expect(world.secrets('logs')).toEqual({ mine: 'now' });
    await world.apply(secret);
    expect(world.secrets('logs')).toEqual({ mine: 'now' });
    expect(world.condition('LoggingConfiguration', 'logs', 'Rendered')).toMatchObject({ reason: 'NameConflict' });
  });
});

describe('deletion', () => {
  it('takes the children along', async () => {
    const world = await World.start();
    await world.apply(template, secret, binding);
    await world.remove('ServiceBindingConfig', 'logs');
    expect(world.get('LoggingConfiguration', 'logs')).toBeUndefined();
    expect(world.get('ConfigMap', 'logs-fluent-bit')).toBeUndefined();
    expect(world.get('Secret', 'logs-fluent-bit')).toBeUndefined();
    expect(world.get('Secret', 'cls')).toBeDefined();
  });
});
