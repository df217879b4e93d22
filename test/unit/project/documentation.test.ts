import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { get, merge } from 'lodash-es';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { reasons } from '../../../hooks/api/problems/reasons.ts';
import { packageFile } from '../../../hooks/runtime/package-file.ts';
import { filesBelow, textOf } from '../../support/repository.ts';

const yamlIn = (folder: string) => filesBelow(folder, /\.yaml$/);
const pages = ['README.md', 'CHANGELOG.md', 'docs/deployment.md', 'argocd/README.md'];
const forDevelopers = [
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'test/README.md',
  ...filesBelow('docs', /\.md$/).filter((name) => !pages.includes(name)),
];
const sources = filesBelow(
  '.',
  /^(hooks|test|bench|scripts|crds|docs|examples|helm|templates|metacontroller|argocd)\//,
);
const values = parse(textOf('helm/fluentbind/values.yaml')) as Record<string, unknown>;

/** Headings of a page, as the anchors that links name. */
function anchorsIn(page: string): string[] {
  return [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

function expectLinks(page: string): void {
  for (const [, target = ''] of textOf(page).matchAll(/\]\(([^)]+)\)/g)) {
    if (/^https?:/.test(target)) continue;
    const [path = '', anchor] = target.split('#');
    const linked = path === '' ? page : join(dirname(page), path);
    expect(existsSync(packageFile(linked)), target).toBe(true);
    if (anchor !== undefined) expect(anchorsIn(linked), target).toContain(anchor);
  }
}

describe.each(pages)('%s', (page) => {
  const text = textOf(page);

  it('points to what there is', () => {
    expectLinks(page);
    for (const [, path = ''] of text.matchAll(/ (?:-f|--filename) ([\w./-]+\/[\w./-]+)/g))
      expect(existsSync(packageFile(path)), path).toBe(true);
  });

  it('names values that the chart has', () => {
    const set = [
      ...text.matchAll(/--set ([\w.]+)=/g),
      ...text.matchAll(/`((?:credentials|networkPolicy|metacontroller)\.(?!k8s)[\w.]+)/g),
    ];
    for (const [, key = ''] of set) expect(get(values, key), key).toBeDefined();
  });
});

describe.each(forDevelopers)('%s', (page) => {
  it('links to what there is', () => expectLinks(page));

  it('names files that exist', () => {
    const named =
      /`([\w./-]+\/[\w./-]*\.(?:ts|mjs|json|yaml|ejs|md|lua)|(?:hooks|test|helm|docs|templates)\/[\w./-]+\/)`/g;
    for (const [, path = ''] of textOf(page).matchAll(named))
      expect(
        sources.some((file) => file === path || file.endsWith(`/${path}`) || file.startsWith(path)),
        path,
      ).toBe(true);
  });
});

describe('README', () => {
  it('knows the reasons that it tells of, and tells of every condition', () => {
    const table = textOf('README.md').split('| what you see |')[1]?.split('\n\n')[0] ?? '';
    const named = table
      .split('\n')
      .slice(1)
      .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([A-Z]\w+)`/g)].map((m) => m[1] ?? ''));
    expect(named.length).toBeGreaterThan(10);
    // An event's reason, and Metacontroller's own.
    for (const name of named) if (name !== 'SyncError') expect(Object.keys(reasons)).toContain(name);
  });
});

describe('values for the chart', () => {
  const schema = z.fromJSONSchema(JSON.parse(textOf('helm/fluentbind/values.schema.json')));
  const [platform] = parseAllDocuments(textOf('argocd/application.yaml')).map(
    (document) => document.toJS() as { spec: { sources: { helm: { valuesObject: object } }[] } },
  );
  const files = [...yamlIn('docs/values'), ...yamlIn('docs/deployment/environments')];

  it.each([
    ...files.map((name) => [name, parse(textOf(name)) as object] as const),
    ['argocd/application.yaml', platform?.spec.sources[0]?.helm.valuesObject ?? {}] as const,
  ])('%s are what the chart takes', (_, given) => {
    expect(Object.keys(given).length).toBeGreaterThan(0);
    expect(schema.safeParse(merge({}, values, given)).error?.issues ?? []).toEqual([]);
  });

  it('that the chart does not have are found', () => {
    expect(schema.safeParse(merge({}, values, { metacontroler: { mode: 'own' } })).success).toBe(false);
  });

  it('of an environment have the version of a chart beside them', () => {
    const { version } = parse(textOf('helm/fluentbind/Chart.yaml')) as { version: string };
    for (const name of yamlIn('docs/deployment/environments'))
      expect(textOf(join(dirname(name), 'version')).trim()).toBe(version);
  });
});
