import type { Problem } from '../../api/problems/problem.ts';
import { at, invalid } from './checks/fault.ts';
import { type Item, is, isOn, setting } from './checks/item.ts';

/** A buffer of fixed size into which Fluent Bit writes several properties together (fact: shared-buffers). */
export interface SharedBuffer {
  /** The outputs that have it; without this, every output with the properties. */
  plugins?: readonly string[];
  /** The properties that share it. The problem is told at the last one that is set. */
  properties: readonly string[];
  /** Bytes that they may have together: the size of the buffer without what Fluent Bit itself writes into it. */
  max: number;
  /** Bytes of what Fluent Bit takes for a property that is not set. */
  defaults?: Readonly<Record<string, number>>;
  when?: (item: Item) => boolean;
  /** What happens with more. */
  effect: string;
  hint?: string;
  /** `file:line` of Fluent Bit's source tree. */
  source: string;
}

const basic = {
  // "Basic " and Base64 of "user:password" and a NUL in char tmp[1024]: 254 groups of 3 bytes fit.
  max: 761,
  hint: 'Use a shorter password, or a token in a header.',
  source: 'src/flb_http_client.c:1734',
} as const;
const noHeader = 'With more Fluent Bit sends its requests without Authorization, and does not say so.';
const actionLine = {
  plugins: ['es'],
  effect: 'With more the action line of the bulk loses its end, and the backend refuses every request.',
  source: 'plugins/out_es/es_bulk.h:26',
} as const;
const cut = 'With more Fluent Bit cuts the path of its requests, and does not say so.';

/** All of them, for plugins that a policy may allow. Buffers of one property are in `property-classes.json`. */
export const sharedBuffers: readonly SharedBuffer[] = [
  { ...basic, properties: ['http_user', 'http_passwd'], effect: noHeader },
  {
    ...basic,
    properties: ['oauth2.client_id', 'oauth2.client_secret'],
    // Basic is the default.
    when: (item) => setting(item, 'oauth2.auth_method') === undefined || is('oauth2.auth_method', 'basic')(item),
    effect: 'With more Fluent Bit cannot ask for a token.',
    hint: 'Use a shorter secret, or oauth2.auth_method post.',
    source: 'src/flb_oauth2.c:1105',
  },
  {
    ...basic,
    plugins: ['s3'],
    properties: ['authorization_endpoint_username', 'authorization_endpoint_password'],
    effect: noHeader,
    hint: 'Use a shorter password, or authorization_endpoint_bearer_token.',
  },
  // "/topics/" and a NUL in char uri[256], of which snprintf may use 255.
  {
    plugins: ['kafka-rest'],
    properties: ['url_path', 'topic'],
    max: 246,
    effect: cut,
    source: 'plugins/out_kafka_rest/kafka.h:52',
  },
  // "/_bulk/?pipeline=" and a NUL in char uri[1024], of which snprintf may use 1023.
  {
    plugins: ['opensearch'],
    properties: ['path', 'pipeline'],
    max: 1005,
    effect: cut,
    source: 'plugins/out_opensearch/opensearch.h:140',
  },
  // "/v3/table/import/…/…/msgpack.gz" and a NUL in 256 bytes.
  { plugins: ['td'], properties: ['database', 'table'], max: 226, effect: cut, source: 'plugins/out_td/td_http.c:61' },
  // {"create":{"_index":"…","_type":"…"}} and a line feed are less than 165 bytes.
  {
    ...actionLine,
    properties: ['index', 'type'],
    max: 128,
    defaults: { index: 10, type: 4 },
    when: (item) => !isOn('logstash_format')(item) && !isOn('generate_id')(item),
  },
  // … and ,"_id":"…" with 36 characters.
  {
    ...actionLine,
    properties: ['index', 'type'],
    max: 83,
    defaults: { index: 10, type: 4 },
    when: (item) => !isOn('logstash_format')(item) && isOn('generate_id')(item),
  },
  // The format of a date is shorter than the date: 4 bytes are left for what it grows by.
  {
    ...actionLine,
    properties: ['logstash_prefix', 'logstash_prefix_separator', 'logstash_dateformat', 'type'],
    max: 125,
    defaults: { logstash_prefix: 8, logstash_prefix_separator: 1, logstash_dateformat: 8, type: 4 },
    when: (item) => isOn('logstash_format')(item) && !isOn('generate_id')(item),
  },
  {
    ...actionLine,
    properties: ['logstash_prefix', 'logstash_prefix_separator', 'logstash_dateformat', 'type'],
    max: 80,
    defaults: { logstash_prefix: 8, logstash_prefix_separator: 1, logstash_dateformat: 8, type: 4 },
    when: (item) => isOn('logstash_format')(item) && isOn('generate_id')(item),
  },
  // The request line has 2048 bytes: a longer one is sent with memory of others behind it.
  {
    plugins: ['bigquery'],
    properties: ['project_id', 'dataset_id', 'table_id'],
    max: 1900,
    effect: 'With more the request line is longer than its buffer.',
    source: 'src/flb_http_client.c:1000',
  },
  {
    plugins: ['azure_blob'],
    properties: ['container_name', 'path', 'sas_token'],
    max: 1500,
    effect: 'With more the request line is longer than its buffer.',
    source: 'src/flb_http_client.c:1000',
  },
];

/**
 * What is longer than a buffer that several properties share. A value that is not known yet counts as empty: admission
 * finds what the other values exceed alone, the hook the rest. No message tells a length, for it may be a password's.
 */
export function bufferProblems(plugin: string, item: Item): Problem[] {
  return sharedBuffers.flatMap(({ plugins, properties, max, defaults, when, effect, hint }) => {
    if (plugins?.includes(plugin) === false || when?.(item) === false) return [];
    const found = properties.map((name) => setting(item, name));
    const last = found.findLast((one) => one !== undefined);
    if (last === undefined) return [];
    const bytes = found.reduce((sum, one, index) => {
      const value = one?.texts[0]?.value;
      if (one === undefined) return sum + (defaults?.[properties[index] ?? ''] ?? 0);
      return sum + (value === undefined || value.unknown ? 0 : Buffer.byteLength(value.text));
    }, 0);
    if (bytes <= max) return [];
    const set = properties.filter((_, index) => found[index] !== undefined);
    const message = `${set.join(' and ')} may have ${set.length > 1 ? 'together ' : ''}at most ${allowed()} bytes. ${effect}`;
    return [at(last.path, invalid(message, hint))];

    /** Without what the properties take that are not set. */
    function allowed(): number {
      return properties.reduce(
        (rest, name, index) => (found[index] === undefined ? rest - (defaults?.[name] ?? 0) : rest),
        max,
      );
    }
  });
}
