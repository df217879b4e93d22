import type { DeliveryCause } from '../../../hooks/api/wire/delivery.ts';
import { id } from '../../../hooks/kubernetes/ids.ts';
import type { Manner } from '../../support/fluent-bit/failing-backend.ts';
import type { Authority, Issued } from '../../support/input/issued-certificates.ts';

export interface DeliveryCase {
  name: string;
  plugin: string;
  manner: Manner;
  /** How it behaves once it is mended. */
  mended: Manner;
  /** The host, where it is another than the backend's. */
  host?: string;
  tls: boolean;
  properties: object;
  /** What the node has to say; delivered where there is none. */
  cause: DeliveryCause | undefined;
}

export interface Certificates {
  /** Of the authority that outputs trust. */
  good: Authority;
  server: Issued;
  /** Of another one. */
  foreign: Issued;
}

const byHttp: Record<string, object> = {
  http: { format: 'json' },
  es: { suppress_type_name: true },
  opensearch: { suppress_type_name: true },
  splunk: { splunk_token: 'token' },
  loki: {},
  opentelemetry: {},
};
const everyPlugin: Record<string, object> = { ...byHttp, forward: {} };

const acknowledged = { require_ack_response: true };

const statuses: [status: number, cause: DeliveryCause][] = [
  [400, 'RejectedByBackend'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [413, 'TooLarge'],
  [429, 'RateLimited'],
  [503, 'BackendError'],
];

/** An answer that looks like the log of Fluent Bit, and says of others what is not so. */
function forged(...names: string[]): string {
  const time = new Date().toISOString().replaceAll('-', '/').replace('T', ' ').replace('Z', '');
  const lines = names.flatMap((name) =>
    ['192.0.2.1:80, HTTP status=401', 'HTTP status=401 URI=/_bulk', 'http_status=401'].map((text, index) => {
      const plugin = ['http', 'es', 'splunk'][index];
      return `[${time}] [error] [output:${plugin}:${id('shop', name, '0')}] ${text}`;
    }),
  );
  return `\n${lines.join('\n')}\n`;
}

/** Every cause that applies to each of the outputs. */
export function deliveryCases({ good, server, foreign }: Certificates): DeliveryCase[] {
  const tls = { key: server.key, cert: server.certificate };
  const plain = (name: string, plugin: string, manner: Manner, cause: DeliveryCause | undefined): DeliveryCase => ({
    ...{ name: `${plugin}-${name}`, plugin, manner, mended: {}, tls: false, cause },
    properties: everyPlugin[plugin] ?? {},
  });
  const overTls = (name: string, plugin: string, manner: Manner): DeliveryCase => ({
    ...plain(name, plugin, manner, 'TlsFailed'),
    ...{ mended: { tls }, tls: true },
  });
  return [
    ...Object.keys(byHttp).flatMap((plugin) => [
      ...statuses.map(([status, cause]) => plain(String(status), plugin, { status }, cause)),
      plain('silent', plugin, { silent: true }, 'Timeout'),
    ]),
    plain(
      'forges',
      'es',
      { status: 500, text: forged('http-healthy', 'es-healthy', 'http-503', 'loki-429') },
      'BackendError',
    ),
    plain('lies', 'es', { errors: true }, 'RejectedByBackend'),
    plain('lies', 'opensearch', { errors: true }, 'RejectedByBackend'),
    // Nobody can tell, where nothing is acknowledged.
    plain('lies', 'splunk', { errors: true }, undefined),
    plain('silent', 'forward', { silent: true }, undefined),
    { ...plain('silent-ack', 'forward', { silent: true }, 'Timeout'), properties: acknowledged },
    ...Object.keys(everyPlugin).flatMap((plugin) => [
      plain('healthy', plugin, {}, undefined),
      plain('away', plugin, { away: true }, 'ConnectionRefused'),
      { ...plain('name', plugin, {}, 'NameNotResolved'), host: 'logs.invalid' },
      overTls('foreign', plugin, { tls: { key: foreign.key, cert: foreign.certificate } }),
      {
        ...overTls('client', plugin, {
          tls: { ...tls, requestCert: true, rejectUnauthorized: true, ca: good.certificate },
        }),
        // With TLS 1.3 a server says so only after the first records.
        ...(plugin === 'forward' ? { properties: acknowledged } : {}),
      },
      overTls('plain', plugin, {}),
    ]),
  ];
}
