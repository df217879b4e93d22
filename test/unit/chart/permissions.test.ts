import { describe, expect, it } from 'vitest';
import { kinds } from '../../../hooks/api/kinds/index.ts';
import type { RelatedRule } from '../../../hooks/api/wire/metacontroller.ts';
import { definitions } from '../../../hooks/cli/offline.ts';
import { controllers } from '../../../hooks/controllers/index.ts';
import { permissions, type Rule } from '../../../hooks/generate/permissions.ts';
import { defaultSettings } from '../../../hooks/kit/controller.ts';
import { routes } from '../../../hooks/kit/routes.ts';
import { find, type Rendered, render, type Values, variants } from '../../support/rendered-chart.ts';

/** Every right once, as `namespace group/resource verb`; a cluster-wide one has the namespace *. */
function rights(namespace: string, rules: readonly Rule[]): string[] {
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => `${namespace} ${group}/${resource} ${verb}`)),
    ),
  );
}

/** What a service account may do by a rendering: by bindings, as the API server would find it. */
function granted(objects: readonly Rendered[], account: { name: string; namespace: string }): string[] {
  return objects
    .filter(({ kind, subjects = [] }) => kind.endsWith('Binding') && subjects.some((one) => matches(one, account)))
    .flatMap((binding) => {
      const { kind, name } = (binding as unknown as { roleRef: { kind: string; name: string } }).roleRef;
      const role = objects.find(
        (object) =>
          object.kind === kind &&
          object.metadata.name === name &&
          object.metadata.namespace === binding.metadata.namespace,
      );
      return rights(binding.metadata.namespace ?? '*', role?.rules ?? []);
    })
    .sort();
}
function matches(subject: { kind: string; name: string; namespace?: string }, account: object): boolean {
  const { kind, ...rest } = subject;
  return kind === 'ServiceAccount' && JSON.stringify(rest) === JSON.stringify(account);
}

const all = permissions(controllers, kinds);
const { own, readBtp, write, writeCluster, writeAgents, events } = all.metacontroller;
const read = [...all.metacontroller.read, ...writeCluster];
const leases = ['coordination.k8s.io/leases get', 'coordination.k8s.io/leases update', '/events create']
  .concat('coordination.k8s.io/leases create', '/events patch')
  .map((right) => `logging ${right}`);
const agents = rights('logging', writeAgents);
const ours = { name: 'fluentbind-metacontroller', namespace: 'logging' };

describe("Metacontroller's rights", () => {
  it.each<[string, Values, { name: string; namespace: string }, string[]]>([
    ['default', {}, ours, [...rights('*', [...own, ...read, ...write, ...events]), ...agents]],
    [
      'everything',
      variants['everything'] ?? {},
      ours,
      [
        ...rights('*', [...own, ...read, ...readBtp, ...write, ...events]),
        ...leases,
        ...agents,
        ...rights('edge', writeAgents),
      ],
    ],
    [
      'existing',
      variants['existing'] ?? {},
      { name: 'metacontroller', namespace: 'platform' },
      [...rights('*', [...read, ...write]), ...agents],
    ],
    [
      'limited',
      variants['limited'] ?? {},
      ours,
      [
        ...rights('*', [...own, ...read]),
        ...['shop', 'bank'].flatMap((namespace) => rights(namespace, [...write, ...events])),
        ...rights('default', events),
        ...agents,
      ],
    ],
    [
      'limited, existing',
      { ...variants['existing'], namespaces: ['default'] },
      { name: 'metacontroller', namespace: 'platform' },
      [...rights('*', read), ...rights('default', write), ...agents],
    ],
    ['without agents', { agent: { enabled: false } }, ours, rights('*', [...own, ...read, ...write, ...events])],
  ])('%s: exactly what the controllers imply', (_, values, account, expected) => {
    expect(granted(render(values), account)).toEqual([...expected].sort());
  });

  it('follow from the composite controllers: parents, children, and nothing else is written', () => {
    const written = new Set(rights('*', [...write, ...writeCluster, ...writeAgents]));
    const expected = (definitions() as { spec: { parentResource: Kind; childResources: Kind[] } }[]).flatMap(
      ({ spec }) => [
        `* ${path(spec.parentResource)}/status update`,
        `* ${path(spec.parentResource)}/finalizers update`,
        ...spec.childResources.flatMap((child) =>
          ['create', 'delete', 'patch', 'update'].map((verb) => `* ${path(child)} ${verb}`),
        ),
      ],
    );
    expect([...written].sort()).toEqual([...new Set(expected)].sort());
  });

  it('let it update parents only where it finalizes them', () => {
    const [first] = controllers;
    if (first?.type !== 'composite') throw new Error('no controller');
    const finalizing = { ...first, finalize: () => ({ status: {}, children: [] }) };
    const more = rights('*', permissions([finalizing], kinds).metacontroller.write);
    expect(
      more.filter((right) => !rights('*', permissions([first], kinds).metacontroller.write).includes(right)),
    ).toEqual(['* fluentbit.kyma-project.io/servicebindingconfigs update']);
  });
});

