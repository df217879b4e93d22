import { secretsDirectory } from '../../../hooks/fluentbit/file/paths.ts';
import { make } from '../../support/world.ts';
import { type Attack, bank, bound, byHand, from, http, output, ownTemplate, theirs, typed } from './policy-objects.ts';

/** What others have: their logs, files, Secrets and variables. */
export const attacksOnTenants: Attack[] = [
  [
    'logs of another namespace',
    byHand({ input: { namespaces: { include: ['bank'] } } }),
    'NamespaceNotAllowed',
    'spec.input.namespaces',
  ],
  [
    'logs of all namespaces but one',
    byHand({ input: { namespaces: { exclude: ['x'] } } }),
    'NamespaceNotAllowed',
    'spec.input.namespaces',
  ],
  [
    'logs of all namespaces',
    byHand({ input: { namespaces: { include: ['*'] } } }),
    'NamespaceNotAllowed',
    'spec.input.namespaces',
  ],
  [
    'the same through a binding',
    bound({ input: { namespaces: { include: ['bank'] } } }),
    'NamespaceNotAllowed',
    'spec.input.namespaces',
  ],
  [
    'the same through a template',
    ownTemplate({ input: { namespaces: { include: ['bank'] } } }),
    'NamespaceNotAllowed',
    'spec.templateRef',
  ],
  [
    'a file of another tenant',
    output({ 'tls.crt_file': `${secretsDirectory}/${bank.file('cert')}` }),
    'UnknownFile',
    'spec.outputs[0].properties.tls.crt_file',
  ],
  [
    'a value of another tenant as a file',
    output({ 'oauth2.jwt_key_file': `${secretsDirectory}/${theirs}` }),
    'UnknownFile',
    'spec.outputs[0].properties.oauth2.jwt_key_file',
  ],
  [
    'a file behind the public ones',
    output({ 'tls.ca_file': '/etc/ssl/../shadow' }),
    'UnknownFile',
    'spec.outputs[0].properties.tls.ca_file',
  ],
  [
    'a file through a ConfigMap',
    [
      make.configMap('m', { ca: '/etc/shadow' }),
      ...byHand({
        variables: [{ name: 'ca', valueFrom: { configMapKeyRef: { name: 'm', key: 'ca' } } }],
        outputs: [http({ 'tls.ca_file': '$(ca)' })],
      }),
    ],
    'UnknownFile',
    'spec.outputs[0].properties.tls.ca_file',
  ],
  [
    'a socket of the node',
    output({ unix_path: '/run/containerd/containerd.sock' }, 'forward'),
    'PathNotAllowed',
    'spec.outputs[0].properties.unix_path',
  ],
  [
    'a file written on the node',
    output({ path: '/etc/cron.d', file: 'x' }, 'file'),
    'PluginNotAllowed',
    'spec.outputs[0].plugin',
  ],
  [
    'a token of a ServiceAccount, bound',
    [typed('kubernetes.io/service-account-token'), ...bound({ secretRef: { name: 'typed' } })],
    'SecretNotAllowed',
    'spec.secretRef.name',
  ],
  [
    'the same as a value',
    [
      typed('kubernetes.io/service-account-token'),
      ...bound({ values: [{ name: 'token', ...from('typed', 'token') }] }),
    ],
    'SecretNotAllowed',
    'spec.values[0]',
  ],
  [
    'the same by hand',
    [
      typed('kubernetes.io/service-account-token'),
      ...byHand({ variables: [{ name: 'a', ...from('typed', 'token') }] }),
    ],
    'SecretNotAllowed',
    'spec.variables[0]',
  ],
  [
    'the same as a file',
    [typed('kubernetes.io/service-account-token'), ...byHand({ files: [{ name: 'a', ...from('typed', 'ca') }] })],
    'SecretNotAllowed',
    'spec.files[0]',
  ],
  [
    'the same with a default',
    [
      typed('kubernetes.io/service-account-token'),
      ...byHand({ variables: [{ name: 'a', default: 'x', ...from('typed', 'token') }] }),
    ],
    'SecretNotAllowed',
    'spec.variables[0]',
  ],
  [
    'a bootstrap token',
    [typed('bootstrap.kubernetes.io/token'), ...bound({ secretRef: { name: 'typed' } })],
    'SecretNotAllowed',
    'spec.secretRef.name',
  ],
  [
    'a release of Helm',
    [typed('helm.sh/release.v1'), ...byHand({ variables: [{ name: 'a', ...from('typed', 'token') }] })],
    'SecretNotAllowed',
    'spec.variables[0]',
  ],
  [
    'a variable of another tenant',
    output({ header: `X-A \${${theirs}}` }),
    'UnknownVariable',
    'spec.outputs[0].properties.header',
  ],
  [
    'the same in a rule',
    byHand({ filters: [{ plugin: 'modify', rules: [`add a \${${theirs}}`] }] }),
    'UnknownVariable',
    'spec.filters[0].rules[0]',
  ],
  [
    'the same in a parser',
    byHand({ parsers: [{ name: 'p', properties: { format: 'regex', regex: `(?<a>\${${theirs}})` } }] }),
    'UnknownVariable',
    'spec.parsers[0].properties.regex',
  ],
  [
    'the same in a Secret',
    [
      make.secret('s', { a: `\${${theirs}}` }),
      ...byHand({ variables: [{ name: 'a', ...from('s', 'a') }], outputs: [http({ header: 'X-A $(a)' })] }),
    ],
    'InvalidValue',
    'spec.outputs[0].properties.header',
  ],
  [
    'the same put together',
    byHand({ variables: [{ name: 'a', value: '$' }], outputs: [http({ header: `X-A $(a){${theirs}}` })] }),
    'InvalidValue',
    'spec.outputs[0].properties.header',
  ],
  [
    'the same in a file that Fluent Bit expands',
    byHand({
      files: [{ name: 'm', content: `{"a": "\${${theirs}}"}` }],
      outputs: [{ plugin: 'loki', properties: { host: 'a.example.com', label_map_path: '$(m)' } }],
    }),
    'InvalidValue',
    'spec.outputs[0].properties.label_map_path',
  ],
  [
    'the same in a configuration of its own',
    byHand({
      files: [{ name: 'u', content: `[NODE]\n host \${${theirs}}\n port 1\n` }],
      outputs: [{ plugin: 'forward', properties: { upstream: '$(u)' } }],
    }),
    'ReservedProperty',
    'spec.outputs[0].properties.upstream',
  ],
];
