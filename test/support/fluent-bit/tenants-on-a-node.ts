import type { KubernetesObject } from '../../../hooks/api/object.ts';
import { make, World } from '../world.ts';

/** A cluster whose agent may reach backends on the loopback, which no policy allows by itself. */
export async function localCluster(): Promise<World> {
  const world = await World.start({ now: new Date().toISOString() });
  const destinations = { allow: ['*', '127.0.0.1'] };
  await world.apply(make.agent('here', { namespace: 'logging', policy: { destinations, code: 'Any' } }));
  return world;
}

interface Shipping {
  port: number;
  /** Goes with each request, out of the tenant's Secret. */
  token?: string;
  filters?: object[];
  name?: string;
}

/** A namespace that ships its logs over HTTP to a path of its own name: its Secret, and what refers to it. */
export function tenant(
  namespace: string,
  { port, token = '1', filters = [], name = 'logs' }: Shipping,
): KubernetesObject[] {
  return [
    make.secret('backend', { token }, namespace),
    make.logging(
      name,
      {
        variables: [{ name: 'token', valueFrom: { secretKeyRef: { name: 'backend', key: 'token' } } }],
        filters,
        outputs: [
          {
            plugin: 'http',
            properties: {
              host: '127.0.0.1',
              port,
              uri: `/${namespace}`,
              format: 'json',
              header: ['Authorization $(token)'],
            },
          },
        ],
      },
      namespace,
    ),
  ];
}

/** A filter of the tenant's own that ends with a run-time error at each record. */
export const throwing = {
  plugin: 'lua',
  properties: { call: 'boom', code: 'function boom(tag, timestamp, record)\n  error("boom")\nend' },
};
