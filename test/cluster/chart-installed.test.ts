import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kinds } from '../../hooks/api/kinds/index.ts';
import { definitions } from '../../hooks/cli/offline.ts';
import { packageFile } from '../../hooks/runtime/package-file.ts';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import { foreignCrd } from '../support/cluster/foreign-crd.ts';
import { accountToken, manifest, runJob } from '../support/cluster/installation.ts';
import { eventually, metacontroller } from '../support/cluster/metacontroller-process.ts';
import {
  chartFolder,
  objectsIn,
  type PodTemplate,
  render,
  template,
  valuesFile,
  variants,
} from '../support/rendered-chart.ts';
import { startEngine, startMetacontroller } from './chart-reconciler.ts';

let cluster: ControlPlane;
const objects = render();
const demo = ['secret', 'service-binding-config'].map((name) => packageFile(`examples/demo/${name}.yaml`));

beforeAll(async () => {
  cluster = await startControlPlane([{ name: 'tenant', groups: ['tenants'] }]);
  for (const name of ['logging', 'shop', 'bank', 'edge']) cluster.kubectl(['create', 'namespace', name]);
}, 900_000);
afterAll(() => cluster?.stop());

const helm = (...args: string[]) => cluster.helm([...args, '--namespace', 'logging']);
const json = <T>(...args: string[]): T => JSON.parse(cluster.kubectl([...args, '-o', 'json'])) as T;
const names = (...args: string[]) =>
  cluster
    .kubectl(['get', ...args, '-o', 'name'])
    .split('\n')
    .filter(Boolean);

describe('a release', () => {
  const install = ['install', 'fluentbind', chartFolder, '--no-hooks'];
  interface Identity {
    metadata: { uid: string; generation: number; deletionTimestamp?: string };
    spec: unknown;
  }
  const user = () => json<Identity>('get', 'servicebindingconfig', 'cloud-logging', '-n', 'shop');

  it("is installed, upgraded, rolled back and uninstalled, and leaves users' resources untouched", () => {
    // No kubelet runs the Jobs of the hooks here; they are run further below.
    helm(...install);
    expect(names('compositecontrollers').length).toBe(definitions().length);
    for (const file of demo) cluster.kubectl(['apply', '-f', file]);
    const before = user();

    // What the Prometheus operator brings is not there yet.
    const others = { metrics: { enabled: true }, agent: { namespaces: ['edge'] }, crds: { upgrade: false } };
    const values = valuesFile({ ...variants['everything'], ...others });
    expect(helm('upgrade', 'fluentbind', chartFolder, '--no-hooks', '-f', values)).toContain('kubectl get sbc -A');
    const url = () =>
      cluster.kubectl([
        ...['get', 'compositecontroller', 'fluentbind-loggingconfigurations'],
        ...['-o', 'jsonpath={.spec.hooks.sync.webhook.url}'],
      ]);
    expect(url()).toMatch(/\?v=[\d.]+-2026-11-21$/);
    expect(user()).toEqual(before);
    helm('rollback', 'fluentbind', '1', '--no-hooks');
    expect(url()).toMatch(/\?v=[\d.]+$/);
    expect(user()).toEqual(before);
    helm('uninstall', 'fluentbind', '--no-hooks');
    expect(user()).toEqual(before);
    expect(before.metadata.deletionTimestamp).toBeUndefined();

    const release = ['-l', 'app.kubernetes.io/part-of=fluentbind'];
    for (const kind of new Set(objects.map((object) => object.kind)))
      expect(names(kind, '-A', ...release), kind).toEqual([]);
    expect(names('crd').filter((name) => /fluentbit\.kyma|metacontroller/.test(name)).length).toBe(kinds.length + 3);
    // What is there already is no hindrance.
    helm(...install);
    expect(user()).toEqual(before);
  });

  it('tells the hooks where the trial server is', () => {
    interface Installed {
      spec: { ports: { port: number }[]; selector: object; template: PodTemplate };
    }
    const installed = (kind: string, name: string) => json<Installed>('get', kind, name, '-n', 'logging').spec;
    const [hooks] = installed('deployment', 'fluentbind').template.spec.containers;
    const url = new URL(hooks?.env?.find(({ name }) => name === 'FLUENTBIND_TRIAL_URL')?.value ?? '');
    const [service = '', ...domain] = url.hostname.split('.');
    expect([url.protocol, domain]).toEqual(['https:', ['logging', 'svc']]);
    const { ports, selector } = installed('service', service);
    expect(ports.map(({ port }) => String(port))).toEqual([url.port]);
    expect(installed('deployment', service).template.metadata.labels).toMatchObject(selector);
  });

  it.each(Object.keys(variants))('%s: the API server takes every object', (variant) => {
    const foreign = [
      ...['ServiceMonitor', 'PodMonitor', 'PrometheusRule'].map((kind) =>
        foreignCrd('monitoring.coreos.com', kind, 'v1'),
      ),
      foreignCrd('cert-manager.io', 'Certificate', 'v1'),
      foreignCrd('cert-manager.io', 'Issuer', 'v1'),
    ];
    cluster.kubectl(['apply', '-f', '-'], { input: manifest(foreign) });
    for (const { metadata } of foreign)
      cluster.kubectl(['wait', '--for=condition=Established', `crd/${metadata.name}`, '--timeout=20s']);
    const text = template(variants[variant], 'other', '--include-crds');
    const printed = cluster.kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], { input: text });
    expect(printed.trim().split('\n').length).toBe(objectsIn(text).length);
  });
});

