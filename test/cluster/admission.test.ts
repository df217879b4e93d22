import { X509Certificate } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../hooks/api/object.ts';
import { definitions } from '../../hooks/cli/offline.ts';
import { controllers } from '../../hooks/controllers/index.ts';
import { certificates } from '../../hooks/install/authority.ts';
import { packageFile } from '../../hooks/runtime/package-file.ts';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import { manifest, proxyTo, runHooks, runJob, runMetacontroller } from '../support/cluster/installation.ts';
import { eventually, metacontroller, Reconciler } from '../support/cluster/metacontroller-process.ts';
import { freePort } from '../support/free-port.ts';
import { chartFolder, type Rendered, render, type Values, valuesFile } from '../support/rendered-chart.ts';
import { make } from '../support/world.ts';

let cluster: ControlPlane;
let port: number;
let objects: Rendered[];
let hooks: { end: () => Promise<void> } | undefined;
const values = (more: Values = {}): Values => ({ ...more, hooks: { port } });

beforeAll(async () => {
  cluster = await startControlPlane();
  port = await freePort();
  objects = render(values());
  for (const name of ['logging', 'shop']) cluster.kubectl(['create', 'namespace', name]);
  // No kubelet runs the Jobs of the hooks here; they are run by hand, in their order.
  await runJob(cluster, objects, 'fluentbind-credentials');
  helm('install', 'fluentbind', chartFolder, '--no-hooks', '-f', valuesFile(values()));
  await runJob(cluster, objects, 'fluentbind-trust');
  // Nor does anything route to Services: this one leads to the hooks in this process, under its own name.
  const elsewhere = { spec: { type: 'ExternalName', externalName: 'localhost' } };
  cluster.kubectl(['patch', 'service', 'fluentbind', '-n', 'logging', '--type=merge', '-p', JSON.stringify(elsewhere)]);
  await startHooks();
}, 900_000);
afterAll(async () => {
  await hooks?.end();
  await cluster?.stop();
});

async function startHooks(): Promise<void> {
  hooks = await runHooks(cluster, objects, 'fluentbind', port);
}
async function stopHooks(): Promise<void> {
  await hooks?.end();
  hooks = undefined;
}

function helm(...args: string[]): string {
  return cluster.helm([...args, '--namespace', 'logging']);
}

/** What kubectl says; it is not waited for in line, because the hooks that it waits for are in this process. */
async function kubectl(...args: string[]): Promise<{ done: boolean; said: string }> {
  try {
    return { done: true, said: await cluster.kubectlAsync(args) };
  } catch (error) {
    return { done: false, said: (error as { stderr: string }).stderr };
  }
}

async function apply(object: KubernetesObject, ...args: string[]): Promise<{ done: boolean; said: string }> {
  const file = join(mkdtempSync(join(tmpdir(), 'apply-')), 'object.yaml');
  writeFileSync(file, manifest([object]));
  return kubectl('apply', '-f', file, ...args);
}

const bundle = (): string[] => {
  const path = '{.webhooks[*].clientConfig.caBundle}';
  const found = cluster.kubectl(['get', 'validatingwebhookconfiguration', 'fluentbind', '-o', `jsonpath=${path}`]);
  const [one, two] = found.split(' ');
  expect(two).toBe(one);
  return certificates(Buffer.from(one ?? '', 'base64').toString());
};

/** Lets the controllers work; Metacontroller as the chart has it, where there is one. */
async function reconcile(): Promise<() => Promise<void>> {
  if (metacontroller) {
    const proxy = await proxyTo(port);
    const child = runMetacontroller(cluster, metacontroller, objects, 'fluentbind-metacontroller', proxy.url);
    return async () => {
      const exit = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await exit;
      proxy.end();
    };
  }
  const options = { strategy: 'server-side-apply' as const, controllers, definitions: definitions() };
  const reconciler = new Reconciler(cluster, options);
  await reconciler.start();
  return () => reconciler.stop();
}

const output = { plugin: 'http', properties: { host: 'a.example.com' } };
const good = (name: string) => make.logging(name, { outputs: [output] });
const bad = (name: string) => make.logging(name, { outputs: [{ plugin: 'htp' }] });

