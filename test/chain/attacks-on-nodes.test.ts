import { beforeAll, expect, it } from 'vitest';
import { refusedAttacks } from '../fluent-bit/tables/refused-attacks.ts';
import { refusedCosts } from '../fluent-bit/tables/refused-costs.ts';
import { make, World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await World.start({ bundled: false });
  await world.apply(make.namespace('logging'), make.agent('default', { namespace: 'logging' }));
});

it.each([...refusedAttacks, ...refusedCosts])('$kind: $what reaches no node', async ({ spec, at }) => {
  await world.apply(make.logging('attack', spec, 'mallory'));
  const problems = world.problems('LoggingConfiguration', 'attack', 'mallory');
  expect(problems.map(({ path }) => path)).toContain(at);
  expect(world.condition('LoggingConfiguration', 'attack', 'Ready', 'mallory')).toMatchObject({ status: 'False' });
  expect(world.file('attack', 'mallory')).toBeUndefined();
  await world.remove('LoggingConfiguration', 'attack', 'mallory');
});
