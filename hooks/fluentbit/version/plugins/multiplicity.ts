/**
 * Properties that may occur several times: FLB_CONFIG_MAP_MULT in the source of a plugin, which `fluent-bit -J` does not
 * print. Any other one that does is fatal (fact: repeated-properties).
 */
const several: Record<string, readonly string[]> = {
  'filter/checklist': ['record'],
  'filter/ecs': ['add'],
  'filter/expect': ['key_exists', 'key_not_exists', 'key_val_eq', 'key_val_is_not_null', 'key_val_is_null'],
  'filter/geoip2': ['lookup_key', 'record'],
  'filter/grep': ['exclude', 'regex'],
  'filter/log_to_metrics': ['add_label', 'bucket', 'exclude', 'label_field', 'regex'],
  'filter/modify': [
    'add',
    'condition',
    'copy',
    'hard_copy',
    'hard_rename',
    'move_to_end',
    'move_to_start',
    'remove',
    'remove_regex',
    'remove_wildcard',
    'rename',
    'set',
  ],
  'filter/multiline': ['multiline.parser'],
  'filter/nest': ['wildcard'],
  'filter/parser': ['parser'],
  'filter/record_modifier': ['allowlist_key', 'record', 'remove_key', 'whitelist_key'],
  'filter/rewrite_tag': ['rule'],
  'filter/type_converter': ['float_key', 'int_key', 'str_key', 'uint_key'],
  'output/datadog': ['header'],
  'output/forward': ['add_option'],
  'output/http': ['header'],
  'output/influxdb': ['http_header'],
  'output/loki': ['header'],
  'output/opentelemetry': ['add_label', 'header', 'logs_body_key'],
  'output/oracle_log_analytics': ['oci_la_global_metadata', 'oci_la_metadata'],
  'output/prometheus_exporter': ['add_label'],
  'output/prometheus_remote_write': ['add_label', 'header'],
  'output/splunk': ['event_field'],
  'output/syslog': ['syslog_sd_key'],
  'output/websocket': ['header'],
  'parser/': ['decode_field', 'decode_field_as'],
};

export function mayRepeat(kind: string, plugin: string, property: string): boolean {
  return several[`${kind}/${plugin}`]?.includes(property) ?? false;
}