describe('kubectl apply', () => {
  it.each<[KubernetesObject, string[]]>([
    [
      bad('two'),
      [
        'The LoggingConfiguration "two" is invalid: ' +
          'spec.outputs[0].plugin: Fluent Bit has no output htp. Did you mean http? Correct the name.',
      ],
    ],
    [
      make.logging('open', { outputs: [{ plugin: 'http', properties: { host: { a: 1 } } }] }),
      ['spec.outputs[0].properties.host: It must be a string'],
    ],
    [
      make.binding('own', {
        templateRef: { name: 't' },
        filters: [{ plugin: 'grep', properties: { regex: 'log (' } }],
      }),
      ['The ServiceBindingConfig "own" is invalid', 'spec.filters[0].properties.regex: '],
    ],
    [
      make.template('everywhere', { outputs: [{ plugin: 'http', properties: { host: '$(hots)' } }] }),
      ['The ClusterTemplate "everywhere" is invalid', 'spec.outputs[0].properties.host: $(hots) names no variable'],
    ],
    [
      make.ownTemplate('here', { outputs: [{ plugin: 'http', properties: { hots: 'a' } }] }),
      ['The Template "here" is invalid', 'spec.outputs[0].properties.hots: The output http has no property hots'],
    ],
  ])('%j is refused with its field, and dry-run alike', async (object, told) => {
    for (const args of [[], ['--dry-run=server'], ['--server-side']]) {
      const { done, said } = await apply(object, ...args);
      expect(done).toBe(false);
      for (const text of told) expect(said).toContain(text);
    }
    const { name, namespace = 'default' } = object.metadata;
    expect((await kubectl('get', object.kind, name, '-n', namespace)).said).toContain('NotFound');
  });

  it('tells clients that know no causes the same in one message', async () => {
    const raw = { apiVersion: 'v1', kind: 'List', items: [bad('listed')] };
    const file = join(mkdtempSync(join(tmpdir(), 'raw-')), 'object.json');
    writeFileSync(file, JSON.stringify(raw.items[0]));
    const { said } = await kubectl(
      ...['create', '--raw', '/apis/fluentbit.kyma-project.io/v1alpha1/namespaces/shop/loggingconfigurations'],
      ...['-f', file, '-v=8'],
    );
    expect(said).toContain(
      'admission webhook \\"namespaced.admission.fluentbit.kyma-project.io\\" denied the request: ' +
        'spec.outputs[0].plugin: Fluent Bit has no output htp. Did you mean http? Correct the name.',
    );
  });

  it('takes what may become valid, and warns of what is most likely not meant', async () => {
    expect(await apply(good('plain'), '--warnings-as-errors')).toMatchObject({ done: true });
    const literal = make.logging('literal', {
      outputs: [{ ...output, properties: { ...output.properties, http_passwd: 'x' } }],
    });
    expect(await apply(literal)).toEqual({
      done: true,
      said: 'loggingconfiguration.fluentbit.kyma-project.io/literal created\n',
    });
    const { said } = await apply(
      { ...literal, metadata: { ...literal.metadata, name: 'again' } },
      '--warnings-as-errors',
    );
    expect(said).toContain(
      'Warning: spec.outputs[0].properties.http_passwd: A credential is written out, for all who may read this resource.',
    );
  });

  it('of an example makes all that it should, with the webhook looking on', async () => {
    for (const name of ['secret', 'service-binding-config'])
      expect(await kubectl('apply', '-f', packageFile(`examples/demo/${name}.yaml`))).toMatchObject({ done: true });
    const end = await reconcile();
    try {
      const path = '{.status.conditions[?(@.type=="Ready")].status}';
      const ready = async () =>
        (await kubectl('get', 'sbc', 'cloud-logging', '-n', 'shop', '-o', `jsonpath=${path}`)).said;
      await eventually('Ready', ready, (status) => status === 'True');
    } finally {
      await end();
    }
  });
});

