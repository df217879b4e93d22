import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { crd } from '../../../hooks/api/crd.ts';
import { kinds } from '../../../hooks/api/kinds/index.ts';
import { bundledTemplates, definitions } from '../../../hooks/cli/offline.ts';
import { parts as all } from '../../../hooks/install/credential-secrets.ts';
import { packageFile } from '../../../hooks/runtime/package-file.ts';
import {
  chartFolder,
  find,
  helm,
  objectsIn,
  podOf,
  podsIn,
  type Rendered,
  render,
  template,
  valuesFile,
  variants,
} from '../../support/rendered-chart.ts';

const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string };
const names = Object.keys(variants);
const rendered = new Map<string, { text: string; objects: Rendered[] }>();
function of(variant: string) {
  const known = rendered.get(variant);
  if (known !== undefined) return known;
  const text = template(variants[variant]);
  const fresh = { text, objects: objectsIn(text) };
  rendered.set(variant, fresh);
  return fresh;
}
function named(objects: readonly Rendered[], kind: string): string[] {
  return objects.filter((object) => object.kind === kind).map((object) => object.metadata.name);
}

describe.each(names)('the chart, %s', (variant) => {
  it('passes lint', () => {
    expect(helm('lint', chartFolder, '-f', valuesFile(variants[variant] ?? {}))).toContain('0 chart(s) failed');
  });

  it('renders the same twice', () => {
    expect(template(variants[variant])).toBe(of(variant).text);
  });

  it('names and labels every object, and none twice', () => {
    const { objects } = of(variant);
    const clusterScoped = ['ClusterRole', 'ClusterRoleBinding', 'ClusterTemplate', 'CompositeController'].concat(
      'ValidatingWebhookConfiguration',
      'FluentBitAgent',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
    );
    const seen = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
    expect(new Set(seen).size).toBe(seen.length);
    for (const { kind, metadata } of objects) {
      expect(metadata.labels, kind).toMatchObject({
        'app.kubernetes.io/name': 'fluentbind',
        'app.kubernetes.io/instance': 'fluentbind',
        'app.kubernetes.io/part-of': 'fluentbind',
        'app.kubernetes.io/managed-by': 'Helm',
        'app.kubernetes.io/version': version,
      });
      expect(metadata.namespace === undefined, `${kind} ${metadata.name}`).toBe(clusterScoped.includes(kind));
    }
  });

  it('runs every pod restricted', () => {
    const pods = podsIn(of(variant).objects);
    expect(pods.length).toBeGreaterThan(0);
    for (const [what, { spec }] of pods) {
      expect(spec.securityContext, what).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(spec.containers.length).toBe(1);
      for (const container of spec.containers) {
        expect(container.securityContext, what).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources.limits['memory'], what).toBeDefined();
        expect(container.image, what).toMatch(
          what.endsWith('-metacontroller')
            ? /:v4\.17\.2$/
            : variant === 'everything'
              ? /@sha256:[0-9a-f]{64}$/
              : `:${version}`,
        );
      }
    }
  });

  it('gives a token of the API server to none but Metacontroller and the Jobs', () => {
    for (const [what, { spec }] of podsIn(of(variant).objects))
      expect(spec.automountServiceAccountToken, what).toBe(/^Job|-metacontroller$/.test(what));
    for (const object of of(variant).objects.filter(({ kind }) => kind === 'ServiceAccount'))
      expect(object).toMatchObject({ automountServiceAccountToken: false });
  });

  it('holds nothing secret', () => {
    expect(named(of(variant).objects, 'Secret')).toEqual([]);
    expect(of(variant).text).not.toMatch(/BEGIN |^stringData:/m);
    const withData = of(variant).objects.filter((object) => 'data' in object);
    for (const { kind, metadata } of withData)
      expect([kind, metadata.name]).toEqual(['ConfigMap', 'fluentbind-dashboard']);
    expect(named(of(variant).objects, 'ConfigMap')).toHaveLength(withData.length);
  });

  it('lets every pod in and out only where a NetworkPolicy says so', () => {
    const { objects } = of(variant);
    const policies = objects
      .filter(({ kind }) => kind === 'NetworkPolicy')
      .map(({ spec }) => spec as { podSelector: { matchLabels: Record<string, string> }; policyTypes: string[] });
    for (const [what, { metadata }] of podsIn(objects)) {
      const selecting = policies.filter(({ podSelector }) =>
        Object.entries(podSelector.matchLabels).every(([label, value]) => metadata.labels[label] === value),
      );
      expect(selecting.length, what).toBeGreaterThan(0);
      for (const policy of selecting) expect(policy.policyTypes).toEqual(['Ingress', 'Egress']);
    }
  });

  it('installs the composite controllers as they are in metacontroller/, at the address of the hooks', () => {
    const { objects } = of(variant);
    const installed = objects.filter(({ kind }) => kind === 'CompositeController');
    const rotated = variant === 'everything' ? '-2026-11-21' : '';
    for (const source of definitions() as { metadata: { name: string }; spec: { hooks: object } }[]) {
      const found = find(installed, 'CompositeController', source.metadata.name);
      const spec = found.spec as { hooks: Record<string, { webhook: { url: string; timeout: string } }> };
      expect({ ...spec, hooks: undefined, endpointConfigs: undefined }).toEqual({ ...source.spec, hooks: undefined });
      expect(Object.keys(spec.hooks).sort()).toEqual(Object.keys(source.spec.hooks).sort());
      const resource = source.metadata.name.replace('fluentbind-', '');
      for (const [hook, { webhook }] of Object.entries(spec.hooks))
        expect(webhook).toEqual({
          timeout: '10s',
          url: `https://fluentbind.logging.svc:8443/hooks/${resource}/${hook}?v=${version}${rotated}`,
        });
    }
    expect(installed.length).toBe(definitions().length);
  });

  it('installs the bundled templates as they are', () => {
    for (const source of bundledTemplates())
      expect(find(of(variant).objects, 'ClusterTemplate', source.metadata.name).spec).toEqual(source['spec']);
  });
});

