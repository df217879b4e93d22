import { make } from '../../support/world.ts';
import {
  type Attack,
  bank,
  bound,
  byHand,
  code,
  forged,
  from,
  http,
  lua,
  output,
  ownTemplate,
} from './policy-objects.ts';

/** What the agent runs, where it sends, as whom, and under which tags. */
export const attacksOnAgents: Attack[] = [
  ['own code', byHand({ filters: [lua()] }), 'CodeNotAllowed', 'spec.filters[0].properties.code'],
  [
    'own code under the name of a template',
    byHand({ ...forged, filters: [lua({ code: code('os') })] }),
    'CodeNotAllowed',
    'spec.filters[0].properties.code',
  ],
  [
    'its code with another call',
    byHand({ ...forged, filters: [lua({ call: 'dofile' })] }),
    'CodeNotAllowed',
    'spec.filters[0].properties.code',
  ],
  [
    'its code with one more property',
    byHand({ ...forged, filters: [lua({ time_as_table: true })] }),
    'CodeNotAllowed',
    'spec.filters[0].properties.code',
  ],
  [
    'its code in another case',
    byHand({ ...forged, filters: [{ plugin: 'LUA', properties: { Call: 'f', Code: code('record') } }] }),
    'CodeNotAllowed',
    'spec.filters[0].properties.Code',
  ],
  [
    'its script with other content',
    byHand({
      ...forged,
      files: [{ name: 'script', content: code('os') }],
      filters: [{ plugin: 'lua', properties: { call: 'f', script: '$(script)' } }],
    }),
    'CodeNotAllowed',
    'spec.filters[0].properties.script',
  ],
  [
    'its script from a Secret',
    [
      make.secret('s', { a: code('os') }),
      ...byHand({
        ...forged,
        files: [{ name: 'script', ...from('s', 'a') }],
        filters: [{ plugin: 'lua', properties: { call: 'f', script: '$(script)' } }],
      }),
    ],
    'CodeNotAllowed',
    'spec.filters[0].properties.script',
  ],
  [
    'code of a template that does not exist',
    byHand({ templateRef: { name: 'nothing' }, filters: [lua()] }),
    'CodeNotAllowed',
    'spec.filters[0].properties.code',
  ],
  [
    'a witness of its own making',
    [
      {
        ...make.logging('mallory', { outputs: [http()], filters: [lua({ code: code('os') })] }),
        status: { trustedCode: ['0'.repeat(32)] },
      },
    ],
    'CodeNotAllowed',
    'spec.filters[0].properties.code',
  ],
  [
    'code in a binding',
    bound({ filters: [lua({ code: code('os') })] }),
    'CodeNotAllowed',
    'spec.filters[0].properties.code',
  ],
  ['code in a template of its own', ownTemplate({ filters: [lua()] }), 'CodeNotAllowed', 'spec.templateRef'],
  [
    'the same under the name of another',
    ownTemplate({ filters: [lua()] }, 'coded'),
    'CodeNotAllowed',
    'spec.templateRef',
  ],
  [
    'the metadata service',
    output({ host: '169.254.169.254' }),
    'DestinationNotAllowed',
    'spec.outputs[0].properties.host',
  ],
  [
    'the same from a Secret, in octal',
    [
      make.secret('s', { a: '0251.0376.0251.0376' }),
      ...byHand({
        variables: [{ name: 'a', ...from('s', 'a') }],
        outputs: [{ plugin: 'http', properties: { host: '$(a)' } }],
      }),
    ],
    'DestinationNotAllowed',
    'spec.outputs[0].properties.host',
  ],
  [
    'the agent itself, by saying nothing',
    byHand({ outputs: [{ plugin: 'http', properties: { port: 2020, uri: '/api/v2/reload' } }] }),
    'DestinationNotAllowed',
    'spec.outputs[0]',
  ],
  [
    'the agent itself, as its proxy',
    output({ proxy: 'http://127.0.0.1:2020' }),
    'ProxyNotAllowed',
    'spec.outputs[0].properties.proxy',
  ],
  ['the identity of the node', output({ bucket: 'theirs' }, 's3'), 'IdentityNotAllowed', 'spec.outputs[0].plugin'],
  [
    'another tag',
    byHand({ filters: [{ plugin: 'rewrite_tag', rules: [`rule $log .* ${bank.pipeline('0')} false`] }] }),
    'PluginNotAllowed',
    'spec.filters[0].plugin',
  ],
  [
    'another tag for metrics',
    byHand({
      filters: [
        {
          plugin: 'log_to_metrics',
          properties: { tag: bank.pipeline('0'), metric_name: 'a', metric_description: 'b', metric_mode: 'counter' },
        },
      ],
    }),
    'PluginNotAllowed',
    'spec.filters[0].plugin',
  ],
  [
    'the API server as the agent',
    byHand({ filters: [{ plugin: 'kubernetes', properties: { kube_token_command: 'id' } }] }),
    'PluginNotAllowed',
    'spec.filters[0].plugin',
  ],
];
