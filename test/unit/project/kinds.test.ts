import { existsSync } from 'node:fs';
import { kebabCase } from 'lodash-es';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { isExamined } from '../../../hooks/admission/examine.ts';
import { kinds } from '../../../hooks/api/kinds/index.ts';
import type { Kind } from '../../../hooks/api/kinds/kind.ts';
import { apiVersion, group } from '../../../hooks/api/object.ts';
import { readManifests } from '../../../hooks/cli/input/manifests.ts';
import { controllers } from '../../../hooks/controllers/index.ts';
import { permissions } from '../../../hooks/generate/permissions.ts';
import { packageFile } from '../../../hooks/runtime/package-file.ts';
import { filesBelow, textOf } from '../../support/repository.ts';

/** The checklist of CONTRIBUTING.md: what a kind needs, and which kinds do. */
const checklist = (textOf('CONTRIBUTING.md').split('## A new kind')[1]?.split('\n## ')[0] ?? '')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, part = '', who = '']) => ({ part, who }))
  .filter(({ part }) => part !== 'part' && part !== '---');

const isReconciled = ({ plural }: Kind) => controllers.some(({ parent }) => parent.resource === plural);
const needs: Record<string, (kind: Kind) => boolean> = {
  'every kind': () => true,
  reconciled: isReconciled,
  'not internal': ({ internal }) => internal !== true,
};

interface Crd {
  spec: { group: string; names: { kind: string; categories: string[] } };
}

const crds = new Map(
  filesBelow('crds', /\.yaml$/).map((path) => {
    const object = parse(textOf(path)) as Crd;
    return [object.spec.names.kind, object] as const;
  }),
);
const rights = permissions(controllers, kinds);
const examples = [...filesBelow('examples', /\.yaml$/), ...filesBelow('templates', /\.yaml$/)].flatMap((path) =>
  parseAllDocuments(textOf(path)).map((document) => document.toJS() as { kind: string }),
);
const health = (parse(textOf('argocd/argocd-cm.yaml')) as { data: Record<string, string> }).data;

const has: Record<string, (kind: Kind) => boolean> = {
  CRD: ({ kind }) => crds.get(kind)?.spec.group === group,
  status: ({ status }) => {
    const fields = Object.keys((status as { shape?: object } | undefined)?.shape ?? {});
    return fields.includes('conditions') && fields.includes('observedGeneration');
  },
  category: ({ kind }) => crds.get(kind)?.spec.names.categories.includes('fluentbind') === true,
  columns: ({ columns }) =>
    columns.some(({ jsonPath }) => /conditions\[\?\(@\.type=="(Ready|Complete)"/.test(jsonPath)),
  'Argo CD health': ({ kind }) =>
    health[`resource.customizations.health.${group}_${kind}`]?.includes('return') === true,
  reasons: ({ kind }) => {
    const folder = `hooks/controllers/${kebabCase(kind)}`;
    const code = filesBelow(folder, /\.ts$/).map(textOf).join('\n');
    const named = [...code.matchAll(/reason: '(\w+)'|problem\(\s*'(\w+)'/g)].map(
      ([, one, other]) => one ?? other ?? '',
    );
    const reference = textOf('crds/README.md');
    return named.length > 0 && named.every((reason) => reference.includes(`| \`${reason}\` |`));
  },
  metrics: ({ columns }) => {
    const watched = textOf('hooks/server/metrics/resource-metrics.ts');
    return columns.some(({ jsonPath }) => watched.includes(`\n  ${/@\.type=="(\w+)"/.exec(jsonPath)?.[1]}: '`));
  },
  RBAC: ({ plural }) =>
    rights.metacontroller.read.some(({ resources }) => resources.includes(plural)) &&
    [...rights.metacontroller.write, ...rights.metacontroller.writeCluster].some(({ resources }) =>
      resources.includes(`${plural}/status`),
    ),
  'user role': ({ plural, namespaced, internal }) => {
    const edits = rights.tenants.edit.some(({ resources }) => resources.includes(plural));
    const views = rights.tenants.view.some(({ resources }) => resources.includes(plural));
    return views && edits === (namespaced && internal !== true);
  },
  validate: isExamined,
  render: ({ kind }) => {
    const folder = packageFile('.');
    const files = [...filesBelow('examples', /\.yaml$/), ...filesBelow('templates', /template\.yaml$/)];
    return readManifests(files, folder, 'shop').manifests.some(({ object }) => object.kind === kind);
  },
  example: ({ kind }) => examples.some((object) => object?.kind === kind),
  'golden case': ({ kind }) => filesBelow(`test/cases/${kebabCase(kind)}`, /out\.yaml$/).length > 2,
  docs: ({ kind, shortNames }) =>
    textOf('README.md')
      .split('\n')
      .some(
        (row) =>
          new RegExp(`^\\|[^|]*\\b${kind}\\b`).test(row) && shortNames.every((one) => row.includes(`\`${one}\``)),
      ) && textOf('crds/README.md').includes(`## ${kind}\n`),
  architecture: ({ kind }) => existsSync(packageFile(`hooks/controllers/${kebabCase(kind)}/index.ts`)),
};

describe('the checklist of a new kind', () => {
  it('has a check for each of its rows', () => {
    expect(checklist.map(({ part }) => part).sort()).toEqual(Object.keys(has).sort());
    expect(checklist.map(({ who }) => who).filter((who) => needs[who] === undefined)).toEqual([]);
  });

  it.each(kinds.map((kind) => [kind.kind, kind] as const))('holds for %s', (_name, kind) => {
    const missing = checklist.filter(({ part, who }) => needs[who]?.(kind) === true && has[part]?.(kind) !== true);
    expect(missing.map(({ part }) => part)).toEqual([]);
  });

  it('is for kinds of one group', () => {
    expect([...crds.keys()].sort()).toEqual(kinds.map(({ kind }) => kind).sort());
    expect(apiVersion.startsWith(`${group}/`)).toBe(true);
  });
});
