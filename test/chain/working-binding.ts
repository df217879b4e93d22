import { expect } from 'vitest';
import { bindingSecret } from '../support/input/binding-secrets.ts';
import { authority } from '../support/input/issued-certificates.ts';
import { make, World } from '../support/world.ts';

export const ca = await authority();
export const issued = await ca.issue();
export const credentials = {
  endpoint: 'https://collector.example.com:8443/in',
  token: 't0ken',
  cert: issued.certificate,
  key: issued.key,
};

export const template = make.template('t', {
  placeholders: [
    { name: 'host', secretKey: 'endpoint', type: 'host', part: 'host' },
    { name: 'port', secretKey: 'endpoint', type: 'port', part: 'port' },
    { name: 'token', secretKey: 'token', sensitive: true },
    { name: 'cert', secretKey: 'cert', type: 'file' },
    { name: 'key', secretKey: 'key', type: 'file' },
    { name: 'tenant', pattern: '[a-z]+' },
  ],
  outputs: [
    {
      plugin: 'http',
      properties: {
        host: '$(host)',
        port: '$(port)',
        header: ['Authorization Bearer $(token)', 'X-Tenant $(tenant)'],
        tls: true,
        'tls.crt_file': '$(cert)',
        'tls.key_file': '$(key)',
      },
    },
  ],
});
export const secret = (change: Record<string, unknown> = {}) =>
  bindingSecret('cls', { ...credentials, ...change }, 'secretTemplate');
export const settings = (tenant: string) => make.configMap('settings', { tenant });
export const binding = (change: object = {}) =>
  make.binding('logs', {
    templateRef: { name: 't' },
    secretRef: { name: 'cls' },
    values: [{ name: 'tenant', valueFrom: { configMapKeyRef: { name: 'settings', key: 'tenant' } } }],
    ...change,
  });

/** A world in which the binding is ready. */
export async function good(): Promise<World> {
  const world = await World.start();
  await world.apply(template, secret(), settings('blue'), binding());
  expect(world.condition('ServiceBindingConfig', 'logs', 'Ready')).toMatchObject({ status: 'True', reason: 'Ready' });
  return world;
}

export const children = (world: World) => [
  world.get('ConfigMap', 'logs-fluent-bit'),
  world.get('Secret', 'logs-fluent-bit'),
];