describe('hooks that do not answer', () => {
  it('hold up nobody, and what came through meanwhile can be labelled, mended and deleted', async () => {
    await stopHooks();
    const late = { ...bad('late'), metadata: { name: 'late', namespace: 'shop', finalizers: ['example.com/hold'] } };
    try {
      expect((await apply(late)).done).toBe(true);
    } finally {
      await startHooks();
    }
    const one = ['loggingconfiguration', 'late', '-n', 'shop'];
    const patch = (change: object) => kubectl('patch', ...one, '--type=merge', '-p', JSON.stringify(change));
    expect(await kubectl('label', ...one, 'a=b')).toMatchObject({ done: true });
    expect(await patch({ spec: { enabled: false } })).toMatchObject({ done: true });
    expect((await patch({ spec: { buffer: { limit: '2G' } } })).said).toContain('spec.outputs[0].plugin');
    expect(await kubectl('delete', ...one, '--wait=false')).toMatchObject({ done: true });
    expect(await patch({ metadata: { finalizers: null } })).toMatchObject({ done: true });
    expect((await kubectl('get', ...one)).said).toContain('NotFound');
  });

  it('hold up everybody where the values say so', async () => {
    const policy = (value: string) => valuesFile(values({ admission: { failurePolicy: value } }));
    helm('upgrade', 'fluentbind', chartFolder, '--no-hooks', '-f', policy('Fail'));
    await stopHooks();
    try {
      const refused = () => apply(good('closed'), '--dry-run=server');
      const { said } = await eventually('a refusal', refused, ({ done }) => !done);
      expect(said).toContain('failed calling webhook "namespaced.admission.fluentbit.kyma-project.io"');
    } finally {
      await startHooks();
      helm('upgrade', 'fluentbind', chartFolder, '--no-hooks', '-f', policy('Ignore'));
    }
    await eventually(
      'what is good',
      () => apply(good('closed')),
      ({ done }) => done,
    );
  });
});

describe('the chart', () => {
  const refuses = () => apply(bad('probe'), '--dry-run=server');

  it('keeps the authority over upgrade and rollback', async () => {
    const [before] = bundle();
    expect(before).toBeDefined();
    helm('upgrade', 'fluentbind', chartFolder, '--no-hooks', '-f', valuesFile(values({ commonLabels: { a: 'b' } })));
    expect(bundle()).toEqual([before]);
    // As Helm 3 does it.
    helm('upgrade', 'fluentbind', chartFolder, '--no-hooks', '--server-side=false', '-f', valuesFile(values()));
    expect(bundle()).toEqual([before]);
    helm('rollback', 'fluentbind', '1', '--no-hooks');
    expect(bundle()).toEqual([before]);
    expect((await refuses()).done).toBe(false);
    const { out } = await runJob(cluster, objects, 'fluentbind-trust');
    expect(out).toBe('ValidatingWebhookConfiguration fluentbind: up to date\n');
  });

  it('rotates the authority while the webhook goes on', async () => {
    const [former = ''] = bundle();
    const rotating = render(values({ credentials: { rotate: '1' } }));
    const { code, out } = await runJob(cluster, rotating, 'fluentbind-credentials');
    expect([code, out.split('\n')[0]]).toEqual([0, 'ValidatingWebhookConfiguration fluentbind: knows the authority']);
    const [next = '', kept] = bundle();
    expect(kept).toBe(former);
    expect(new X509Certificate(next).fingerprint).not.toBe(new X509Certificate(former).fingerprint);
    // First the hooks still have the former certificate, then the new one.
    expect((await refuses()).said).toContain('spec.outputs[0].plugin');
    await stopHooks();
    await startHooks();
    await eventually('a refusal', refuses, ({ done, said }) => !done && said.includes('spec.outputs[0].plugin'));
  });

  it('has nobody asked about what comes with it', async () => {
    const bundled = make.template('bundled', { outputs: [{ plugin: 'htp' }] });
    expect((await apply(bundled)).done).toBe(false);
    bundled.metadata.labels = { 'app.kubernetes.io/part-of': 'fluentbind' };
    expect(await apply(bundled)).toMatchObject({ done: true });
  });

  it('takes the webhook with it when it goes', async () => {
    helm('uninstall', 'fluentbind', '--no-hooks');
    expect(cluster.kubectl(['get', 'validatingwebhookconfiguration', '-o', 'name'])).toBe('');
    expect(await apply(bad('after'))).toMatchObject({ done: true });
  });
});
