import type { KubernetesObject } from '../../hooks/api/object.ts';
import { foreignCrd } from '../support/cluster/foreign-crd.ts';
import { make, World } from '../support/world.ts';

export const clusterTemplate = make.template('webhook', {
  placeholders: [
    { name: 'host', secretKey: 'host', type: 'host' },
    { name: 'password', secretKey: 'password' },
    { name: 'path', default: 'logs' },
  ],
  outputs: [
    { plugin: 'http', properties: { host: '$(host)', uri: '/$(path)', http_user: 'u', http_passwd: '$(password)' } },
  ],
});
export const secret = make.secret('credentials', { host: 'a.example.com', password: 'first' });
export const paths = make.configMap('paths', { path: 'from-config-map' });
export const binding = make.binding('logs', {
  templateRef: { name: 'webhook' },
  secretRef: { name: 'credentials' },
  values: [{ name: 'path', valueFrom: { configMapKeyRef: { name: 'paths', key: 'path' } } }],
});
export const children = [
  ['LoggingConfiguration', 'logs'],
  ['ConfigMap', 'logs-fluent-bit'],
  ['Secret', 'logs-fluent-bit'],
] as const;

export const base64 = (text: string) => Buffer.from(text).toString('base64');
export const dataOf = (object: KubernetesObject) => (object['data'] ?? {}) as Record<string, string>;
export const fileOf = (object: KubernetesObject) => Object.values(dataOf(object)).join('');
export const values = (object: KubernetesObject) =>
  Object.values(dataOf(object)).map((value) => Buffer.from(value, 'base64').toString());

/** What the same resources become in memory; names in it are those of the namespace. */
export async function inMemory(namespace: string): Promise<World> {
  const world = await World.start({ bundled: false });
  const within = (object: KubernetesObject) => ({ ...object, metadata: { ...object.metadata, namespace } });
  await world.apply(clusterTemplate, within(secret), within(paths), within(binding));
  return world;
}

export const serviceBinding: KubernetesObject = {
  apiVersion: 'services.cloud.sap.com/v1',
  kind: 'ServiceBinding',
  metadata: { name: 'cls' },
  spec: { secretName: 'credentials' },
};

export const serviceBindingCrd = foreignCrd('services.cloud.sap.com', 'ServiceBinding', 'v1');
