import { beforeAll, describe, expect, it } from 'vitest';
import { packageFile } from '../../../hooks/runtime/package-file.ts';
import { inFolder } from '../../support/terminal.ts';
import { make, World } from '../../support/world.ts';
import { attacksOnAgents } from './attacks-on-agents.ts';
import { attacksOnTenants } from './attacks-on-tenants.ts';
import { binding, code, forged, http, lua, secret, template, theirs } from './policy-objects.ts';

describe('a tenant under the default policy', () => {
  let world: World;
  const victim = () => [world.file('vault', 'bank'), world.secrets('vault', 'bank')];

  beforeAll(async () => {
    world = await World.start();
    await world.apply(
      template(),
      secret('shop-token'),
      secret('bank-token', 'bank'),
      binding('vault', {}, 'bank'),
      binding('neighbour'),
    );
    expect(world.condition('ServiceBindingConfig', 'vault', 'Ready', 'bank')).toMatchObject({ status: 'True' });
    expect(world.condition('ServiceBindingConfig', 'neighbour', 'Ready')).toMatchObject({ status: 'True' });
    // Guessed right, or the rows about it would prove nothing.
    expect(world.file('vault', 'bank')).toContain(`\${${theirs}}`);
  });

  it.each([...attacksOnTenants, ...attacksOnAgents])('gets nothing by %s', async (_, objects, reason, path) => {
    const before = victim();
    const kind = objects.at(-1)?.kind ?? '';
    await world.apply(...objects);
    const [first] = world.problems(kind, 'mallory');
    expect(world.problems(kind, 'mallory').map((p) => ({ reason: p.reason, path: p.path }))).toContainEqual({
      reason,
      path,
    });
    expect(first?.hint).not.toBe('');
    expect(world.condition(kind, 'mallory', 'Ready')).toMatchObject({ status: 'False' });
    expect(world.get('ConfigMap', 'mallory-fluent-bit')).toBeUndefined();
    expect(world.get('Secret', 'mallory-fluent-bit')).toBeUndefined();
    expect(JSON.stringify(world.get(kind, 'mallory')?.['status'])).not.toContain('planted');
    expect(victim()).toEqual(before);
    await world.apply(secret(`shop-${path}-${reason}`.replace(/[^a-zA-Z-]/g, '')));
    expect(Object.values(world.secrets('neighbour')).join()).toContain(reason);
    expect(world.engine.errors).toEqual([]);
    await world.remove(kind, 'mallory');
  });

  it('keeps what is in force while an attack stands in its place', async () => {
    await world.apply(make.logging('steady', { outputs: [http()] }));
    const before = world.file('steady');
    await world.apply(make.logging('steady', { outputs: [http({ host: '127.1' })] }));
    expect(world.condition('LoggingConfiguration', 'steady', 'Accepted')).toMatchObject({
      reason: 'DestinationNotAllowed',
    });
    expect(world.condition('LoggingConfiguration', 'steady', 'LastGood')).toMatchObject({ status: 'True' });
    expect(world.file('steady')).toBe(before);
  });

  it('cannot write variables into code through labels, either', async () => {
    const labels = { include: [`\${${theirs}}`, '"] = 1 }; os.exit() --'] };
    await world.apply(make.logging('labels', { enrich: { labels }, outputs: [http()] }));
    expect(world.condition('LoggingConfiguration', 'labels', 'Ready')).toMatchObject({ status: 'True' });
    expect(world.file('labels')?.replace('${FLUENTBIND_WORKERS}', '')).not.toMatch(/\$\{|"\] = 1/);
  });

  it('may take the filters of a ClusterTemplate word for word', async () => {
    const { files, filters } = template()['spec'] as { files: object[]; filters: object[] };
    await world.apply(make.logging('copy', { ...forged, files, filters, outputs: [http()] }));
    expect(world.problems('LoggingConfiguration', 'copy')).toEqual([]);
  });

  it('finds its edits of a child undone', async () => {
    const content = () => world.file('neighbour')?.replace(/^#.*\n/, '');
    const before = content();
    await world.edit('LoggingConfiguration', 'neighbour', (o) => {
      Object.assign(o.spec ?? {}, { filters: [lua({ code: code('os') })] });
    });
    expect(content()).toBe(before);
    expect(world.condition('LoggingConfiguration', 'neighbour', 'Ready')).toMatchObject({ status: 'True' });
  });
});

it('examples and bundled templates are within the default policy', async () => {
  for (const folder of ['examples', 'templates']) {
    const { code, err } = await inFolder(packageFile('.'), 'validate', '-f', folder);
    expect(err).not.toContain(' error: ');
    expect(code).toBe(0);
  }
});
