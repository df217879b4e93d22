import type { KubernetesObject } from '../../hooks/api/object.ts';
import { make, type World } from '../support/world.ts';

const count = 50;

/** Resources in namespaces of their own: every other one bound, each to a template of its own. */
export const neighbours = Array.from({ length: count }, (_, index) => `n${index}`);

const output = (index: number) => ({
  plugin: ['http', 'opensearch', 'loki', 'forward', 'splunk'][index % 5] ?? 'http',
  properties: {
    host: `n${index}.example.com`,
    ...(index % 5 === 4 ? { splunk_token: '$(token)' } : {}),
  },
});
/** What every one of them does with its Secret, whatever the output. */
const filters = [{ plugin: 'record_modifier', properties: { record: 'token $(token)' } }];

export function neighbour(namespace: string): KubernetesObject[] {
  const index = Number(namespace.slice(1));
  const pipeline = { filters, outputs: [output(index)] };
  if (index % 2 === 0)
    return [
      make.logging(
        'logs',
        {
          variables: [{ name: 'token', valueFrom: { secretKeyRef: { name: 'logs', key: 'token' } } }],
          ...pipeline,
        },
        namespace,
      ),
    ];
  const placeholders = [{ name: 'token', secretKey: 'token', sensitive: true }];
  return [
    make.ownTemplate('logs', { placeholders, ...pipeline }, namespace),
    make.binding('logs', { templateRef: { kind: 'Template', name: 'logs' }, secretRef: { name: 'logs' } }, namespace),
  ];
}

/** A Secret of a neighbour in another version. */
export function rotated(namespace: string, version: number): KubernetesObject {
  return make.secret('logs', { token: `${namespace}-token-${version}` }, namespace);
}

/** Whether that version is in the Secret that its agent reads. */
export function arrived(world: World, namespace: string, version: number): boolean {
  return Object.values(world.secrets('logs', namespace)).includes(`${namespace}-token-${version}`);
}
