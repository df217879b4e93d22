type Kind = 'filter' | 'output';

const agentLog = 'It writes records into the log of the agent, which others read.';
const nodeFiles = 'It writes files on the node, at any path.';
const openPort = 'It opens a port of the agent, on which everybody who reaches it reads the records.';
const ends = 'It ends the agent, or keeps it from starting.';
const asksGoogle =
  'It asks Google for a token as it starts: while Google does not answer, all pipelines wait 20 s for it, or for ever.';
const corrupts = 'It corrupts the memory of the agent, whatever its settings are.';

/** Plugins that no policy can allow, each with the reason. */
const never: Record<Kind, Record<string, string>> = {
  output: {
    chronicle: ends,
    exit: ends,
    file: nodeFiles,
    lib: ends,
    oracle_log_analytics: corrupts,
    pgsql: ends,
    plot: nodeFiles,
    prometheus_exporter: openPort,
    slack: corrupts,
    stackdriver: 'A record can make it send memory of the agent to its backend, whatever its settings are.',
    vivo_exporter: openPort,
  },
  filter: {
    alter_size: corrupts,
    expect: agentLog,
    kubernetes: 'It calls the API server as the agent, and can run a command for it. spec.enrich brings its metadata.',
    log_to_metrics: 'It emits under a tag of its own choice, into the pipelines of others.',
    rewrite_tag: 'It emits under a tag of its own choice, into the pipelines of others.',
  },
};

/** Plugins that a policy has to name, each with the reason. */
const named: Record<Kind, Record<string, string>> = {
  output: { bigquery: asksGoogle, counter: agentLog, flowcounter: agentLog, stdout: agentLog },
  filter: {
    aws: 'It asks the metadata service of the node.',
    geoip2:
      'Its library trusts the database: one of 256 KB made for it costs a millisecond or more for each lookup of each record.',
    ecs: 'It asks a metadata service, wherever its settings say that one is.',
    nightfall: 'It waits for a service on the internet, and every pipeline of the agent with it.',
    stdout: agentLog,
  },
};

/** The rest. A list of its own, so that a plugin that a new Fluent Bit brings is looked at before anybody uses it. */
const byDefault: Record<Kind, readonly string[]> = {
  output: [
    'azure',
    'azure_blob',
    'azure_kusto',
    'azure_logs_ingestion',
    'cloudwatch_logs',
    'datadog',
    'es',
    'forward',
    'gcs',
    'gelf',
    'http',
    'influxdb',
    'kafka',
    'kafka-rest',
    'kinesis_firehose',
    'kinesis_streams',
    'logdna',
    'loki',
    'nats',
    'nrlogs',
    'null',
    'opensearch',
    'opentelemetry',
    'prometheus_remote_write',
    's3',
    'skywalking',
    'splunk',
    'syslog',
    'tcp',
    'td',
    'udp',
    'websocket',
  ],
  filter: [
    'checklist',
    'grep',
    'lua',
    'modify',
    'multiline',
    'nest',
    'parser',
    'record_modifier',
    'sysinfo',
    'throttle',
    'type_converter',
    'wasm',
  ],
};

export function allowedByDefault(kind: Kind): readonly string[] {
  return byDefault[kind];
}

/** Why no policy can allow a plugin; undefined where one can. */
export function neverReason(kind: Kind, plugin: string): string | undefined {
  return Object.hasOwn(never[kind], plugin) ? never[kind][plugin] : undefined;
}

/** Why a plugin is not allowed by default; undefined where it is. */
export function namedReason(kind: Kind, plugin: string): string | undefined {
  return Object.hasOwn(named[kind], plugin) ? named[kind][plugin] : undefined;
}

/** What is not allowed by default, for the reference. */
export function restrictedPlugins(): { plugin: string; reason: string; never: boolean }[] {
  return [never, named].flatMap((table) =>
    Object.entries(table).flatMap(([kind, plugins]) =>
      Object.entries(plugins).map(([plugin, reason]) => ({
        plugin: `${kind} ${plugin}`,
        reason,
        never: table === never,
      })),
    ),
  );
}
