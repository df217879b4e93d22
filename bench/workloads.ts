import type { KubernetesObject } from '../hooks/api/object.ts';
import { authority } from '../test/support/input/issued-certificates.ts';
import { make } from '../test/support/world.ts';

/** Tenants by their number, five to a namespace. */
export interface Workload {
  /** Whether the bundled ClusterTemplates are there. */
  bundled: boolean;
  /** What a tenant has, and the resource that changes with the revision. */
  tenant: (index: number, revision?: number) => { secret: KubernetesObject; resource: KubernetesObject };
}

export function named(index: number) {
  return { namespace: `team-${Math.floor(index / 5)}`, name: `logs-${index % 5}` };
}

/** A pipeline of a 6 KB file and 8 KB of secrets, written by hand. */
function tenant(index: number, revision = 0) {
  const { namespace, name } = named(index);
  const filters = Array.from({ length: 26 }, (_, at) => ({
    plugin: 'record_modifier',
    properties: { record: `field_${at} ${name}-of-${namespace}-${'x'.repeat(20)}` },
  }));
  const spec = {
    variables: ['first', 'second'].map((key) => ({
      name: key,
      valueFrom: { secretKeyRef: { name: `cls-${index}`, key } },
    })),
    filters,
    outputs: [
      {
        plugin: 'http',
        properties: {
          host: `r${revision}.example.com`,
          port: 443,
          tls: true,
          header: ['Authorization $(first)', 'X-Second $(second)'],
        },
      },
    ],
  };
  const secret = make.secret(
    `cls-${index}`,
    { first: `${index}${'a'.repeat(4000)}`, second: `${index}${'b'.repeat(4000)}` },
    namespace,
  );
  return { secret, resource: make.logging(name, spec, namespace) };
}

export const handwritten: Workload = { bundled: false, tenant };

/** The bundled template, bound to a client certificate of each tenant's own: with Lua, labels, parsers and PEM. */
export async function bound(pipelines: number): Promise<Workload> {
  const ca = await authority();
  const notAfter = new Date('2046-01-01');
  const issued = await Promise.all(Array.from({ length: pipelines }, () => ca.issue({ notAfter })));
  return {
    bundled: true,
    tenant: (index, revision = 0) => {
      const { namespace, name } = named(index);
      const { certificate = '', key = '' } = issued[index] ?? {};
      const credentials = {
        'ingest-mtls-endpoint': 'ingest.example.com',
        'ingest-mtls-cert': certificate,
        'ingest-mtls-key': key,
      };
      const values = [{ name: 'index', value: `kyma-${revision}` }];
      const spec = { templateRef: { name: 'sap-cloud-logging' }, secretRef: { name: `cls-${index}` }, values };
      return {
        secret: make.secret(`cls-${index}`, credentials, namespace),
        resource: make.binding(name, spec, namespace),
      };
    },
  };
}
