import type { z } from 'zod';
import { FluentBitAgentSpec, FluentBitAgentStatus, FluentBitRouteSpec } from './fluent-bit-agent.ts';
import { FluentBitReportSpec } from './fluent-bit-report.ts';
import { FluentBitShardSpec, FluentBitShardStatus } from './fluent-bit-shard.ts';
import { LoggingConfigurationSpec, LoggingConfigurationStatus } from './logging-configuration.ts';
import { ServiceBindingConfigSpec, ServiceBindingConfigStatus } from './service-binding-config.ts';
import { TemplateSpec } from './template.ts';

export interface PrinterColumn {
  name: string;
  type: 'string' | 'date' | 'integer';
  jsonPath: string;
  description?: string;
}

/** A kind that fluentbind defines: the source of its CRD, of its reference and of its checks. */
export interface Kind {
  kind: string;
  plural: string;
  shortNames: readonly string[];
  namespaced: boolean;
  /** Written by the hooks: nobody else is given the right to. */
  internal?: true;
  description: string;
  spec: z.ZodType;
  status?: z.ZodType;
  /** CEL rules over the whole object: only metadata.name and metadata.generateName can be used of the metadata. */
  rules: readonly { rule: string; message: string }[];
  columns: readonly PrinterColumn[];
}

const condition = (type: string, field: string) => `.status.conditions[?(@.type=="${type}")].${field}`;
const age: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
const ready: PrinterColumn[] = [
  { name: 'Ready', type: 'string', jsonPath: condition('Ready', 'status') },
  { name: 'Reason', type: 'string', jsonPath: condition('Ready', 'reason') },
];

/** Children are called after their parent, which leaves 63 characters for the name. */
export const maxNameLength = 63;
const boundedName = {
  rule: `size(self.metadata.name) <= ${maxNameLength}`,
  message: `metadata.name may have at most ${maxNameLength} characters`,
};

export const serviceBindingConfig: Kind = {
  kind: 'ServiceBindingConfig',
  plural: 'servicebindingconfigs',
  shortNames: ['sbc'],
  namespaced: true,
  description: 'Binds a template to a Secret: log shipping that follows every later change of both.',
  spec: ServiceBindingConfigSpec,
  status: ServiceBindingConfigStatus,
  rules: [boundedName],
  columns: [{ name: 'Template', type: 'string', jsonPath: '.spec.templateRef.name' }, ...ready, age],
};

export const loggingConfiguration: Kind = {
  kind: 'LoggingConfiguration',
  plural: 'loggingconfigurations',
  shortNames: ['lc'],
  namespaced: true,
  description: 'Log pipelines in terms of Fluent Bit: made from a ServiceBindingConfig, or written by hand.',
  spec: LoggingConfigurationSpec,
  status: LoggingConfigurationStatus,
  rules: [boundedName],
  columns: [...ready, age],
};

const templateColumns: PrinterColumn[] = [{ name: 'Description', type: 'string', jsonPath: '.spec.description' }, age];

export const template: Kind = {
  kind: 'Template',
  plural: 'templates',
  shortNames: ['fbt'],
  namespaced: true,
  description: 'A pipeline with placeholders, for ServiceBindingConfigs of the same namespace.',
  spec: TemplateSpec,
  rules: [],
  columns: templateColumns,
};

export const clusterTemplate: Kind = {
  kind: 'ClusterTemplate',
  plural: 'clustertemplates',
  shortNames: ['cfbt'],
  namespaced: false,
  description: 'A pipeline with placeholders, for ServiceBindingConfigs of every namespace.',
  spec: TemplateSpec,
  rules: [],
  columns: templateColumns,
};

export const fluentBitAgent: Kind = {
  kind: 'FluentBitAgent',
  plural: 'fluentbitagents',
  shortNames: ['fba'],
  namespaced: false,
  description:
    'Which namespaces a Fluent Bit carries, and what their tenants may do. Whoever may write one administers the nodes.',
  spec: FluentBitAgentSpec,
  status: FluentBitAgentStatus,
  rules: [boundedName],
  columns: [
    { name: 'Nodes', type: 'integer', jsonPath: '.status.nodes.desired' },
    { name: 'Live', type: 'integer', jsonPath: '.status.nodes.ready' },
    { name: 'Pipelines', type: 'integer', jsonPath: '.status.pipelines.accepted' },
    ...ready,
    age,
  ],
};

export const fluentBitRoute: Kind = {
  kind: 'FluentBitRoute',
  plural: 'fluentbitroutes',
  shortNames: ['fbr'],
  namespaced: false,
  internal: true,
  description: 'What LoggingConfigurations have to know of a FluentBitAgent; written by fluentbind, not by people.',
  spec: FluentBitRouteSpec,
  rules: [boundedName],
  columns: [{ name: 'Agent', type: 'string', jsonPath: '.spec.agent' }, age],
};

export const fluentBitShard: Kind = {
  kind: 'FluentBitShard',
  plural: 'fluentbitshards',
  shortNames: ['fbsh'],
  namespaced: false,
  internal: true,
  description: 'A share of the pipelines of a FluentBitAgent; written by fluentbind, not by people.',
  spec: FluentBitShardSpec,
  status: FluentBitShardStatus,
  rules: [],
  columns: [
    { name: 'Agent', type: 'string', jsonPath: '.spec.agent' },
    { name: 'Pipelines', type: 'integer', jsonPath: '.status.pipelines' },
    { name: 'Filled', type: 'integer', jsonPath: '.status.filled' },
    ...ready,
    age,
  ],
};

export const fluentBitReport: Kind = {
  kind: 'FluentBitReport',
  plural: 'fluentbitreports',
  shortNames: ['fbrep'],
  namespaced: false,
  internal: true,
  description:
    'What an agent has against LoggingConfigurations of a namespace; there only while there is something. Written by fluentbind, not by people.',
  spec: FluentBitReportSpec,
  rules: [],
  columns: [
    { name: 'Agent', type: 'string', jsonPath: '.spec.agent' },
    { name: 'Namespace', type: 'string', jsonPath: '.spec.namespace' },
    age,
  ],
};

/** The only list of the kinds. */
export const kinds: readonly Kind[] = [
  serviceBindingConfig,
  loggingConfiguration,
  template,
  clusterTemplate,
  fluentBitAgent,
  fluentBitRoute,
  fluentBitShard,
  fluentBitReport,
];
