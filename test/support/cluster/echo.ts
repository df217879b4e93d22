import type { KubernetesObject } from '../../../hooks/api/object.ts';
import type { CompositeController } from '../../../hooks/kit/controller.ts';

const apiVersion = 'test.example/v1';

/** A controller that returns as children whatever its parent names, so that a test decides what is applied. */
export const echo: CompositeController = {
  type: 'composite',
  name: 'echoes',
  parent: { apiVersion, kind: 'Echo', resource: 'echoes', namespaced: true },
  children: [
    { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps' },
    { apiVersion: 'v1', kind: 'Secret', resource: 'secrets' },
    { apiVersion, kind: 'Box', resource: 'boxes' },
  ],
  related: [],
  sync: ({ parent }) => ({
    status: {},
    children: JSON.parse(String((parent['spec'] as { children: string }).children)) as KubernetesObject[],
  }),
};

export const echoDefinition = {
  apiVersion: 'metacontroller.k8s.io/v1alpha1',
  kind: 'CompositeController',
  metadata: { name: 'echoes' },
  spec: {
    generateSelector: true,
    parentResource: { apiVersion, resource: 'echoes', ignoreStatusChanges: true },
    childResources: ['v1/configmaps', 'v1/secrets', `${apiVersion}/boxes`].map((id) => ({
      apiVersion: id.slice(0, id.lastIndexOf('/')),
      resource: id.slice(id.lastIndexOf('/') + 1),
      updateStrategy: { method: 'InPlace' },
    })),
    hooks: { sync: { version: 'v2', webhook: { url: 'http://hooks/hooks/echoes/sync' } } },
  },
};

const text = { type: 'string' };
const named = (extra: object) => ({
  type: 'array',
  items: { type: 'object', properties: { plugin: text, name: text, value: text }, ...extra },
});

const crd = (kind: string, plural: string, spec: object) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.test.example` },
  spec: {
    group: 'test.example',
    scope: 'Namespaced',
    names: { kind, plural, singular: kind.toLowerCase() },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        },
      },
    ],
  },
});

/** Box has one field of each sort that the two ways of applying treat differently. */
export const echoCrds = [
  crd('Echo', 'echoes', { type: 'object', properties: { children: text } }),
  crd('Box', 'boxes', {
    type: 'object',
    properties: {
      text,
      count: { type: 'integer' },
      open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      labels: { type: 'object', additionalProperties: text },
      plain: { type: 'array', items: text },
      set: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
      plugins: named({}),
      byName: {
        ...named({ required: ['name'] }),
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      },
      atomic: { type: 'object', additionalProperties: text, 'x-kubernetes-map-type': 'atomic' },
    },
  }),
];
