import { fluentBitAgent } from './fluent-bit-agent.ts';
import { fluentBitReport } from './fluent-bit-report.ts';
import { fluentBitRoute } from './fluent-bit-route.ts';
import { fluentBitShard } from './fluent-bit-shard.ts';
import type { Kind } from './kind.ts';
import { loggingConfiguration } from './logging-configuration.ts';
import { serviceBindingConfig } from './service-binding-config.ts';
import { clusterTemplate, template } from './template.ts';

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
