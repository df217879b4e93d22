import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ChartValues } from '../../../hooks/generate/chart-values.ts';
import { chartFolder, template } from '../../support/rendered-chart.ts';

const source = readFileSync(`${chartFolder}/values.yaml`, 'utf8');
const defaults: unknown = parse(source);

interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
  description?: string;
}

function walk(schema: Schema, path: string[] = []): { path: string[]; schema: Schema }[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => [
    { path: [...path, key], schema: inner },
    ...(inner.additionalProperties === false ? walk(inner, [...path, key]) : []),
  ]);
}

function has(value: unknown, [key, ...rest]: string[]): boolean {
  if (key === undefined) return true;
  return typeof value === 'object' && value !== null && key in value && has(value[key as keyof typeof value], rest);
}

describe('values.yaml', () => {
  it('is what the schema allows, and has a default for everything in it', () => {
    expect(ChartValues.safeParse(defaults).error?.issues).toBeUndefined();
    const schema = z.toJSONSchema(ChartValues) as Schema;
    for (const { path, schema: inner } of walk(schema)) {
      if (path.join() === 'imagePullSecrets,name' || path[0] === 'global') continue;
      expect(inner.description, path.join('.')).toMatch(/\.$/);
      expect(has(defaults, path), path.join('.')).toBe(true);
    }
  });
});

describe('values', () => {
  const untried = { trial: { enabled: false } };
  it.each([
    [{ replicas: 3 }, /additional properties 'replicas' not allowed/],
    [{ hooks: { replica: 3 } }, /'\/hooks': additional properties 'replica' not allowed/],
    [{ hooks: { replicas: 0 } }, /'\/hooks\/replicas': minimum: got 0, want 1/],
    [{ metacontroller: { logLevel: 5 } }, /'\/metacontroller\/logLevel': maximum: got 5, want 4/],
    [{ metacontroller: { mode: 'other' } }, /'\/metacontroller\/mode': value must be one of 'own', 'existing'/],
    [{ metacontroller: { mode: 'existing' } }, /set metacontroller\.existing\.serviceAccount\.name/],
    [
      { metacontroller: { mode: 'existing', existing: { serviceAccount: { name: 'x' } } } },
      /set metacontroller\.existing\.serviceAccount\.namespace/,
    ],
    [{ ...untried, credentials: { mode: 'provided' } }, /set credentials\.provided\.tlsSecret/],
    [
      { ...untried, credentials: { mode: 'provided', provided: { tlsSecret: 'a', tokenSecret: 'b' } } },
      /set credentials\.provided\.digestSecret/,
    ],
    [
      { credentials: { mode: 'provided', provided: { tlsSecret: 'a', tokenSecret: 'b', digestSecret: 'c' } } },
      /set credentials\.provided\.trialTlsSecret, or trial\.enabled to false/,
    ],
    [{ trial: { resources: { limits: { memory: '749Mi' } } } }, /is 749Mi, and 2 trials at once need 750Mi/],
    [{ trial: { concurrency: 4, resources: { limits: { memory: '1Gi' } } } }, /4 trials at once need 1350Mi/],
    [{ trial: { memoryMiB: 512, resources: { limits: { memory: '1Gi' } } } }, /2 trials at once need 1262Mi/],
    [
      { trial: { resources: { limits: { memory: '2e9' } } } },
      /trial\.resources\.limits\.memory: 2e9 cannot be compared/,
    ],
    [{ trial: { concurrency: 0 } }, /'\/trial\/concurrency': minimum: got 0, want 1/],
    [{ credentials: { rotate: 'a b' } }, /'\/credentials\/rotate': 'a b' does not match pattern/],
    [{ image: { digest: 'sha256:1' } }, /'\/image\/digest'/],
    [{ namespaces: ['Shop'] }, /'\/namespaces\/0'/],
    [{ hooks: { timeout: '10' } }, /'\/hooks\/timeout'/],
  ])('%o are refused', (values, message) => {
    expect(() => template(values)).toThrow(message);
  });

  it('of a parent chart are no fault', () => {
    expect(template({ global: { imageRegistry: 'registry.example' } })).toBe(template());
  });
});
