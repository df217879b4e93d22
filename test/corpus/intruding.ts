import { make } from '../support/world.ts';
import { type Attack, code, filter, fromSecret, http, lua, mallorys, output, own } from './tenants.ts';

/** Ways into the pipeline of another, and to the end of it. */
export const pipeline: Attack[] = [
  ['by a tag', ({ id }) => filter('rewrite_tag', { rule: `$log .* ${id} false` }), 'PluginNotAllowed'],
  [
    'by metrics',
    ({ id }) => filter('log_to_metrics', { tag: id, metric_name: 'a', metric_description: 'b' }),
    'PluginNotAllowed',
  ],
  [
    'by an emitter',
    ({ id }) => filter('multiline', { 'multiline.key_content': 'log', 'multiline.parser': 'java', emitter_name: id }),
    'ReservedProperty',
  ],
  ['by her alias', ({ id }) => output('http', { host: 'a.example.com', Alias: id }), 'ReservedProperty'],
  [
    'by her buffer',
    ({ id }) => output('s3', { bucket: 'b', region: 'r', store_dir: `/var/lib/fluentbind/${id}.files` }),
    'ReservedProperty',
  ],
  [
    'by a database',
    ({ id }) => output('http', { host: 'a.example.com', db: `/var/lib/fluentbind/${id}.db` }),
    'UnknownProperty',
  ],
  [
    'by a file',
    () => output('file', { path: '/fluentbind/live/pipelines', file: 'alice.logs.yaml' }),
    'PluginNotAllowed',
  ],
  ['by her parser', ({ parser }) => filter('parser', { key_name: 'log', parser }), 'UnknownParser'],
  ['by the end of the agent', () => output('exit', {}), 'UnfitPlugin'],
  ['by a pattern', () => filter('grep', { regex: 'log (' }), 'InvalidRegex'],
  ['by a filter that ends the agent', () => filter('expect', { action: 'exit', key_exists: 'x' }), 'PluginNotAllowed'],
  ['by Lua without protection', () => filter('lua', { call: 'f', code, Protected_Mode: 'off' }), 'ReservedProperty'],
  [
    'by size',
    () =>
      mallorys({
        outputs: Array.from({ length: 16 }, (_, id) => ({
          ...http,
          id: `o${id}`,
          properties: { host: 'a.example.com', uri: `/${'x'.repeat(60_000)}` },
        })),
      }),
    'TooLarge',
  ],
  [
    'by size of a Secret',
    () => [
      make.secret('evil', { token: 'x'.repeat(1_000_000) }, 'mallory'),
      mallorys({ variables: [{ name: 'x', ...fromSecret('evil', 'token') }] }),
    ],
    'InvalidValue',
  ],
  [
    'by the number of paths',
    () =>
      mallorys({
        input: {
          workloads: Array.from({ length: 64 }, (_, n) => `Pod/p${n}`),
          containers: { include: Array.from({ length: 64 }, (_, n) => `c${n}`) },
        },
      }),
    'TooLarge',
  ],
];

/** Ways to code of one's own. */
export const forgedCode: Attack[] = [
  [
    'another word',
    () => filter('lua', { call: 'f', code: `${code} ` }, { templateRef: { name: 'coded' } }),
    'CodeNotAllowed',
  ],
  ['another function', () => filter('lua', { call: 'g', code }, { templateRef: { name: 'coded' } }), 'CodeNotAllowed'],
  [
    'another property',
    () => mallorys({ templateRef: { name: 'coded' }, filters: [lua({ time_as_table: true })] }),
    'CodeNotAllowed',
  ],
  [
    'a rule beside it',
    () => mallorys({ templateRef: { name: 'coded' }, filters: [{ ...lua({}), rules: ['type_int_key n'] }] }),
    'CodeNotAllowed',
  ],
  [
    'another script',
    () =>
      mallorys({
        templateRef: { name: 'coded' },
        files: [{ name: 'script', content: 'function f() os.exit() end' }],
        filters: [{ plugin: 'lua', properties: { call: 'f', script: '$(script)' } }],
      }),
    'CodeNotAllowed',
  ],
  [
    'a script of a Secret',
    () =>
      mallorys({
        templateRef: { name: 'coded' },
        files: [{ name: 'script', ...fromSecret('cls', 'token') }],
        filters: [{ plugin: 'lua', properties: { call: 'f', script: '$(script)' } }],
      }),
    'CodeNotAllowed',
  ],
  ['of another template', () => mallorys({ templateRef: { name: 'shared' }, filters: [lua({})] }), 'CodeNotAllowed'],
  ['of no template', () => mallorys({ filters: [lua({})] }), 'CodeNotAllowed'],
  [
    'of a template that is not there',
    () => mallorys({ templateRef: { name: 'nothing' }, filters: [lua({})] }),
    'CodeNotAllowed',
  ],
  [
    'of an own template of the same name',
    () => [
      make.ownTemplate('coded', { outputs: [http], filters: [lua({})] }, 'mallory'),
      mallorys({ templateRef: { kind: 'Template', name: 'coded' }, filters: [lua({})] }),
    ],
    'CodeNotAllowed',
  ],
  ['of an own template, bound', () => own({ filters: [lua({})] }), 'CodeNotAllowed'],
  [
    'beside what is allowed',
    () => mallorys({ templateRef: { name: 'coded' }, filters: [lua({}), lua({ code: 'function f() os.exit() end' })] }),
    'CodeNotAllowed',
  ],
  [
    'with a status that vouches for it',
    () => ({
      ...mallorys({ templateRef: { name: 'coded' }, filters: [lua({ code: 'function f() os.exit() end' })] }),
      status: { trustedCode: ['x'], trial: { digest: 'x', verdict: 'ok' } },
    }),
    'CodeNotAllowed',
  ],
];
