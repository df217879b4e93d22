import type { KubernetesObject } from '../../../hooks/api/object.ts';
import type { Child, ObjectMap } from '../../../hooks/api/wire/metacontroller.ts';
import type { CompositeController, Controller, DecoratorController } from '../../../hooks/kit/controller.ts';
import type { ResourceKind } from '../../../hooks/kubernetes/related.ts';
import { configMaps, secrets } from '../../../hooks/kubernetes/resources.ts';

const widgets: ResourceKind = { apiVersion: 'sample.example/v1', kind: 'Widget', resource: 'widgets' };
const mirrored = 'sample.example/mirrored';

const any = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

export const widgetCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.sample.example' },
  spec: {
    group: 'sample.example',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', singular: 'widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: any, status: any } } },
      },
    ],
  },
};

interface WidgetSpec {
  parts?: string[];
  /** Stands for whatever a cleanup may depend on and not get. */
  stuck?: boolean;
}

function refuseIfStuck(object: KubernetesObject): void {
  const { stuck } = (object['spec'] ?? {}) as WidgetSpec;
  if (stuck === true || object.metadata.annotations?.['sample.example/stuck'] !== undefined)
    throw new Error('cannot clean up');
}

const configMap = (name: string, data: Record<string, string>): Child => ({
  apiVersion: configMaps.apiVersion,
  kind: configMaps.kind,
  metadata: { name },
  data,
});

const observed = (objects: ObjectMap) => Object.keys(objects['ConfigMap.v1'] ?? {});

/** A Widget has a ConfigMap for each of its parts, and goes only when none of them is left. */
const widgetController: CompositeController = {
  type: 'composite',
  name: 'widgets',
  parent: { ...widgets, namespaced: true },
  children: [configMaps],
  sync: ({ parent, children }) => {
    const { parts = [] } = (parent['spec'] ?? {}) as WidgetSpec;
    return {
      status: { phase: 'Ready', parts: observed(children).length },
      children: parts.map((part) => configMap(`${parent.metadata.name}-${part}`, { part })),
    };
  },
  finalize: ({ parent, children }) => {
    refuseIfStuck(parent);
    const left = observed(children).length;
    return { status: { phase: 'Going', parts: left }, children: [], finalized: left === 0 };
  },
};

/** A Secret that is labelled so is marked, and has a ConfigMap that lists its keys; both go before it does. */
const mirrorController: DecoratorController = {
  type: 'decorator',
  name: 'mirrors',
  parent: { ...secrets, namespaced: true },
  children: [configMaps],
  sync: ({ object }) => ({
    annotations: { [mirrored]: 'true' },
    attachments: [
      configMap(`${object.metadata.name}-keys`, { keys: Object.keys((object['data'] ?? {}) as object).join(' ') }),
    ],
  }),
  finalize: ({ object, attachments }) => {
    refuseIfStuck(object);
    return { annotations: { [mirrored]: null }, attachments: [], finalized: observed(attachments).length === 0 };
  },
};

export const sample: readonly Controller[] = [widgetController, mirrorController];

/** The controllers as Metacontroller would get them, with their hooks at an origin. */
export function sampleDefinitions(origin: string): object[] {
  const inPlace = [{ apiVersion: 'v1', resource: 'configmaps', updateStrategy: { method: 'InPlace' } }];
  const hooks = (name: string) =>
    Object.fromEntries(
      ['sync', 'finalize'].map((hook) => [
        hook,
        { version: 'v2', webhook: { url: `${origin}/hooks/${name}/${hook}` } },
      ]),
    );
  const definition = (kind: string, name: string, spec: object) => ({
    apiVersion: 'metacontroller.k8s.io/v1alpha1',
    kind,
    metadata: { name },
    spec: { ...spec, hooks: hooks(name) },
  });
  return [
    definition('CompositeController', 'widgets', {
      generateSelector: true,
      parentResource: { apiVersion: widgets.apiVersion, resource: widgets.resource },
      childResources: inPlace,
    }),
    definition('DecoratorController', 'mirrors', {
      resources: [
        { apiVersion: 'v1', resource: 'secrets', labelSelector: { matchLabels: { 'sample.example/mirror': 'true' } } },
      ],
      attachments: inPlace,
    }),
  ];
}
