type Schema = Record<string, unknown>;

/**
 * The CRDs of Metacontroller 4.17 (pkg/apis/metacontroller/v1alpha1/types.go), for an instance of our own. Names, scope
 * and fields are Metacontroller's: another instance in the cluster uses the same.
 */
export function metacontrollerCrds(): Record<string, Schema> {
  return {
    compositecontrollers: definition({
      names: names('CompositeController', ['cc', 'cctl']),
      scope: 'Cluster',
      properties: { spec: compositeSpec, status: { type: 'object' } },
      required: ['metadata', 'spec'],
    }),
    controllerrevisions: definition({
      names: names('ControllerRevision'),
      scope: 'Namespaced',
      properties: {
        parentPatch: anything,
        children: list(
          object({ apiGroup: text, kind: text, names: list(text) }, { required: ['apiGroup', 'kind', 'names'] }),
        ),
      },
      required: ['metadata', 'parentPatch'],
    }),
    decoratorcontrollers: definition({
      names: names('DecoratorController', ['dec', 'decorators']),
      scope: 'Cluster',
      properties: { spec: decoratorSpec, status: { type: 'object' } },
      required: ['metadata', 'spec'],
    }),
  };
}

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const whole: Schema = { type: 'integer', format: 'int32' };
const anything: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const list = (items: Schema): Schema => ({ type: 'array', items });
const oneOf = (...values: string[]): Schema => ({ type: 'string', enum: values });
const object = (properties: Schema, { required = [] as string[] } = {}): Schema => ({
  type: 'object',
  properties,
  ...(required.length === 0 ? {} : { required }),
});
const withDefault = (value: string): Schema => ({ type: 'string', default: value });

const secretRef = object({ name: text, namespace: text }, { required: ['name', 'namespace'] });
const keyRef = (key: Schema, required: string[]) => object({ key, name: text, namespace: text }, { required });
const bundleRef = keyRef(withDefault('ca.crt'), ['name', 'namespace']);

/** How a webhook is reached and how each side knows the other. */
const connection: Schema = {
  caBundle: object({ inline: text, secretRef: bundleRef, configMapRef: bundleRef }),
  clientTLS: object(
    { certKey: withDefault('tls.crt'), privateKeyKey: withDefault('tls.key'), secretRef },
    { required: ['secretRef'] },
  ),
  authorization: object(
    { type: withDefault('Bearer'), secretRef: keyRef(text, ['key', 'name', 'namespace']) },
    { required: ['secretRef'] },
  ),
  basicAuth: object(
    { usernameKey: withDefault('username'), passwordKey: withDefault('password'), secretRef },
    { required: ['secretRef'] },
  ),
};

const hook = object({
  version: { ...oneOf('v1', 'v2'), default: 'v1' },
  webhook: object({
    url: text,
    path: text,
    service: object({ name: text, namespace: text, port: whole, protocol: text }, { required: ['name', 'namespace'] }),
    timeout: { type: 'string', format: 'duration' },
    etag: object({ enabled: flag, cacheTimeoutSeconds: whole, cacheCleanupSeconds: whole }),
    responseUnMarshallMode: oneOf('loose', 'strict'),
    ...connection,
  }),
});

const endpointConfigs = list(object({ host: text, ...connection }, { required: ['host'] }));
const resource = { apiVersion: text, resource: text };
const named = { required: ['apiVersion', 'resource'] };
const expressions = list(object({ key: text, operator: text, values: list(text) }, { required: ['key', 'operator'] }));
const map: Schema = { type: 'object', additionalProperties: text };
const labelSelector = object({ matchLabels: map, matchExpressions: expressions });
const method = oneOf('OnDelete', 'Recreate', 'InPlace', 'RollingRecreate', 'RollingInPlace');

const compositeSpec = object(
  {
    parentResource: object(
      {
        ...resource,
        labelSelector,
        ignoreStatusChanges: flag,
        revisionHistory: object({ fieldPaths: list(text) }),
      },
      named,
    ),
    childResources: list(
      object(
        {
          ...resource,
          updateStrategy: object({
            method,
            statusChecks: object({
              conditions: list(object({ type: text, status: text, reason: text }, { required: ['type'] })),
            }),
          }),
        },
        named,
      ),
    ),
    hooks: object({ sync: hook, finalize: hook, customize: hook, preUpdateChild: hook, postUpdateChild: hook }),
    endpointConfigs,
    resyncPeriodSeconds: whole,
    generateSelector: flag,
  },
  { required: ['parentResource'] },
);

const decoratorSpec = object(
  {
    resources: list(
      object(
        {
          ...resource,
          labelSelector,
          annotationSelector: object({ matchAnnotations: map, matchExpressions: expressions }),
          ignoreStatusChanges: flag,
        },
        named,
      ),
    ),
    attachments: list(object({ ...resource, updateStrategy: object({ method }) }, named)),
    hooks: object({ sync: hook, finalize: hook, customize: hook }),
    endpointConfigs,
    resyncPeriodSeconds: whole,
  },
  { required: ['resources'] },
);

function names(kind: string, shortNames?: string[]): Schema & { plural: string } {
  const singular = kind.toLowerCase();
  return {
    kind,
    listKind: `${kind}List`,
    plural: `${singular}s`,
    singular,
    ...(shortNames === undefined ? {} : { shortNames }),
  };
}

interface Definition {
  names: Schema & { plural: string };
  scope: 'Cluster' | 'Namespaced';
  properties: Schema;
  required: string[];
}

function definition({ names: called, scope, properties, required }: Definition): Schema {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${called.plural}.metacontroller.k8s.io`,
      // Whoever installed them upgrades them: this says that it was fluentbind.
      labels: { 'app.kubernetes.io/part-of': 'fluentbind' },
      // The API server asks for it in groups that end in k8s.io.
      annotations: { 'api-approved.kubernetes.io': 'unapproved, request not yet submitted' },
    },
    spec: {
      group: 'metacontroller.k8s.io',
      names: called,
      scope,
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: {
              type: 'object',
              required,
              properties: { apiVersion: text, kind: text, metadata: { type: 'object' }, ...properties },
            },
          },
        },
      ],
    },
  };
}
