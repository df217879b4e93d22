import { make } from '../support/world.ts';
import { type Attack, bound, filter, forgedOwner, fromSecret, mallorys, output, own } from './tenants.ts';

/** Ways to the logs of another. */
export const logs: Attack[] = [
  ['by namespace', () => mallorys({ input: { namespaces: { include: ['alice'] } } }), 'NamespaceNotAllowed'],
  ['by leaving all others out', () => mallorys({ input: { namespaces: { exclude: ['x'] } } }), 'NamespaceNotAllowed'],
  ['by an own template', () => own({ input: { namespaces: { include: ['alice'] } } }), 'NamespaceNotAllowed'],
  ['by a binding', () => own({}, { input: { namespaces: { include: ['alice'] } } }), 'NamespaceNotAllowed'],
  [
    'by a glob for a container',
    () => mallorys({ input: { containers: { include: ['*/../../alice_*'] } } }),
    'InvalidSpec',
  ],
  [
    'by a glob for a workload',
    () => mallorys({ input: { workloads: ['Pod/*,/var/log/pods/alice_*'] } }),
    'InvalidSpec',
  ],
  ["by Alice's tag", ({ id }) => output('http', { host: 'a.example.com', Match: id }), 'ReservedProperty'],
  [
    "by Alice's tag as a rule",
    ({ id }) => mallorys({ filters: [{ plugin: 'grep', rules: [`match_regex ${id}|.*`] }] }),
    'ReservedProperty',
  ],
  [
    'as if a controller had made it',
    () => forgedOwner(mallorys({ templateRef: { name: 'shared' }, input: { namespaces: { include: ['alice'] } } })),
    'NamespaceNotAllowed',
  ],
];

/** Ways to the secrets of another. */
export const secrets: Attack[] = [
  [
    'by namespace and name',
    () => mallorys({ variables: [{ name: 'x', ...fromSecret('alice/cls', 'token') }] }),
    'InvalidSpec',
  ],
  [
    'by a name upwards',
    () => mallorys({ variables: [{ name: 'x', ...fromSecret('../alice/cls', 'token') }] }),
    'InvalidSpec',
  ],
  [
    'that only Alice has',
    () => mallorys({ variables: [{ name: 'x', ...fromSecret('only-alice', 'token') }] }),
    'SecretNotFound',
  ],
  [
    "by the name of Alice's child",
    () => mallorys({ variables: [{ name: 'x', ...fromSecret('alice-logs-fluent-bit', 'token') }] }),
    'SecretNotFound',
  ],
  [
    'by her template',
    () => make.binding('logs', bound({ templateRef: { kind: 'Template', name: 'hers' } }), 'mallory'),
    'TemplateNotFound',
  ],
  [
    'by her variable',
    ({ variable }) => output('http', { host: 'a.example.com', header: `X \${${variable}}` }),
    'UnknownVariable',
  ],
  [
    'by her variable out of a Secret',
    ({ variable }) => [
      make.secret('evil', { token: `\${${variable}}` }, 'mallory'),
      mallorys({
        variables: [{ name: 'x', ...fromSecret('evil', 'token') }],
        outputs: [{ plugin: 'http', properties: { host: 'a.example.com', header: 'X $(x)' } }],
      }),
    ],
    'InvalidValue',
  ],
  [
    'by her variable out of a ConfigMap',
    ({ variable }) => [
      make.configMap('evil', { x: `\${${variable}}.example.com` }, 'mallory'),
      mallorys({
        variables: [{ name: 'x', valueFrom: { configMapKeyRef: { name: 'evil', key: 'x' } } }],
        outputs: [{ plugin: 'http', properties: { host: '$(x)' } }],
      }),
    ],
    'InvalidValue',
  ],
  [
    'by her variable out of two values',
    ({ variable }) =>
      mallorys({
        variables: [
          { name: 'a', value: '${' },
          { name: 'b', value: `${variable}}` },
        ],
        outputs: [{ plugin: 'http', properties: { host: 'a.example.com', header: 'X $(a)$(b)' } }],
      }),
    'InvalidValue',
  ],
  [
    'by her variable out of a placeholder',
    ({ variable }) =>
      own(
        {
          placeholders: [{ name: 'x' }],
          outputs: [{ plugin: 'http', properties: { host: 'a.example.com', uri: '/$(x)' } }],
        },
        { values: [{ name: 'x', value: `\${${variable}}` }] },
      ),
    'InvalidValue',
  ],
  [
    'by her file',
    ({ file }) =>
      output('http', { host: 'a.example.com', tls: true, 'tls.ca_file': `/fluentbind/live/secrets/${file}` }),
    'UnknownFile',
  ],
  [
    'by her file as a list',
    ({ file }) => filter('checklist', { file: `/fluentbind/live/secrets/${file}`, lookup_key: 'log', record: 'a b' }),
    'UnknownFile',
  ],
  [
    'by her file behind an own one',
    ({ file }) =>
      mallorys({
        files: [{ name: 'f', content: 'x' }],
        outputs: [{ plugin: 'http', properties: { host: 'a.example.com', 'tls.ca_file': `$(f)/../${file}` } }],
      }),
    'UnknownFile',
  ],
  [
    'by a token of the cluster',
    () => [
      { ...make.secret('evil', { token: 'x' }, 'mallory'), type: 'kubernetes.io/service-account-token' },
      mallorys({ variables: [{ name: 'x', ...fromSecret('evil', 'token') }] }),
    ],
    'SecretNotAllowed',
  ],
  [
    'by code',
    ({ variable }) => filter('lua', { call: 'f', code: `function f() return os.getenv("${variable}") end` }),
    'CodeNotAllowed',
  ],
  [
    'by the agent itself',
    () => output('http', { host: '127.0.0.1', port: 2020, uri: '/api/v2/reload' }),
    'DestinationNotAllowed',
  ],
  ['by the metadata of the node', () => output('http', { host: '0xa9fea9fe' }), 'DestinationNotAllowed'],
];
