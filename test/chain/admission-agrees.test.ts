import { readFileSync } from 'node:fs';
import { cloneDeep } from 'lodash-es';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { review } from '../../hooks/admission/review.ts';
import type { KubernetesObject } from '../../hooks/api/object.ts';
import { defaultSettings } from '../../hooks/kit/controller.ts';
import { packageFile } from '../../hooks/runtime/package-file.ts';
import { fates } from '../fluent-bit/tables/checks-table.ts';
import { reviewOf } from '../support/input/reviews.ts';
import { make, World } from '../support/world.ts';

const context = { now: new Date('2026-06-01T00:00:00Z'), settings: defaultSettings };
const ask = (object: KubernetesObject, change = {}) => review(reviewOf(object, change), context).response;
const example = (name: string) =>
  parse(readFileSync(packageFile(`examples/demo/${name}.yaml`), 'utf8')) as KubernetesObject;

const templates = fates
  .filter(([, fate]) => fate === 'fine')
  .map(([, , fragment], index) =>
    make.template(`fine-${index}`, {
      outputs: [{ plugin: 'null' }],
      placeholders: [{ name: 'unused', secretKey: 'username', sensitive: true }],
      ...JSON.parse(JSON.stringify(fragment)),
    }),
  );

let world: World;
const made = (name: string) => world.get('LoggingConfiguration', name);
beforeAll(async () => {
  world = await World.start();
  await world.put(make.secret('s', { username: 'u' }));
  for (const template of templates) {
    const { name } = template.metadata;
    await world.put(template);
    await world.put(make.binding(name, { templateRef: { name }, secretRef: { name: 's' } }));
  }
  await world.apply(example('secret'), example('service-binding-config'));
}, 120_000);

describe('what the controllers make', () => {
  it('is allowed wherever they make it, without a word', () => {
    const children = [...templates.map(({ metadata }) => metadata.name), 'cloud-logging'].map(made);
    const present = children.filter((child) => child !== undefined);
    expect(present.length).toBeGreaterThan(30);
    for (const child of present) {
      expect(ask(child), child.metadata.name).toEqual({ uid: expect.any(String), allowed: true });
      const changed = cloneDeep(child) as KubernetesObject & { spec: Record<string, unknown> };
      changed.spec['buffer'] = { limit: '7G' };
      expect(ask(changed, { operation: 'UPDATE', oldObject: child }).allowed).toBe(true);
    }
  });

  it('is allowed to be switched off when it is no longer valid', async () => {
    const name = 'cloud-logging';
    const before = cloneDeep(made(name)) as KubernetesObject & { spec: { outputs: { plugin: string }[] } };
    // As if the version that made it had known the plugin.
    for (const output of before.spec.outputs) output.plugin = 'gone';
    expect(ask(before).allowed).toBe(false);
    await world.edit('ServiceBindingConfig', name, ({ spec }) => Object.assign(spec ?? {}, { enabled: false }));
    const after = cloneDeep(made(name)) as typeof before & { spec: { enabled: boolean } };
    expect(after.spec.enabled).toBe(false);
    for (const output of after.spec.outputs) output.plugin = 'gone';
    expect(ask(after, { operation: 'UPDATE', oldObject: before }).allowed).toBe(true);
  });
});
