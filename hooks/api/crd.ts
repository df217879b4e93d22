import { z } from 'zod';
import type { Kind } from './kinds/kind.ts';
import { apiVersion, group } from './object.ts';

type Schema = Record<string, unknown>;

/**
 * A structural schema as `apiextensions.k8s.io/v1` takes it. zod's JSON Schema is nearly that; what differs:
 * no `additionalProperties: false` (unknown fields are pruned), no defaults (hooks return every field), no unions
 * (`override` in a schema's meta replaces them), and integers in their Kubernetes form.
 */
export function structural(schema: z.ZodType): Schema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    unrepresentable: 'any',
  }) as Schema;
  return step(json);
}

function step(node: Schema): Schema {
  if (node['override'] !== undefined) {
    return {
      ...(node['override'] as Schema),
      ...(node['description'] === undefined ? {} : { description: node['description'] }),
    };
  }
  const { default: _default, propertyNames: _names, additionalProperties, ...out } = node;
  if (out['type'] === 'integer') {
    if (out['maximum'] === Number.MAX_SAFE_INTEGER) delete out['maximum'];
    if (out['minimum'] === Number.MIN_SAFE_INTEGER) delete out['minimum'];
    out['format'] = 'int64';
  }
  if (typeof additionalProperties === 'object' && additionalProperties !== null)
    out['additionalProperties'] = step(additionalProperties as Schema);
  if (out['properties'] !== undefined) {
    out['properties'] = Object.fromEntries(
      Object.entries(out['properties'] as Record<string, Schema>).map(([k, v]) => [k, step(v)]),
    );
  }
  if (out['items'] !== undefined) out['items'] = step(out['items'] as Schema);
  return out;
}

/** The CustomResourceDefinition of a kind. */
export function crd(kind: Kind): Schema {
  const properties: Schema = {
    apiVersion: { type: 'string', description: 'Version of the schema.' },
    kind: { type: 'string', description: 'Kind of the object.' },
    metadata: { type: 'object' },
    spec: { ...structural(kind.spec), description: `What is wanted of the ${kind.kind}.` },
  };
  if (kind.status !== undefined)
    properties['status'] = { ...structural(kind.status), description: 'What holds; written by the controllers only.' };
  const singular = kind.kind.toLowerCase();
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${group}` },
    spec: {
      group,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular,
        shortNames: [...kind.shortNames],
        categories: ['fluentbind'],
      },
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      versions: [
        {
          name: apiVersion.slice(group.length + 1),
          served: true,
          storage: true,
          additionalPrinterColumns: kind.columns.map((column) => ({ ...column })),
          ...(kind.status === undefined ? {} : { subresources: { status: {} } }),
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: kind.description,
              required: ['spec'],
              properties,
              ...(kind.rules.length === 0
                ? {}
                : { 'x-kubernetes-validations': kind.rules.map((rule) => ({ ...rule })) }),
            },
          },
        },
      ],
    },
  };
}