interface Kind {
  apiVersion: string;
  resource: string;
}
function path({ apiVersion, resource }: Kind): string {
  return `${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}/${resource}`;
}

describe('related kinds', () => {
  const valueFrom = [
    { name: 'a', valueFrom: { secretKeyRef: { name: 'a', key: 'a' } } },
    { name: 'b', valueFrom: { configMapKeyRef: { name: 'b', key: 'b' } } },
  ];
  const spec = (template: string) => ({
    namespace: 'shop',
    templateRef: { kind: template, name: 'a' },
    secretRef: { name: 'a' },
    serviceBindingRef: { name: 'a' },
    values: valueFrom,
    variables: valueFrom,
    files: valueFrom,
    filters: [{ plugin: 'lua' }],
  });

  const shard = {
    ...{ agent: 'a', namespace: 'a', index: 0, parts: 1, policyHash: 'a' },
    ...{ counts: false, over: [], excess: [] },
  };

  it.each(controllers.map((controller) => [controller.name, controller] as const))(
    '%s asks for exactly those that it declares, for those of BTP where they are switched on',
    (name, { parent, related = [] }) => {
      const { hook } = routes(controllers).find(({ path: at }) => at === `/hooks/${name}/customize`) ?? {};
      if (hook === undefined) {
        expect(related).toEqual([]);
        return;
      }
      const asked = (btpEnabled: boolean) =>
        new Set(
          ['ClusterTemplate', 'Template'].flatMap((template) => {
            const body = {
              parent: {
                apiVersion: parent.apiVersion,
                kind: parent.kind,
                metadata: { name: 'a', namespace: 'shop' },
                spec: name === 'fluentbitshards' ? shard : spec(template),
              },
            };
            const context = { now: new Date(0), settings: { ...defaultSettings, btpEnabled } };
            return (hook(body, context) as { relatedResources: RelatedRule[] }).relatedResources.map(path);
          }),
        );
      const declared = (btp: boolean) => related.filter((kind) => btp || kind.btp !== true).map(path);
      expect([...asked(true)].sort()).toEqual(declared(true).sort());
      expect([...asked(false)].sort()).toEqual(declared(false).sort());
    },
  );
});

describe("users' rights", () => {
  const objects = render();
  const role = (name: string) => find(objects, 'ClusterRole', `fluentbind-${name}`);
  const kindsOf = (verb: string, rules: readonly Rule[] = []) =>
    [...new Set(rights('*', rules))]
      .filter((right) => right.endsWith(` ${verb}`))
      .map((right) => right.split(/[ /]/)[2])
      .sort();
  const tenants = ['loggingconfigurations', 'servicebindingconfigs', 'templates'];
  const everything = [
    'clustertemplates',
    'fluentbitagents',
    'fluentbitreports',
    'fluentbitroutes',
    'fluentbitshards',
    ...tenants,
  ];

  it.each(['admin', 'edit'])('%s: changes what tenants own, never a status, and reads the rest', (name) => {
    expect(role(name).metadata.labels[`rbac.authorization.k8s.io/aggregate-to-${name}`]).toBe('true');
    for (const verb of ['create', 'delete', 'patch', 'update'])
      expect(kindsOf(verb, role(name).rules)).toEqual(tenants);
    expect(kindsOf('get', role(name).rules)).toEqual(everything);
    expect(JSON.stringify(role(name).rules)).not.toMatch(/status|\*|metacontroller/);
  });

  it('view: reads', () => {
    expect(role('view').metadata.labels['rbac.authorization.k8s.io/aggregate-to-view']).toBe('true');
    expect(new Set(role('view').rules?.flatMap(({ verbs }) => verbs))).toEqual(new Set(['get', 'list', 'watch']));
    expect(kindsOf('list', role('view').rules)).toEqual(everything);
  });

  it('ClusterTemplates are read by everybody, or by nobody through us', () => {
    expect(find(objects, 'ClusterRoleBinding', 'fluentbind-templates').subjects).toEqual([
      { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:authenticated' },
    ]);
    const without = render({ rbac: { userRoles: false, readTemplates: false } });
    expect(without.filter(({ metadata }) => metadata.labels['app.kubernetes.io/component'] === 'users')).toEqual([]);
  });
});
