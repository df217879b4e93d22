import type { Controller } from '../kit/controller.ts';
import { fluentBitAgent } from './fluent-bit-agent/index.ts';
import { fluentBitShard } from './fluent-bit-shard/index.ts';
import { loggingConfiguration } from './logging-configuration/index.ts';
import { serviceBindingConfig } from './service-binding-config/index.ts';

/** The only list of the controllers: routes, watched kinds, RBAC and metacontroller/ follow from it or are tested against it. */
export const controllers: readonly Controller[] = [
  serviceBindingConfig,
  loggingConfiguration,
  fluentBitShard,
  fluentBitAgent,
];
