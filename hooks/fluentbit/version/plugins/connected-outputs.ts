/**
 * Outputs that connect to `host` and `port` by TCP, with the port where they are told none
 * (fact: ports-of-outputs). Others find their backend in another way, or ship by UDP.
 */
const ports: Readonly<Record<string, number>> = {
  es: 9200,
  forward: 24224,
  http: 80,
  influxdb: 8086,
  'kafka-rest': 8082,
  loki: 3100,
  nats: 4222,
  opensearch: 9200,
  opentelemetry: 80,
  prometheus_remote_write: 80,
  splunk: 8088,
  tcp: 5170,
  websocket: 80,
};

export function usualPort(plugin: string): number | undefined {
  return Object.hasOwn(ports, plugin) ? ports[plugin] : undefined;
}

/** Properties with which an output connects elsewhere, or by way of somebody else. */
export const insteadOfConnecting: readonly string[] = ['cloud_id', 'proxy', 'unix_path', 'upstream'];
