import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { AgentNames } from '../../../hooks/fluentbit/file/agent-names.ts';
import { make } from '../../support/world.ts';

export const code = (text: string) => `function f(tag, timestamp, record) return 2, timestamp, ${text} end`;
export const lua = (properties: object = {}) => ({
  plugin: 'lua',
  properties: { call: 'f', code: code('record'), ...properties },
});
export const http = (properties: object = {}) => ({
  plugin: 'http',
  properties: { host: 'a.example.com', ...properties },
});
export const template = (spec: object = {}) =>
  make.template('coded', {
    placeholders: [{ name: 'token', secretKey: 'token', sensitive: true }],
    files: [{ name: 'script', content: code('record') }],
    filters: [lua(), { plugin: 'lua', properties: { call: 'f', script: '$(script)' } }],
    outputs: [http({ header: 'Authorization Bearer $(token)' })],
    ...spec,
  });
export const secret = (token: string, namespace = 'shop') => make.secret('cls', { token }, namespace);
export const binding = (name: string, spec: object = {}, namespace = 'shop') =>
  make.binding(name, { templateRef: { name: 'coded' }, secretRef: { name: 'cls' }, ...spec }, namespace);
export const typed = (type: string) => ({ ...make.secret('typed', { token: 'planted-token', ca: 'planted' }), type });
export const from = (name: string, key: string) => ({ valueFrom: { secretKeyRef: { name, key } } });

export const bank = new AgentNames('bank', 'vault');
export const theirs = bank.variable('token');
export const forged = { templateRef: { kind: 'ClusterTemplate', name: 'coded' } };
export const byHand = (spec: object) => [make.logging('mallory', { outputs: [http()], ...spec })];
export const bound = (spec: object) => [binding('mallory', spec)];
export const output = (properties: object, plugin = 'http') =>
  byHand({
    outputs: [{ plugin, properties: plugin === 'http' ? { host: 'a.example.com', ...properties } : properties }],
  });
export const ownTemplate = (spec: object, name = 'own') => [
  make.ownTemplate(name, { outputs: [http()], ...spec }),
  make.binding('mallory', { templateRef: { kind: 'Template', name } }),
];

export type Attack = [name: string, objects: KubernetesObject[], reason: string, path: string];
