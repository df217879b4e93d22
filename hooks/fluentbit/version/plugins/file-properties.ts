/** Properties that name a file, or a folder of them, which Fluent Bit reads when it starts. */
const everyOutput = [
  'tls.ca_file',
  'tls.ca_path',
  'tls.crt_file',
  'tls.key_file',
  'tls.proxy.ca_file',
  'tls.proxy.ca_path',
];

const byPlugin: Record<string, readonly string[]> = {
  'filter/checklist': ['file'],
  'filter/geoip2': ['database'],
  'filter/lua': ['script'],
  'filter/nightfall': ['tls.ca_path'],
  'filter/wasm': ['wasm_path'],
  'output/azure_kusto': ['workload_identity_token_file'],
  'output/bigquery': ['google_service_credentials'],
  'output/es': ['upstream'],
  'output/forward': ['upstream'],
  'output/gcs': ['google_service_credentials'],
  'output/http': ['oauth2.jwt_cert_file', 'oauth2.jwt_key_file'],
  'output/kafka': [
    'rdkafka.ssl.ca.location',
    'rdkafka.ssl.certificate.location',
    'rdkafka.ssl.key.location',
    'rdkafka.ssl.keystore.location',
    'rdkafka.sasl.kerberos.keytab',
  ],
  'output/loki': ['label_map_path'],
  'output/opentelemetry': ['oauth2.jwt_cert_file', 'oauth2.jwt_key_file'],
  'output/oracle_log_analytics': ['config_file_location'],
  'output/stackdriver': ['google_service_credentials'],
};

export function namesFile(kind: 'filter' | 'output', plugin: string, property: string): boolean {
  return (
    (kind === 'output' && everyOutput.includes(property)) ||
    (byPlugin[`${kind}/${plugin}`]?.includes(property) ?? false)
  );
}
