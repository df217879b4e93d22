import type { KubernetesObject } from '../../hooks/api/object.ts';
import { make } from '../support/world.ts';

/** Alice's, which nobody else may ever see. */
export const secret = "alice's-planted-token";
export const http = { plugin: 'http', properties: { host: 'a.example.com' } };
export const code = 'function f() return 0 end';
export const lua = (properties: object) => ({ plugin: 'lua', properties: { call: 'f', code, ...properties } });
export const fromSecret = (name: string, key: string) => ({ valueFrom: { secretKeyRef: { name, key } } });
export const bound = (change: object = {}) => ({
  secretRef: { name: 'cls' },
  templateRef: { name: 'shared' },
  ...change,
});

/** What Mallory found out about Alice's part of the agent; names are no secrets. */
export interface Known {
  id: string;
  variable: string;
  file: string;
  parser: string;
}

export const mallorys = (spec: object, name = 'logs') => make.logging(name, { outputs: [http], ...spec }, 'mallory');
export const output = (plugin: string, properties: object) => mallorys({ outputs: [{ plugin, properties }] });
export const filter = (plugin: string, properties: object, more: object = {}) =>
  mallorys({ filters: [{ plugin, properties }], ...more });
export const own = (template: object, binding: object = {}) => [
  make.ownTemplate('own', { outputs: [http], ...template }, 'mallory'),
  make.binding('logs', bound({ templateRef: { kind: 'Template', name: 'own' }, ...binding }), 'mallory'),
];
export const forgedOwner = (object: KubernetesObject): KubernetesObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    labels: { 'app.kubernetes.io/managed-by': 'fluentbind' },
    ownerReferences: [
      { apiVersion: object.apiVersion, kind: 'ServiceBindingConfig', name: 'logs', uid: 'forged', controller: true },
    ],
  },
});

/** What Mallory applies, and the reason that must be told. */
export type Attack = [name: string, objects: (known: Known) => KubernetesObject | KubernetesObject[], reason: string];
