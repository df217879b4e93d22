import type { MultilineParser, PropertyValue } from '../../api/pipeline.ts';

export interface Keys {
  include: readonly string[];
  exclude: readonly string[];
}

export interface CompleteSelection {
  containers: Keys;
  workloads: readonly string[];
  podSelector: {
    matchLabels: Readonly<Record<string, string>>;
    matchExpressions: readonly {
      key: string;
      operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
      values?: readonly string[] | undefined;
    }[];
  };
  namespaces: Keys;
  multiline: readonly string[];
}

/** Which records: container logs, or what an input of the agent receives. */
export type CompleteInput = CompleteSelection | { from: string };

export interface CompleteEnrich {
  labels: Keys;
  annotations: Keys;
  clusterName: boolean;
}

export type Properties = Readonly<Record<string, PropertyValue>>;

/** A LoggingConfiguration with every field written out, as the renderer takes it. */
export interface PipelineSpec {
  input: CompleteInput;
  enrich: CompleteEnrich;
  filters: readonly { plugin: string; properties: Properties; rules: readonly string[] }[];
  outputs: readonly { id: string; plugin: string; properties: Properties }[];
  parsers: readonly { name: string; properties: Properties }[];
  multilineParsers: readonly { name: string; properties: Properties; rules: NonNullable<MultilineParser['rules']> }[];
  buffer: { limit: string };
}
