import type { Properties, RefusedAttack } from './refused-attacks.ts';

const web = { host: 'a.example.com' };
const to = (plugin: string, properties: Properties) => ({ outputs: [{ plugin, properties }] });
const through = (...filters: [plugin: string, properties: Properties][]) => ({
  filters: filters.map(([plugin, properties]) => ({ plugin, properties })),
  ...to('http', web),
});
const removing = (round: number): [string, Properties] => [
  'record_modifier',
  { remove_key: Array.from({ length: 256 }, (_, at) => `k${round}-${at}`) },
];

/** Settings of a tenant that cost seconds or gigabytes with a few records. They are refused before a node sees them. */
export const refusedCosts: RefusedAttack[] = [
  {
    kind: 'size',
    what: 'a key of 250 kB for each record',
    at: 'spec.outputs[0].properties.json_date_key',
    spec: to('http', { ...web, json_date_key: 'k'.repeat(250_000) }),
  },
  {
    kind: 'size',
    what: 'a line 400 times in each record',
    at: 'spec.outputs[0].properties.event_source',
    spec: to('splunk', { ...web, splunk_token: 't', event_source: Array(400).fill('$log').join(',') }),
  },
  {
    kind: 'size',
    what: 'a prefix of 60 kB for each key',
    at: 'spec.filters[0]',
    spec: through(['nest', { operation: 'lift', nested_under: 'a', add_prefix: 'x'.repeat(60_000) }]),
  },
  {
    kind: 'size',
    what: 'texts of 240 kB for each record',
    at: 'spec.filters[0]',
    spec: through(['record_modifier', { record: [0, 1, 2, 3].map((at) => `k${at} ${'x'.repeat(60_000)}`) }]),
  },
  {
    kind: 'time',
    what: 'filters with 1280 values',
    at: 'spec.filters[2]',
    spec: through(...[0, 1, 2, 3, 4].map(removing)),
  },
  {
    kind: 'time',
    what: 'threads of throttles',
    at: 'spec.filters[1].plugin',
    spec: through(['throttle', { rate: 10 }], ['throttle', { rate: 10 }]),
  },
  {
    kind: 'time',
    what: 'geoip2 with a database made for it',
    at: 'spec.filters[0].plugin',
    spec: through(['geoip2', { database: '/x', lookup_key: 'ip', record: 'a ip %{a}' }]),
  },
];