describe('CRDs', () => {
  it('are those of the kinds and of Metacontroller', () => {
    const crds = objectsIn(template({}, 'fluentbind', '--include-crds')).filter(
      ({ kind }) => kind === 'CustomResourceDefinition',
    );
    expect(crds.map(({ metadata }) => metadata.name).filter((name) => name.endsWith('.metacontroller.k8s.io'))).toEqual(
      ['compositecontrollers', 'controllerrevisions', 'decoratorcontrollers'].map(
        (plural) => `${plural}.metacontroller.k8s.io`,
      ),
    );
    for (const kind of kinds) {
      const wanted = crd(kind) as unknown as Rendered;
      expect(find(crds, 'CustomResourceDefinition', wanted.metadata.name)).toEqual(wanted);
    }
    expect(crds.length).toBe(kinds.length + 3);
  });

  it('are brought up to date by a Job with rights on just those', () => {
    const rule = (values: object) => find(render({ ...values }), 'ClusterRole', 'fluentbind-crds').rules;
    const ours = kinds.map((kind) => `${kind.plural}.fluentbit.kyma-project.io`);
    expect([...(rule({})?.[0]?.resourceNames ?? [])].sort()).toEqual(
      [...ours, ...['composite', 'decorator'].map((c) => `${c}controllers.metacontroller.k8s.io`)]
        .concat('controllerrevisions.metacontroller.k8s.io')
        .sort(),
    );
    expect([...(rule(variants['existing'] ?? {})?.[0]?.resourceNames ?? [])].sort()).toEqual(ours.sort());
    expect(named(render({ crds: { upgrade: false } }), 'Job')).not.toContain('fluentbind-crds');
  });
});

