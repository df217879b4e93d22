import { describe, expect, it } from 'vitest';
import { kinds } from '../../../hooks/api/kinds/index.ts';
import { reasons } from '../../../hooks/api/problems/reasons.ts';
import { definitions } from '../../../hooks/cli/offline.ts';
import { controllers } from '../../../hooks/controllers/index.ts';
import { CompositeDefinition, webhookUrl } from '../../../hooks/engine/definition.ts';
import { filesBelow, textOf } from '../../support/repository.ts';

describe('hooks', () => {
  it.each(filesBelow('hooks', /\.ts$/))(
    '%s imports no values of node:http and node:util, with which all of fetch and more would come',
    (name) => {
      expect(textOf(name)).not.toMatch(/^import (?!type )[^;]*from 'node:(http|util)';/m);
    },
  );
});

describe('reasons', () => {
  const code = filesBelow('hooks', /\.ts$/)
    .filter((name) => name !== 'hooks/api/problems/reasons.ts')
    .map(textOf)
    .join('\n');
  const reference = textOf('crds/README.md');
  it.each(Object.keys(reasons))('%s is used, and in the reference', (reason) => {
    expect(code).toContain(`'${reason}'`);
    expect(reference).toContain(`| \`${reason}\` |`);
  });
});

describe('metacontroller/', () => {
  const parsed = definitions().map((object) => CompositeDefinition.parse(object));

  it('has one file for each controller', () => {
    expect(parsed.map((definition) => definition.metadata.name).sort()).toEqual(
      controllers.map((controller) => `fluentbind-${controller.name}`).sort(),
    );
  });

  it.each(controllers.map((controller) => [controller.name, controller] as const))(
    '%s: says what the controller does',
    (name, controller) => {
      const { spec, metadata } = parsed.find((definition) => definition.metadata.name === `fluentbind-${name}`) ??
        parsed[0] ?? { spec: undefined, metadata: undefined };
      // Metacontroller puts the name behind metacontroller.io/compositecontroller- in a finalizer: 63 characters in all.
      expect(metadata?.name.length).toBeLessThanOrEqual(43);
      expect(spec?.parentResource).toMatchObject({
        apiVersion: controller.parent.apiVersion,
        resource: controller.parent.resource,
        ignoreStatusChanges: true,
      });
      expect(spec?.childResources.map(({ apiVersion, resource }) => ({ apiVersion, resource }))).toEqual(
        controller.children.map(({ apiVersion, resource }) => ({ apiVersion, resource })),
      );
      // The default never updates a child, and without the generated selector a parent would need one of its own.
      for (const child of spec?.childResources ?? []) expect(child.updateStrategy.method).toBe('InPlace');
      expect(spec?.generateSelector).toBe(true);
      expect(spec?.resyncPeriodSeconds).toBe(600);
      const hooks = Object.entries(spec?.hooks ?? {}) as [string, { version: string; webhook?: { url?: string } }][];
      expect(hooks.map(([hook]) => hook).sort()).toEqual(
        ['sync', ...(['customize', 'finalize'] as const).filter((hook) => controller[hook] !== undefined)].sort(),
      );
      for (const [hook, { version, webhook }] of hooks) {
        expect(version).toBe('v2');
        expect(new URL(webhookUrl(webhook ?? {})).pathname).toBe(`/hooks/${name}/${hook}`);
      }
      expect(kinds.find((kind) => kind.plural === controller.parent.resource)?.status).toBeDefined();
    },
  );
});

describe('documentation', () => {
  const examples = ['examples', 'argocd', 'docs']
    .flatMap((folder) => filesBelow(folder, /\.yaml$/))
    .map((name) =>
      textOf(name)
        .replace(/^#.*\n/gm, '')
        .trim(),
    );

  it.each(filesBelow('.', /^[A-Za-z/.-]*\.md$/).filter((name) => !/^(dist|\.cache|test\/cluster)\//.test(name)))(
    '%s: every YAML block is a file that is tested',
    (name) => {
      for (const [, block] of textOf(name).matchAll(/```yaml\n([\s\S]*?)```/g))
        expect(examples).toContain((block ?? '').trim());
    },
  );

  it('README: its first screen has exactly the two set-up commands', () => {
    const [, first = ''] = /```sh\n([\s\S]*?)```/.exec(textOf('README.md')) ?? [];
    expect(
      first
        .trim()
        .split('\n')
        .map((line) => line.replace(/#.*/, '').trim()),
    ).toEqual(['npm ci && npm run demo', 'npm ci && npm test']);
    expect(textOf('.ci/run')).toContain('\nnpm ci && npm test\n');
  });

  it('the lock file holds no address of a registry', () => {
    expect(textOf('package-lock.json')).not.toContain('"resolved"');
  });
});

describe('layout', () => {
  it.each(filesBelow('hooks', /\.ts$/))('%s has at most 300 lines and a name that is a noun', (name) => {
    expect(textOf(name).split('\n').length).toBeLessThanOrEqual(301);
    expect(name).not.toMatch(/util|helper|common|misc|types\.ts/);
  });

  it('EJS never writes without its escape', () => {
    for (const name of [...filesBelow('hooks', /\.ejs$/), ...filesBelow('templates', /\.ejs$/)])
      expect(textOf(name), name).not.toContain('<%-');
  });
});
