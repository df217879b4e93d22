import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crd } from '../../hooks/api/crd.ts';
import { kinds } from '../../hooks/api/kinds/index.ts';
import { apiVersion, type KubernetesObject } from '../../hooks/api/object.ts';
import { ApiServer } from '../../hooks/engine/stores/api-client.ts';
import { packageFile } from '../../hooks/runtime/package-file.ts';
import { type ControlPlane, startControlPlane } from '../support/cluster/control-plane.ts';
import { eventually } from '../support/cluster/metacontroller-process.ts';
import { crossFieldCases } from '../support/input/cross-field-cases.ts';

let cluster: ControlPlane;
let api: ApiServer;
beforeAll(async () => {
  cluster = await startControlPlane();
  const config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfig());
  api = new ApiServer(config);
}, 900_000);
afterAll(async () => {
  api?.close();
  await cluster?.stop();
});

interface Field {
  type?: string;
  properties?: Record<string, Field>;
  items?: Field;
}

/** Dotted names of all fields, as kubectl explain --recursive indents them. */
function fieldNames(schema: Field): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => [
    name,
    ...fieldNames(child),
    ...fieldNames(child.items ?? {}),
  ]);
}

describe('the CRDs', () => {
  it.each([
    ['client-side', []],
    ['server-side', ['--server-side', '--force-conflicts']],
  ])('install %s', (_, options) => {
    const applied = cluster.kubectl(['apply', ...options, '-f', packageFile('crds')]);
    expect(applied.trim().split('\n')).toHaveLength(kinds.length);
    cluster.kubectl(['wait', '--for=condition=Established', '--timeout=30s', '-f', packageFile('crds')]);
  });

  it.each(kinds.map((kind) => [kind.kind, kind] as const))('%s: kubectl explain shows every field', async (_, kind) => {
    const definition = crd(kind) as {
      spec: { versions: { schema: { openAPIV3Schema: Field } }[]; names: { shortNames: string[] } };
    };
    const [short = ''] = definition.spec.names.shortNames;
    const explain = () => cluster.kubectl(['explain', short, '--recursive']);
    const shown = await eventually(`${short} is explained`, explain, (text) => text.includes('FIELDS'));
    const { metadata: _metadata, ...own } = definition.spec.versions[0]?.schema.openAPIV3Schema.properties ?? {};
    const words = new Set(shown.split(/\s+/));
    expect(fieldNames({ properties: own }).filter((name) => !words.has(name))).toEqual([]);
    expect(cluster.kubectl(['explain', `${short}.spec`])).not.toMatch(/<no description>/);
  });

  const attempt = async (kind: string, name: string, spec: object) => {
    const known = kinds.find((each) => each.kind === kind);
    const path = `/apis/${apiVersion}${known?.namespaced ? '/namespaces/default' : ''}/${known?.plural}`;
    const body = { apiVersion, kind, metadata: { name }, spec };
    return api.call<KubernetesObject>({ method: 'POST', path: `${path}?dryRun=All`, body });
  };

  it.each(crossFieldCases)('%s: %s is judged by the API server as by zod', async (kind, _name, spec, message) => {
    if (message === undefined) await expect(attempt(kind, 'x', spec)).resolves.toMatchObject({ kind });
    else await expect(attempt(kind, 'x', spec)).rejects.toThrow(message);
  });

  it('bound the names of what gets children', async () => {
    const spec = { templateRef: { name: 't' } };
    await expect(attempt('ServiceBindingConfig', 'n'.repeat(63), spec)).resolves.toBeDefined();
    await expect(attempt('ServiceBindingConfig', 'n'.repeat(64), spec)).rejects.toThrow('at most 63 characters');
  });

  it.each([
    'examples/demo',
    'examples/handwritten',
    'examples/operator',
    'examples/own-template',
    'templates/sap-cloud-logging',
  ])('%s applies', (folder) => {
    for (const namespace of ['shop', 'network', 'default']) {
      const made = cluster.kubectl(['create', 'namespace', namespace, '--dry-run=client', '-o', 'yaml']);
      cluster.kubectl(['apply', '-f', '-'], { input: made });
    }
    const applied = cluster.kubectl(['apply', '--dry-run=server', '-f', packageFile(folder)]);
    expect(applied).toContain('(server dry run)');
  });
});
