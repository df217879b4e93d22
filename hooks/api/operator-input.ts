import { z } from 'zod';
import { dnsLabel } from './object.ts';
import { plugin, properties } from './pipeline.ts';

/** A namespace by its exact name, or all of them. */
const namespaces = z
  .array(
    z
      .string()
      .min(1)
      .max(63)
      .regex(/^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)$/),
  )
  .max(256)
  .meta({ 'x-kubernetes-list-type': 'atomic' });

/** `id` and not `name`: Metacontroller's dynamic apply merges lists whose items all have `name`. */
export const OperatorInput = z.strictObject({
  id: dnsLabel.describe('Name by which spec.input.from of a LoggingConfiguration selects it.'),
  plugin: plugin.describe('Fluent Bit input that listens on the network, such as forward or opentelemetry.'),
  port: z.int().min(1).max(65535).describe('Port that it listens on, in every pod of the agent and in their Service.'),
  properties,
  namespaces: namespaces
    .optional()
    .describe(
      'Namespaces whose LoggingConfigurations may select it, by their exact names, or * for all that the agent carries. None when left out.',
    ),
});

/** What a LoggingConfiguration has to know of one. */
export const RoutedInput = z.strictObject({
  id: dnsLabel.describe('Id of the input.'),
  namespaces: namespaces.describe('Namespaces that may select it; * stands for all.'),
});

export type OperatorInput = z.infer<typeof OperatorInput>;
export type RoutedInput = z.infer<typeof RoutedInput>;
