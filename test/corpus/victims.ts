import { mergeWith } from 'lodash-es';
import type { KubernetesObject } from '../../hooks/api/object.ts';
import { make } from '../support/world.ts';
import type { Entry } from './corpus.ts';

/** The good resources that entries are laid over: one written by hand, and one that is bound. */
const names = { logging: 'logs', binding: 'bound', template: 'bound' } as const;
export type Spec = Record<string, unknown>;

const logging: Spec = {
  variables: [
    { name: 'token', valueFrom: { secretKeyRef: { name: 'logs', key: 'token' } } },
    { name: 'index', valueFrom: { configMapKeyRef: { name: 'logs', key: 'index' } } },
  ],
  outputs: [
    {
      plugin: 'http',
      properties: { host: 'a.example.com', port: 443, uri: '/$(index)', header: 'Authorization Bearer $(token)' },
    },
  ],
};
const template: Spec = {
  placeholders: [
    { name: 'host', secretKey: 'host', type: 'host' },
    { name: 'token', secretKey: 'token', sensitive: true },
    { name: 'port', default: '443', type: 'port' },
    { name: 'index', default: 'main', pattern: '[a-z]+' },
  ],
  outputs: [
    {
      plugin: 'http',
      properties: { host: '$(host)', port: '$(port)', uri: '/$(index)', header: 'Authorization Bearer $(token)' },
    },
  ],
};
const binding: Spec = { templateRef: { kind: 'Template', name: 'bound' }, secretRef: { name: 'bound' } };
const specs = { logging, binding, template };

const secretData: Record<string, string> = { host: 'b.example.com', token: 'planted-t0ken' };
const configData = { index: 'main' };
/** Lists that grow; the items of others are laid over those that are there. */
const growing = new Set(['variables', 'placeholders']);

/** One structure laid over another, place by place; an item that names its plugin replaces what is there. */
function laidOver(under: Spec, over: Spec): Spec {
  return mergeWith(structuredClone(under), over, (below: unknown, above: unknown, key: string) => {
    if (above === null || typeof above === 'string') return above;
    if (Array.isArray(above) && growing.has(key)) return [...(below as unknown[]), ...above];
    if (Array.isArray(above) && (above.length === 0 || key === 'rules')) return above;
    if (typeof above === 'object' && 'plugin' in above && Array.isArray(Object(above)) === false) return above;
    return undefined;
  }) as Spec;
}

/** The spec of an entry, with all that is under it. */
export function specOf({ resource, over, spec }: Pick<Entry, 'resource' | 'over' | 'spec'>): Spec {
  return laidOver(laidOver(specs[resource], over ?? {}), spec);
}

export function dataOf({ secret = {}, configMap = {} }: Pick<Entry, 'secret' | 'configMap'>) {
  return {
    secret: Object.fromEntries(
      Object.entries({ ...secretData, ...secret }).filter((pair): pair is [string, string] => pair[1] !== null),
    ),
    configMap: { ...configData, ...configMap },
  };
}

/** The object that an entry is about. */
export function objectOf(entry: Entry, namespace = 'victim'): KubernetesObject {
  const name = entry.metadata?.name ?? names[entry.resource];
  const spec = specOf(entry);
  if (entry.resource === 'logging') return make.logging(name, spec, namespace);
  if (entry.resource === 'binding') return make.binding(name, spec, namespace);
  return make.ownTemplate(name, spec, namespace);
}

/** The objects that an entry changes: its resource, and what that takes values from. */
export function changed(entry: Entry, namespace: string): KubernetesObject[] {
  const { secret, configMap } = dataOf(entry);
  const name = names[entry.resource];
  return [
    ...(entry.secret === undefined && entry.secretType === undefined
      ? []
      : [{ ...make.secret(name, secret, namespace), type: entry.secretType ?? 'Opaque' }]),
    ...(entry.configMap === undefined ? [] : [make.configMap(name, configMap, namespace)]),
    objectOf(entry, namespace),
  ];
}

/** The same as they are when nothing is wrong. */
export function good({ resource }: Entry, namespace: string): KubernetesObject[] {
  const name = names[resource];
  return [
    make.secret(name, secretData, namespace),
    make.configMap(name, configData, namespace),
    ...(resource === 'logging'
      ? [make.logging(name, logging, namespace)]
      : [make.ownTemplate(name, template, namespace), make.binding(name, binding, namespace)]),
  ];
}

/** The resource whose status tells of an entry, and the LoggingConfiguration whose children must stay. */
export function statusOf({ resource }: Entry): { kind: string; name: string } {
  return resource === 'logging'
    ? { kind: 'LoggingConfiguration', name: 'logs' }
    : { kind: 'ServiceBindingConfig', name: 'bound' };
}
