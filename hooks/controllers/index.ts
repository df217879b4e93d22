import type { Controller } from './controller.ts';
import { fluentBitAgent } from './fluent-bit-agent.ts';
import { fluentBitShard } from './fluent-bit-shard.ts';
import { loggingConfiguration } from './logging-configuration.ts';
import { serviceBindingConfig } from './service-binding-config.ts';

/** The only list of the controllers: routes, watched kinds, RBAC and metacontroller/ follow from it or are tested against it. */
export const controllers: readonly Controller[] = [
  serviceBindingConfig,
  loggingConfiguration,
  fluentBitShard,
  fluentBitAgent,
];
