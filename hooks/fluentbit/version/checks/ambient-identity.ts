import { type Item, setting } from './item.ts';

/** The setting by which an output uses an identity of the node or the agent; the plugin itself where it always does. */
type Uses = (item: Item) => string | undefined;

/** Switched on, or perhaps: a value that is not known yet may be anything. */
const on =
  (property: string, off: readonly string[] = ['false', 'off', 'no']): Uses =>
  (item) => {
    const found = setting(item, property);
    const texts = found?.texts ?? [];
    return texts.some(({ value }) => value.unknown || !off.includes(value.text.toLowerCase()))
      ? found?.path
      : undefined;
  };

const always: Uses = (item) => `${item.path}.plugin`;

/** Without a credentials file, and without e-mail and key both, Google's outputs ask the environment and the node. */
const withoutGoogleCredentials: Uses = (item) =>
  // A property that is misspelt is not missing as well.
  !item.complete ||
  setting(item, 'google_service_credentials') !== undefined ||
  (setting(item, 'service_account_email') !== undefined && setting(item, 'service_account_secret') !== undefined)
    ? undefined
    : `${item.path}.plugin`;

const either =
  (...uses: Uses[]): Uses =>
  (item) =>
    uses.map((one) => one(item)).find((path) => path !== undefined);

/** Outputs that can use such an identity, whose it is, and when they do, as their sources say. */
const ambient: Record<string, { cloud: 'AWS' | 'Azure' | 'Google'; uses: Uses }> = {
  azure_kusto: { cloud: 'Azure', uses: on('auth_type', ['service_principal']) },
  bigquery: { cloud: 'Google', uses: either(on('enable_identity_federation'), withoutGoogleCredentials) },
  // These have no property for an access key.
  cloudwatch_logs: { cloud: 'AWS', uses: always },
  es: { cloud: 'AWS', uses: on('aws_auth') },
  gcs: { cloud: 'Google', uses: withoutGoogleCredentials },
  http: { cloud: 'AWS', uses: on('aws_auth') },
  kafka: {
    cloud: 'AWS',
    uses: either(on('aws_msk_iam'), on('rdkafka.sasl.oauthbearer.metadata.authentication.type', ['none'])),
  },
  kinesis_firehose: { cloud: 'AWS', uses: always },
  kinesis_streams: { cloud: 'AWS', uses: always },
  opensearch: { cloud: 'AWS', uses: on('aws_auth') },
  opentelemetry: { cloud: 'AWS', uses: on('aws_auth') },
  prometheus_remote_write: { cloud: 'AWS', uses: on('aws_auth') },
  s3: { cloud: 'AWS', uses: always },
  stackdriver: { cloud: 'Google', uses: withoutGoogleCredentials },
};

export const ambientOutputs: readonly string[] = Object.keys(ambient);

/** Where an output uses an identity that is not its own, and whose. */
export function ambientUse(plugin: string, item: Item): { path: string; cloud: string } | undefined {
  const own = Object.hasOwn(ambient, plugin) ? ambient[plugin] : undefined;
  const path = own?.uses(item);
  return own === undefined || path === undefined ? undefined : { path, cloud: own.cloud };
}
