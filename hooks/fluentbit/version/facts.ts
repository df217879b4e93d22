/** Something that is so in one version of Fluent Bit, and that our code rests on. */
export interface Fact {
  /** What holds. */
  says: string;
  /** Our files that rest on it, below `hooks/`; each names the fact in a comment, as `fact: <name>`. */
  used: readonly string[];
  /** Where Fluent Bit decides it, in its source: a file, or a definition in one as `file#symbol`. */
  sources: readonly string[];
}

/**
 * Facts that are kept by hand, by name. `sources.json` holds for which version they were looked at, the line of each
 * source, and its digest; `fluentbind catalogue --sources` tells which of them another version changed.
 */
export const facts: Readonly<Record<string, Fact>> = {
  'property-names': {
    says: 'Keys of YAML may be camelCase or snake_case, and names of properties are compared without case.',
    used: ['fluentbit/version/plugins/property-name.ts'],
    sources: ['src/config_format/flb_config_format.c#flb_cf_key_translate', 'src/flb_output.c#prop_key_check'],
  },
  'core-properties': {
    says: 'The core takes properties for every plugin of a kind that "fluent-bit -J" does not print.',
    used: ['fluentbit/version/catalogue.ts'],
    sources: [
      'src/flb_input.c#flb_input_set_property',
      'src/flb_filter.c#flb_filter_set_property',
      'src/flb_output.c#flb_output_set_property',
    ],
  },
  'printed-in-vain': {
    says: 'Some TLS properties are printed for every plugin, and are fatal for outputs, or on Linux.',
    used: ['fluentbit/version/read-catalogue.ts'],
    sources: ['src/tls/flb_tls.c#tls_configmap', 'src/flb_output.c#flb_output_set_property'],
  },
  'repeated-properties': {
    says: 'A property that occurs twice is fatal, unless its plugin flags it as one that may.',
    used: ['fluentbit/version/plugins/multiplicity.ts'],
    sources: ['src/flb_config_map.c#flb_config_map_properties_check'],
  },
  'expanded-twice': {
    says: 'Properties of plugins are expanded when they are set and once more when they are mapped; texts of record accessors a third time. There is no escape for ${…}.',
    used: ['fluentbit/checked/checked-text.ts'],
    sources: [
      'src/flb_output.c#flb_output_set_property',
      'src/flb_filter.c#flb_filter_set_property',
      'src/flb_config_map.c#flb_config_map_set',
      'src/flb_record_accessor.c#flb_ra_create',
    ],
  },
  'first-brace': {
    says: 'A variable ends at the first closing brace that follows the place from which the text is read.',
    used: ['fluentbit/checked/checked-text.ts', 'fluentbit/input/metadata.ts'],
    sources: ['src/flb_env.c#flb_env_var_translate'],
  },
  'variables-in-lua': {
    says: 'The filter lua puts every variable of the configuration into the global table FLB_ENV.',
    used: ['fluentbit/render/property-text.ts'],
    sources: ['plugins/filter_lua/lua.c'],
  },
  'value-types': {
    says: 'A value that is not of its type is rarely refused: it becomes 0, false, -1 or its first number.',
    used: ['fluentbit/version/checks/property-type.ts', 'fluentbit/version/engine-constants.ts'],
    sources: [
      'src/flb_utils.c#flb_utils_size_to_bytes',
      'src/flb_utils.c#flb_utils_time_to_seconds',
      'src/flb_utils.c#flb_utils_bool',
    ],
  },
  'words-of-a-value': {
    says: 'There are three ways to split a value into words, each with its own rules for quotes and limits.',
    used: ['fluentbit/version/checks/words.ts'],
    sources: [
      'src/flb_utils.c#split',
      'src/flb_utils.c#next_token',
      'src/flb_utils.c#quoted_string_len',
      'src/flb_slist.c#flb_slist_split_tokens',
    ],
  },
  'record-accessors': {
    says: 'The grammar of record accessors.',
    used: ['fluentbit/version/checks/record-accessor.ts'],
    sources: ['src/flb_record_accessor.c#ra_parse_buffer', 'src/record_accessor/ra.l', 'src/record_accessor/ra.y'],
  },
  'regular-expressions': {
    says: 'Regular expressions are Onigmo with the syntax of Ruby, and options behind slashes.',
    used: ['fluentbit/version/checks/regex/regex.ts'],
    sources: ['src/flb_regex.c'],
  },
  'time-of-patterns': {
    says: 'Onigmo tries every way through a pattern, without a limit of time or steps, in the thread that runs all filters. It makes one quantifier of two, and tries a pattern that begins with .* once a line.',
    used: ['fluentbit/patterns/growth.ts'],
    sources: ['src/flb_regex.c#flb_regex_do', 'lib/onigmo/regparse.c'],
  },
  'patterns-of-modify': {
    says: 'The filter modify compiles the words of every rule, and runs those of remove_regex and of conditions only.',
    used: ['fluentbit/version/checks/modify.ts'],
    sources: ['plugins/filter_modify/modify.c'],
  },
  'core-output-values': {
    says: 'Values of the properties that every output takes.',
    used: ['fluentbit/version/checks/outputs.ts'],
    sources: ['src/flb_output.c#flb_output_set_property', 'src/flb_upstream.c', 'src/flb_network.c'],
  },
  'parser-properties': {
    says: 'Properties of parsers and multiline parsers; unknown ones are ignored.',
    used: ['fluentbit/version/plugins/parser-properties.ts', 'fluentbit/version/checks/parsers.ts'],
    sources: [
      'src/flb_parser.c#flb_parser_load_parser_definitions',
      'src/flb_parser.c#flb_parser_load_multiline_parser_definitions',
      'src/flb_parser.c#multiline_load_regex_rules',
      'src/flb_parser.c#proc_types_str',
      'src/flb_parser_decoder.c',
    ],
  },
  'time-zones': {
    says: 'Time zones of parsers are those of a list that Fluent Bit holds, compared with their case; UTC and Europe/Madrid are not among them, Etc/UTC is.',
    used: ['fluentbit/version/plugins/time-zones.ts'],
    sources: ['src/flb_time_tz.c', 'src/flb_parser.c#validate_time_zone'],
  },
  'workers-at-a-stop': {
    says: 'A worker ends once its flushes are done, and a reload waits for it without a limit: only net.io_timeout ends a flush whose server stays silent.',
    used: ['fluentbit/version/property-classes.ts'],
    sources: ['src/flb_output_thread.c#output_thread', 'src/flb_output_thread.c#flb_output_thread_pool_destroy'],
  },
  'built-in-multiline-parsers': {
    says: 'Multiline parsers that exist without being declared.',
    used: ['fluentbit/version/plugins/parser-properties.ts'],
    sources: ['src/multiline/flb_ml_parser.c#flb_ml_parser_builtin_create'],
  },
  'threads-of-outputs': {
    says: 'Some outputs start two threads each unless workers says otherwise.',
    used: ['fluentbit/version/plugins/threaded-outputs.ts'],
    sources: [
      'plugins/out_es/es.c#out_es_plugin',
      'plugins/out_forward/forward.c#out_forward_plugin',
      'plugins/out_http/http.c#out_http_plugin',
      'plugins/out_prometheus_remote_write/remote_write.c#out_prometheus_remote_write_plugin',
      'plugins/out_splunk/splunk.c#out_splunk_plugin',
      'plugins/out_tcp/tcp.c#out_tcp_plugin',
      'plugins/out_udp/udp.c#out_udp_plugin',
    ],
  },
  'files-at-start': {
    says: 'Outputs read files of credentials when they start, and end the process where one is not what it should be; without a private_key bigquery reads through NULL.',
    used: ['fluentbit/version/checks/contents.ts'],
    sources: [
      'plugins/out_bigquery/bigquery_conf.c',
      'plugins/out_gcs/gcs.c',
      'plugins/out_stackdriver/stackdriver_conf.c',
    ],
  },
  'shared-buffers': {
    says: 'Several properties go into one buffer of fixed size; more is cut, or the header is left out, mostly without a word.',
    used: ['fluentbit/version/shared-buffers.ts', 'fluentbit/version/checks/contents.ts'],
    sources: [
      'src/flb_http_client.c#flb_http_add_auth_header',
      'include/fluent-bit/flb_http_client.h#FLB_HTTP_BUF_SIZE',
      'plugins/out_kafka_rest/kafka.h',
      'plugins/out_opensearch/opensearch.h',
      'plugins/out_td/td_http.c',
      'plugins/out_es/es_bulk.h#ES_BULK_HEADER',
      'plugins/out_bigquery/bigquery.c',
    ],
  },
  'recursion-in-json': {
    says: 'JSON becomes MessagePack by recursion without a limit: 125 bytes of stack a level, on 8 MiB in the thread of the engine and on coro_stack_size in flushes and inputs.',
    used: ['fluentbit/agent/base-configuration.ts', 'fluentbit/input/log-source.ts', 'fluentbit/input/nested-code.ts'],
    sources: ['src/flb_pack.c#yyjson_val_to_msgpack', 'include/fluent-bit/flb_coro.h'],
  },
  'emitters-of-multiline': {
    says: 'A filter multiline lets pass what it emits itself; of two on one tag each takes up what the other emits, for ever.',
    used: ['fluentbit/checked/filter-chain.ts'],
    sources: ['plugins/filter_multiline/ml.c'],
  },
  'positions-of-files': {
    says: 'tail knows files by inode. It drops the position of one that it saw being renamed when rotate_wait is over or when it stops, and positions of files that are not among its paths when it starts.',
    used: ['sidecar/positions/catch-up.ts', 'sidecar/positions/rotated-logs.ts'],
    sources: [
      'plugins/in_tail/tail_file.c#flb_tail_file_remove',
      'plugins/in_tail/tail_file.c#flb_tail_file_is_rotated',
      'plugins/in_tail/tail_db.c#flb_tail_db_stale_file_delete',
      'plugins/in_tail/tail_sql.h',
    ],
  },
  'streams-of-multiline': {
    says: 'A filter multiline keeps the lines of an input and a tag together. One that no rule takes up ends what is open in all groups of them.',
    used: ['fluentbit/input/log-source.ts'],
    sources: ['plugins/filter_multiline/ml.c', 'src/multiline/flb_ml.c#flb_ml_append_object'],
  },
  'formats-of-containers': {
    says: 'Of several multiline parsers in tail the one that took the last line of a file is asked first, then all in their order. The one of docker keeps the line break.',
    used: ['fluentbit/input/log-source.ts', 'fluentbit/input/tidy-code.ts'],
    sources: [
      'src/multiline/flb_ml.c#flb_ml_append_text',
      'src/multiline/flb_ml_parser_docker.c',
      'src/multiline/flb_ml_parser_cri.c',
    ],
  },
  'long-lines': {
    says: 'A line of a file that is longer than buffer_max_size is cut with truncate_long_lines, and goes past the multiline parsers. What they put together has no limit.',
    used: ['fluentbit/input/log-source.ts', 'fluentbit/input/tidy-code.ts'],
    sources: ['plugins/in_tail/tail_file.c#process_content', 'src/multiline/flb_ml.c#package_content'],
  },
  'retries-of-outputs': {
    says: 'An output retries once unless retry_limit says otherwise.',
    used: ['fluentbit/render/plugin-sections.ts'],
    sources: ['src/flb_output.c#flb_output_new'],
  },
  'lines-of-failing-outputs': {
    says: 'An output logs the status of a refusal with its alias in a form of its own, some with the answer behind it; a message has at most 4 KiB. Lines about connections have no alias.',
    used: ['fluentbit/version/error-lines.ts'],
    sources: [
      'src/flb_log.c#log_prepare_header',
      'src/flb_upstream.c',
      'src/flb_http_client.c',
      'plugins/out_es/es.c',
      'plugins/out_opensearch/opensearch.c',
    ],
  },
  'metrics-of-outputs': {
    says: 'Counters of outputs are kept by alias, and begin anew with each reload.',
    used: ['sidecar/delivery/output-counters.ts'],
    sources: ['src/flb_engine.c', 'src/http_server/api/v1/metrics.c'],
  },
  'ports-of-outputs': {
    says: 'Outputs have a port for those that are told none.',
    used: ['fluentbit/version/plugins/connected-outputs.ts'],
    sources: ['src/flb_output.c#flb_output_net_default'],
  },
  'answers-of-backends': {
    says: 'Each output decides by itself after which answers it sends a chunk again, drops it, or takes it for delivered.',
    used: ['fluentbit/version/answers.ts', 'sidecar/delivery/judgement.ts'],
    sources: [
      'plugins/out_es/es.c#elasticsearch_error_check',
      'plugins/out_opensearch/opensearch.c#opensearch_error_check',
      'plugins/out_http/http.c',
      'plugins/out_loki/loki.c',
      'plugins/out_opentelemetry/opentelemetry.c#is_http_status_code_retrayable',
      'plugins/out_s3/s3.c',
      'plugins/out_splunk/splunk.c',
      'plugins/out_stackdriver/stackdriver.c',
    ],
  },
  'numbers-in-lua': {
    says: 'The filter lua turns every number of a record into a double and back: integers beyond 2^53 and 1.0 change, 2^63 and more become negative. A record for which it returns 0, and metadata for which it returns nil, stay as they are.',
    used: [
      'fluentbit/input/metadata.ts',
      'fluentbit/input/copy-filters.ts',
      'fluentbit/input/nested-code.ts',
      'admission/advice.ts',
    ],
    sources: ['src/flb_lua.c', 'plugins/filter_lua/lua.c'],
  },
  'memory-of-emitters': {
    says: 'An emitter that may hold only so much memory drops records without a word; 0 is no limit, and chunks go to the disk.',
    used: ['fluentbit/input/copy-filters.ts'],
    sources: ['plugins/in_emitter/emitter.c', 'plugins/filter_rewrite_tag/rewrite_tag.c'],
  },
  'groups-of-records': {
    says: 'Metadata of a group of OTLP records reaches few outputs, and copies of single records lose it.',
    used: ['fluentbit/input/metadata.ts'],
    sources: ['plugins/in_emitter/emitter.c', 'plugins/filter_lua/lua.c'],
  },
  'defaults-of-the-service': {
    says: 'With the defaults of the service one dead backend blocks every reload, and a torn chunk is retried for ever.',
    used: ['fluentbit/agent/base-configuration.ts'],
    sources: ['src/flb_reload.c', 'src/flb_config.c#service_configs'],
  },
  'strength-of-keys': {
    says: 'Certificates and keys are given to OpenSSL as they are, at the security level of the library, and a refusal ends the start.',
    used: ['binding/openssl-rules.ts'],
    sources: ['src/tls/openssl.c#tls_context_create'],
  },
  'task-ids': {
    says: 'All pipelines share 16,384 task ids; when none is free, nothing is sent any more.',
    used: ['fluentbit/version/engine-constants.ts'],
    sources: ['include/fluent-bit/flb_config.h#FLB_CONFIG_DEFAULT_TASK_MAP_SIZE_LIMIT'],
  },
  'chunk-layout': {
    says: 'A chunk on disk has a header, the length of its metadata, and a tag in it.',
    used: ['fluentbit/version/engine-constants.ts'],
    sources: [
      'lib/chunkio/include/chunkio/cio_file_st.h',
      'include/fluent-bit/flb_input_chunk.h#FLB_INPUT_CHUNK_MAGIC_BYTE_0',
    ],
  },
  'control-server': {
    says: 'A reload answers success whatever happens, and the counter tells; a POST without a length gets no answer; the uptime is in whole seconds. It has no authentication and no listener but TCP.',
    used: ['fluentbit/agent/control-address.ts', 'sidecar/reload/agent-api.ts'],
    sources: ['src/http_server/api/v2/reload.c', 'src/http_server/api/v1/uptime.c', 'src/flb_storage.c'],
  },
  'error-lines': {
    says: 'Lines of the log name the plugin and its alias, and the last line before it gives up ends with "initialization failed".',
    used: ['trial/error-line.ts'],
    sources: ['src/flb_log.c#flb_log_construct', 'src/flb_engine.c#flb_engine_start'],
  },
};
