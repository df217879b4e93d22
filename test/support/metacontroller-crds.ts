/** The kinds of Metacontroller's API group, open: what a controller's definition means is the reconciler's to say. */
export const metacontrollerCrds = [
  ['CompositeController', 'compositecontrollers', 'Cluster', true],
  ['DecoratorController', 'decoratorcontrollers', 'Cluster', true],
  ['ControllerRevision', 'controllerrevisions', 'Namespaced', false],
].map(([kind, plural, scope, status]) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: `${plural}.metacontroller.k8s.io`,
    annotations: { 'api-approved.kubernetes.io': 'unapproved, for tests' },
  },
  spec: {
    group: 'metacontroller.k8s.io',
    scope,
    names: { kind, plural, singular: String(kind).toLowerCase() },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        ...(status ? { subresources: { status: {} } } : {}),
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}));
