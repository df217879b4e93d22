import { beforeAll, describe, expect, it } from 'vitest';
import { make, World } from '../../support/world.ts';
import { badFilters } from './bad-filters.ts';
import { badLogging } from './bad-logging.ts';
import { badValues } from './bad-values.ts';
import { binding, map, output, secret, template } from './good-binding.ts';

describe('bad input', () => {
  let world: World;
  let children: unknown;
  const state = () =>
    ['LoggingConfiguration', 'ConfigMap', 'Secret']
      .map((kind) => world.get(kind, kind === 'LoggingConfiguration' ? 'logs' : 'logs-fluent-bit'))
      .map((o) => ({
        ...o,
        status: undefined,
        metadata: { ...o?.metadata, ...(o?.kind === 'LoggingConfiguration' ? { resourceVersion: undefined } : {}) },
      }));

  beforeAll(async () => {
    world = await World.start();
    await world.apply(
      template,
      secret(),
      binding(),
      make.secret('elsewhere', { a: 'b' }),
      make.logging('hand', { outputs: [output] }),
    );
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True' });
    expect(world.condition('LoggingConfiguration', 'hand', 'Ready')).toMatchObject({ status: 'True' });
    children = state();
  });

  it.each([...badValues, ...badFilters])('ServiceBindingConfig: %s', async (_name, objects, reason, path) => {
    await world.apply(...objects);
    const problems = world.problems('ServiceBindingConfig', 'logs');
    const own = problems.length > 0 ? problems : world.problems('LoggingConfiguration', 'logs');
    expect(own.map((p) => ({ reason: p.reason, path: p.path }))).toContainEqual({ reason, path });
    for (const problem of own) expect(`${problem.message} ${problem.hint}`.length).toBeGreaterThan(20);
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'False' });
    expect(state()).toEqual(children);
    expect(world.engine.errors).toEqual([]);
    await world.apply(template, secret(), binding());
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True' });
  });

  it.each(badLogging)('LoggingConfiguration: %s', async (_name, spec, reason, path) => {
    const before = world.file('hand');
    await world.apply(make.logging('hand', spec));
    expect(
      world.problems('LoggingConfiguration', 'hand').map((p) => ({ reason: p.reason, path: p.path })),
    ).toContainEqual({ reason, path });
    expect(world.condition('LoggingConfiguration', 'hand', 'Accepted')).toMatchObject({ status: 'False' });
    expect(world.file('hand')).toBe(before);
    expect(world.engine.errors).toEqual([]);
  });

  it.each(['ServiceBindingConfig', 'LoggingConfiguration'])('%s: a name of 64 characters', async (kind) => {
    const name = 'n'.repeat(64);
    await world.apply(
      kind === 'ServiceBindingConfig'
        ? make.binding(name, { templateRef: { name: 't' }, secretRef: { name: 'cls' } })
        : make.logging(name, { outputs: [output] }),
    );
    expect(world.problems(kind, name)).toMatchObject([{ reason: 'InvalidName', path: 'metadata.name' }]);
    expect(world.get('ConfigMap', `${name}-fluent-bit`)).toBeUndefined();
    await world.remove(kind, name);
  });

  it('a key that is missing is one problem, however often it is used', async () => {
    await world.apply(template, secret({ host: undefined }), map, binding());
    expect(world.problems('ServiceBindingConfig', 'logs')).toMatchObject([{ reason: 'PlaceholderUnresolved' }]);
    await world.apply(secret());
    expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True' });
  });

  it('is enough of it', () => {
    expect(badValues.length + badFilters.length + badLogging.length).toBeGreaterThanOrEqual(60);
  });
});
