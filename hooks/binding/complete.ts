import type { LoggingConfigurationSpec } from '../api/kinds/logging-configuration.ts';

const defaultBufferLimit = '1G';

/**
 * The spec with every field written out. The CRD has no defaults, so that whoever applies this returns all of it:
 * a field that somebody adds to the child by hand is overwritten and not kept by the merge.
 */
export function complete(spec: LoggingConfigurationSpec) {
  const { input, enrich } = spec;
  return {
    ...(spec.templateRef === undefined
      ? {}
      : { templateRef: { kind: spec.templateRef.kind ?? 'ClusterTemplate', name: spec.templateRef.name } }),
    enabled: spec.enabled ?? true,
    suspend: spec.suspend ?? false,
    input: input?.from === undefined ? containerLogs(input) : { from: input.from },
    enrich: {
      labels: { include: enrich?.labels?.include ?? [], exclude: enrich?.labels?.exclude ?? [] },
      annotations: { include: enrich?.annotations?.include ?? [], exclude: enrich?.annotations?.exclude ?? [] },
      clusterName: enrich?.clusterName ?? false,
    },
    variables: spec.variables ?? [],
    files: spec.files ?? [],
    filters: (spec.filters ?? []).map((filter) => ({
      plugin: filter.plugin,
      properties: filter.properties ?? {},
      rules: filter.rules ?? [],
    })),
    outputs: spec.outputs.map((output, index) => ({
      id: output.id ?? String(index),
      plugin: output.plugin,
      properties: output.properties ?? {},
    })),
    parsers: (spec.parsers ?? []).map((parser) => ({ name: parser.name, properties: parser.properties ?? {} })),
    multilineParsers: (spec.multilineParsers ?? []).map((parser) => ({
      name: parser.name,
      properties: parser.properties ?? {},
      rules: parser.rules ?? [],
    })),
    buffer: { limit: spec.buffer?.limit ?? defaultBufferLimit },
  } satisfies LoggingConfigurationSpec;
}

export type CompleteSpec = ReturnType<typeof complete>;

/** A selection of container logs with every field written out. */
export function containerLogs(input: LoggingConfigurationSpec['input'] = {}) {
  return {
    containers: { include: input.containers?.include ?? [], exclude: input.containers?.exclude ?? [] },
    workloads: input.workloads ?? [],
    podSelector: {
      matchLabels: input.podSelector?.matchLabels ?? {},
      matchExpressions: input.podSelector?.matchExpressions ?? [],
    },
    namespaces: { include: input.namespaces?.include ?? [], exclude: input.namespaces?.exclude ?? [] },
    multiline: input.multiline ?? [],
  };
}