describe('a tenant', () => {
  const may = (...args: string[]) => {
    try {
      return cluster.kubectl(['auth', 'can-i', ...args], { user: 'tenant' }).trim() === 'yes';
    } catch {
      return false;
    }
  };

  it("edits what is the tenant's in the own namespace, and nothing else", async () => {
    cluster.kubectl(['create', 'rolebinding', 'tenant', '--clusterrole=edit', '--user=tenant', '-n', 'shop']);
    await eventually('the aggregated role', () => may('create', 'servicebindingconfigs', '-n', 'shop'), Boolean);
    cluster.kubectl(
      ['patch', 'sbc', 'cloud-logging', '-n', 'shop', '--type=merge', '-p', '{"spec":{"enabled":true}}'],
      {
        user: 'tenant',
      },
    );
    for (const kind of ['loggingconfigurations', 'templates']) expect(may('delete', kind, '-n', 'shop')).toBe(true);
    expect(may('list', 'clustertemplates')).toBe(true);
    for (const refused of [
      ['patch', 'servicebindingconfigs', '--subresource=status', '-n', 'shop'],
      ['update', 'loggingconfigurations', '--subresource=status', '-n', 'shop'],
      ['create', 'servicebindingconfigs', '-n', 'bank'],
      ['get', 'servicebindingconfigs', '-n', 'bank'],
      ['create', 'clustertemplates'],
      ['patch', 'compositecontrollers'],
    ])
      expect(may(...refused), refused.join(' ')).toBe(false);
  });
});

describe('the Job of the credentials', () => {
  const secrets = () =>
    json<{ items: { metadata: { name: string; uid: string } }[] }>('get', 'secret', '-n', 'logging');
  const ours = () =>
    Object.fromEntries(
      secrets()
        .items.filter(({ metadata }) => metadata.name.startsWith('fluentbind-'))
        .map((secret) => [secret.metadata.name, secret]),
    );
  const parts = ['ca', 'digest', 'tls', 'token', 'trial-tls', 'trial-token'];
  const lines = (done: string) =>
    [
      `ValidatingWebhookConfiguration fluentbind: ${done === 'kept' ? 'up to date' : 'knows the authority'}\n`,
      ...['token', 'digest', 'trial-token', 'ca', 'tls', 'trial-tls'].map(
        (part) => `Secret logging/fluentbind-${part}: ${done}\n`,
      ),
    ].join('');

  it('creates, keeps and rotates the Secrets with its own rights', async () => {
    expect(await runJob(cluster, objects, 'fluentbind-credentials')).toEqual({
      code: 0,
      out: lines('created'),
      err: '',
    });
    const first = ours();
    expect(Object.keys(first)).toEqual(parts.map((part) => `fluentbind-${part}`));
    expect((await runJob(cluster, objects, 'fluentbind-credentials')).out).toBe(lines('kept'));
    expect(ours()).toEqual(first);
    const rotating = render({ credentials: { rotate: 'x' } });
    expect((await runJob(cluster, rotating, 'fluentbind-credentials')).out).toBe(lines('rotated'));
    expect((await runJob(cluster, rotating, 'fluentbind-credentials')).out).toBe(lines('kept'));
    for (const [name, { metadata }] of Object.entries(ours())) expect(metadata.uid).toBe(first[name]?.metadata.uid);
  });

  it.each([
    ['fluentbind-credentials', ['--name=other'], /secrets "other-token" is forbidden/],
    ['fluentbind-credentials', ['--name=fluentbind', '--remove'], /cannot delete resource "secrets"/],
    ['fluentbind-credentials-removal', ['--name=fluentbind', '--rotate=y'], /cannot patch resource "secrets"/],
  ])('%s %j is refused', async (job, args, message) => {
    const { code, err } = await runJob(cluster, objects, job, ['credentials', ...args]);
    expect(code).toBe(1);
    expect(err).toMatch(message);
  });

  const trusting = 'validatingwebhookconfigurations.admissionregistration.k8s.io [fluentbind] [get patch]';
  it.each([
    ['fluentbind-credentials', parts, ['create', 'get', 'patch'], [trusting]],
    ['fluentbind-credentials-removal', parts, ['delete', 'get'], []],
    ['fluentbind-trust', ['tls'], ['get'], [trusting]],
  ])('%s may do nothing else', async (job, parts, verbs, everywhere) => {
    await runJob(cluster, objects, job, ['version']);
    const kubeconfig = cluster.kubeconfigFor(job, accountToken(cluster, 'logging', job));
    for (const namespace of ['logging', 'shop']) {
      const rights = cluster
        .kubectl(['--kubeconfig', kubeconfig, 'auth', 'can-i', '--list', '--no-headers', '-n', namespace])
        .split('\n')
        .filter((line) => line !== '' && !/^ |^selfsubject|^clustertemplates/.test(line))
        .map((line) => line.trim().split(/\s{2,}/))
        .map(([resource, , name, list]) => `${resource} ${name} ${list}`);
      const expected = parts.map((part) => `secrets [fluentbind-${part}] [${verbs.join(' ')}]`);
      expect(rights.sort()).toEqual([...(namespace === 'logging' ? expected : []), ...everywhere]);
    }
  });
});

