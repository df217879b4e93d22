import { z } from 'zod';
import { labelSelector } from './label-selector.ts';
import { dnsLabel } from './object.ts';

const names = (what: string) =>
  z.array(dnsLabel).max(64).optional().meta({ 'x-kubernetes-list-type': 'atomic' }).describe(what);

const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Pod'] as const;

/**
 * `Deployment/shop`, as kubectl writes it. A string and not `{kind, name}`: Metacontroller's dynamic apply merges
 * lists whose items all have `name` by that name, so that a Deployment and a StatefulSet `shop` would become one.
 */
const workload = z
  .string()
  .max(270)
  .regex(new RegExp(`^(${workloadKinds.join('|')})/[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`));

const PodSelector = labelSelector('a pod').describe(
  'Only pods with these labels; the standard label selector. Needs the labels of pods, which costs a filter.',
);

const fromExcludes = ['containers', 'workloads', 'podSelector', 'namespaces', 'multiline'] as const;
const fromAlone = `from is no selection of container logs: leave out ${fromExcludes.join(', ')}`;

/** Which logs. Everything left out selects the whole own namespace. */
export const Selection = z
  .strictObject({
    from: dnsLabel
      .optional()
      .describe(
        'Records that an input of the agent received, by its id, instead of container logs. The FluentBitAgent says who may. Labels and annotations of spec.enrich do not apply to them.',
      ),
    containers: z
      .strictObject({
        include: names('Only containers of these names.'),
        exclude: names('No containers of these names.'),
      })
      .optional()
      .describe('Containers by name.'),
    workloads: z
      .array(workload)
      .max(64)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Only pods of these workloads, each as kind/name: Deployment/shop.'),
    podSelector: PodSelector.optional(),
    namespaces: z
      .strictObject({
        include: z
          .array(
            z
              .string()
              .max(63)
              .regex(/^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)$/),
          )
          .max(64)
          .optional()
          .meta({ 'x-kubernetes-list-type': 'atomic' })
          .describe(
            'Logs of these namespaces instead of the own one; * for all of them but those that are excluded here, and those that the agent excludes.',
          ),
        exclude: names(
          'None of these namespaces. Without include: of all the others, but for those that the agent excludes.',
        ),
      })
      .optional()
      .describe('Other namespaces than the own one; only from a control namespace.'),
    multiline: z
      .array(variableLikeName())
      .max(8)
      .optional()
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe('Multiline parsers that join stack traces: java, go, python, ruby, or one of spec.multilineParsers.'),
  })
  .refine((input) => input.from === undefined || fromExcludes.every((field) => input[field] === undefined), fromAlone)
  .meta({
    'x-kubernetes-validations': [
      {
        rule: `!has(self.from) || !(${fromExcludes.map((field) => `has(self.${field})`).join(' || ')})`,
        message: fromAlone,
      },
    ],
  });

function variableLikeName() {
  return z
    .string()
    .min(1)
    .max(63)
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/);
}

export type Selection = z.infer<typeof Selection>;
export const parserName = variableLikeName();
