import { readFileSync } from 'node:fs';
import { evaluate } from '@marcbachmann/cel-js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { crd } from '../../../hooks/api/crd.ts';
import { fluentBitShard } from '../../../hooks/api/kinds/fluent-bit-shard.ts';
import { kinds } from '../../../hooks/api/kinds/index.ts';
import { group } from '../../../hooks/api/object.ts';
import { packageFile } from '../../../hooks/runtime/package-file.ts';
import { crossFieldCases } from '../../support/input/cross-field-cases.ts';

interface Schema {
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema;
  maxLength?: number;
  maxItems?: number;
  maxProperties?: number;
  enum?: unknown[];
  format?: string;
  default?: unknown;
  anyOf?: unknown;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-validations'?: { rule: string; message: string }[];
}

function schemaOf(kind: (typeof kinds)[number]): Schema {
  const { spec } = crd(kind) as { spec: { versions: { schema: { openAPIV3Schema: Schema } }[] } };
  return spec.versions[0]?.schema.openAPIV3Schema ?? {};
}

/** Every node below spec and status, with its path. */
function nodes(schema: Schema, path: string): [string, Schema][] {
  const inner = [
    ...Object.entries(schema.properties ?? {}).map(([name, child]) => [`${path}.${name}`, child] as const),
    ...(schema.items === undefined ? [] : [[`${path}[]`, schema.items] as const]),
    ...(schema.additionalProperties === undefined ? [] : [[`${path}.*`, schema.additionalProperties] as const]),
  ];
  return [[path, schema], ...inner.flatMap(([at, child]) => nodes(child, at))];
}

/** Messages of all CEL rules that a value breaks, as the API server would find them. */
function broken(schema: Schema, value: unknown): string[] {
  const own = (schema['x-kubernetes-validations'] ?? [])
    .filter(({ rule }) => evaluate(rule, { self: value as never }) !== true)
    .map(({ message }) => message);
  const inner = Array.isArray(value)
    ? value.flatMap((item) => broken(schema.items ?? {}, item))
    : value !== null && typeof value === 'object'
      ? Object.entries(value).flatMap(([key, item]) =>
          broken(schema.properties?.[key] ?? schema.additionalProperties ?? {}, item),
        )
      : [];
  return [...own, ...inner];
}

describe('CRDs', () => {
  it.each(kinds.map((kind) => [kind.kind, kind] as const))(
    '%s: everything is described and bounded, nothing has a default or a union',
    (_name, kind) => {
      const { properties = {} } = schemaOf(kind);
      for (const [path, node] of [
        ...nodes(properties['spec'] ?? {}, 'spec'),
        ...(properties['status'] === undefined ? [] : nodes(properties['status'], 'status')),
      ]) {
        if (!path.endsWith('[]') && !path.endsWith('.*'))
          expect(node.description ?? '', path).toMatch(/^[A-Z$"].*\.$/s);
        expect(node.default, path).toBeUndefined();
        expect(node.anyOf, path).toBeUndefined();
        if (node.type === 'string' && node.enum === undefined && node.format === undefined)
          expect(node.maxLength, path).toBeGreaterThan(0);
        if (node.type === 'array') {
          expect(node.maxItems, path).toBeGreaterThan(0);
          expect(node['x-kubernetes-list-type'], path).toBeDefined();
        }
        if (node.additionalProperties !== undefined) expect(node.maxProperties, path).toBeGreaterThan(0);
        if (node.type === undefined) expect(node['x-kubernetes-preserve-unknown-fields'], path).toBe(true);
      }
    },
  );

  it.each(kinds.map((kind) => [kind.kind, kind] as const))(
    '%s: has names, columns and a status of its own',
    (_name, kind) => {
      const definition = crd(kind) as {
        metadata: { name: string };
        spec: {
          names: { categories: string[]; shortNames: string[] };
          versions: { subresources?: object; additionalPrinterColumns: { name: string }[] }[];
        };
      };
      expect(definition.metadata.name.length).toBeLessThanOrEqual(63);
      expect(definition.spec.names.categories).toEqual(['fluentbind']);
      expect(definition.spec.names.shortNames.length).toBeGreaterThan(0);
      const [version] = definition.spec.versions;
      const columns = version?.additionalPrinterColumns.map((column) => column.name);
      expect(columns).toContain('Age');
      if (kind.status !== undefined) {
        expect(version?.subresources).toEqual({ status: {} });
        expect(columns).toEqual(expect.arrayContaining(['Ready', 'Reason']));
        expect(Object.keys(schemaOf(kind).properties?.['status']?.properties ?? {})).toEqual(
          expect.arrayContaining(['observedGeneration', 'conditions']),
        );
      }
      expect(parse(readFileSync(packageFile(`crds/${group}_${kind.plural}.yaml`), 'utf8'))).toEqual(definition);
    },
  );
});

describe('cross-field rules', () => {
  it.each(crossFieldCases)('%s: %s holds in CEL as in zod', (name, _case, spec, message) => {
    const kind = kinds.find((k) => k.kind === name);
    if (kind === undefined) throw new Error(`no kind ${name}`);
    const expected = message === undefined ? [] : [message];
    expect(broken(schemaOf(kind).properties?.['spec'] ?? {}, spec)).toEqual(expected);
    const parsed = kind.spec.safeParse(spec);
    expect(parsed.success ? [] : parsed.error.issues.map((issue) => issue.message)).toEqual(expected);
  });

  it('are all in the table', () => {
    const messages = kinds
      .flatMap((kind) => nodes(schemaOf(kind), '').flatMap(([, node]) => node['x-kubernetes-validations'] ?? []))
      .map((rule) => rule.message);
    const covered = new Set([
      ...crossFieldCases.map(([, , , message]) => message),
      'metadata.name may have at most 63 characters',
    ]);
    expect([...new Set(messages)].filter((message) => !covered.has(message))).toEqual([]);
  });

  it('bound the names of what gets children', () => {
    for (const kind of kinds.filter((k) => k.status !== undefined && k !== fluentBitShard)) {
      const schema = schemaOf(kind);
      const named = (length: number) =>
        broken(
          { 'x-kubernetes-validations': schema['x-kubernetes-validations'] ?? [] },
          { metadata: { name: 'n'.repeat(length) } },
        );
      expect(named(63)).toEqual([]);
      expect(named(64)).toEqual(['metadata.name may have at most 63 characters']);
    }
  });
});