describe('the Job of the CRDs', () => {
  const name = 'servicebindingconfigs.fluentbit.kyma-project.io';
  const spec = (crd: string) => json<{ spec: unknown }>('get', 'crd', crd).spec;
  const patch = (crd: string, operations: object[]) =>
    cluster.kubectl(['patch', 'crd', crd, '--type=json', '-p', JSON.stringify(operations)]);

  it('brings them up to date, rules that are no more included', async () => {
    const current = spec(name);
    const rules = '/spec/versions/0/schema/openAPIV3Schema/x-kubernetes-validations';
    patch(name, [{ op: 'add', path: `${rules}/-`, value: { rule: 'false', message: 'of an older version' } }]);
    const { code, out } = await runJob(cluster, objects, 'fluentbind-crds');
    expect(code).toBe(0);
    expect(out).toContain(`CRD ${name}: upgraded\n`);
    expect(spec(name)).toEqual(current);
    expect((await runJob(cluster, objects, 'fluentbind-crds')).out.match(/: up to date\n/g)?.length).toBe(
      kinds.length + 3,
    );
  });

  it('installs one that is missing, and leaves those that somebody else installed', async () => {
    const [missing, foreign] = ['controllerrevisions', 'decoratorcontrollers'].map((c) => `${c}.metacontroller.k8s.io`);
    cluster.kubectl(['delete', 'crd', missing ?? '']);
    cluster.kubectl(['label', 'crd', foreign ?? '', 'app.kubernetes.io/part-of-']);
    const { out } = await runJob(cluster, objects, 'fluentbind-crds');
    expect(out).toContain(`CRD ${missing}: installed\n`);
    expect(out).toContain(`CRD ${foreign}: somebody else's, kept\n`);
    cluster.kubectl(['label', 'crd', foreign ?? '', 'app.kubernetes.io/part-of=fluentbind']);
    // It is served by now.
    expect(names(missing ?? '', '-A')).toEqual([]);
  });
});

describe('an installation', () => {
  const ready = () =>
    cluster.kubectl([
      ...['get', 'sbc', 'cloud-logging', '-n', 'shop', '-o'],
      'jsonpath={.status.conditions[?(@.type=="Ready")].status}',
    ]);

  it('works with the rights and credentials of the chart, and no more', async () => {
    const end = metacontroller
      ? await startMetacontroller(cluster, objects, metacontroller)
      : await startEngine(cluster);
    try {
      await eventually('Ready', ready, (status) => status === 'True');
      expect(names('configmap,secret', '-n', 'shop')).toEqual(
        expect.arrayContaining(['configmap/cloud-logging-fluent-bit', 'secret/cloud-logging-fluent-bit']),
      );
      const own = ['configmap', 'cloud-logging-fluent-bit', '-n', 'shop'];
      for (const label of ['agent=other', 'shard=63'])
        expect(() => cluster.kubectl(['label', ...own, '--overwrite', `fluentbit.kyma-project.io/${label}`])).toThrow(
          /is set by fluentbind only/,
        );
      cluster.kubectl(['create', 'configmap', 'flood', '-n', 'shop']);
      expect(() =>
        cluster.kubectl(['label', 'configmap', 'flood', '-n', 'shop', 'fluentbit.kyma-project.io/shard=1']),
      ).toThrow(/is set by fluentbind only/);
      cluster.kubectl(['annotate', ...own, 'example.com/mine=yes']);
      cluster.kubectl(['delete', ...own]);
      await eventually(
        'the ConfigMap again',
        () => names('configmap', '-n', 'shop'),
        (found) => found.includes('configmap/cloud-logging-fluent-bit'),
      );
      cluster.kubectl(['delete', 'sbc', 'cloud-logging', '-n', 'shop']);
      await eventually(
        'no children',
        () => names('configmap,lc', '-n', 'shop').join(),
        (left) => !/cloud-log/.test(left),
      );
    } finally {
      await end();
    }
  });

  it('takes its Secrets with it when it goes', async () => {
    const { code, out } = await runJob(cluster, objects, 'fluentbind-credentials-removal');
    expect(code).toBe(0);
    expect(out.match(/: deleted\n/g)?.length).toBe(6);
    expect(names('secret', '-n', 'logging').filter((name) => name.startsWith('secret/fluentbind-'))).toEqual([]);
  });
});