describe('credentials', () => {
  const files = (objects: readonly Rendered[]) =>
    podOf(objects, 'Deployment', 'fluentbind').spec.volumes?.[0]?.projected.sources.map(({ secret }) => secret.name);
  const seenByMetacontroller = (objects: readonly Rendered[]) =>
    objects
      .filter(({ kind }) => kind === 'CompositeController')
      .map(({ spec }) => (spec as { endpointConfigs: unknown[] }).endpointConfigs);

  it.each([
    ['default', ['tls', 'token', 'digest', 'trial-tls', 'trial-token'].map((part) => `fluentbind-${part}`)],
    ['cert-manager', ['tls', 'token', 'digest', 'trial-tls', 'trial-token'].map((part) => `fluentbind-${part}`)],
    ['provided', ['my-tls', 'my-token', 'my-digest', 'my-trial-tls', 'my-trial-token']],
    ['without a trial server', ['fluentbind-tls', 'fluentbind-token', 'fluentbind-digest']],
  ])('%s: both sides look at the same Secrets', (variant, secrets) => {
    const { objects } = of(variant);
    expect(files(objects)).toEqual(secrets);
    for (const configs of seenByMetacontroller(objects))
      expect(configs).toEqual([
        {
          host: 'fluentbind.logging.svc:8443',
          caBundle: { secretRef: { name: secrets[0], namespace: 'logging', key: 'ca.crt' } },
          authorization: { type: 'Bearer', secretRef: { name: secrets[1], namespace: 'logging', key: 'token' } },
        },
      ]);
  });

  it.each([
    ['default', ['token', 'digest', 'trial-token', 'ca', 'tls', 'trial-tls'], ['--trial', '--admission=fluentbind']],
    ['cert-manager', ['token', 'digest', 'trial-token'], ['--without-tls', '--trial']],
    ['without a trial server', ['token', 'digest', 'ca', 'tls'], ['--admission=fluentbind']],
  ])('%s: a Job makes them, with rights on just those', (variant, parts, more) => {
    const { objects } = of(variant);
    const job = find(objects, 'Job', 'fluentbind-credentials');
    expect(job.metadata.annotations).toMatchObject({
      'helm.sh/hook': 'pre-install,pre-upgrade',
      'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
    });
    expect(podOf([job], 'Job', 'fluentbind-credentials').spec.containers[0]?.args).toEqual([
      'credentials',
      '--name=fluentbind',
      '--rotate=',
      ...more,
    ]);
    expect(find(objects, 'Role', 'fluentbind-credentials').rules).toEqual([
      {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: parts.map((part) => `fluentbind-${part}`),
        verbs: ['create', 'get', 'patch'],
      },
    ]);
    const [removal] = find(objects, 'Role', 'fluentbind-credentials-removal').rules ?? [];
    expect(removal?.verbs).toEqual(['delete', 'get']);
    expect([...(removal?.resourceNames ?? [])].sort()).toEqual(all.map((part) => `fluentbind-${part}`).sort());
    const weight = (kind: string) =>
      Number(find(objects, kind, 'fluentbind-credentials').metadata.annotations?.['helm.sh/hook-weight']);
    for (const kind of ['ServiceAccount', 'Role', 'RoleBinding', 'NetworkPolicy'])
      expect(weight(kind), kind).toBeLessThan(weight('Job'));
  });

  it('provided: no Job changes Secrets, and one reads the authority for the webhook', () => {
    expect(named(of('provided').objects, 'Job').sort()).toEqual(['fluentbind-crds', 'fluentbind-trust']);
    expect(named(of('provided').objects, 'Role').filter((name) => !name.includes('agent'))).toEqual([
      'fluentbind-trust',
    ]);
    expect(find(of('provided').objects, 'Role', 'fluentbind-trust').rules).toEqual([
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['my-tls'], verbs: ['get'] },
    ]);
  });

  it('stay after an uninstall where that is asked for', () => {
    expect(named(render({ credentials: { removeOnUninstall: false } }), 'Job')).not.toContain(
      'fluentbind-credentials-removal',
    );
  });

  it('a rotation restarts the hooks, which read the digest key once, and the trial server, which must know them', () => {
    for (const [name, part] of [
      ['fluentbind', 'hooks'],
      ['fluentbind-trial', 'trial'],
    ] as const) {
      const annotations = (values: object) => podOf(render({ ...values }), 'Deployment', name).metadata.annotations;
      expect(annotations({})).toBeUndefined();
      expect(annotations({ credentials: { rotate: 'a' }, [part]: { podAnnotations: { note: 'here' } } })).toEqual({
        'fluentbit.kyma-project.io/rotated': 'a',
        note: 'here',
      });
    }
  });

  it('cert-manager makes a certificate for each server', () => {
    const certificates = of('cert-manager').objects.filter(({ kind }) => kind === 'Certificate');
    expect(certificates.map(({ spec }) => [spec?.['secretName'], spec?.['dnsNames']])).toEqual([
      ['fluentbind-ca', undefined],
      ...['fluentbind', 'fluentbind-trial'].map((server) => [
        `${server}-tls`,
        ['', '.logging', '.logging.svc', '.logging.svc.cluster.local'].map((domain) => server + domain),
      ]),
    ]);
  });
});
